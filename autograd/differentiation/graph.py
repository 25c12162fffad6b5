"""`Graph`: what a result depends on, in order; and its `Linearization`, edges with local derivatives."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import Any

import numpy as np

from autograd.errors import GraphError
from autograd.numbers.number import Counted, Ledger
from autograd.recording.node import Node, explained, out_of_order, topological
from autograd.recording.tensor import Tensor, constant
from autograd.rules.arrays import astype, concatenate, local_map, reshape
from autograd.rules.scalars import FLAT, Fused, apply

__all__ = ["Graph", "Linearization", "grouped", "units"]


class Graph:
    """What a result depends on; or several results, of which the first is the root.

    Attributes:
        root: the result.
        nodes: every value it depends on, each after its inputs; the root is last, if it is the only one.

    Raises:
        CycleError: a value depends on itself.
        MutatedError: the data of a leaf was replaced after it was used.
        TypeError: the root is not a `Value` or `Tensor`.
    """

    def __init__(self, root: Node, *others: Node) -> None:
        for node in (root, *others):
            if not isinstance(node, Node):
                raise TypeError(
                    f"a graph is that of a Value or a Tensor, not of {type(node).__name__} {node!r:.40}"
                )
        self.root = root
        self.nodes: list[Node] = topological(root, *others)
        self._index = {v: i for i, v in enumerate(self.nodes)}
        # The inputs of all nodes, one after the other, and where those of each begin: flat arrays
        # take a tenth of the memory of a million little tuples.
        self._sources = array("q")
        self._starts = array("q", [0])
        for v in self.nodes:
            self._sources.extend(self._index[source] for source in v.inputs)
            self._starts.append(len(self._sources))
        self.check()

    def check(self) -> None:
        """Make sure that every value was made after its inputs, and so is up to date.

        Raises:
            CycleError: a value depends on itself.
            MutatedError: the data of a leaf was replaced after it was used.
        """
        for v in self.nodes:
            v.check_untouched()
            for source in v.inputs:
                if not source.older_than(v):
                    raise out_of_order(source, v)

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        return f"<Graph of {len(self):,} nodes, result {self.root!r}>"

    def __contains__(self, value: object) -> bool:
        return value in self._index

    def index(self, value: Node) -> int:
        """Its place in `nodes`.

        Raises:
            KeyError: the result does not depend on it.
        """
        return self._index[value]

    def inputs(self, index: int) -> list[int]:
        """The places of a node's inputs, in order and with repeats."""
        return self._sources[self._starts[index] : self._starts[index + 1]].tolist()

    @property
    def edges(self) -> Iterator[tuple[int, int]]:
        """Every edge as (input, user), with repeats: ``x * x`` gives two."""
        return ((source, i) for i in range(len(self.nodes)) for source in self.inputs(i))

    @property
    def leaves(self) -> list[Node]:
        """The values that no operation computed, constants left out, in order."""
        return [v for v in self.nodes if v.primitive is None]

    @property
    def depth(self) -> int:
        """The number of edges on the longest path to the root."""
        depth = [0] * len(self.nodes)
        for source, target in self.edges:
            depth[target] = max(depth[target], depth[source] + 1)
        return depth[-1]

    def path_counts(self) -> list[int]:
        """For every node, the exact number of paths from it to the root (dynamic programming)."""
        counts = [0] * len(self.nodes)
        counts[-1] = 1
        for i in reversed(range(len(self.nodes))):
            for source in self.inputs(i):
                counts[source] += counts[i]
        return counts

    def count_paths(self, value: Node) -> int:
        """The exact number of paths from a value to the root: the terms of its path sum, at any size.

        It is 0 for a value that the root does not depend on.

        Raises:
            TypeError: it is not a `Value` or `Tensor`.
        """
        if not isinstance(value, Node):
            raise TypeError(
                f"paths are counted from a Value or a Tensor, not from {type(value).__name__} {value!r:.40}"
            )
        return self.path_counts()[self._index[value]] if value in self._index else 0

    def replay(self, numbers: Mapping[Node, Any] | None = None) -> list[Any]:
        """Evaluate every node again, with some nodes at given numbers of any type; the root's is last.

        Raises:
            GraphError: a number is given for a value that is not in this graph.
            ArithmeticError, ValueError: an operation is undefined at these numbers.
        """
        return list(self.replaying(numbers or {}))

    def replaying(self, given: Mapping[Node, Any]) -> Iterator[Any]:
        """The same, one node after the other."""
        for value in given:
            if value not in self._index:
                raise GraphError(f"a number was given for {value!r}, which is not in this graph")
        results: list[Any] = []
        for i, v in enumerate(self.nodes):
            if v in given:
                results.append(given[v])
            elif v.primitive is None or v.is_constant:
                results.append(v.data)
            else:
                results.append(_applied(v, [results[j] for j in self.inputs(i)]))
            yield results[-1]

    def active(self, wrt: Iterable[Node]) -> dict[int, int]:
        """The nodes that move with one of these values, each with its number among them, in order.

        What depends on it only through a comparison, or what was detached, does not. The root is
        always there, and last, so that a result which depends on none still has a linearization.
        """
        asked = {self._index[v] for v in wrt if v in self._index}
        last = len(self.nodes) - 1
        vertices: dict[int, int] = {}
        for i, v in enumerate(self.nodes):
            moves = i in asked or any(j in vertices for j in self.inputs(i))
            if i == last or (moves and v.primitive not in FLAT):
                vertices[i] = len(vertices)
        return vertices


def _applied(value: Node, inputs: Sequence[Any]) -> Any:
    """The operation that computed a value, on other inputs."""
    primitive: Any = value.primitive
    try:
        return apply(primitive, *inputs)
    except (ArithmeticError, ValueError) as error:
        raise explained(error, primitive, value.inputs, "at another point, ") from None


def grouped(wrt: Sequence[Node | Sequence[Node]]) -> list[list[Node]]:
    """The values asked for, in groups: a value on its own is a group of one.

    Raises:
        TypeError: there is something in it that is not a `Value` or `Tensor`.
    """
    if isinstance(wrt, Node):
        raise TypeError(f"wrt is a sequence of {type(wrt).__name__}s: write [x] for one")
    groups: list[list[Node]] = []
    for i, entry in enumerate(wrt):
        if isinstance(entry, Node) or not isinstance(entry, Iterable) or isinstance(entry, str):
            group = [entry]
        else:
            group = list(entry.flat if isinstance(entry, np.ndarray) else entry)
        for v in group:
            if not isinstance(v, Node):
                raise TypeError(
                    f"wrt[{i}] has a {type(v).__name__} in it, {v!r:.40}, not a Value or a Tensor"
                )
        groups.append(group)
    return groups


class Linearization:
    """The active part of a graph at one point: its edges, each with its local derivative.

    A vertex is active if it depends on a value asked for and reaches the root. Every exact way of
    differentiating is a function of the edges alone; the numbers on them may be of any type.

    On a graph of tensors every local derivative is a `Linear` map, which a method multiplies by as it
    does by a number.

    Args:
        graph: the graph.
        wrt: the values asked for, in groups (a layer, say); `restart` starts once for each group.
        ledger: if given, all numbers are `Counted` and enter their operations there.
        recorded: else, whether they are the recorded values themselves, so that the derivatives are
            recorded too, or plain numbers.

    Raises:
        MutatedError: the data of a leaf was replaced after it was used.

    Attributes:
        asked: the values asked for, group after group.
        wrt: for each of them, its vertex; None if the root does not depend on it.
        groups: the same, group by group, without the None.
        root: the vertex of the result: the last.
        point: where the values asked for stand.
        seed, zero: one and zero, as numbers of the same type.
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
        """The distinct vertices asked for."""
        return list(dict.fromkeys(v for v in self.wrt if v is not None))

    @cached_property
    def edges(self) -> list[list[tuple[int, Any]]]:
        """For every vertex its active inputs, with repeats, as pairs (vertex, local derivative).

        Evaluated at first use, once for all methods: the forward pass, then the local derivatives.
        """
        edges = self._linearize()
        if self._ledger is not None:
            self._ledger.mark()
        return edges

    def _linearize(self) -> list[list[tuple[int, Any]]]:
        graph, vertices, ledger = self._graph, self._vertices, self._ledger
        outputs: list[Any] = []
        residuals: dict[int, Callable[[], Sequence[Any]]] = {}
        with self._entering("forward"):
            for i, v in enumerate(graph.nodes):
                if ledger is None or v.primitive is None or v.is_constant:
                    outputs.append(self._lift(v))
                elif isinstance(v.primitive, Fused):
                    output, residuals[i] = v.primitive.rule(*[outputs[j] for j in graph.inputs(i)])
                    outputs.append(output)
                else:
                    outputs.append(_applied(v, [outputs[j] for j in graph.inputs(i)]))
        edges: list[list[tuple[int, Any]]] = []
        with self._entering("partials"):
            for i in vertices:
                inputs = graph.inputs(i)
                v = graph.nodes[i]
                if v.primitive is None or not any(j in vertices for j in inputs):
                    edges.append([])
                    continue
                try:
                    if i in residuals:
                        partials = residuals.pop(i)()
                    elif ledger is None and not self._recorded:
                        partials = v._partials()
                    else:
                        partials = v.primitive.partials(outputs[i], *[outputs[j] for j in inputs])
                    pairs = [(j, d) for j, d in zip(inputs, partials, strict=True) if j in vertices]
                    if isinstance(v, Tensor):
                        pairs = [(j, local_map(d, outputs[j], outputs[i])) for j, d in pairs]
                    edges.append([(vertices[j], derivative) for j, derivative in pairs])
                except (ArithmeticError, ValueError) as error:
                    raise explained(error, v.primitive, v.inputs, "the derivative of ") from None
        return edges

    def evaluate(self, moved: int | None = None, to: Any = None) -> Any:
        """The result, by one forward pass, with one of the values asked for moved to another number."""
        numbers = {v: self._lift(v) for v in self._graph.nodes if v.primitive is None or v.is_constant}
        if moved is not None and self.asked[moved] in self._graph:
            numbers[self.asked[moved]] = to
        with self._entering("forward"):
            return self._replay(numbers)

    def _replay(self, numbers: Mapping[Node, Any]) -> Any:
        return self._graph.replay(numbers)[-1]

    @cached_property
    def last_user(self) -> dict[int, int]:
        """For every vertex that another is computed from, the last such one."""
        return {u: v for v, inputs in enumerate(self.edges) for u, _ in inputs}

    def vertex(self, node: Node) -> int | None:
        """The vertex of a node; None if it depends on nothing that was asked for."""
        return self._vertices.get(self._graph.index(node))

    def node(self, vertex: int) -> Node:
        return self._graph.nodes[self._places[vertex]]

    def unit_tangents(self, vertex: int) -> Iterator[Any]:
        """The directions to move a vertex in, as numbers of the same type as the edges'."""
        node = self.node(vertex)
        for unit in units(node):
            yield self._lift(constant(unit)) if isinstance(node, Tensor) else self.seed

    def assemble(self, slopes: list[Any], node: Node) -> Any:
        """The slopes along the units of a node, as one derivative of its shape."""
        if not isinstance(node, Tensor):
            return slopes[0]
        column = concatenate([reshape(slope, (1,)) for slope in slopes], 0) if slopes else self._zero(node)
        return astype(reshape(column, node.shape), node.dtype)

    def _zero(self, node: Node) -> Any:
        tensors = isinstance(node, Tensor) or isinstance(self._graph.root, Tensor)
        return self._lift(node._like(0)) if tensors else self.zero

    def gather(self, derivatives: Mapping[int, Any]) -> list[Any]:
        """One derivative per value asked for: zero where the result does not depend on it."""
        return [
            derivatives[v] if v is not None and v in derivatives else self._zero(node)
            for v, node in zip(self.wrt, self.asked, strict=True)
        ]


def units(node: Node) -> Iterator[Any]:
    """The directions to move a node in: 1 for a scalar, and one for every element of an array."""
    if not isinstance(node, Tensor):
        yield 1
        return
    for i in range(node.size):
        unit = np.zeros(node.shape, node.dtype)
        unit.flat[i] = 1
        yield unit
