"""The networks that people build, as graphs: unrolled recurrences, residuals, convolution, attention, a GPT.

Each is recorded on one example, in scalars, a vertex for every product and sum, or in whole arrays. The
closed forms of their path counts are in `branching`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd import Tensor, Value, softmax_cross_entropy, values
from demos.complexity.branching import (
    CLASSES,
    FEATURES,
    HEADS,
    KERNEL,
    PLACES,
    VOCABULARY,
    Paths,
    attention_paths,
    convolution_paths,
    gpt_paths,
    residual_paths,
    rnn_paths,
)
from demos.scalar_gpt import GPT, attend, linear
from demos.tensor_gpt import TensorGPT, weights_of
from nn import Conv1d, MultiHeadAttention

__all__ = ["NETWORKS", "Family", "Size"]

# The parameters of a graph, layer by layer.
Layers = list[list[Any]]

# The rows of the table of positions of a GPT.
BLOCK_SIZE = 16
# The most products in the forward pass of a network that is recorded: in scalars half a million vertices.
MOST_PRODUCTS = 200_000


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a network.

    Attributes:
        length: of the sequence that it reads, or of the output of a convolution.
        depth: layers or blocks.
        width: numbers in the state, features or channels.
    """

    length: int
    depth: int
    width: int


@dataclass(frozen=True, slots=True)
class Family:
    """Networks of one kind, one of whose sizes grows.

    Attributes:
        name: the option.
        title: the name in sentences.
        grows: ``"length"`` or ``"depth"``: what grows.
        step: one more of it, in a word.
        definition: what is computed, for a reader of the page.
        source: where its paths come from.
        size: the default size, apart from what grows.
        sizes: the first and the last by default.
        record: records a network in scalars or in whole arrays; returns the loss and the parameters.
        paths: the closed form of the path counts.
        products: of the forward pass, about.
    """

    name: str
    title: str
    grows: str
    step: str
    definition: str
    source: str
    size: Size
    sizes: tuple[int, int]
    record: Callable[[Size, bool, random.Random], tuple[Any, Layers]]
    paths: Paths
    products: Callable[[Size], int]

    def __reduce__(self) -> tuple[Any, ...]:
        return _family, (self.name, self.grows)  # another process has the same table

    def grown(self, to: int, width: int | None = None) -> Size:
        """The size of the network that grew to a length or a depth."""
        size = replace(self.size, width=width or self.size.width)
        return replace(size, length=to) if self.grows == "length" else replace(size, depth=to)

    def refusal(self, size: Size) -> str | None:
        """Why there is no such network, in one sentence, or None."""
        if self.name == "gpt" and size.width % HEADS:
            return f"a gpt has {HEADS} heads, so its width must be one of 4, 8, 12, …, not {size.width}"
        if self.name == "gpt" and size.length > BLOCK_SIZE:
            return f"a gpt has {BLOCK_SIZE} positions, so a length of {size.length} is too long"
        if self.products(size) > MOST_PRODUCTS:
            return (
                f"{self.name} of {self.grows} {getattr(size, self.grows):,} and width {size.width:,} takes "
                f"about {self.products(size):,} products, over the {MOST_PRODUCTS:,} that are recorded: "
                "give fewer --layers or a smaller --width"
            )
        return None


def _family(name: str, grows: str) -> Family:
    return NETWORKS[name, grows]


class _Draw:
    """Parameters and constants drawn from one generator, as Values or as Tensors."""

    def __init__(self, rng: random.Random, whole: bool) -> None:
        self.whole = whole
        self.seed = rng.randrange(2**32)
        self._rng = np.random.default_rng(self.seed)

    def parameter(self, name: str, *shape: int) -> Any:
        numbers = self._rng.normal(size=shape) / shape[-1] ** 0.5
        return Tensor(numbers, name=name) if self.whole else values(numbers, name)

    def constants(self, *shape: int) -> Any:
        return self._rng.normal(size=shape)

    @property
    def dtype(self) -> Any:
        return np.float64 if self.whole else object


def _nodes(*parameters: Any) -> list[Any]:
    """Parameters as one flat list of Tensors or Values."""
    return [node for p in parameters for node in ([p] if isinstance(p, Tensor) else p.flat)]


def _classified(draw: _Draw, x: Any) -> tuple[Any, list[Any]]:
    """The loss of a linear classifier at the end of a network, and its parameters."""
    weight, bias = draw.parameter("V", CLASSES, x.shape[0]), draw.parameter("c", CLASSES)
    return softmax_cross_entropy(weight @ x + bias, 0), _nodes(weight, bias)


def _rnn(size: Size, whole: bool, rng: random.Random) -> tuple[Any, Layers]:
    """``h_t = tanh(U x_t + W h_(t-1) + b)``, with the same U, W and b at every step; h_0 is 0."""
    draw = _Draw(rng, whole)
    inward, bias = draw.parameter("U", size.width, FEATURES), draw.parameter("b", size.width)
    across = draw.parameter("W", size.width, size.width)
    h: Any = None
    for x in draw.constants(size.length, FEATURES):
        h = np.tanh(inward @ x + bias if h is None else inward @ x + bias + across @ h)
    loss, head = _classified(draw, h)
    return loss, [_nodes(inward, bias, *([across] if size.length > 1 else [])), head]


def _residual(size: Size, whole: bool, rng: random.Random) -> tuple[Any, Layers]:
    """``x ← x + tanh(W x + b)`` in every block."""
    draw = _Draw(rng, whole)
    x = draw.constants(size.width)
    layers = []
    for block in range(1, size.depth + 1):
        weight = draw.parameter(f"W{block}", size.width, size.width)
        bias = draw.parameter(f"b{block}", size.width)
        x = x + np.tanh(weight @ x + bias)
        layers.append(_nodes(weight, bias))
    loss, head = _classified(draw, x)
    return loss, [*layers, head]


def _convolution(size: Size, whole: bool, rng: random.Random) -> tuple[Any, Layers]:
    """Convolutions with tanh, padded with zeros to keep their length, then the mean over the places."""
    draw = _Draw(rng, whole)
    x: Any = draw.constants(size.width, size.length)
    layers = []
    for depth in range(1, size.depth + 1):
        layer = Conv1d(
            size.width,
            size.width,
            KERNEL,
            padding="same",
            seed=draw.seed + depth,
            dtype=draw.dtype,
            name=str(depth),
        )
        x = np.tanh(layer(x))
        layers.append(layer.parameters())
    loss, head = _classified(draw, np.mean(x, axis=-1))
    return loss, [*layers, head]


def _attention(size: Size, whole: bool, rng: random.Random) -> tuple[Any, Layers]:
    """Causal self-attention of one head, block upon block; the mean over the positions is classified."""
    draw = _Draw(rng, whole)
    x: Any = draw.constants(size.length, size.width)
    layers: Layers = []
    for block in range(1, size.depth + 1):
        attention = MultiHeadAttention(
            size.width, 1, causal=True, bias=False, seed=draw.seed + block, name=str(block)
        )
        if whole:
            x = attention(x)
            layers.append(attention.parameters())
        else:
            matrices = [values(w, name) for name, w in attention.state_dict().items()]
            x = _attended(x, *matrices)
            layers.append(_nodes(*matrices))
    loss, head = _classified(draw, np.mean(x if whole else np.array(x, dtype=object), axis=0))
    return loss, [*layers, head]


def _attended(x: Sequence[Any], query: Any, key: Any, value: Any, output: Any) -> list[Any]:
    """One block of attention as people write it by hand."""
    keys, read = [linear(row, key) for row in x], [linear(row, value) for row in x]
    return [
        linear(attend(linear(row, query), keys[: t + 1], read[: t + 1], 1), output) for t, row in enumerate(x)
    ]


def _gpt(size: Size, whole: bool, rng: random.Random) -> tuple[Any, Layers]:
    """The GPT of ``demos.gpt`` on a text drawn at random."""
    model = TensorGPT(VOCABULARY, BLOCK_SIZE, size.width, HEADS, blocks=size.depth, seed=rng.randrange(2**32))
    tokens = [rng.randrange(VOCABULARY) for _ in range(size.length + 1)]
    if whole:
        return model.loss(tokens), [
            _nodes(model.token.weight, model.position.weight),
            *(block.parameters() for block in model.layers),
            _nodes(model.head.weight),
        ]
    scalar = GPT(Value, weights_of(model), HEADS, size.depth)
    layers: dict[str, list[Any]] = {}
    for name, matrix in scalar.weights.items():
        block = name.partition(".")[0] if "." in name else name.replace("position", "token")
        layers.setdefault(block, []).extend(p for row in matrix for p in row)
    return scalar.loss(tokens), list(layers.values())


_ATTENTION = Family(
    "attention",
    "Attention",
    "depth",
    "block",
    "causal self-attention of one head in every block, softmax(QKᵀ/√d) V and an output matrix, without "
    "residuals; the mean over the positions is classified",
    "Attention: every position reads every earlier one, through its own query and through their keys and "
    "values. Block upon block, the choices of whom to read multiply. For whole arrays three ways remain.",
    Size(PLACES, 1, 2),
    (1, 6),
    _attention,
    attention_paths,
    lambda s: s.depth * s.length * s.width * (4 * s.width + s.length + 1),
)
_GPT = Family(
    "gpt",
    "GPT",
    "depth",
    "block",
    "the GPT of python -m demos.gpt: token and position embeddings, RMS norm, causal attention of "
    f"{HEADS} heads, a ReLU perceptron, residuals, and the mean cross-entropy of every next token; in "
    "scalars no operation is fused",
    "All of them: width in every product, two skip connections a block, attention, and norms, whose scale "
    "reads every feature twice. For whole arrays a block multiplies the paths by 21: by 1 + 2·3 for "
    "attention, by 1 + 2 for the perceptron; the 2 is the norm before each.",
    Size(7, 1, 16),
    (1, 4),
    _gpt,
    gpt_paths,
    lambda s: s.length * (s.depth * s.width * (12 * s.width + s.length + 1) + s.width * VOCABULARY),
)
_FAMILIES = (
    Family(
        "rnn",
        "Recurrent network",
        "length",
        "step",
        f"h = tanh(U x + W h + b), unrolled in time, with {FEATURES} inputs at each step; U, W and b are the "
        "same at every step; the last state is classified",
        "Time: unrolled, a recurrence is as deep as its input is long, and every step multiplies the paths "
        "by the width of the state. Time alone does not: for whole arrays a step adds three paths.",
        Size(1, 1, 4),
        (1, 10),
        _rnn,
        rnn_paths,
        lambda s: s.length * s.width * (s.width + FEATURES),
    ),
    Family(
        "residual",
        "Residual network",
        "depth",
        "block",
        "x ← x + tanh(W x + b) in every block; the last x is classified",
        "Skip connections: a block is passed through or skipped. That doubles the paths even for whole "
        "arrays, whatever the width; in scalars 1 + width ways lead on from every feature.",
        Size(1, 1, 4),
        (1, 10),
        _residual,
        residual_paths,
        lambda s: s.depth * s.width**2,
    ),
    Family(
        "convolution",
        "Convolution",
        "depth",
        "layer",
        f"convolutions of kernel {KERNEL} with tanh, padded with zeros to keep the length; the means over "
        "the places are classified",
        f"Width, bounded by the kernel: a number is read at {KERNEL} places in every channel, however long "
        "the input is. For whole arrays a layer adds two paths.",
        Size(6, 1, 2),
        (1, 8),
        _convolution,
        convolution_paths,
        lambda s: s.depth * s.length * s.width**2 * KERNEL,
    ),
    _ATTENTION,
    replace(
        _ATTENTION,
        grows="length",
        step="position",
        definition="one block of causal self-attention of one head, softmax(QKᵀ/√d) V and an output matrix, "
        "without residuals; the mean over the positions is classified",
        source="Nothing exponential: in one block no position is read through another, so the paths are a "
        "polynomial of the length. For whole arrays they are always the same six.",
        sizes=(1, 12),
    ),
    _GPT,
    replace(
        _GPT,
        grows="length",
        step="token",
        source="Nothing exponential: longer names have more to read, but in one block each position reads "
        "only the embeddings of the others.",
        sizes=(1, 4),
    ),
)
# By the name of the option and by what grows; the first of a name is its default.
NETWORKS = {(family.name, family.grows): family for family in _FAMILIES}
