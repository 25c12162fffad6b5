"""Folding: a graph too big to draw, cut into slabs of its topological order.

Every edge leads onward in the order, so slabs of consecutive nodes never make a cycle, whatever the
graph; and since the order completes one value before it turns to the next, a slab holds what was
computed together: a layer, a few neurons of one, some steps of a loop. The result is always drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from itertools import accumulate

from autograd import Graph

__all__ = ["NODE_BUDGET", "SLABS", "Folding", "fold"]

NODE_BUDGET = 600
SLABS = 8


@dataclass(frozen=True, slots=True)
class Folding:
    """A graph as boxes and the bundles of edges between them. A box of one node is that node, drawn.

    What the boxes and bundles hold adds up to the whole graph: its nodes, its edges and its paths.

    Attributes:
        boxes: the nodes of each box, in topological order; a box comes after those that feed it.
        home: for every node, its box.
        edges: for every box, the edges within it.
        paths: for every box, the paths to the result that start in it.
        bundles: how many edges lead from one box to another.
    """

    boxes: list[list[int]]
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


def fold(graph: Graph, starts: Collection[int], budget: int | None = NODE_BUDGET) -> Folding:
    """The graph as it is if it has no more nodes than the budget, and else in a few boxes.

    Args:
        graph: the graph.
        starts: the places of the nodes where paths begin.
        budget: the most nodes to draw one by one; None: any number.

    Raises:
        ValueError: the budget is below 1.
    """
    if budget is not None and budget < 1:
        raise ValueError(f"at least the result is drawn: the budget is 1 or more, not {budget}")
    home = list(range(len(graph))) if budget is None or len(graph) <= budget else _slabs(graph)
    boxes: list[list[int]] = [[] for _ in range(max(home) + 1)]
    for i, b in enumerate(home):
        boxes[b].append(i)
    edges = [0] * len(boxes)
    bundles: Counter[tuple[int, int]] = Counter()
    for source, target in graph.edges:
        if home[source] == home[target]:
            edges[home[source]] += 1
        else:
            bundles[home[source], home[target]] += 1
    return Folding(boxes, home, edges, _paths(graph, starts, home, len(boxes)), bundles)


def _slabs(graph: Graph) -> list[int]:
    """For every node its slab: of about equal size, and cut where few values are needed beyond."""
    size = len(graph) - 1
    crossing = _crossing(graph)
    cuts = {size}
    for slab in range(1, SLABS):
        # Anywhere in the second half of its share, and at the end of it where all are alike.
        window = range(max(1, (2 * slab - 1) * size // (2 * SLABS)), slab * size // SLABS + 1)
        if window:
            cuts.add(min(window, key=lambda place: (crossing[place], -place)))
    return list(accumulate(int(i in cuts) for i in range(len(graph))))


def _crossing(graph: Graph) -> list[int]:
    """For every place in the order, how many of the nodes before it are needed there or later."""
    last_use = list(range(len(graph)))
    for source, target in graph.edges:
        last_use[source] = target
    change = [0] * (len(graph) + 1)
    for i, last in enumerate(last_use):
        change[i + 1] += 1
        change[last + 1] -= 1
    return list(accumulate(change))


def _paths(graph: Graph, starts: Collection[int], home: list[int], boxes: int) -> list[int]:
    # A count is let go once it was handed on: in a deep graph each may have as many digits as the
    # graph has nodes.
    counts = {len(graph) - 1: 1}
    paths = [0] * boxes
    for i in reversed(range(len(graph))):
        here = counts.pop(i)
        for source in graph.inputs(i):
            counts[source] = counts.get(source, 0) + here
        if i in starts:
            paths[home[i]] += here
    return paths
