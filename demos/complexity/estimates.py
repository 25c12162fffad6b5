"""Estimates of what the methods would cost on networks that people train. Nothing is run.

Assumptions: matrix products and attention are all the work, a multiply-add is two operations, layers
cost the same, the machine is fully used, and backprop costs three forward passes (one forward, one
for the adjoints, one for the weights).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

__all__ = ["TrainedNetwork", "gpt", "networks", "resnet50"]


@dataclass(frozen=True, slots=True)
class TrainedNetwork:
    """A network, reduced to the numbers that its costs depend on.

    Attributes:
        name: of the network.
        sample: the input of one gradient.
        machine: its speed, in words.
        speed: operations per second.
        parameters: weights, biases and embeddings.
        layers: for which a chain would be restarted.
        forward: operations of one forward pass.
        path_power: log10 of the number of terms of the path sum that end in one number of the last block.
        path_note: how the terms are counted.
    """

    name: str
    sample: str
    machine: str
    speed: float
    parameters: int
    layers: int
    forward: int
    path_power: float
    path_note: str

    @property
    def backprop(self) -> float:
        """Seconds per gradient by backprop: three forward passes."""
        return 3 * self.forward / self.speed

    @property
    def per_layer(self) -> float:
        """Seconds per gradient by the chain rule per layer.

        The chain of layer l walks l of L layers: (L + 1)/2 passes in all, besides the forward pass.
        """
        return (1 + (self.layers + 1) / 2) * self.forward / self.speed

    @property
    def per_parameter(self) -> float:
        """Seconds per gradient by one-sided finite differences: P + 1 passes.

        Forward mode takes about as long.
        """
        return (self.parameters + 1) * self.forward / self.speed


def gpt(name: str, *, layers: int, width: int, context: int, machine: str, speed: float) -> TrainedNetwork:
    """A GPT: Radford et al., 2019; Brown et al., 2020."""
    vocabulary = 50_257
    block = 12 * width**2  # query, key, value, output: 4; up and down: 8
    attention = 4 * context**2 * width  # scores and mixing, a multiply-add being two operations
    forward = layers * (2 * context * block + attention) + 2 * context * vocabulary * width
    return TrainedNetwork(
        name=name,
        sample=f"{context:,} tokens",
        machine=machine,
        speed=speed,
        # 13 biases and norm gains of this width per block; the output shares the embedding.
        parameters=(vocabulary + context) * width + layers * (block + 13 * width) + 2 * width,
        layers=layers,
        forward=forward,
        path_power=layers * log10(4 * width**2),
        path_note="at least (4d²)^L, through its L feed-forward blocks of d numbers each",
    )


def resnet50(machine: str, speed: float) -> TrainedNetwork:
    """ResNet-50 on one image of 224 by 224: He et al., 2016, with the stride in the 3-by-3 convolution."""
    multiply_adds = 112**2 * 7 * 7 * 3 * 64
    parameters = 7 * 7 * 3 * 64 + 2 * 64
    path_power = log10(7 * 7)  # positions in the final average
    layers = 2  # the first convolution and the fully connected layer
    channels, side = 64, 56
    for width, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for block in range(blocks):
            before, side = side, side // 2 if width > 64 and block == 0 else side
            squeeze, middle, widen = channels * width, 9 * width * width, width * 4 * width
            shortcut = channels * 4 * width if block == 0 else 0
            multiply_adds += before**2 * squeeze + side**2 * (middle + widen + shortcut)
            norms = 2 * (width + width + 4 * width + (4 * width if block == 0 else 0))
            parameters += squeeze + middle + widen + shortcut + norms
            path_power += log10(channels * 9 * width * width + (channels if block == 0 else 1))
            layers += 3
            channels = 4 * width
    return TrainedNetwork(
        name="ResNet-50",
        sample="one image",
        machine=machine,
        speed=speed,
        parameters=parameters + channels * 1000 + 1000,
        layers=layers,
        forward=2 * (multiply_adds + channels * 1000),
        path_power=path_power,
        path_note="about the product of the fan-ins of its residual blocks, shortcuts added",
    )


def networks() -> list[TrainedNetwork]:
    """Three networks that people train."""
    tera, exa = ("10¹² operations/s", 1e12), ("10¹⁸ operations/s", 1e18)
    return [
        gpt("GPT-2 124M", layers=12, width=768, context=1024, machine=tera[0], speed=tera[1]),
        gpt("GPT-3 175B", layers=96, width=12_288, context=2048, machine=exa[0], speed=exa[1]),
        resnet50(*tera),
    ]
