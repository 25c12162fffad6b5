"""`unfold`: the tree of all paths of a graph, which the naive method walks and backprop does not."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Any

import numpy as np

from autograd import BudgetError, Graph, Node, Tensor
from autograd.costs.cost import readable
from viz.derivatives import edge_labels, key, local_derivatives, pulled
from viz.dot import Picture, blank, compact, finish, summary, tag
from viz.fold import NODE_BUDGET
from viz.labels import Cell, array, data_of, plural
from viz.path_walk import paths_of
from viz.style import kind_of
from viz.wrt import Wrt, indices

__all__ = ["unfold"]


def unfold(root: Node, wrt: Wrt, *, budget: int | None = NODE_BUDGET) -> Picture:
    """Unfold a graph into the tree of its paths: a value appears once for every path to it.

    Only values that depend on ``wrt`` appear. Every copy of a value in ``wrt`` shows the product of the
    local derivatives along its path: its term of the sum that is the derivative. For a tensor the term is
    an array of its shape, the ones at the result pulled back along the path.

    Args:
        root: the result.
        wrt: the values to differentiate by.
        budget: the most nodes of the tree; None: no limit.

    Raises:
        BudgetError: the tree has more nodes, `predicted`; nothing was unfolded.
        CycleError: a value depends on itself.
        MutatedError: the data of a leaf was replaced after use.
        TypeError: the root or something in ``wrt`` is not a `Value` or a `Tensor`.
    """
    graph = Graph(root)
    targets = indices(graph, wrt)
    active = graph.active(graph.nodes[i] for i in targets)
    copies = graph.path_counts()
    size = sum(copies[i] for i in active)
    if budget is not None and size > budget:
        raise BudgetError(
            f"the tree of paths has {readable(size)} nodes, over the budget of {budget:,}: unfold a "
            "smaller graph, raise the budget, or draw the graph itself",
            predicted=size,
            budget=budget,
        )

    picture = blank(f"tree of paths: {plural(size, 'node')}")
    kinds = _draw_tree(picture, graph, targets, active)
    terms = sum(copies[i] for i in targets)
    note = f"{plural(terms, 'path')} in a tree of {plural(size, 'node')}, from {plural(len(graph), 'value')}"
    what = "on each edge its local derivative; a term is the product along its path"
    finish(picture, summary(graph, terms), kinds - {"computed"}, what, *key(graph), note)
    return picture


def _draw_tree(picture: Picture, graph: Graph, targets: set[int], active: Container[int]) -> set[str]:
    """Draw a copy of a value for every path to it, and return the kinds of the values drawn."""

    def steps(i: int) -> Iterator[tuple[int, tuple[int, Any, Cell]]]:
        node = graph.nodes[i]
        derivatives = local_derivatives(node)
        labels = edge_labels(node, derivatives)
        for j, derivative, label in zip(graph.inputs(i), derivatives, labels, strict=True):
            if j in active:
                yield j, (i, derivative, label)

    kinds = set()
    data = data_of(graph.root)
    # The copies on the path to the current one, each with its number and its term.
    above: list[tuple[int, Any]] = []
    for number, (i, edges) in enumerate(paths_of(len(graph) - 1, steps)):
        del above[len(edges) :]
        node = graph.nodes[i]
        if not edges:
            term = np.ones_like(data) if isinstance(node, Tensor) else type(data)(1)
        else:
            user, derivative, _ = edges[-1]
            term = pulled(above[-1][1], derivative, node, graph.nodes[user])
        kinds.add(kind_of(graph, i, targets))
        picture.node(f"t{number}", **compact(graph, i, targets, *(_term(term) if i in targets else ())))
        if edges:
            picture.edge(f"t{number}", f"t{above[-1][0]}", label=tag(edges[-1][2]))
        above.append((number, term))
    return kinds


def _term(product: Any) -> Sequence[Cell]:
    text = array(product)
    return (f"term {text}",) if isinstance(text, str) else ("term", text)
