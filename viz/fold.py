"""Folding: a graph too big to draw, in boxes that hold many values each, and unfold into smaller ones.

The values asked for may come in layers. A value belongs to the last layer that it depends on, and what
depends on none, as an input, to the first layer that uses it: so every edge leads on to the same layer
or to a later one. Within a layer, or where there are none, the topological order is cut into slabs;
since it completes one value before it turns to the next, a slab holds what was computed together. All
boxes are consecutive pieces of one order in which every edge leads on, so they never make a cycle,
whatever the graph and whichever boxes are open. The result is always drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from autograd import Graph

__all__ = ["FEW", "NODE_BUDGET", "SLABS", "Box", "Folding", "boxes", "fold"]

NODE_BUDGET = 600
SLABS = 8
# A box of so many values or fewer unfolds into these.
FEW = 24


@dataclass(frozen=True, slots=True)
class Box:
    """A piece of the order, and what it unfolds into.

    Attributes:
        name: of a layer; else empty.
        start, end: where in the order it begins, and where the next begins.
        parts: boxes that hold the same between them, in order; none if it unfolds into its values.
    """

    name: str
    start: int
    end: int
    parts: Sequence[Box]


@dataclass(frozen=True, slots=True)
class Folding:
    """A graph as boxes and the bundles of edges between them. A box of one node is that node, drawn.

    What the boxes and bundles hold adds up to the whole graph: its nodes, its edges and its paths.

    Attributes:
        boxes: the nodes of each box, in topological order; a box comes after those that feed it.
        names: of each box, if it is a layer; else empty.
        home: for every node, its box.
        edges: for every box, the edges within it.
        paths: for every box, the paths to the result that start in it.
        bundles: how many edges lead from one box to another.
    """

    boxes: list[list[int]]
    names: list[str]
    home: list[int]
    edges: list[int]
    paths: list[int]
    bundles: dict[tuple[int, int], int]

    @property
    def drawn(self) -> list[int]:
        """The nodes drawn one by one."""
        return [nodes[0] for nodes in self.boxes if len(nodes) == 1]

    @property
    def folded(self) -> list[int]:
        """The boxes of more than one node."""
        return [b for b, nodes in enumerate(self.boxes) if len(nodes) > 1]

    def node(self, box: int) -> int | None:
        """The node that a box is; None if it holds several."""
        first, *others = self.boxes[box][:2]
        return None if others else first


def fold(
    graph: Graph,
    starts: Collection[int],
    budget: int | None = NODE_BUDGET,
    layers: Sequence[tuple[str, Collection[int]]] = (),
) -> Folding:
    """The graph as it is if it has no more nodes than the budget, and else in a few boxes.

    Args:
        graph: the graph.
        starts: the places of the nodes where paths begin.
        budget: the most nodes to draw one by one; None: any number.
        layers: names, each with the places of the values of a layer.

    Raises:
        ValueError: the budget is below 1.
    """
    if budget is not None and budget < 1:
        raise ValueError(f"at least the result is drawn: the budget is 1 or more, not {budget}")
    if budget is None or len(graph) <= budget:
        contents, names = [[i] for i in range(len(graph))], [""] * len(graph)
    else:
        order, whole = boxes(graph, layers)
        contents = [order[part.start : part.end] for part in whole.parts]
        names = [part.name for part in whole.parts]
    home = [0] * len(graph)
    for b, nodes in enumerate(contents):
        for i in nodes:
            home[i] = b
    edges = [0] * len(contents)
    bundles: Counter[tuple[int, int]] = Counter()
    for source, target in graph.edges:
        if home[source] == home[target]:
            edges[home[source]] += 1
        else:
            bundles[home[source], home[target]] += 1
    return Folding(contents, names, home, edges, paths_from(graph, starts, home), bundles)


def boxes(graph: Graph, layers: Sequence[tuple[str, Collection[int]]] = ()) -> tuple[list[int], Box]:
    """An order of the nodes in which every edge leads on, and the whole of it as a box.

    That box unfolds into one for each layer, or into slabs, and the result.
    """
    layer = _layers(graph, layers)
    order = sorted(range(len(graph)), key=lambda i: (layer[i], i))
    crossing = _crossing(graph, order)
    last = len(graph) - 1
    ends = [at + 1 for at, (i, j) in enumerate(pairwise(order[:last])) if layer[i] != layer[j]]
    pieces = [(a, b) for a, b in pairwise((0, *ends, last)) if a < b]
    if len(pieces) > 1:
        parts = [_box(layers[layer[order[a]]][0], a, b, crossing) for a, b in pieces]
    else:
        parts = [_box("", a, b, crossing) for a, b in _slabs(0, last, crossing)]
    return order, Box("", 0, len(graph), [*parts, Box("", last, last + 1, ())])


def _layers(graph: Graph, layers: Sequence[tuple[str, Collection[int]]]) -> list[int]:
    """For every node, the number of its layer."""
    layer = [-1] * len(graph)
    for number, (_, places) in enumerate(layers):
        for i in places:
            layer[i] = max(layer[i], number)
    for source, target in graph.edges:
        layer[target] = max(layer[target], layer[source])
    # What depends on no layer goes where it is used first; backwards, so that users come before.
    first = [len(layers)] * len(graph)
    for i in reversed(range(len(graph))):
        if layer[i] < 0:
            layer[i] = first[i] if first[i] < len(layers) else 0
        for source in graph.inputs(i):
            first[source] = min(first[source], layer[i])
    return layer


def _box(name: str, start: int, end: int, crossing: Sequence[int]) -> Box:
    pieces = _slabs(start, end, crossing) if end - start > FEW else []
    return Box(name, start, end, [_box("", a, b, crossing) for a, b in pieces])


def _slabs(start: int, end: int, crossing: Sequence[int]) -> list[tuple[int, int]]:
    """A piece of the order in slabs of about equal size, cut where few values are needed beyond."""
    size = end - start
    cuts = {start, end}
    for slab in range(1, SLABS):
        # Anywhere in the second half of its share, and at the end of it where all are alike.
        least = max(1, (2 * slab - 1) * size // (2 * SLABS))
        window = range(start + least, start + slab * size // SLABS + 1)
        if window:
            cuts.add(min(window, key=lambda place: (crossing[place], -place)))
    return list(pairwise(sorted(cuts)))


def _crossing(graph: Graph, order: Sequence[int]) -> list[int]:
    """For every place in the order, how many of the nodes before it are needed there or later."""
    place = [0] * len(graph)
    for at, i in enumerate(order):
        place[i] = at
    last_use = list(place)
    for source, target in graph.edges:
        last_use[source] = max(last_use[source], place[target])
    change = [0] * (len(graph) + 1)
    for i, last in enumerate(last_use):
        change[place[i] + 1] += 1
        change[last + 1] -= 1
    return list(accumulate(change))


def paths_from(graph: Graph, starts: Collection[int], home: Sequence[int]) -> list[int]:
    """For every box, the number of paths to the result that start in it; ``home`` has each node's box."""
    # A count is let go once it was handed on: in a deep graph each may have as many digits as the
    # graph has nodes.
    counts = {len(graph) - 1: 1}
    paths = [0] * (max(home) + 1)
    for i in reversed(range(len(graph))):
        here = counts.pop(i)
        for source in graph.inputs(i):
            counts[source] = counts.get(source, 0) + here
        if i in starts:
            paths[home[i]] += here
    return paths
