"""The weights of paths, from the reverse sweep on other numbers.

The weight of a path is the magnitude of its product of local derivatives. The sweep on magnitudes gives their
sum, without cancellation. The sweep on lists of paths, where adding keeps the best of two lists, gives the
heaviest paths (R. Bellman and R. Kalaba, "On kth best policies", J. SIAM 8, 1960). Neither walks the paths.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import chain
from typing import Any, NamedTuple

from autograd.differentiation.sweep import sweep

__all__ = ["Edge", "Flow", "flow", "heaviest"]


class Edge(NamedTuple):
    """An edge from an input to its user, and the user's local derivative by it."""

    source: int
    user: int
    derivative: float

    @property
    def weight(self) -> float:
        """The logarithm of the derivative's magnitude; -inf for 0."""
        return math.log(abs(self.derivative)) if self.derivative else -math.inf


@dataclass(frozen=True, slots=True)
class _Best:
    """The heaviest paths from the root to a vertex: their weights, and their edges as linked lists."""

    most: int
    paths: list[tuple[float, Any]]

    def __mul__(self, edge: Edge) -> _Best:
        if not edge.derivative:
            return _Best(self.most, [])
        return _Best(self.most, [(weight + edge.weight, (edge, rest)) for weight, rest in self.paths])

    def __add__(self, other: _Best) -> _Best:
        both = chain(self.paths, other.paths)
        return _Best(self.most, nlargest(self.most, both, key=lambda path: path[0]))


@dataclass(frozen=True, slots=True)
class _Magnitude:
    """A positive number by its logarithm, so that no product of many factors is too great or too small."""

    log: float

    def __mul__(self, other: _Magnitude) -> _Magnitude:
        return _Magnitude(self.log + other.log)

    def __add__(self, other: _Magnitude) -> _Magnitude:
        great, small = max(self.log, other.log), min(self.log, other.log)
        return _Magnitude(great + math.log1p(math.exp(small - great)) if small > -math.inf else great)


@dataclass(frozen=True, slots=True)
class Flow:
    """How the weights of the paths from one vertex to the root are distributed.

    Attributes:
        weight: the logarithm of the sum of the magnitudes of all paths' products.
        shares: each edge on a path that is not 0, with the fraction of that sum on the paths through it: the
            probability that a path drawn in proportion to its magnitude uses the edge.
    """

    weight: float
    shares: list[tuple[Edge, float]]

    @property
    def magnitude(self) -> float:
        """The sum of the magnitudes of all paths' products; infinite if it overflows a float."""
        return _exp(self.weight)

    @property
    def typical(self) -> float:
        """The geometric mean of the paths' magnitudes, each weighted by its share of the sum."""
        return _exp(self._mean) if self.weight > -math.inf else 0.0

    @property
    def effective(self) -> float:
        """The number of paths of typical magnitude with the same sum.

        It is the exponential of the entropy of the shares (M. O. Hill, "Diversity and evenness", Ecology 54,
        1973, order 1).
        """
        return _exp(self.weight - self._mean) if self.weight > -math.inf else 0.0

    @property
    def _mean(self) -> float:
        return sum(share * edge.weight for edge, share in self.shares)


def _exp(x: float) -> float:
    return math.exp(x) if x < _TOO_GREAT else math.inf


# The logarithm of the largest float.
_TOO_GREAT = math.log(sys.float_info.max)


def _edges(inputs: Sequence[Sequence[tuple[int, Any]]]) -> list[list[tuple[int, Edge]]]:
    return [[(u, Edge(u, v, float(derivative))) for u, derivative in pairs] for v, pairs in enumerate(inputs)]


def heaviest(inputs: Sequence[Sequence[tuple[int, Any]]], target: int, most: int) -> list[list[Edge]]:
    """Find the paths whose products have the largest magnitudes, largest first; none with a factor 0.

    The time is in proportion to the number of edges times ``most``, however many paths there are.

    Args:
        inputs: the inputs of every vertex with their local derivatives; the last vertex is the root.
        target: the vertex where the paths begin.
        most: how many paths to find at most.

    Returns:
        the edges of each path, from the target to the root.
    """
    root = len(inputs) - 1
    best = sweep(_edges(inputs), range(len(inputs)), {root: _Best(most, [(0.0, ())])}, kept=[target])
    return [list(_unlinked(path)) for _, path in best[target].paths] if target in best else []


def _unlinked(path: Any) -> Iterator[Edge]:
    while path:
        edge, path = path
        yield edge


def flow(inputs: Sequence[Sequence[tuple[int, Any]]], target: int) -> Flow:
    """Compute the distribution of path weights, by one sweep in reverse and one forward over magnitudes."""
    edges = [[(u, edge) for u, edge in pairs if edge.derivative] for pairs in _edges(inputs)]
    back = [[(u, _Magnitude(edge.weight)) for u, edge in pairs] for pairs in edges]
    forth: list[list[tuple[int, _Magnitude]]] = [[] for _ in edges]  # the same edges, turned around
    last = len(edges) - 1
    for v, pairs in enumerate(back):
        for u, magnitude in pairs:
            forth[last - u].append((last - v, magnitude))
    after = sweep(back, range(last + 1), {last: _Magnitude(0.0)})
    before = sweep(forth, range(last + 1), {last - target: _Magnitude(0.0)})
    if target not in after:  # every path has a factor 0
        return Flow(-math.inf, [])
    weight = after[target].log
    shares = [
        (edge, math.exp(after[v].log + edge.weight + before[last - u].log - weight))
        for v, pairs in enumerate(edges)
        for u, edge in pairs
        if v in after and last - u in before
    ]
    return Flow(weight, shares)
