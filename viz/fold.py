"""Fold a graph too big to draw into boxes of many values each, which unfold into smaller boxes.

``wrt`` may come in layers. A value belongs to the last layer that it depends on; one that depends on no
layer, such as an input, belongs to the first layer that uses it. So every edge stays in a layer or leads
to a later one. Within a layer, or without layers, the topological order is cut into slabs: it completes one
value before the next, so a slab holds values that were computed together. All boxes are consecutive pieces
of one topological order and so form no cycle, whichever of them are open. The result is always drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from autograd import Graph

__all__ = ["FEW", "NODE_BUDGET", "SLABS", "Box", "Cluster", "Folding", "boxes", "fold"]

NODE_BUDGET = 600
SLABS = 8
# The most values in a box that unfolds into its values.
FEW = 24


@dataclass(frozen=True, slots=True)
class Box:
    """A consecutive piece of the topological order.

    Attributes:
        name: the name of the layer; empty for a slab.
        start, end: the piece, ``order[start:end]``.
        parts: the boxes that it unfolds into, in order; empty if it unfolds into its values.
    """

    name: str
    start: int
    end: int
    parts: Sequence[Box]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Nodes drawn as one box, or a single node.

    Attributes:
        name: the name of the layer; else empty.
        nodes: the indices of its nodes, in topological order.
        edges: the number of edges within it.
        paths: the number of paths to the result that start in it.
    """

    name: str
    nodes: Sequence[int]
    edges: int
    paths: int

    @property
    def single(self) -> int | None:
        """The index of its only node; None if it holds several."""
        return self.nodes[0] if len(self.nodes) == 1 else None


@dataclass(frozen=True, slots=True)
class Folding:
    """A graph as clusters of nodes and the bundles of edges between them.

    Clusters and bundles add up to the whole graph: its nodes, its edges and its paths.

    Attributes:
        clusters: each after the clusters that feed it.
        home: for every node, the index of its cluster.
        bundles: the number of edges between two clusters, by their indices.
    """

    clusters: Sequence[Cluster]
    home: Sequence[int]
    bundles: dict[tuple[int, int], int]

    @property
    def drawn(self) -> list[int]:
        """The nodes drawn one by one."""
        return [cluster.single for cluster in self.clusters if cluster.single is not None]

    @property
    def folded(self) -> dict[int, Cluster]:
        """The clusters of several nodes, by their index."""
        return {c: cluster for c, cluster in enumerate(self.clusters) if cluster.single is None}

    @property
    def paths(self) -> int:
        """The number of paths to the result."""
        return sum(cluster.paths for cluster in self.clusters)


def fold(
    graph: Graph,
    starts: Collection[int],
    budget: int | None = NODE_BUDGET,
    layers: Sequence[tuple[str, Collection[int]]] = (),
) -> Folding:
    """Fold a graph into a few clusters if it is over the budget; else every node is its own cluster.

    Args:
        graph: the graph.
        starts: the indices of the nodes where paths begin.
        budget: the most nodes to draw one by one; None: no limit.
        layers: names, each with the indices of the values of a layer.

    Raises:
        ValueError: the budget is below 1.
    """
    if budget is not None and budget < 1:
        raise ValueError(f"the result is always drawn: the budget is 1 or more, not {budget}")
    if budget is None or len(graph) <= budget:
        order, pieces = list(range(len(graph))), [Box("", i, i + 1, ()) for i in range(len(graph))]
    else:
        order, whole = boxes(graph, layers)
        pieces = list(whole.parts)
    home = [0] * len(graph)
    for c, piece in enumerate(pieces):
        for i in order[piece.start : piece.end]:
            home[i] = c
    edges = Counter((home[source], home[target]) for source, target in graph.edges)
    counts = graph.paths_from(starts)
    clusters = []
    for c, piece in enumerate(pieces):
        nodes = order[piece.start : piece.end]
        clusters.append(
            Cluster(piece.name, nodes, edges.pop((c, c), 0), sum(counts.get(i, 0) for i in nodes))
        )
    return Folding(clusters, home, edges)


def boxes(graph: Graph, layers: Sequence[tuple[str, Collection[int]]] = ()) -> tuple[list[int], Box]:
    """A topological order of the nodes, and the box that holds all of it.

    That box unfolds into the layers, or without layers into slabs, and the result.
    """
    layer = _layer_of_each(graph, layers)
    order = sorted(range(len(graph)), key=lambda i: (layer[i], i))
    crossing = _crossing(graph, order)
    last = len(graph) - 1
    ends = [at + 1 for at, (i, j) in enumerate(pairwise(order[:last])) if layer[i] != layer[j]]
    pieces = [(a, b) for a, b in pairwise((0, *ends, last)) if a < b]
    if len(pieces) > 1:
        parts = [_box(layers[layer[order[a]]][0], a, b, crossing) for a, b in pieces]
    else:
        parts = [_box("", a, b, crossing) for a, b in _slabs(0, last, crossing)]
    return order, Box("", 0, len(graph), [*_gathered(parts), Box("", last, last + 1, ())])


def _gathered(parts: list[Box]) -> list[Box]:
    """Put many boxes into a few bigger ones, which unfold into them."""
    if len(parts) <= 2 * SLABS:
        return parts
    some = -(-len(parts) // SLABS)
    chunks = [parts[i : i + some] for i in range(0, len(parts), some)]
    return [
        Box(f"{chunk[0].name} – {chunk[-1].name}", chunk[0].start, chunk[-1].end, _gathered(chunk))
        for chunk in chunks
    ]


def _layer_of_each(graph: Graph, layers: Sequence[tuple[str, Collection[int]]]) -> list[int]:
    """For every node, the index of its layer."""
    layer = [-1] * len(graph)
    for number, (_, members) in enumerate(layers):
        for i in members:
            layer[i] = max(layer[i], number)
    for source, target in graph.edges:
        layer[target] = max(layer[target], layer[source])
    # A node that depends on no layer goes to the first that uses it; in reverse, its users come before it.
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
    """Cut a piece of the order into slabs of about equal size, where few values cross the cut."""
    size = end - start
    cuts = {start, end}
    for slab in range(1, SLABS):
        # Anywhere in the second half of the slab's share; at its end if all places are alike.
        least = max(1, (2 * slab - 1) * size // (2 * SLABS))
        window = range(start + least, start + slab * size // SLABS + 1)
        if window:
            cuts.add(min(window, key=lambda at: (crossing[at], -at)))
    return list(pairwise(sorted(cuts)))


def _crossing(graph: Graph, order: Sequence[int]) -> list[int]:
    """For every place in the order, the number of nodes before it that are used at it or later."""
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
