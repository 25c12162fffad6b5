"""`Linearization`: the active part of a graph at one point, as edges with local derivatives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import Any

import numpy as np

from autograd.differentiation.graph import Graph, applied
from autograd.numbers.counted import Counted, Ledger
from autograd.recording.node import Node
from autograd.recording.order import explained
from autograd.rules.fused import Fused

__all__ = ["Linearization", "directions", "is_array"]

Residuals = Callable[[], Sequence[Any]]


class Linearization:
    """The active part of a graph at one point: edges, each with its local derivative.

    A vertex is active if it depends on a value of ``wrt`` and the root depends on it. Every exact
    method is a function of the edges alone; the numbers on them may be of any type. On a graph of
    tensors local derivatives are `LinearMap` maps, which methods multiply by like numbers.

    Args:
        graph: the graph.
        wrt: the values to differentiate by, in groups such as layers; `restart` runs once per group.
        ledger: if given, all numbers are `Counted` and enter their operations there.
        recorded: without a ledger, whether the numbers are the recorded values, so that derivatives
            are recorded too, or plain numbers.

    Raises:
        MutatedError: the data of a leaf was replaced after it was used.

    Attributes:
        asked: the values to differentiate by, group after group.
        wrt: the vertex of each; None if the root does not depend on it.
        groups: the vertices group by group, without the None.
        root: the vertex of the result, the last one.
        point: the numbers of the values to differentiate by.
        seed, zero: one and zero, as numbers of the same type as the edges'.
    """

    def __init__(
        self,
        graph: Graph,
        wrt: Sequence[Sequence[Node]],
        ledger: Ledger | None = None,
        *,
        recorded: bool = True,
    ) -> None:
        graph.check()
        self._graph = graph
        self._ledger = ledger
        self._recorded = recorded
        self.asked = [v for group in wrt for v in group]
        self._vertices = graph.active(self.asked)
        places = [[graph.index(v) if v in graph else None for v in group] for group in wrt]
        self.wrt = [None if i is None else self._vertices[i] for group in places for i in group]
        self.groups = [[self._vertices[i] for i in group if i is not None] for group in places]
        self._places = list(self._vertices)
        self.root = len(self._vertices) - 1
        self.point = [self._lift(v) for v in self.asked]
        self.seed = self._lift(graph.root._like(1))
        self.zero = self._lift(graph.root._like(0))

    def _lift(self, value: Node) -> Any:
        if self._ledger is not None:
            return Counted(value._data, self._ledger)
        return value if self._recorded else value._data

    def _entering(self, phase: str) -> AbstractContextManager[None]:
        return nullcontext() if self._ledger is None else self._ledger.entering(phase)

    @property
    def targets(self) -> list[int]:
        """The distinct vertices to differentiate by."""
        return list(dict.fromkeys(v for v in self.wrt if v is not None))

    @cached_property
    def edges(self) -> list[list[tuple[int, Any]]]:
        """For every vertex its active inputs, with repeats, as pairs (vertex, local derivative).

        Evaluated at first use: the forward pass, then the local derivatives, once for all methods.
        """
        edges = self._linearize()
        if self._ledger is not None:
            self._ledger.mark()
        return edges

    def _linearize(self) -> list[list[tuple[int, Any]]]:
        with self._entering("forward"):
            outputs, residuals = self._forward()
        with self._entering("partials"):
            return [self._derivatives(i, outputs, residuals) for i in self._vertices]

    def _forward(self) -> tuple[list[Any], dict[int, Residuals]]:
        """Return the output of every node, and the residuals of fused nodes evaluated on `Counted`."""
        graph, outputs = self._graph, list[Any]()
        residuals: dict[int, Residuals] = {}
        for i, v in enumerate(graph.nodes):
            if self._ledger is None or v.primitive is None or v.is_constant:
                outputs.append(self._lift(v))
                continue
            inputs = [outputs[j] for j in graph.inputs(i)]
            if isinstance(v.primitive, Fused):
                output, residuals[i] = v.primitive.rule(*inputs)
                outputs.append(output)
            else:
                outputs.append(applied(v, inputs))
        return outputs, residuals

    def _derivatives(
        self, i: int, outputs: list[Any], residuals: dict[int, Residuals]
    ) -> list[tuple[int, Any]]:
        """Return the active inputs of a node, each with its local derivative."""
        v: Any = self._graph.nodes[i]
        inputs = self._graph.inputs(i)
        if v.primitive is None or not any(j in self._vertices for j in inputs):
            return []
        plain = self._ledger is None and not self._recorded
        known: Residuals | None = getattr(v, "_residuals", None) if plain else residuals.pop(i, None)
        try:
            if known is not None:
                partials = known()
            else:
                partials = v.primitive.partials(outputs[i], *[outputs[j] for j in inputs])
            pairs = [(j, d) for j, d in zip(inputs, partials, strict=True) if j in self._vertices]
            if is_array(v):
                pairs = [(j, v._as_map(d, outputs[j], outputs[i])) for j, d in pairs]
        except (ArithmeticError, ValueError) as error:
            raise explained(error, v.primitive, v.inputs, "the derivative of ") from None
        return [(self._vertices[j], derivative) for j, derivative in pairs]

    def evaluate(self, moved: int | None = None, to: Any = None) -> Any:
        """Return the result of one forward pass with one value of ``wrt`` moved to another number."""
        numbers = {v: self._lift(v) for v in self._graph.nodes if v.primitive is None or v.is_constant}
        if moved is not None and self.asked[moved] in self._graph:
            numbers[self.asked[moved]] = to
        with self._entering("forward"):
            return self._replay(numbers)

    def _replay(self, numbers: Mapping[Node, Any]) -> Any:
        return self._graph.replay(numbers)[-1]

    @cached_property
    def last_user(self) -> dict[int, int]:
        """For every vertex with users, the last of them."""
        return {u: v for v, inputs in enumerate(self.edges) for u, _ in inputs}

    def vertex(self, node: Node) -> int | None:
        """Return the vertex of a node; None if it depends on no value of ``wrt``."""
        return self._vertices.get(self._graph.index(node))

    def node(self, vertex: int) -> Any:
        return self._graph.nodes[self._places[vertex]]

    def unit_tangents(self, vertex: int) -> Iterator[Any]:
        """Yield the directions to move a vertex in, as numbers of the same type as the edges'."""
        node = self.node(vertex)
        for direction in directions(node):
            if is_array(node):
                yield self._lift(node._constant(direction))
            else:  # of the seed, where it is a scalar too
                yield self._lift(node._like(1)) if is_array(self._graph.root) else self.seed

    def assemble(self, slopes: list[Any], node: Any) -> Any:
        """Join the slopes along all directions of a node to one derivative of its shape."""
        if not is_array(node):
            return slopes[0]
        return node._joined(slopes) if slopes else self._zero(node)

    def _zero(self, node: Any) -> Any:
        arrays = is_array(node) or is_array(self._graph.root)
        return self._lift(node._like(0)) if arrays else self.zero

    def gather(self, derivatives: Mapping[int, Any]) -> list[Any]:
        """Return one derivative per value of ``wrt``: zero where the result does not depend on it."""
        return [
            derivatives[v] if v is not None and v in derivatives else self._zero(node)
            for v, node in zip(self.wrt, self.asked, strict=True)
        ]


def is_array(node: Any) -> bool:
    """Return whether a node is an array, which knows its own directions and linear maps."""
    return isinstance(node._data, np.ndarray)


def directions(node: Any) -> Iterator[Any]:
    """Return the directions to move a node in: 1 for a scalar, a unit array for each element."""
    units: Iterator[Any] = node._units() if is_array(node) else iter((1,))
    return units
