"""`unfold`: the tree of all paths, which is what backprop does not walk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import BudgetError, Graph, Node, Tensor
from autograd.cost import readable
from viz.derivatives import edge_labels, key, local_derivatives, pulled
from viz.fold import NODE_BUDGET
from viz.labels import Cell, array, data_of, plural
from viz.style import Picture, blank, compact, finish, kind_of, summary, tag
from viz.wrt import Wrt, places

__all__ = ["unfold"]


def unfold(root: Node, wrt: Wrt, *, budget: int | None = NODE_BUDGET) -> Picture:
    """The graph unfolded into the tree of its paths: a value stands there once for every path to it.

    Only what depends on the values asked for is there. Every copy of such a value shows the product
    of the local derivatives along its path: its term of the sum that is the derivative. Of a tensor it
    is an array of its shape, to which the local derivatives have brought back the ones at the result.

    Args:
        root: the result.
        wrt: the values to differentiate by.
        budget: the most nodes the tree may have; None: any number.

    Raises:
        BudgetError: the tree has more nodes, namely `predicted`; nothing was unfolded.
        CycleError: a value depends on itself.
        TypeError: the root or something in ``wrt`` is not a `Value` or a `Tensor`.
    """
    graph = Graph(root)
    asked = places(graph, wrt)
    active = graph.active(graph.nodes[i] for i in asked)
    copies = graph.path_counts()
    size = sum(copies[i] for i in active)
    if budget is not None and size > budget:
        raise BudgetError(
            f"the tree of paths has {readable(size)} nodes here, over the budget of {budget:,}: unfold a "
            "smaller graph, raise the budget, or draw the graph itself",
            predicted=size,
            budget=budget,
        )
    picture = blank(f"tree of paths: {plural(size, 'node')}")
    kinds = set()
    made = 0
    data = data_of(root)
    one = np.ones_like(data) if isinstance(root, Tensor) else type(data)(1)
    walk: list[tuple[int, Any, str, Cell]] = [(len(graph) - 1, one, "", "")]
    while walk:
        i, product, user, derivative = walk.pop()
        kinds.add(kind_of(graph, i, asked))
        node = graph.nodes[i]
        picture.node(f"t{made}", **compact(graph, i, asked, *(_term(product) if i in asked else ())))
        if user:
            picture.edge(f"t{made}", user, label=tag(derivative))
        derivatives = local_derivatives(node)
        steps = list(zip(graph.inputs(i), derivatives, edge_labels(node, derivatives), strict=True))
        walk.extend(
            (j, pulled(product, derivative, graph.nodes[j], node), f"t{made}", label)
            for j, derivative, label in reversed(steps)
            if j in active
        )
        made += 1
    terms = sum(copies[i] for i in asked)
    note = f"{plural(terms, 'path')} in a tree of {plural(size, 'node')}, from {plural(len(graph), 'value')}"
    what = "on each edge its local derivative; a term is the product along its path"
    finish(picture, summary(graph, terms), kinds - {"computed"}, what, *key(graph), note)
    return picture


def _term(product: Any) -> Sequence[Cell]:
    text = array(product)
    return (f"term {text}",) if isinstance(text, str) else ("term", text)
