"""The derivative by one value, written out: each path's product, and their sum as backprop factors it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from autograd import Graph
from viz.derivatives import pulled
from viz.labels import array, line

__all__ = ["LISTED", "Listing", "Path", "listing"]

# The most paths that are listed one by one.
LISTED = 30

# An edge: the place of its user, and which of its inputs it comes from.
Edge = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Path:
    """One path, from the result to a value.

    Attributes:
        edges: in the order in which they are walked.
        product: of the local derivatives along it, as text.
    """

    edges: list[Edge]
    product: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The paths to one value, and their sum.

    Attributes:
        paths: the first of them.
        factored: the sum as backprop works it out, one line for every value where paths meet.
        edges: how many edges lie on a path: the multiplications of the factored sum.
    """

    paths: list[Path]
    factored: list[str]
    edges: int


def listing(
    graph: Graph,
    place: int,
    derivatives: Sequence[Sequence[Any]],
    edges: Sequence[Sequence[str]],
    names: Sequence[str],
    one: Any,
    most: int = LISTED,
) -> Listing:
    """Write the derivative by the value at a place out.

    Args:
        graph: of the result.
        place: where the value stands in it.
        derivatives: for every node, its local derivatives by its inputs.
        edges: the same as text: a number, or what becomes of a gradient G.
        names: what each node is called.
        one: the derivative of the result by itself.
        most: how many paths to list.
    """
    users = _users_between(graph, place)
    paths = [
        Path(path, line(array(_product(graph, path, derivatives, one))))
        for path in islice(_paths(users, place, len(graph) - 1), most)
    ]
    return Listing(paths, _factored(users, place, edges, names), sum(map(len, users.values())))


def _users_between(graph: Graph, place: int) -> dict[int, list[Edge]]:
    """For every node on a path from the place to the result, the edges that leave it."""
    users: dict[int, list[Edge]] = {place: []}
    for i in range(place + 1, len(graph)):
        for k, source in enumerate(graph.inputs(i)):
            if source in users:
                users.setdefault(i, [])
                users[source].append((i, k))
    return users


def _paths(users: Mapping[int, list[Edge]], place: int, root: int) -> Iterator[list[Edge]]:
    # From the value onward: everything that depends on it leads to the result, so no walk is in vain.
    walk: list[Iterator[Edge]] = [iter(users[place])]
    along: list[Edge] = []
    if place == root:
        yield []
    while walk:
        edge = next(walk[-1], None)
        if edge is None:
            walk.pop()
            if along:
                along.pop()
            continue
        along.append(edge)
        walk.append(iter(users[edge[0]]))
        if edge[0] == root:
            yield along[::-1]


def _product(graph: Graph, path: Sequence[Edge], derivatives: Sequence[Sequence[Any]], one: Any) -> Any:
    product = one
    for user, k in path:
        source = graph.nodes[graph.inputs(user)[k]]
        product = pulled(product, derivatives[user][k], source, graph.nodes[user])
    return product


def _factored(
    users: Mapping[int, list[Edge]], place: int, edges: Sequence[Sequence[str]], names: Sequence[str]
) -> list[str]:
    """An equation for every node where paths meet, and for the value itself; chains are written through."""
    root = max(users)
    written = {root: ""}
    lines = []
    for i in sorted(users, reverse=True):
        total = " + ".join(_carried(written[user], edges[user][k]) for user, k in users[i])
        if i == place or len(users[i]) > 1:
            lines.append(f"∂{names[i]} = {total or '1'}")
            total = f"∂{names[i]}"
        written[i] = total
    return lines


def _carried(gradient: str, edge: str) -> str:
    """A gradient that came back over an edge; that of the result is 1, and needs no mention."""
    if "G" in edge:
        return f"({edge.replace('G', gradient or '1')})"
    return f"{gradient} · {edge}" if gradient else edge
