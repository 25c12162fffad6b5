"""The multi-layer perceptron."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from numbers import Integral
from typing import Any

from autograd import Value, apply, neuron
from autograd.primitives import activation_named

__all__ = ["MLP"]


class MLP:
    """Fully connected layers, with an activation after each but the last.

    Args:
        sizes: the width of the input, of every hidden layer and of the output, as ``[2, 4, 2]``.
        activation: the name of a primitive of one input.
        seed: of the weights, which are uniform within ``±sqrt(6 / (fan_in + fan_out))`` (Glorot and
            Bengio, "Understanding the difficulty of training deep feedforward neural networks",
            2010); biases start at 0.
        granularity: ``"scalar"`` records every product and sum, from the bias on and from left to
            right; ``"neuron"`` records one node a neuron.

    Attributes:
        weights: of layer l, ``weights[l][i][j]`` leads from its input j to its neuron i.
        biases: of layer l, ``biases[l][i]``.

    Raises:
        ValueError: there are fewer than two sizes, one is not a whole number from 1 on, or the
            activation or the granularity is unknown.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        activation: str = "tanh",
        seed: int = 0,
        granularity: str = "scalar",
    ) -> None:
        if len(sizes) < 2 or not all(isinstance(size, Integral) and size >= 1 for size in sizes):
            raise ValueError(f"an MLP has at least two sizes, whole numbers from 1 on, not {list(sizes)}")
        if granularity not in ("scalar", "neuron"):
            raise ValueError(f"the granularity is 'scalar' or 'neuron', not {granularity!r}")
        self.sizes = [int(size) for size in sizes]
        self.activation = activation
        self._activation = activation_named(activation)
        self.granularity = granularity
        rng = random.Random(seed)
        self.weights: list[list[list[Value]]] = []
        self.biases: list[list[Value]] = []
        for layer, (fan_in, fan_out) in enumerate(pairwise(self.sizes), start=1):
            bound = sqrt(6 / (fan_in + fan_out))
            self.weights.append(
                [
                    [Value(rng.uniform(-bound, bound), name=f"W{layer}[{i},{j}]") for j in range(fan_in)]
                    for i in range(fan_out)
                ]
            )
            self.biases.append([Value(0.0, name=f"b{layer}[{i}]") for i in range(fan_out)])

    def __call__(self, x: Sequence[Any]) -> list[Any]:
        """The outputs (logits) for one example of ``sizes[0]`` numbers.

        Raises:
            ValueError: the example has another length.
        """
        if len(x) != self.sizes[0]:
            raise ValueError(f"this network takes {self.sizes[0]} inputs, not {len(x)}")
        last = len(self.weights) - 1
        for layer, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True)):
            activation = None if layer == last else self.activation
            x = [self._neuron(b, w, x, activation) for b, w in zip(biases, weights, strict=True)]
        return list(x)

    def _neuron(self, bias: Any, weights: Sequence[Any], x: Sequence[Any], activation: str | None) -> Any:
        if self.granularity == "neuron":
            return neuron(bias, weights, x, activation)
        total = sum((w * xi for w, xi in zip(weights, x, strict=True)), start=bias)
        return total if activation is None else apply(self._activation, total)

    def layers(self) -> list[list[Value]]:
        """The parameters, one list a layer: its weights, neuron by neuron, then its biases."""
        return [
            [w for row in weights for w in row] + biases
            for weights, biases in zip(self.weights, self.biases, strict=True)
        ]

    def parameters(self) -> list[Value]:
        """All parameters, layer by layer."""
        return [parameter for layer in self.layers() for parameter in layer]
