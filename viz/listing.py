"""Write a derivative out twice: as the sum over all paths, and as the same sum factored by backprop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from autograd import Graph, Tensor
from autograd.differentiation.path_tree import path_tree
from viz.edge_labels import edge_labels, local_derivatives, pulled
from viz.labels import array, data_of, line, printable, shorten

__all__ = ["LISTED", "Annotated", "ListedPath", "Listing", "annotate", "listing"]

# The most paths that are listed one by one.
LISTED = 30

# An edge: the index of its user, and the position of its source among the user's inputs.
Edge = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Annotated:
    """A graph with names and local derivatives.

    Attributes:
        graph: the graph.
        names: a name for every node.
        derivatives: for every node, its local derivatives by its inputs.
        labels: the same as text: a number, or an expression in the incoming gradient G.
    """

    graph: Graph
    names: Sequence[str]
    derivatives: Sequence[Sequence[Any]]
    labels: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class ListedPath:
    """A path from the result to a value.

    Attributes:
        edges: its edges, in the order in which they are walked.
        product: the product of the local derivatives along it, as text.
    """

    edges: list[Edge]
    product: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The paths to one value, and the factored sum.

    Attributes:
        paths: the first paths.
        factored: the sum as backprop computes it, one line for every value where paths meet.
        edges: the number of edges that lie on a path: the multiplications of the factored sum.
    """

    paths: list[ListedPath]
    factored: list[str]
    edges: int


def annotate(graph: Graph) -> Annotated:
    """Name the nodes of a graph, ``v`` and the index where there is no name, and evaluate its derivatives."""
    names = [printable(shorten(node.name)) if node.name else f"v{i}" for i, node in enumerate(graph.nodes)]
    derivatives = [local_derivatives(node) for node in graph.nodes]
    labels = [
        [line(label) for label in edge_labels(node, slopes)]
        for node, slopes in zip(graph.nodes, derivatives, strict=True)
    ]
    return Annotated(graph, names, derivatives, labels)


def listing(annotated: Annotated, target: int, most: int = LISTED) -> Listing:
    """Write out the derivative of a graph's result by one value.

    Args:
        annotated: the graph.
        target: the index of the value in it.
        most: the most paths to list.
    """
    users = _users_between(annotated.graph, target)
    found = islice(_paths(users, target, len(annotated.graph) - 1), most)
    paths = [ListedPath(path, line(array(_product(annotated, path)))) for path in found]
    return Listing(paths, _factored(annotated, users, target), sum(map(len, users.values())))


def _paths(users: Mapping[int, list[Edge]], target: int, root: int) -> Iterator[list[Edge]]:
    """The paths from the root to the target."""
    if target == root:
        yield []
    # Walked from the target: whatever depends on it leads to the root, so no walk is wasted.
    onward = {i: [(edge[0], edge) for edge in edges] for i, edges in users.items()}
    along: list[Edge] = []
    for depth, vertex, edge in path_tree(onward, target):
        along[depth - 1 :] = [edge]
        if vertex == root:
            yield along[::-1]


def _users_between(graph: Graph, target: int) -> dict[int, list[Edge]]:
    """For every node on a path from the target to the result, the edges that leave it."""
    users: dict[int, list[Edge]] = {target: []}
    for i in range(target + 1, len(graph)):
        for k, source in enumerate(graph.inputs(i)):
            if source in users:
                users.setdefault(i, [])
                users[source].append((i, k))
    return users


def _product(annotated: Annotated, path: Sequence[Edge]) -> Any:
    graph = annotated.graph
    product = np.ones_like(data_of(graph.root)) if isinstance(graph.root, Tensor) else 1
    for user, k in path:
        source = graph.nodes[graph.inputs(user)[k]]
        product = pulled(product, annotated.derivatives[user][k], source, graph.nodes[user])
    return product


def _factored(annotated: Annotated, users: Mapping[int, list[Edge]], target: int) -> list[str]:
    """An equation for the target and for every node where paths meet; other nodes are substituted."""
    written = {max(users): ""}
    lines = []
    for i in sorted(users, reverse=True):
        total = " + ".join(_carried(written[user], annotated.labels[user][k]) for user, k in users[i])
        if i == target or len(users[i]) > 1:
            lines.append(f"∂{annotated.names[i]} = {total or '1'}")
            total = f"∂{annotated.names[i]}"
        written[i] = total
    return lines


def _carried(gradient: str, label: str) -> str:
    """A gradient carried back over an edge; an empty one is the 1 at the result, which is not written."""
    if "G" in label:
        return f"({label.replace('G', gradient or '1')})"
    return f"{gradient} · {label}" if gradient else label
