"""`unfold`: the tree of all paths, which is what backprop does not walk."""

from __future__ import annotations

from collections.abc import Sequence

from autograd import BudgetError, Graph, Value
from autograd.cost import readable
from viz.draw import local_derivatives, places
from viz.fold import NODE_BUDGET
from viz.labels import number, plural
from viz.style import Picture, blank, compact, finish, kind_of, tag

__all__ = ["unfold"]


def unfold(
    root: Value, wrt: Sequence[Value | Sequence[Value]], *, budget: int | None = NODE_BUDGET
) -> Picture:
    """The graph unfolded into the tree of its paths: a value stands there once for every path to it.

    Only what depends on the values asked for is there. Every copy of such a value shows the product
    of the local derivatives along its path: its term of the sum that is the derivative.

    Args:
        root: the result.
        wrt: the values to differentiate by.
        budget: the most nodes the tree may have; None: any number.

    Raises:
        BudgetError: the tree has more nodes, namely `predicted`; nothing was unfolded.
        CycleError: a value depends on itself.
        TypeError: the root or something in ``wrt`` is not a `Value`.
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
    walk = [(len(graph) - 1, type(root.data)(1), "", "")]
    while walk:
        i, product, user, derivative = walk.pop()
        kinds.add(kind_of(graph, i, asked))
        term = [f"term {number(product)}"] if i in asked else []
        picture.node(f"t{made}", **compact(graph, i, asked, *term))
        if user:
            picture.edge(f"t{made}", user, label=tag(derivative))
        derivatives = list(zip(graph.inputs(i), local_derivatives(graph.nodes[i]), strict=True))
        walk.extend(
            (source, product * d, f"t{made}", number(d))
            for source, d in reversed(derivatives)
            if source in active
        )
        made += 1
    terms = sum(copies[i] for i in asked)
    note = f"{plural(terms, 'path')} in a tree of {plural(size, 'node')}, from {plural(len(graph), 'value')}"
    key = "on each edge its local derivative; a term is the product along its path"
    finish(picture, kinds - {"computed"}, key, note)
    return picture
