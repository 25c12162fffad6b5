"""Find parallel identical blocks: consecutive pieces of an order with the same operations."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from autograd import Graph
from viz.labels import data_of

__all__ = ["Repeats", "Repetition"]

# Blocks of fewer values, and runs of fewer, are clearer drawn than merged.
_SMALLEST, _FEWEST = 3, 8
# The longest block searched for, and the most blocks compared with the next in one graph.
_LONGEST, _MOST = 400, 20_000


class Repetition(NamedTuple):
    """Parallel identical blocks, one after another.

    Attributes:
        start: the place in the order where the first begins.
        length: the number of values in each.
        times: the number of blocks.
    """

    start: int
    length: int
    times: int

    @property
    def end(self) -> int:
        """The place after the last."""
        return self.start + self.length * self.times

    @property
    def blocks(self) -> list[tuple[int, int]]:
        """The blocks, each as its start and its end."""
        return [(at, at + self.length) for at in range(self.start, self.end, self.length)]


class Repeats:
    """The identical blocks in a topological order of a graph.

    Two blocks are identical if they hold the same operations on arrays of the same shapes, joined in the same
    places, of which the same are used outside. They are parallel if neither uses a value of the other.

    Args:
        graph: the graph.
        order: its nodes in a topological order.
    """

    def __init__(self, graph: Graph, order: Sequence[int]) -> None:
        place = [0] * len(graph)
        for at, i in enumerate(order):
            place[i] = at
        self._inputs = [[place[u] for u in graph.inputs(i)] for i in order]
        self._last_use = list(range(len(graph)))
        self._tries = 0
        numbers: dict[Hashable, int] = {}
        self._labels = []
        for at, i in enumerate(order):
            node = graph.nodes[i]
            for u in self._inputs[at]:
                self._last_use[u] = max(self._last_use[u], at)
            look = (node.op, node.is_constant, np.shape(data_of(node)), len(self._inputs[at]))
            self._labels.append(numbers.setdefault(look, len(numbers)))

    def runs(self, start: int, end: int) -> list[Repetition]:
        """The runs in a piece of the order, from its start on; at each place the one that covers the most.

        The search ends early in a big graph without runs.
        """
        found: list[Repetition] = []
        at = start
        while at < end and self._tries < _MOST:
            lengths = range(_SMALLEST, min((end - at) // 2, _LONGEST) + 1)
            self._tries += len(lengths)
            candidates = (Repetition(at, length, self._times(at, length, end)) for length in lengths)
            best = max(
                candidates, key=lambda run: (run.end if run.times > 1 else 0, -run.length), default=None
            )
            if best is None or best.times < 2 or best.end - at < _FEWEST:
                at += 1
            else:
                found.append(best)
                at = best.end
        return found

    def alike(self, pieces: Iterable[tuple[int, int]]) -> int:
        """How many pieces, from the first on, are parallel and identical to it."""
        others = iter(pieces)
        first, end = next(others)
        looks, times = None, 1
        for start, stop in others:
            if self._labels[start:stop] != self._labels[first:end]:
                break
            found = self._looks(start, stop, first)
            looks = looks or (found and self._looks(first, end, first))
            if found is None or found != looks:
                break
            times += 1
        return times

    def _times(self, start: int, length: int, end: int) -> int:
        """How many identical blocks of this length begin here."""
        return self.alike((at, at + length) for at in range(start, end - length + 1, length))

    def _looks(self, start: int, end: int, first: int) -> list[tuple[int, ...]] | None:
        """What is compared of a block; None if it uses a value of an earlier block of the run."""
        looks = []
        for at in range(start, end):
            inputs = self._inputs[at]
            if any(first <= u < start for u in inputs):
                return None
            offsets = (at - u if u >= start else 0 for u in inputs)
            looks.append((self._last_use[at] >= end, *offsets))
        return looks
