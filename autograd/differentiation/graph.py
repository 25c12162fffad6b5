"""`Graph`: a result with everything it depends on, in topological order."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, chain, pairwise
from typing import Any

import numpy as np

from autograd.differentiation.sweep import sweep
from autograd.errors import GraphError
from autograd.recording import order
from autograd.recording.hooks import native, words
from autograd.recording.node import Node
from autograd.rules.primitive import apply

__all__ = ["Graph", "applied", "grouped"]

topological = native("topological", order.topological)
# Native code for graphs of native nodes; without it the Python code in the methods below.
_connected = native("connected", lambda nodes, places: None)
_in_order = native("in_order", lambda nodes: False)
_slices = native("slices", lambda sources, starts: [tuple(sources[a:b]) for a, b in pairwise(starts)])


class Graph:
    """A result with its dependencies in topological order; or several results, the first being the root.

    Attributes:
        root: the result.
        nodes: the dependencies, inputs first; a single root is last.

    Raises:
        CycleError: a value depends on itself.
        MutatedError: the data of a leaf was replaced after it was used.
        TypeError: the root is not a `Value` or `Tensor`.
    """

    def __init__(self, root: Node, *others: Node) -> None:
        for node in (root, *others):
            if not isinstance(node, Node):
                raise TypeError(f"a graph needs a Value or a Tensor, not {type(node).__name__} {node!r:.40}")
        self.root = root
        self.nodes: list[Node] = topological(root, *others)
        self._index: dict[Node, int] = dict(zip(self.nodes, range(len(self.nodes)), strict=True))
        # All inputs in one flat array, and where each node's begin: a tenth of the memory of a
        # million small tuples.
        if (found := _connected(self.nodes, self._index)) is None:
            inputs = [v.inputs for v in self.nodes]
            sources = map(self._index.__getitem__, chain.from_iterable(inputs))
            found = sources, accumulate(map(len, inputs), initial=0)
        self._sources, self._starts = (array("q", places) for places in found)
        self.check()

    def check(self) -> None:
        """Check that every value is newer than its inputs, and so up to date.

        Raises:
            CycleError: a value depends on itself.
            MutatedError: the data of a leaf was replaced after it was used.
        """
        if _in_order(self.nodes):
            return
        for v in self.nodes:
            v.check_untouched()
        serials = np.array([v._serial for v in self.nodes])
        sources, users = np.array(self._sources), self._users()
        late = np.flatnonzero(serials[sources] >= serials[users])
        if late.size:
            raise words().out_of_order(self.nodes[sources[late[0]]], self.nodes[users[late[0]]])

    def _users(self) -> Any:  # the place of the user of every edge
        return np.repeat(np.arange(len(self.nodes)), np.diff(self._starts))

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        return f"<Graph of {len(self):,} nodes, result {self.root!r}>"

    def __contains__(self, value: object) -> bool:
        return value in self._index

    def index(self, value: Node) -> int:
        """Return the place of a value in `nodes`.

        Raises:
            KeyError: the result does not depend on it.
        """
        return self._index[value]

    def find(self, values: Iterable[Node]) -> list[int | None]:
        """Return the places of some values; None for a value that the result does not depend on."""
        return list(map(self._index.get, values))

    def inputs(self, index: int) -> list[int]:
        """Return the places of a node's inputs, in order and with repeats."""
        return self._sources[self._starts[index] : self._starts[index + 1]].tolist()

    def all_inputs(self) -> list[tuple[int, ...]]:
        """Return the places of the inputs of every node."""
        inputs: list[tuple[int, ...]] = _slices(self._sources, self._starts)
        return inputs

    @property
    def edges(self) -> Iterator[tuple[int, int]]:
        """Every edge as (input, user), with repeats: ``x * x`` gives two."""
        return zip(self._sources, self._users().tolist(), strict=True)

    @property
    def leaves(self) -> list[Node]:
        """The values that no operation computed, without constants, in order."""
        return [v for v in self.nodes if v.primitive is None]

    @property
    def depth(self) -> int:
        """The number of edges on the longest path to the root."""
        depth = [0] * len(self.nodes)
        for source, target in self.edges:
            depth[target] = max(depth[target], depth[source] + 1)
        return depth[-1]

    def path_counts(self) -> list[int]:
        """Return for every node the exact number of paths from it to the root: a sweep over ones."""
        counts = self.paths_from(range(len(self)))
        return [counts.get(i, 0) for i in range(len(self))]

    def paths_from(self, places: Collection[int]) -> dict[int, int]:
        """Return the exact number of paths to the root from the nodes at some places.

        Only these counts are kept: in a deep graph each may have as many digits as the graph has nodes.
        """
        return sweep(_Ones(self), range(len(self)), {len(self) - 1: 1}, kept=places)

    def count_paths(self, value: Node) -> int:
        """Return the exact number of paths from a value to the root; 0 if the root does not depend on it.

        Raises:
            TypeError: it is not a `Value` or `Tensor`.
        """
        if not isinstance(value, Node):
            kind = type(value).__name__
            raise TypeError(f"paths are counted from a Value or a Tensor, not from {kind} {value!r:.40}")
        (place,) = self.find([value])
        return 0 if place is None else self.paths_from({place}).get(place, 0)

    def replay(self, numbers: Mapping[Node, Any] | None = None) -> list[Any]:
        """Evaluate every node again, with some nodes set to given numbers of any type; the root is last.

        Raises:
            GraphError: a number is given for a value that is not in this graph.
            ArithmeticError, ValueError: an operation is undefined at these numbers.
        """
        return list(self.replaying(numbers or {}))

    def replaying(self, given: Mapping[Node, Any]) -> Iterator[Any]:
        """Yield the results of `replay` node by node."""
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
                results.append(applied(v, [results[j] for j in self.inputs(i)]))
            yield results[-1]

    @cached_property
    def primitives(self) -> list[Any]:
        """The operation that computed each node; None for a leaf."""
        return [v.primitive for v in self.nodes]

    def active(self, wrt: Iterable[Node]) -> dict[int, int]:
        """Number the nodes that move with one of these values, in order: place -> vertex.

        A node that depends on them only through a comparison or `detach` does not move. The root is
        always the last vertex, so that a result which depends on none still has a linearization.
        """
        last = len(self.nodes) - 1
        still = {row for row in set(self.primitives) if row and not row.differentiable}
        moves = bytearray(2 * (row in still) for row in self.primitives) if still else bytearray(last + 1)
        for place in self.find(wrt):
            if place is not None:
                moves[place] = moves[place] or 1
        _spread(moves, self._sources, self._starts)
        active = np.flatnonzero(np.frombuffer(moves, np.uint8) == 1).tolist()
        if not active or active[-1] != last:
            active.append(last)
        return dict(zip(active, range(len(active)), strict=True))


def _marked(moves: bytearray, sources: array[int], starts: array[int]) -> None:
    """Mark every node with a marked input, in order; a mark of 2 stays as it is."""
    for i, (start, end) in enumerate(pairwise(starts)):
        if not moves[i] and any(moves[j] == 1 for j in sources[start:end]):
            moves[i] = 1


_spread = native("spread", _marked)


class _Ones:
    """Edges of a graph that all carry the number 1."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def __getitem__(self, vertex: int) -> list[tuple[int, int]]:
        return [(source, 1) for source in self._graph.inputs(vertex)]


def applied(value: Node, inputs: Sequence[Any]) -> Any:
    """Apply the operation that computed a value to other inputs."""
    primitive: Any = value.primitive
    try:
        return apply(primitive, *inputs)
    except (ArithmeticError, ValueError) as error:
        raise words().explained(error, primitive, value.inputs, "at another point, ") from None


def grouped(wrt: Sequence[Node | Sequence[Node]], what: str = "wrt") -> list[list[Node]]:
    """Return the values to differentiate by in groups; a value on its own is a group of one.

    Args:
        wrt: values, or groups of them.
        what: the name of the argument, for the message.

    Raises:
        TypeError: one of them is not a `Value` or `Tensor`.
    """
    if isinstance(wrt, Node) or not isinstance(wrt, Iterable):
        raise TypeError(
            f"{what} is a sequence of Values or Tensors, not {type(wrt).__name__}: write [x] for one"
        )
    groups: list[list[Node]] = []
    entry: Any
    for i, entry in enumerate(wrt):
        if isinstance(entry, Node):
            groups.append([entry])
            continue
        alone = isinstance(entry, str) or not isinstance(entry, Iterable)
        group: Any = [entry] if alone else list(entry.flat if isinstance(entry, np.ndarray) else entry)
        for v in group:
            if not isinstance(v, Node):
                raise TypeError(f"{what}[{i}] holds a {type(v).__name__}, {v!r:.40}, not a Value or a Tensor")
        groups.append(group)
    return groups
