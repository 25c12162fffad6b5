"""What a gradient will cost, exactly, before it is run.

`predict` counts over the graph by dynamic programming; `closed_forms` needs no graph at all, where
its shape is regular. Both are predictions: what `gradient` returns is the measurement they are held
against.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd.cost import Cost
from autograd.graph import Graph, Linearization, grouped
from autograd.methods.restart import dependents
from autograd.numbers import Ledger
from autograd.value import Value

__all__ = ["predict"]


def predict(root: Value, wrt: Sequence[Value | Sequence[Value]], method: str = "backprop") -> Cost:
    """The cost of `gradient` by a method, exactly and without running it: integers of any size.

    One forward pass is counted by doing it. The method's own operations are counted over the graph,
    in time linear in its edges (for ``forward`` and ``restart``: its edges times the leaves or groups).

    Raises:
        KeyError: there is no such method.
        TypeError: the root or something in ``wrt`` is not a `Value`.
    """
    if method not in _PREDICTIONS:
        raise KeyError(f"there is no prediction for {method!r}; there are {', '.join(_PREDICTIONS)}")
    ledger = Ledger()
    linearization = Linearization(Graph(root), grouped(wrt), ledger)
    passes, multiplications, additions = _PREDICTIONS[method](linearization)
    if passes is None:
        forward, partials = ledger.counts["forward"], ledger.counts["partials"]
    else:
        linearization.evaluate()
        forward, partials = passes * ledger.counts["forward"], 0
    return Cost(multiplications, additions, partials, forward)


# A prediction: how many forward passes beside the one that the exact methods share (None for those),
# multiplications, additions.
_Prediction = tuple[int | None, int, int]


def _backprop(linearization: Linearization) -> _Prediction:
    edges = sum(map(len, linearization.edges))
    return None, edges, edges - linearization.root


def _walks(linearization: Linearization) -> tuple[list[int], list[int]]:
    """For every vertex, the number of paths from the root to it, and their total length."""
    counts = [0] * len(linearization.edges)
    lengths = [0] * len(linearization.edges)
    counts[-1] = 1
    for v in reversed(range(len(linearization.edges))):
        for u, _ in linearization.edges[v]:
            counts[u] += counts[v]
            lengths[u] += lengths[v] + counts[v]
    return counts, lengths


def _paths(linearization: Linearization) -> _Prediction:
    counts, lengths = _walks(linearization)
    targets = linearization.targets
    return None, sum(lengths[p] for p in targets), sum(counts[p] - 1 for p in targets)


def _tree(linearization: Linearization) -> _Prediction:
    counts, _ = _walks(linearization)
    return None, sum(counts[:-1]), sum(counts[p] - 1 for p in linearization.targets)


def _restart(linearization: Linearization) -> _Prediction:
    multiplications = additions = 0
    for group in filter(None, linearization.groups):
        within = set(dependents(linearization, group))
        edges = sum(u in within for v in within for u, _ in linearization.edges[v])
        multiplications += edges
        additions += edges - (len(within) - 1)
    return None, multiplications, additions


def _forward(linearization: Linearization) -> _Prediction:
    multiplications = additions = 0
    for target in linearization.targets:
        # A tangent starts at the leaf itself, so every vertex behind it is reached by an edge.
        within = set(dependents(linearization, [target]))
        edges = sum(u in within for v in within if v != target for u, _ in linearization.edges[v])
        multiplications += edges
        additions += edges - (len(within) - 1)
    return None, multiplications, additions


def _finite_difference(linearization: Linearization) -> _Prediction:
    count = len(linearization.wrt)
    return count + 1, count, 2 * count


def _central_difference(linearization: Linearization) -> _Prediction:
    count = len(linearization.wrt)
    return 2 * count, count, 3 * count


_PREDICTIONS: dict[str, Callable[[Linearization], _Prediction]] = {
    "backprop": _backprop,
    "paths": _paths,
    "tree": _tree,
    "forward": _forward,
    "restart": _restart,
    "finite_difference": _finite_difference,
    "central_difference": _central_difference,
}
