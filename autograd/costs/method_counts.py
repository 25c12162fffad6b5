"""Count the multiplications and additions of a method over a graph, by the same sweep on whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.differentiation.linearization import Linearization
from autograd.differentiation.methods.eliminate import Elimination, steps
from autograd.differentiation.sweep import sweep

__all__ = ["PREDICTIONS", "walked"]

_Prediction = tuple[int, int]  # multiplications and additions


def walked(linearization: Linearization, method: str, **options: Any) -> tuple[int, int]:
    """Return the multiplications of a method, one per edge walked, and its additions, one per merge."""
    return PREDICTIONS[method](linearization, **options)


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


def _eliminate(linearization: Linearization, **options: Any) -> _Prediction:
    targets = set(linearization.targets)
    if not targets:
        return 0, 0
    graph = Elimination(_ones(linearization), [linearization.root], 1)
    multiplications, additions = 0, sum(map(len, linearization.edges)) + 1 - sum(map(len, graph.inputs))
    for v in steps(graph, linearization, **options):
        multiplications += graph.degree(v)
        additions += graph.drop(v)
    among = sum(u in targets for v in targets for u in graph.inputs[v])  # from one value of wrt to another
    return multiplications + among, additions + among - len(targets) + len(graph.inputs[-1])


def _finite_difference(linearization: Linearization) -> _Prediction:
    count = len(linearization.wrt)
    return count, 2 * count


def _central_difference(linearization: Linearization) -> _Prediction:
    count = len(linearization.wrt)
    return count, 3 * count


def _checkpoint(linearization: Linearization, **options: Any) -> _Prediction:
    return _backprop(linearization)


def _complex_step(linearization: Linearization, **options: Any) -> _Prediction:
    return len(linearization.wrt), 0


def _forward_gradient(linearization: Linearization, samples: int = 1, **options: Any) -> _Prediction:
    targets = len(linearization.targets)
    if not targets:  # nothing is evaluated
        return 0, 0
    edges = sum(map(len, linearization.edges))
    merges = edges - (linearization.root + 1 - targets)
    return _averaging(samples, targets, edges + targets, merges)


def _simultaneous_perturbation(linearization: Linearization, samples: int = 1, **options: Any) -> _Prediction:
    targets = len(linearization.targets)
    if not targets:
        return 0, 0
    # Defers the load of the method, which refuses what it does not move.
    from autograd.differentiation.methods.simultaneous_perturbation import check_leaves

    check_leaves(linearization)
    return _averaging(samples, targets, 1 + targets, 1 + 2 * targets)


def _averaging(samples: int, targets: int, multiplications: int, additions: int) -> _Prediction:
    """Return the counts of some samples and their mean from the counts of one sample."""
    divisions = targets if samples > 1 else 0
    return samples * multiplications + divisions, samples * additions + (samples - 1) * targets


PREDICTIONS: dict[str, Callable[..., _Prediction]] = {
    "backprop": _backprop,
    "paths": _paths,
    "tree": _tree,
    "forward": _forward,
    "restart": _restart,
    "eliminate": _eliminate,
    "checkpoint": _checkpoint,
    "finite_difference": _finite_difference,
    "central_difference": _central_difference,
    "complex_step": _complex_step,
    "forward_gradient": _forward_gradient,
    "simultaneous_perturbation": _simultaneous_perturbation,
}
