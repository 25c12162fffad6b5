"""Fold a graph too big to draw into boxes of many values each, which unfold into smaller boxes.

``wrt`` may come in layers. A value belongs to the last layer that it depends on; one that depends on no
layer, such as an input, belongs to the first layer that uses it. So every edge stays in a layer or leads
to a later one. Within a layer, or without layers, the topological order is cut into slabs: it completes one
value before the next, so a slab holds values that were computed together. Parallel identical blocks, such as
the neurons of a layer, can be put into one box, which says how many they are. All boxes are consecutive
pieces of one topological order and so form no cycle, whichever of them are open. The result is always drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from autograd import Graph
from viz.repeats import Repeats, Repetition

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
        times: of how many parallel identical blocks it consists, which are its parts; else 1.
    """

    name: str
    start: int
    end: int
    parts: Sequence[Box]
    times: int = 1


@dataclass(frozen=True, slots=True)
class Cluster:
    """Nodes drawn as one box, or a single node.

    Attributes:
        name: the name of the layer; else empty.
        nodes: the indices of its nodes, in topological order.
        edges: the number of edges within it.
        paths: the number of paths to the result that start in it.
        times: of how many parallel identical blocks it consists; else 1.
    """

    name: str
    nodes: Sequence[int]
    edges: int
    paths: int
    times: int = 1

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
    *,
    merge: bool = False,
) -> Folding:
    """Fold a graph into a few clusters if it is over the budget; else every node is its own cluster.

    Args:
        graph: the graph.
        starts: the indices of the nodes where paths begin.
        budget: the most nodes to draw one by one; None: no limit.
        layers: names, each with the indices of the values of a layer.
        merge: whether parallel identical blocks are one cluster each in a graph within the budget too.

    Raises:
        ValueError: the budget is below 1.
    """
    if budget is not None and budget < 1:
        raise ValueError(f"the result is always drawn: the budget is 1 or more, not {budget}")
    if budget is None or len(graph) <= budget:
        order, pieces = list(range(len(graph))), [Box("", i, i + 1, ()) for i in range(len(graph))]
        if merge:
            order, whole = boxes(graph, layers, merge=True)
            pieces = list(_unfolded(whole))
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
            Cluster(
                piece.name, nodes, edges.pop((c, c), 0), sum(counts.get(i, 0) for i in nodes), piece.times
            )
        )
    return Folding(clusters, home, edges)


def _unfolded(box: Box) -> Iterator[Box]:
    """The boxes of parallel identical blocks, and every other value by itself."""
    left = [box]
    while left:
        box = left.pop()
        if box.times > 1 or box.end - box.start == 1:
            yield box
        else:
            left += reversed(box.parts or [Box("", i, i + 1, ()) for i in range(box.start, box.end)])


def boxes(
    graph: Graph, layers: Sequence[tuple[str, Collection[int]]] = (), *, merge: bool = False
) -> tuple[list[int], Box]:
    """A topological order of the nodes, and the box that holds all of it.

    That box unfolds into the layers, or without layers into slabs, and the result. Parallel identical layers
    are in one box; so are parallel identical blocks within a layer if they are to be merged.
    """
    layer = _layer_of_each(graph, layers)
    users = Counter(source for source, _ in graph.edges)
    # What blocks have in common comes before them, so that the first is like the others.
    common = [merge and not graph.inputs(i) and users[i] > 1 for i in range(len(graph))]
    order = sorted(range(len(graph)), key=lambda i: (layer[i], not common[i], i))
    repeats = Repeats(graph, order)
    cutting = _Cutting(_crossing(graph, order), repeats if merge else None)
    last = len(graph) - 1
    ends = [at + 1 for at, (i, j) in enumerate(pairwise(order[:last])) if layer[i] != layer[j]]
    pieces = [(a, b) for a, b in pairwise((0, *ends, last)) if a < b]
    if len(pieces) > 1:
        named = [_box(layers[layer[order[a]]][0], a, b, cutting) for a, b in pieces]
        parts = _alike(named, repeats)
    else:
        parts = list(_parts(0, last, cutting))
    return order, Box("", 0, len(graph), [*_gathered(parts), Box("", last, last + 1, ())])


class _Cutting(NamedTuple):
    """Where an order can be cut.

    Attributes:
        crossing: for every place, the number of values before it that are used at it or later.
        repeats: its identical blocks; None if they are not to be merged.
    """

    crossing: Sequence[int]
    repeats: Repeats | None


def _alike(parts: list[Box], repeats: Repeats) -> list[Box]:
    """Put parallel identical layers, one after another, into a box."""
    found: list[Box] = []
    at = 0
    while at < len(parts):
        times = repeats.alike((parts[i].start, parts[i].end) for i in range(at, len(parts)))
        some = parts[at : at + times]
        name = f"{some[0].name} – {some[-1].name}"
        found.append(some[0] if times == 1 else Box(name, some[0].start, some[-1].end, some, times))
        at += times
    return found


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


def _box(name: str, start: int, end: int, cutting: _Cutting) -> Box:
    if end - start > FEW:
        return Box(name, start, end, _parts(start, end, cutting))
    return Box(name, start, end, [])


def _parts(start: int, end: int, cutting: _Cutting) -> list[Box]:
    """Cut a piece into boxes of identical blocks and what is between them; or else into slabs."""
    runs = cutting.repeats.runs(start, end) if cutting.repeats else []
    if not runs:
        return [_box("", a, b, cutting) for a, b in _slabs(start, end, cutting.crossing)]
    parts: list[Box] = []
    for run in (*runs, Repetition(end, 0, 0)):
        if start < run.start:
            parts.append(_box("", start, run.start, cutting))
        if run.times:
            blocks = [_box("", a, b, cutting._replace(repeats=None)) for a, b in run.blocks]
            parts.append(Box("", run.start, run.end, blocks, run.times))
        start = run.end
    return parts


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
