"""`draw`: a graph as a picture, values as boxes and operations as ovals."""

from __future__ import annotations

import numpy as np

from autograd import Graph, Node, Tensor
from autograd.cost import readable
from viz.derivatives import edge_labels, key, local_derivatives
from viz.fold import NODE_BUDGET, Folding, fold
from viz.labels import Cell, array, brief, data_of, plural
from viz.style import Picture, blank, box, finish, kind_of, oval, summary, table, tag
from viz.wrt import Wrt, layers, places

__all__ = ["draw", "draw_folded"]


def draw(
    root: Node,
    *,
    wrt: Wrt | None = None,
    budget: int | None = NODE_BUDGET,
) -> Picture:
    """The graph of a result as a `graphviz.Digraph`, which a notebook shows and `render` writes.

    A value is a box ``name | data | gradient``, the last blank until computed; an edge into an
    operation carries its local derivative, ``nan`` where that is undefined. A small array is there with
    its numbers, a bigger one with its shape and range, and a constant with its shape; where the local
    derivative is a linear map, the edge says what it makes of a gradient G that comes back.

    Above the budget, what was computed together is folded into one box, which says what it hides: a
    layer, where ``wrt`` has the values in layers, or in a dict of layers by name.

    Args:
        root: the result.
        wrt: the values shown as parameters, where the paths counted begin; None: all leaves are inputs.
        budget: the most values to draw one by one; None: any number.

    Raises:
        CycleError: a value depends on itself.
        TypeError: the root or something in ``wrt`` is not a `Value` or a `Tensor`.
        ValueError: the budget is below 1.
    """
    graph = Graph(root)
    asked = places(graph, () if wrt is None else wrt)
    starts = asked if wrt is not None else places(graph, graph.leaves)
    folding = fold(graph, starts, budget, layers(graph, wrt or ()))
    picture = blank(f"graph of {readable(len(graph))} values")
    kinds = set()
    for i in folding.drawn:
        value, kind = graph.nodes[i], kind_of(graph, i, asked)
        kinds.add(kind)
        picture.node(f"n{i}", label=box(kind, *_cells(value)))
        if value.inputs:
            picture.node(f"o{i}", **oval(value.op))
            picture.edge(f"o{i}", f"n{i}")
            for j, text in zip(graph.inputs(i), edge_labels(value, local_derivatives(value)), strict=True):
                if folding.node(folding.home[j]) is not None:
                    picture.edge(f"n{j}", f"o{i}", label=tag(text))
    for (tail, head), edges in folding.bundles.items():
        source, user = folding.node(tail), folding.node(head)
        if source is None or user is None:
            picture.edge(
                f"f{tail}" if source is None else f"n{source}",
                f"f{head}" if user is None else f"o{user}",
                label=tag(plural(edges, "edge")),
            )
    notes = draw_folded(picture, folding)
    what = "name | data | gradient, and on each edge its local derivative"
    finish(picture, summary(graph, sum(folding.paths)), kinds, what, *key(graph), *notes)
    return picture


def _cells(node: Node) -> tuple[Cell, Cell, Cell]:
    """The name, the data and the gradient of a node, as its box shows them."""
    data = data_of(node)
    name: Cell = node.name or ""
    if isinstance(node, Tensor) and node.dtype == np.float32:
        name = [node.name, "float32"] if node.name else "float32"
    return (
        name,
        brief(data) if node.is_constant else array(data),
        "" if node.grad is None else array(node.grad),
    )


def draw_folded(picture: Picture, folding: Folding) -> list[str]:
    """Draw the boxes that hold several values, and say in a line of text how much that is."""
    for b in folding.folded:
        hidden = (
            *([folding.names[b]] if folding.names[b] else []),
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
