"""Count the multiplications and additions of a method over a graph, by the same sweep on whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd.differentiation.linearization import Linearization
from autograd.differentiation.sweep import sweep

__all__ = ["PREDICTIONS", "walked"]

_Prediction = tuple[int, int]  # multiplications and additions


def walked(linearization: Linearization, method: str) -> tuple[int, int]:
    """Return the multiplications of a method, one per edge walked, and its additions, one per merge."""
    return PREDICTIONS[method](linearization)


def _backprop(linearization: Linearization) -> _Prediction:
    edges = sum(map(len, linearization.edges))
    return edges, edges - linearization.root


def _ones(linearization: Linearization) -> list[list[tuple[int, int]]]:
    """Return the edges with the number 1 on each."""
    return [[(u, 1) for u, _ in inputs] for inputs in linearization.edges]


def _paths(linearization: Linearization) -> _Prediction:
    edges, root = _ones(linearization), linearization.root
    counts = sweep(edges, range(len(edges)), {root: 1})
    # The lengths of a vertex's paths to the root: of those that go on from its users, and an edge for each.
    lengths = sweep(edges, range(len(edges)), {**counts, root: 0})
    targets = linearization.targets
    return sum(lengths[p] for p in targets), sum(counts[p] - 1 for p in targets)


def _tree(linearization: Linearization) -> _Prediction:
    edges = _ones(linearization)
    counts = sweep(edges, range(len(edges)), {linearization.root: 1})
    return sum(counts.values()) - 1, sum(counts[p] - 1 for p in linearization.targets)


def _restart(linearization: Linearization) -> _Prediction:
    return _chains(linearization, linearization.groups)


def _forward(linearization: Linearization) -> _Prediction:
    # A tangent walks from its leaf the edges that a chain restarted for that leaf walks back.
    return _chains(linearization, [[target] for target in linearization.targets])


def _chains(linearization: Linearization, groups: Sequence[list[int]]) -> _Prediction:
    # A chain walks every edge from a vertex that depends on its group. One sweep finds for every vertex the
    # set of the groups that it depends on, as the bits of a whole number.
    if not groups:  # nothing is evaluated
        return 0, 0
    edges, last_user = linearization.edges, linearization.last_user
    own: dict[int, int] = {}
    for i, group in enumerate(groups):
        for v in group:
            own[v] = own.get(v, 0) | 1 << i
    reached: dict[int, int] = {}
    walked = vertices = 0
    for v, inputs in enumerate(edges):
        found = own.pop(v, 0)
        for u, _ in inputs:
            walked += reached[u].bit_count()
            found |= reached[u]
        reached[v] = found
        vertices += found.bit_count()
        for u, _ in inputs:
            if last_user[u] == v:
                reached.pop(u, None)
    return walked, walked - vertices + sum(map(bool, groups))


def _finite_difference(linearization: Linearization) -> _Prediction:
    count = len(linearization.wrt)
    return count, 2 * count


def _central_difference(linearization: Linearization) -> _Prediction:
    count = len(linearization.wrt)
    return count, 3 * count


PREDICTIONS: dict[str, Callable[[Linearization], _Prediction]] = {
    "backprop": _backprop,
    "paths": _paths,
    "tree": _tree,
    "forward": _forward,
    "restart": _restart,
    "finite_difference": _finite_difference,
    "central_difference": _central_difference,
}
