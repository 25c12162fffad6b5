"""Vertex elimination: drop the inner vertices one by one, in any order. The order is the method.

Griewank and Reese, "On the calculation of Jacobian matrices by the Markowitz rule", 1991; Griewank and
Walther, *Evaluating Derivatives*, 2nd ed., 2008, chapters 9 and 10. To drop a vertex, every edge into it is
multiplied by every edge out of it, and the product becomes an edge past it, or is added to the edge that is
there. In reverse topological order this is backprop, in topological order it is forward mode; a graph with
parallel edges costs less, since they are merged first. The best order is NP-complete to find (Naumann 2008).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

from autograd.differentiation.linearization import Linearization, is_array
from autograd.differentiation.sweep import accumulate, sweep
from autograd.errors import BudgetError, GraphError
from autograd.recording.node import Node

__all__ = ["Elimination", "best_order", "eliminate", "steps"]


def eliminate(linearization: Linearization, order: Any = "markowitz", most: int = 10) -> list[Any]:
    """Eliminate all vertices but the values of ``wrt``; then add up what leads from one of these to another.

    Args:
        linearization: of a graph of scalars.
        order: ``"reverse"``, ``"forward"``, ``"markowitz"`` (the vertex with the fewest multiplications
            next, the later of equals), ``"optimal"`` (an exact search), or the nodes to eliminate, in order.
        most: the most inner vertices that the search is done for. Each further one doubles its time.

    Raises:
        BudgetError: there are more; nothing was run.
        GraphError: the graph is of tensors, whose local derivatives are maps, not numbers.
        ValueError: there is no such order, or it is not of all the inner vertices, each once.
    """
    if is_array(linearization.node(linearization.root)):
        raise GraphError("vertices are eliminated from graphs of Values: run the program on values(array)")
    if not linearization.targets:
        return linearization.gather({})
    graph = Elimination(linearization.numbers, [linearization.root], linearization.seed)
    for v in steps(graph, linearization, order, most):
        graph.drop(v)
    (adjoints,) = graph.adjoints(linearization.targets)
    return linearization.gather(adjoints)


class Elimination:
    """A graph that loses its vertices; every root has one more successor, an edge that carries the seed.

    Args:
        edges: the inputs of every vertex.
        roots: the vertices of the results.
        seed: one.

    Attributes:
        size: the number of vertices, without the successors of the roots.
        inputs: for every vertex, the local derivative of each of its inputs; parallel edges are merged.
        users: for every vertex, the vertices that it is an input of.
    """

    def __init__(self, edges: Sequence[Sequence[tuple[int, Any]]], roots: Sequence[int], seed: Any) -> None:
        self.size = len(edges)
        self.inputs: list[dict[int, Any]] = [{} for _ in edges]
        for merged, parallel in zip(self.inputs, edges, strict=True):
            for u, derivative in parallel:
                accumulate(merged, u, derivative)
        self.inputs += [{root: seed} for root in roots]
        self.users: list[set[int]] = [set() for _ in self.inputs]
        for v, inputs in enumerate(self.inputs):
            for u in inputs:
                self.users[u].add(v)

    def degree(self, vertex: int) -> int:
        """Return the multiplications that dropping a vertex takes, its *Markowitz degree*."""
        return len(self.inputs[vertex]) * len(self.users[vertex])

    def drop(self, vertex: int) -> int:
        """Drop a vertex; return the number of additions that it took."""
        inputs, users = self.inputs[vertex], self.users[vertex]
        merges = 0
        for w in users:
            after = self.inputs[w].pop(vertex)
            for u, before in inputs.items():
                merges += u in self.inputs[w]
                accumulate(self.inputs[w], u, after * before)
        for u in inputs:
            self.users[u].remove(vertex)
            self.users[u] |= users
        self.inputs[vertex], self.users[vertex] = {}, set()
        return merges

    def adjoints(self, targets: Sequence[int]) -> list[dict[int, Any]]:
        """Return for every root the adjoints of what is left, by the edges into its seed and among these."""
        edges = [list(inputs.items()) for inputs in self.inputs[: self.size]]
        return [sweep(edges, sorted(targets), dict(seeds)) for seeds in self.inputs[self.size :]]


def steps(
    graph: Elimination, linearization: Linearization, order: Any = "markowitz", most: int = 10
) -> Iterator[int]:
    """Yield the inner vertices in an order, while the one that takes them drops each before the next."""
    kept = set(linearization.targets)
    inner = [v for v in range(graph.size) if v not in kept]
    if isinstance(order, str) and order in ORDERS:
        return ORDERS[order](graph, inner, most)
    if isinstance(order, str) or not isinstance(order, Sequence):
        raise ValueError(f"the order is {', '.join(ORDERS)} or a sequence of nodes, not {order!r:.40}")
    return iter(_given(linearization, inner, order))


def _reverse(graph: Elimination, inner: list[int], most: int) -> Iterator[int]:
    return reversed(inner)


def _forward(graph: Elimination, inner: list[int], most: int) -> Iterator[int]:
    return iter(inner)


def _markowitz(graph: Elimination, inner: list[int], most: int) -> Iterator[int]:
    heap = [(graph.degree(v), -v) for v in inner]
    heapify(heap)
    left = set(inner)
    while heap:
        degree, v = heappop(heap)
        v = -v
        if v not in left or degree != graph.degree(v):  # it was dropped, or its degree has changed since
            continue
        left.remove(v)
        around = (*graph.inputs[v], *graph.users[v])
        yield v
        for u in left.intersection(around):
            heappush(heap, (graph.degree(u), -u))


def _optimal(graph: Elimination, inner: list[int], most: int) -> Iterator[int]:
    if len(inner) > most:
        work = len(inner) << len(inner) - 1
        raise BudgetError(
            f"the search for the best order of {len(inner)} inner vertices goes over 2^{len(inner)} sets; it "
            f"is done for up to {most}: give most={len(inner)}, or order='markowitz'",
            predicted=work,
            budget=most << most - 1,
        )
    return iter(best_order(graph, inner))


ORDERS: dict[str, Callable[[Elimination, list[int], int], Iterator[int]]] = {
    "reverse": _reverse,
    "forward": _forward,
    "markowitz": _markowitz,
    "optimal": _optimal,
}


def best_order(graph: Elimination, inner: list[int]) -> list[int]:
    """Find an order with the fewest multiplications.

    The graph left by a set of dropped vertices does not depend on their order, so the search goes over sets
    (dynamic programming, as Held and Karp 1962), smaller ones first.
    """
    place = {v: i for i, v in enumerate(inner)}
    best: list[tuple[int, int]] = [(0, 0)]  # for every set: the multiplications, and the vertex dropped last
    for dropped in range(1, 1 << len(inner)):
        choices = []
        for v, i in place.items():
            if dropped >> i & 1:
                before = dropped & ~(1 << i)
                choices.append((best[before][0] + _degree_without(graph, v, before, place), i))
        best.append(min(choices))
    order = []
    dropped = len(best) - 1
    while dropped:
        i = best[dropped][1]
        order.append(inner[i])
        dropped &= ~(1 << i)
    return order[::-1]


def _degree_without(graph: Elimination, vertex: int, dropped: int, place: dict[int, int]) -> int:
    """Return the degree of a vertex once a set is dropped: edges then lead past the dropped vertices."""

    def is_dropped(u: int) -> bool:
        return u in place and bool(dropped >> place[u] & 1)

    degree = 1
    for neighbours in (graph.inputs, graph.users):
        seen: set[int] = set()
        open_ = [vertex]
        while open_:
            new = set(neighbours[open_.pop()]) - seen
            seen |= new
            open_ += filter(is_dropped, new)
        degree *= sum(not is_dropped(u) for u in seen)
    return degree


def _given(linearization: Linearization, inner: list[int], nodes: Sequence[Any]) -> list[int]:
    """Return the vertices of nodes, which must be all inner ones, each once."""
    allowed, order = set(inner), dict[int, None]()
    for node in nodes:
        if not isinstance(node, Node):
            raise ValueError(f"an order must hold Values, not {node!r:.40}")
        v = linearization.vertex(node)
        if v is None or v not in allowed:
            kept = "a value of wrt, which is kept" if v is not None else "not between wrt and the result"
            raise ValueError(f"the order has {node._label()}, but that is {kept}: leave it out")
        if v in order:
            raise ValueError(f"the order has {node._label()} twice: name each inner vertex once")
        order[v] = None
    if missing := [v for v in inner if v not in order]:
        count = "1 inner vertex," if len(missing) == 1 else f"{len(missing):,} inner vertices, such as"
        label = linearization.node(missing[0])._label()
        raise ValueError(f"the order misses {count} {label}: name each inner vertex once")
    return list(order)
