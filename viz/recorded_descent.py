"""`RecordedDescent`: gradient descent on a loss that is recorded already, by evaluating its graph again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from itertools import chain
from math import isfinite, nan
from typing import Any, NamedTuple

import numpy as np

from autograd import METHODS, Graph, Linearization, Node, Tensor, apply
from viz.labels import data_of
from viz.wrt import Wrt, grouped

__all__ = ["RecordedDescent"]


class GraphRecording(NamedTuple):
    loss: Any
    parameters: Mapping[str, Any]
    columns: Sequence[Any] = ()
    chain: Sequence[tuple[str, str | None]] = ()


class _Point(NamedTuple):
    updates: int
    data: list[Any]
    rate: float


class RecordedDescent:
    """A training of the leaves of one recorded loss: ``w -= rate · gradient`` for each of them.

    Args:
        loss: the result.
        wrt: the leaves to move.
        rate: the learning rate.

    Raises:
        TypeError: something is not a `Value` or a `Tensor`.
        ValueError: the loss is more than one number, a value to move is not a leaf of it, or the rate is not
            a finite number of at least 0.
    """

    inputs = targets = None
    kind = "update"
    rate: float

    def __init__(self, loss: Node, wrt: Wrt, rate: float = 0.1) -> None:
        self._graph = Graph(loss)
        if shape := np.shape(data_of(loss)):
            raise ValueError(f"a loss is one number, not an array of shape {shape}: sum() or mean() it first")
        self._leaves = list(chain.from_iterable(grouped(wrt)))
        if not self._leaves:
            raise ValueError("give the values to differentiate by, such as [w, b]")
        for leaf in self._leaves:
            if leaf.inputs or leaf not in self._graph:
                raise ValueError(f"{leaf!r:.60} is not a leaf of this loss, so it cannot be moved")
        self._names = [leaf.name or f"value {i}" for i, leaf in enumerate(self._leaves)]
        self.change("rate", rate)
        self.updates = 0
        self.tally: Counter[Hashable] = Counter()

    @property
    def settings(self) -> dict[str, tuple[Any, Sequence[str]]]:
        return {"rate": (self.rate, ())}

    def record(self, example: int = 0) -> GraphRecording:
        """Evaluate the graph again, from the leaves as they are now."""
        made: list[Any] = []
        for i, node in enumerate(self._graph.nodes):
            inputs = [made[source] for source in self._graph.inputs(i)]
            made.append(apply(node.primitive, *inputs) if node.primitive and inputs else node)
            made[-1].name = node.name
        root = made[self._graph.index(self._graph.root)]
        return GraphRecording(root, dict(zip(self._names, self._leaves, strict=True)))

    def record_scalars(self, kind: Hashable) -> tuple[Any, Sequence[Any]] | None:
        """The loss of an update; None for a loss of Tensors, whose cost cannot be predicted."""
        if any(isinstance(node, Tensor) for node in self._graph.nodes):
            return None
        return self.record().loss, self._leaves

    def record_steps(self, example: int) -> tuple[Any, Sequence[Any]]:
        return self.record().loss, self._leaves

    def step(self, examples: Sequence[int] | None = None) -> float:
        loss = self.record().loss
        found = METHODS["backprop"](Linearization(Graph(loss), [self._leaves], recorded=False))
        if not all(np.isfinite(slope).all() for slope in found):
            raise FloatingPointError("the gradient is not finite here: go back, and lower the rate")
        for leaf, slope in zip(self._leaves, found, strict=True):
            leaf.data = data_of(leaf) - self.rate * slope
        self.updates += 1
        self.tally[self.kind] += 1
        return float(data_of(loss))

    def follow(self, updates: int, examples: int) -> None:
        self.updates = updates
        self.tally[self.kind] += 1

    def snapshot(self) -> _Point:
        return _Point(self.updates, [data_of(leaf) for leaf in self._leaves], self.rate)

    def restore(self, state: _Point) -> None:
        for leaf, data in zip(self._leaves, state.data, strict=True):
            leaf.data = data
        self.updates, self.rate = state.updates, state.rate
        self.tally = Counter({self.kind: state.updates} if state.updates else {})

    def mean_loss(self) -> float:
        return float(data_of(self.record().loss))

    def predict(self, inputs: Any) -> Any:
        raise ValueError("a recorded loss has no inputs")

    def change(self, name: str, value: Any) -> None:
        try:
            rate = float(value)
        except (TypeError, ValueError):
            rate = nan
        if name != "rate" or not isfinite(rate) or rate < 0:
            raise ValueError(f"the rate is a finite number of at least 0, not {value!r:.40}")
        self.rate = rate

    def set_parameter(self, name: str, place: Sequence[int], number: float) -> None:
        leaf = self._leaves[self._names.index(name)]
        changed = np.array(data_of(leaf), dtype=float)
        changed[tuple(place)] = number
        leaf.data = changed if changed.ndim else float(changed)

    def set_data(self, inputs: Any, targets: Any) -> None:
        raise ValueError("a recorded loss has no examples")
