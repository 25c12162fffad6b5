"""The graphs that the study differentiates: networks, chains and ladders."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from autograd import Node, Value, softmax_cross_entropy
from autograd.costs.closed_forms import (
    ClosedForm,
    chain,
    chain_with_parameters,
    ladder_residual,
    ladder_square,
)
from autograd.costs.matrix_perceptrons import matrix_mlp
from autograd.costs.perceptrons import mlp
from demos.complexity.iris import flowers
from demos.complexity.networks import NETWORKS, Family, Layers, Size
from demos.complexity.predictions import GraphForm
from nn import MLP, one_hot, squared_error

__all__ = ["GRAPHS", "NETWORKS", "Layers", "Problem"]

# A title spells out up to this many sizes; of more it names the first two and the last two.
_SPELT_OUT = 6


@dataclass(frozen=True, slots=True)
class Problem:
    """One graph to differentiate: its sizes, and how to record it.

    Attributes:
        graph: the family: ``mlp``, a key of `GRAPHS`, or the name of one of `NETWORKS`.
        sizes: of an MLP ``n_0 … n_L``; of a chain or ladder its length; of another network its length,
            depth and width.
        loss: ``ce`` or ``se`` for an MLP, else None.
        form: the closed forms for these sizes, or counts over the graph.
        record: records the graph; returns its root and its parameters.
        batch: the number of examples in a batch, for a network of Tensors; else None.
        family: of networks other than the MLP.
    """

    graph: str
    sizes: tuple[int, ...]
    loss: str | None
    form: ClosedForm | GraphForm
    record: Callable[[], tuple[Any, Layers]]
    batch: int | None = None
    family: Family | None = None

    @property
    def layers(self) -> int:
        """What grows: layers of an MLP, steps of a chain or ladder, the length or depth of a network."""
        if self.family is not None:
            return self.sizes[self.family.grows == "depth"]
        return len(self.sizes) - 1 if self.graph == "mlp" else self.sizes[0]

    @property
    def step(self) -> str:
        """One more of what grows, in a word."""
        return self.family.step if self.family is not None else "layer"

    @property
    def title(self) -> str:
        """The name in tables: ``4-4-3``, ``4-4-…-4-3`` for a long one, ``chain 8``, ``rnn, length 8``."""
        if self.family is not None:
            return f"{self.graph}, {self.family.grows} {self.layers}"
        if self.graph != "mlp":
            return f"{self.graph} {self.sizes[0]}"
        names = [str(n) for n in self.sizes]
        return "-".join(names if len(names) <= _SPELT_OUT else [*names[:2], "…", *names[-2:]])

    @classmethod
    def perceptron(cls, sizes: Sequence[int], loss: str, granularity: str, seed: int) -> Problem:
        """An MLP of Values on one iris flower, both drawn by the seed.

        The true class is the flower's species modulo n_L.
        """
        record = partial(_record_perceptron, sizes, loss, granularity, seed)
        return cls("mlp", tuple(sizes), loss, mlp(sizes, loss, granularity), record)

    @classmethod
    def matrices(cls, sizes: Sequence[int], loss: str, batch: int, seed: int) -> Problem:
        """An MLP of Tensors on a batch of distinct iris flowers, at most 150, all drawn by the seed."""
        record = partial(_record_matrices, sizes, loss, batch, seed)
        return cls("mlp", tuple(sizes), loss, matrix_mlp(sizes, batch, loss), record, batch)

    @classmethod
    def recurrence(cls, graph: str, length: int, seed: int) -> Problem:
        """A chain or ladder of a given length, its numbers drawn by the seed."""
        found = GRAPHS[graph]
        return cls(
            graph, (length,), None, found.form(length), partial(_record_recurrence, graph, length, seed)
        )

    @classmethod
    def network(
        cls, family: Family, to: int, *, width: int | None = None, granularity: str = "scalar", seed: int
    ) -> Problem:
        """A network that grew to a length or depth, on one example; the seed draws numbers and weights.

        Raises:
            ValueError: there is no network of this size.
        """
        size, whole = family.grown(to, width), granularity == "matrix"
        refusal = family.refusal(size)
        if refusal is not None:
            raise ValueError(refusal)

        record = partial(_record_network, family, size, whole, seed)
        form = GraphForm(record, family.paths(size, whole))
        sizes = (size.length, size.depth, size.width)
        return cls(family.name, sizes, None, form, record, 1 if whole else None, family)


# Functions of the module rather than closures, so that a problem can be sent to another process.


def _record_perceptron(sizes: Sequence[int], loss: str, granularity: str, seed: int) -> tuple[Value, Layers]:
    flower = random.Random(seed).choice(flowers())
    network = MLP(sizes, seed=seed, granularity=granularity)
    layers = [layer.parameters() for layer in network.layers]
    outputs = network(flower.inputs(sizes[0]))
    target = flower.species % sizes[-1]
    if loss == "ce":
        return softmax_cross_entropy(outputs, target), layers
    return squared_error(outputs, [float(i == target) for i in range(sizes[-1])]), layers


def _record_matrices(sizes: Sequence[int], loss: str, batch: int, seed: int) -> tuple[Node, Layers]:
    sample = random.Random(seed).sample(flowers(), batch)
    network = MLP(sizes, seed=seed)
    layers = [layer.parameters() for layer in network.layers]
    outputs = network([[x.data for x in flower.inputs(sizes[0])] for flower in sample])
    targets = np.array([flower.species % sizes[-1] for flower in sample])
    if loss == "ce":
        return softmax_cross_entropy(outputs, targets), layers
    return squared_error(outputs, one_hot(targets, sizes[-1])), layers


def _record_recurrence(graph: str, length: int, seed: int) -> tuple[Value, Layers]:
    return GRAPHS[graph].record(length, random.Random(seed))


def _record_network(family: Family, size: Size, whole: bool, seed: int) -> tuple[Any, Layers]:
    return family.record(size, whole, random.Random(seed))


def _chain(length: int, rng: random.Random) -> tuple[Value, Layers]:
    return _steps(length, rng, lambda x: x.tanh())


def _ladder_square(length: int, rng: random.Random) -> tuple[Value, Layers]:
    return _steps(length, rng, lambda x: x * x)


def _ladder_residual(length: int, rng: random.Random) -> tuple[Value, Layers]:
    return _steps(length, rng, lambda x: x + x.tanh())


def _steps(length: int, rng: random.Random, step: Callable[[Any], Any]) -> tuple[Value, Layers]:
    start = x = Value(rng.uniform(0.5, 1.0), name="x0")
    for _ in range(length):
        x = step(x)
    return x, [[start]]


def _chain_with_parameters(length: int, rng: random.Random) -> tuple[Value, Layers]:
    weights = [Value(rng.uniform(0.5, 1.5), name=f"w{k}") for k in range(1, length + 1)]
    x: Any = rng.uniform(0.5, 1.0)
    for weight in weights:
        x = (weight * x).tanh()
    return x, [[weight] for weight in weights]


@dataclass(frozen=True, slots=True)
class _Recurrence:
    """A family of graphs that repeat one step: the closed form for a length, and how to record it."""

    form: Callable[[int], ClosedForm]
    record: Callable[[int, random.Random], tuple[Value, Layers]]


# The families of chains and ladders.
GRAPHS = {
    "chain": _Recurrence(chain, _chain),
    "chain-params": _Recurrence(chain_with_parameters, _chain_with_parameters),
    "ladder-square": _Recurrence(ladder_square, _ladder_square),
    "ladder-residual": _Recurrence(ladder_residual, _ladder_residual),
}
