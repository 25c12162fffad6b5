"""`unfold`: the tree of all paths of a graph, which the naive method walks and backprop does not."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd import BudgetError, Graph, Node, Tensor
from autograd.costs.cost import readable
from autograd.differentiation.path_tree import path_tree
from viz.dot import Direction, Picture, blank, compact, finish, summary, tag
from viz.edge_labels import edge_labels, key, local_derivatives, pulled
from viz.fold import NODE_BUDGET
from viz.labels import Cell, array, data_of, plural
from viz.style import kind_of
from viz.wrt import Wrt, indices

__all__ = ["unfold"]


def unfold(root: Node, wrt: Wrt, *, budget: int | None = NODE_BUDGET, direction: Direction = "LR") -> Picture:
    """Unfold a graph into the tree of its paths: a value appears once for every path to it.

    Only values that depend on ``wrt`` appear. Every copy of a value in ``wrt`` shows the product of the
    local derivatives along its path: its term of the sum that is the derivative. For a tensor the term is
    an array of its shape, the ones at the result pulled back along the path.

    Args:
        root: the result.
        wrt: the values to differentiate by.
        budget: the most nodes of the tree; None: no limit.
        direction: where edges lead: "LR" to the right, "TB" down, "RL" to the left, "BT" up.

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

    picture = blank(f"tree of paths: {plural(size, 'node')}", direction)
    kinds = _draw_tree(picture, graph, targets, active)
    terms = sum(copies[i] for i in targets)
    note = f"{plural(terms, 'path')} in a tree of {plural(size, 'node')}, from {plural(len(graph), 'value')}"
    what = "on each edge its local derivative; a term is the product along its path"
    finish(picture, summary(graph, terms), kinds - {"computed"}, what, *key(graph), note)
    return picture


class _ActiveEdges:
    """For every node, its inputs that depend on ``wrt``, each with the local derivative and its label."""

    def __init__(self, graph: Graph, active: Container[int]) -> None:
        self._graph = graph
        self._active = active

    def __getitem__(self, i: int) -> Iterator[tuple[int, tuple[Any, Cell]]]:
        node = self._graph.nodes[i]
        derivatives = local_derivatives(node)
        labels = edge_labels(node, derivatives)
        for j, derivative, label in zip(self._graph.inputs(i), derivatives, labels, strict=True):
            if j in self._active:
                yield j, (derivative, label)


class _Copy(NamedTuple):
    """A copy of a node in the tree: its number, the place of the node in the graph, and its term."""

    number: int
    place: int
    term: Any


def _draw_tree(picture: Picture, graph: Graph, targets: set[int], active: Container[int]) -> set[str]:
    """Draw a copy of a value for every path to it, and return the kinds of the values drawn."""
    last = len(graph) - 1
    data = data_of(graph.root)
    one = np.ones_like(data) if isinstance(graph.root, Tensor) else type(data)(1)
    along = [_Copy(0, last, one)]  # from the result to the current copy
    kinds = {kind_of(graph, last, targets)}
    _draw_copy(picture, graph, targets, along[0])
    for number, (depth, i, edge) in enumerate(path_tree(_ActiveEdges(graph, active), last), start=1):
        derivative, label = edge
        user = along[depth - 1]
        term = pulled(user.term, derivative, graph.nodes[i], graph.nodes[user.place])
        along[depth:] = [_Copy(number, i, term)]
        kinds.add(kind_of(graph, i, targets))
        _draw_copy(picture, graph, targets, along[depth])
        picture.edge(f"t{number}", f"t{user.number}", label=tag(label))
    return kinds


def _draw_copy(picture: Picture, graph: Graph, targets: set[int], copy: _Copy) -> None:
    more = _term(copy.term) if copy.place in targets else ()
    picture.node(f"t{copy.number}", **compact(graph, copy.place, targets, *more))


def _term(product: Any) -> Sequence[Cell]:
    text = array(product)
    return (f"term {text}",) if isinstance(text, str) else ("term", text)
