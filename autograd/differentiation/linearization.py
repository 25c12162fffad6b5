"""`Linearization`: the active part of a graph at one point, as edges with local derivatives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import Any

import numpy as np

from autograd.differentiation.graph import Graph
from autograd.numbers.counted import Counted, Ledger
from autograd.recording.hooks import native, words
from autograd.recording.node import Node
from autograd.rules.fused import Fused
from autograd.rules.scalars import constant

__all__ = ["Linearization", "directions", "is_array"]

Residuals = Callable[[], Sequence[Any]]

# Native code does the work of the methods named so for the next nodes, as far as they are numbers in C.
_run = native("run", lambda *of_counted_numbers: None)
_differentiate = native("differentiate", lambda *of_numbers: None)


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
        root: the vertex of the result, the last one.
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
        self.wrt = [None if i is None else self._vertices.get(i) for i in graph.find(self.asked)]
        self._grouped = wrt
        self._places = list(self._vertices)
        self._inputs = graph.all_inputs()
        self._primitives = graph.primitives
        self.root = len(self._vertices) - 1
        self.seed = self._lift(graph.root._like(1))
        self.zero = self._lift(graph.root._like(0))

    def __getstate__(self) -> dict[str, Any]:  # without edges: the local derivatives of arrays are closures
        return {name: x for name, x in vars(self).items() if name not in ("edges", "numbers")}

    def _lift(self, value: Node) -> Any:
        if self._ledger is not None:
            return Counted(value._data, self._ledger)
        return value if self._recorded else value._data

    def _entering(self, phase: str) -> AbstractContextManager[None]:
        return nullcontext() if self._ledger is None else self._ledger.entering(phase)

    @cached_property
    def groups(self) -> list[list[int]]:
        """The vertices of the values to differentiate by, group by group; none if it has none."""
        vertices = iter(self.wrt)
        return [[v for _ in group if (v := next(vertices)) is not None] for group in self._grouped]

    @cached_property
    def point(self) -> list[Any]:
        """The numbers of the values to differentiate by."""
        return [self._lift(v) for v in self.asked]

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

    @cached_property
    def numbers(self) -> list[list[tuple[int, Any]]]:
        """The `edges` of a graph of scalars, all as numbers of one type, which may be multiplied together.

        A rule may give a plain 1, and the product of two of these would not be counted.
        """
        edges = [[(u, self.number(derivative)) for u, derivative in inputs] for inputs in self.edges]
        if self._ledger is not None:
            self._ledger.mark()
        return edges

    def number(self, derivative: Any) -> Any:
        """Return a plain number as one of the type that the edges have."""
        if self._ledger is None or not isinstance(derivative, (int, float)):
            return derivative
        return Counted(derivative, self._ledger)

    def _linearize(self) -> list[list[tuple[int, Any]]]:
        nodes: list[Any] = self._graph.nodes
        residuals: dict[int, Residuals] = {}
        if self._ledger is None:
            outputs = [self._lift(v) for v in nodes]
            if not self._recorded:
                residuals = {i: v._residuals for i, v in enumerate(nodes) if getattr(v, "_residuals", None)}
        else:
            with self._ledger.entering("forward"):
                outputs = self._run({}, residuals)
        edges: list[list[tuple[int, Any]]] = []
        places, parts = self._places, (self._primitives, self._inputs, self._vertices)
        with self._entering("partials"):
            try:
                while True:
                    _differentiate(edges, places, outputs, *parts, residuals)
                    if len(edges) == len(places):
                        return edges
                    edges.append(self._derivatives(places[len(edges)], outputs, residuals))
            except (ArithmeticError, ValueError) as error:
                v = nodes[places[len(edges)]]
                raise words().explained(error, v.primitive, v.inputs, "the derivative of ") from None

    def leaves(self, moved: Mapping[Node, Any] | None = None) -> list[Any]:
        """Return the numbers of leaves and constants, some moved, at their places; None for other nodes."""
        rows = zip(self._graph.nodes, self._primitives, strict=True)
        found = [self._lift(v) if row is None or row is constant else None for v, row in rows]
        for node, number in (moved or {}).items():
            found[self._graph.index(node)] = number
        return found

    def _run(self, moved: Mapping[Node, Any], residuals: dict[int, Residuals] | None = None) -> list[Any]:
        """Evaluate every node on `Counted`, some moved; keep the residuals of fused nodes if wanted."""
        nodes = self._graph.nodes
        given = self.leaves(moved)
        outputs: list[Any] = []
        try:
            while True:
                _run(outputs, given, self._primitives, self._inputs)
                if (i := len(outputs)) == len(nodes):
                    return outputs
                outputs.append(self._evaluated_at(i, outputs, residuals) if given[i] is None else given[i])
        except (ArithmeticError, ValueError) as error:
            v = nodes[len(outputs)]
            raise words().explained(error, v.primitive, v.inputs, "at another point, ") from None

    def _evaluated_at(self, i: int, outputs: Any, residuals: dict[int, Residuals] | None) -> Any:
        ledger: Any = self._ledger
        primitive: Any = self._primitives[i]
        inputs = [outputs[j] for j in self._inputs[i]]
        if not isinstance(primitive, Fused):
            return Counted(ledger.run(primitive, *[x.data for x in inputs]), ledger)
        if residuals is None:
            return primitive.forward(*inputs)
        output, residuals[i] = primitive.rule(*inputs)
        return output

    def _derivatives(self, i: int, outputs: Any, residuals: dict[int, Residuals]) -> list[tuple[int, Any]]:
        """Return the active inputs of a node, each with its local derivative."""
        v: Any = self._graph.nodes[i]
        vertices, inputs = self._vertices, self._inputs[i]
        if not any(j in vertices for j in inputs):
            return []
        if i in residuals:
            partials = residuals[i]()
        else:
            partials = self._primitives[i].partials(outputs[i], *map(outputs.__getitem__, inputs))
        pairs = [(j, d) for j, d in zip(inputs, partials, strict=True) if j in vertices]
        if v._data.__class__ is not np.ndarray:
            return [(vertices[j], d) for j, d in pairs]
        return [(vertices[j], v._as_map(d, outputs[j], outputs[i])) for j, d in pairs]

    def evaluate(self, moved: Mapping[Node, Any] | None = None) -> Any:
        """Return the result of one forward pass with some values set to other numbers."""
        numbers = {}
        for node, number in (moved or {}).items():
            if node in self._graph:
                plain = self._ledger is not None and not isinstance(number, Counted)
                numbers[node] = Counted(number, self._ledger) if plain else number  # type: ignore[arg-type]
        with self._entering("forward"):
            return self._replay(numbers)

    def _replay(self, moved: Mapping[Node, Any]) -> Any:
        run = self._graph.replay(self.given(moved)) if self._ledger is None else self._run(moved)
        return run[-1]

    def given(self, moved: Mapping[Node, Any]) -> dict[Node, Any]:
        """Return the numbers of `leaves` by their nodes."""
        numbers = zip(self._graph.nodes, self.leaves(moved), strict=True)
        return {v: x for v, x in numbers if x is not None}

    def recomputation(self) -> Any:
        """Return what evaluates single nodes, for methods that do not keep all `edges`."""
        # Defers the load of code that only checkpointing needs.
        from autograd.differentiation.recomputation import Recomputation

        return Recomputation(self)

    @cached_property
    def last_user(self) -> dict[int, int]:
        """For every vertex with users, the last of them."""
        return {u: v for v, inputs in enumerate(self.edges) for u, _ in inputs}

    def vertex(self, node: Node) -> int | None:
        """Return the vertex of a node; None if it depends on no value of ``wrt`` or is not in the graph."""
        (place,) = self._graph.find([node])
        return None if place is None else self._vertices.get(place)

    def node(self, vertex: int) -> Any:
        """Return the node of a vertex."""
        return self._graph.nodes[self._places[vertex]]

    def unit_tangents(self, vertex: int) -> Iterator[Any]:
        """Yield the directions to move a vertex in, as numbers of the same type as the edges'."""
        node = self.node(vertex)
        if is_array(node):
            yield from (self.tangent(vertex, direction) for direction in directions(node))
        else:  # the seed itself, if it is a scalar
            yield self._lift(node._like(1)) if is_array(self._graph.root) else self.seed

    def tangent(self, vertex: int, direction: Any) -> Any:
        """Return a direction to move a vertex in, as a number of the same type as the edges'."""
        node = self.node(vertex)
        if is_array(node):
            return self._lift(node._constant(direction))
        plain = self._ledger is not None or not self._recorded
        return self.number(direction) if plain else node._like(1) * direction

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
