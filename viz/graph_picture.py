"""`draw`: a graph as a picture, with values as boxes and operations as ovals."""

from __future__ import annotations

import numpy as np

from autograd import Graph, Node, Tensor
from autograd.costs.cost import readable
from viz.dot import Direction, Picture, blank, box, finish, oval, summary, tag
from viz.edge_labels import edge_labels, key, local_derivatives
from viz.fold import NODE_BUDGET, Cluster, Folding, fold
from viz.labels import LONGEST, Cell, array, brief, data_of, plural
from viz.style import kind_of
from viz.wrt import Wrt, indices, layers

__all__ = ["draw", "draw_folded"]


def draw(
    root: Node,
    *,
    wrt: Wrt | None = None,
    budget: int | None = NODE_BUDGET,
    direction: Direction = "LR",
    merge: bool = False,
) -> Picture:
    """Draw the graph of a result.

    A value is a box ``name | data | gradient``; the gradient is blank until computed. The edges into an
    operation carry their local derivatives, ``nan`` where undefined. A small array is shown by its
    numbers, a bigger one by its shape and range, and a constant array by its shape. Where the local
    derivative is a linear map, the edge shows how it transforms an incoming gradient G.

    A graph over the budget is folded: values that were computed together become one box, which shows
    how many nodes, edges and paths it hides. If ``wrt`` has layers, each layer is a box. Parallel identical
    blocks, such as the neurons of a layer, are one box with their number, as "× 12".

    Args:
        root: the result.
        wrt: the values drawn as parameters, from which paths are counted; None: paths start at all
            leaves, which are drawn as inputs.
        budget: the most values to draw one by one; None: no limit.
        direction: where edges lead: "LR" to the right, "TB" down, "RL" to the left, "BT" up.
        merge: whether to merge parallel identical blocks in a graph within the budget too.

    Returns:
        A `graphviz.Digraph`, which a notebook shows and `render` writes to a file.

    Raises:
        CycleError: a value depends on itself.
        MutatedError: the data of a leaf was replaced after use.
        TypeError: the root or something in ``wrt`` is not a `Value` or a `Tensor`.
        ValueError: the budget is below 1.
    """
    graph = Graph(root)
    targets = indices(graph, () if wrt is None else wrt)
    starts = targets if wrt is not None else indices(graph, graph.leaves)
    folding = fold(graph, starts, budget, layers(graph, wrt or ()), merge=merge)
    picture = blank(f"graph of {readable(len(graph))} values", direction)
    for i in folding.drawn:
        value = graph.nodes[i]
        picture.node(f"n{i}", label=box(kind_of(graph, i, targets), _cells(value)))
        if value.inputs:
            picture.node(f"o{i}", **oval(value.op))
            picture.edge(f"o{i}", f"n{i}")
            _draw_inputs(picture, graph, folding, i)
    for (tail, head), edges in folding.bundles.items():
        source, user = folding.clusters[tail].single, folding.clusters[head].single
        if source is None or user is None:
            start = f"f{tail}" if source is None else f"n{source}"
            end = f"f{head}" if user is None else f"o{user}"
            picture.edge(start, end, label=tag(plural(edges, "edge")))
    notes = draw_folded(picture, folding)
    kinds = {kind_of(graph, i, targets) for i in folding.drawn}
    what = "name | data | gradient, and on each edge its local derivative"
    finish(picture, summary(graph, folding.paths), kinds, what, *key(graph), *notes)
    return picture


def _draw_inputs(picture: Picture, graph: Graph, folding: Folding, i: int) -> None:
    """Draw the edges into an operation from the inputs that are drawn one by one."""
    value = graph.nodes[i]
    labels = edge_labels(value, local_derivatives(value))
    for j, label in zip(graph.inputs(i), labels, strict=True):
        if folding.clusters[folding.home[j]].single is not None:
            picture.edge(f"n{j}", f"o{i}", label=tag(label))


def _cells(node: Node) -> tuple[Cell, Cell, Cell]:
    """The name, the data and the gradient of a node, as shown in its box."""
    data = data_of(node)
    name: Cell = node.name or ""
    if isinstance(node, Tensor) and node.dtype == np.float32:
        name = [node.name, "float32"] if node.name else "float32"
    return (
        name,
        brief(data) if node.is_constant else array(data),
        array(node.grad) if node.has_grad else "",
    )


def _repeated(cluster: Cluster) -> str:
    return f"× {readable(cluster.times)}, each of {plural(len(cluster.nodes) // cluster.times, 'value')}"


def _paths(cluster: Cluster) -> Cell:
    """The paths that start in a box, in two lines if one would be cut off."""
    line = f"{plural(cluster.paths, 'path')} from here"
    return line if len(line) <= LONGEST else (readable(cluster.paths), "paths from here")


def draw_folded(picture: Picture, folding: Folding) -> list[str]:
    """Draw the boxes of several values.

    Returns:
        A line of text with the numbers of values drawn and folded; none if nothing is folded.
    """
    for c, cluster in folding.folded.items():
        lines = (
            *([cluster.name] if cluster.name else []),
            *([_repeated(cluster)] if cluster.times > 1 else []),
            plural(len(cluster.nodes), "value"),
            plural(cluster.edges, "edge"),
            _paths(cluster),
        )
        picture.node(f"f{c}", label=box("folded", *[[line] for line in lines]))
    if not folding.folded:
        return []
    drawn, total = len(folding.drawn), len(folding.home)
    return [
        f"{readable(drawn)} of {plural(total, 'value')} drawn, "
        f"the other {readable(total - drawn)} folded into {plural(len(folding.folded), 'box', 'boxes')}"
    ]
