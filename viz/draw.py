"""`draw`: a graph as a picture, values as boxes and operations as ovals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import Graph, Value
from autograd.cost import readable
from autograd.graph import grouped
from viz.fold import NODE_BUDGET, Folding, fold
from viz.labels import number, plural
from viz.style import Picture, blank, box, finish, kind_of, oval, table, tag

__all__ = ["draw", "draw_folded", "local_derivatives", "places"]


def draw(
    root: Value,
    *,
    wrt: Sequence[Value | Sequence[Value]] | None = None,
    budget: int | None = NODE_BUDGET,
) -> Picture:
    """The graph of a result as a `graphviz.Digraph`, which a notebook shows and `render` writes.

    A value is a box ``name | data | gradient``, the last blank until computed; an edge into an
    operation carries its local derivative, ``nan`` where that is undefined. Above the budget, what
    was computed together is folded into one box, which says what it hides.

    Args:
        root: the result.
        wrt: the values shown as parameters, where the paths counted begin; None: all leaves are inputs.
        budget: the most values to draw one by one; None: any number.

    Raises:
        CycleError: a value depends on itself.
        TypeError: the root or something in ``wrt`` is not a `Value`.
        ValueError: the budget is below 1.
    """
    graph = Graph(root)
    asked = places(graph, () if wrt is None else wrt)
    folding = fold(graph, asked if wrt is not None else places(graph, graph.leaves), budget)
    picture = blank(f"graph of {readable(len(graph))} values")
    kinds = set()
    for i in folding.drawn:
        value, kind = graph.nodes[i], kind_of(graph, i, asked)
        kinds.add(kind)
        gradient = "" if value.grad is None else number(value.grad)
        picture.node(f"n{i}", label=box(kind, value.name or "", number(value.data), gradient))
        if value.inputs:
            picture.node(f"o{i}", **oval(value.op))
            picture.edge(f"o{i}", f"n{i}")
            for j, derivative in zip(graph.inputs(i), local_derivatives(value), strict=True):
                if folding.node(folding.home[j]) is not None:
                    picture.edge(f"n{j}", f"o{i}", label=tag(number(derivative)))
    for (tail, head), edges in folding.bundles.items():
        source, user = folding.node(tail), folding.node(head)
        if source is None or user is None:
            picture.edge(
                f"f{tail}" if source is None else f"n{source}",
                f"f{head}" if user is None else f"o{user}",
                label=tag(plural(edges, "edge")),
            )
    notes = draw_folded(picture, folding)
    key = "name | data | gradient, and on each edge its local derivative"
    finish(picture, kinds, key, *notes)
    return picture


def draw_folded(picture: Picture, folding: Folding) -> list[str]:
    """Draw the boxes that hold several values, and say in a line of text how much that is."""
    for b in folding.folded:
        hidden = (
            plural(len(folding.boxes[b]), "value"),
            plural(folding.edges[b], "edge"),
            f"{plural(folding.paths[b], 'path')} from here",
        )
        picture.node(f"f{b}", label=f"<{table('folded', [[line] for line in hidden])}>")
    if not folding.folded:
        return []
    drawn, total = len(folding.drawn), len(folding.home)
    return [
        f"{readable(drawn)} of {plural(total, 'value')} drawn, "
        f"the other {readable(total - drawn)} folded into {plural(len(folding.folded), 'box', 'boxes')}"
    ]


def places(graph: Graph, wrt: Sequence[Value | Sequence[Value]]) -> set[int]:
    """The places in the graph of the values asked for; those it does not hold are left out.

    Raises:
        TypeError: there is something in ``wrt`` that is not a `Value`.
    """
    return {graph.index(v) for group in grouped(wrt) for v in group if v in graph}


def local_derivatives(value: Value) -> Sequence[Any]:
    """The derivative of a value by each of its inputs; NaN where there is none, as of sqrt at 0."""
    inputs = value.inputs
    if value.primitive is None or not inputs:
        return ()
    try:
        derivatives: Sequence[Any] = value.primitive.partials(value.data, *(v.data for v in inputs))
    except (ArithmeticError, ValueError):
        return [float("nan")] * len(inputs)
    return derivatives
