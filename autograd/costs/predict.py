"""Predict the exact cost of a gradient without running it.

`predict` counts over the graph, by the same sweep on other numbers; `closed_forms` needs no graph.
Both are predictions, which the tests hold to the costs that `gradient` measures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.costs.cost import Cost
from autograd.differentiation.graph import Graph, grouped
from autograd.differentiation.linearization import Linearization, is_array
from autograd.differentiation.methods.restart import dependents
from autograd.differentiation.sweep import sweep
from autograd.errors import GraphError
from autograd.numbers.counted import Ledger
from autograd.numbers.dual import Dual
from autograd.recording.node import Node

__all__ = ["predict", "steps", "walked"]


def predict(root: Node, wrt: Sequence[Node | Sequence[Node]], method: str = "backprop") -> Cost:
    """Return the exact cost of `gradient` by a method without running it, as integers of any size.

    The forward pass is counted by doing it once. The method's own operations are counted over the
    graph, in time linear in its edges (``forward`` and ``restart``: edges times leaves or groups).

    Raises:
        GraphError: the root is a `Tensor`, whose edges differ in cost.
        KeyError: there is no such method.
        TypeError: the root or something in ``wrt`` is not a `Value` or a `Tensor`.
    """
    if method not in _PREDICTIONS:
        raise KeyError(f"there is no prediction for {method!r}; there are {', '.join(_PREDICTIONS)}")
    graph = Graph(root)
    if is_array(root):
        raise GraphError(
            "the cost of a graph of Tensors is measured, not predicted: use gradient(…).cost, "
            "or run the program on arrays of Values for a prediction"
        )
    ledger = Ledger()
    linearization = Linearization(graph, grouped(wrt), ledger)
    multiplications, additions = walked(linearization, method)
    if method not in _PASSES:
        return Cost(multiplications, additions, ledger.counts["partials"], ledger.counts["forward"])
    here, moved = _PASSES[method]
    forward = here * _pass(linearization, ledger) + moved * _moved_passes(linearization, ledger)
    return Cost(multiplications, additions, 0, forward)


def steps(graph: Graph, groups: Sequence[Sequence[Node]], method: str) -> int:
    """Return the multiplications and additions of a method."""
    return sum(walked(Linearization(graph, groups, recorded=False), method))


def walked(linearization: Linearization, method: str) -> tuple[int, int]:
    """Return the multiplications of a method, one per edge walked, and its additions, one per merge."""
    return _PREDICTIONS[method](linearization)


def _pass(linearization: Linearization, ledger: Ledger, moved: int | None = None) -> int:
    """Count the operations of one forward pass by doing it."""
    before = ledger.counts["forward"]
    linearization.evaluate(moved, None if moved is None else linearization.point[moved])
    return ledger.counts["forward"] - before


def _moved_passes(linearization: Linearization, ledger: Ledger) -> int:
    """Count one forward pass per value of ``wrt``; an interior value's own operations are left out."""
    whole = _pass(linearization, ledger)
    return sum(
        _pass(linearization, ledger, i) if v.inputs else whole for i, v in enumerate(linearization.asked)
    )


# Forward passes of the methods that do nothing else: at the point, and per value moved.
_PASSES = {"finite_difference": (1, 1), "central_difference": (0, 2)}

# Multiplications and additions.
_Prediction = tuple[int, int]


def _backprop(linearization: Linearization) -> _Prediction:
    edges = sum(map(len, linearization.edges))
    return edges, edges - linearization.root


def _swept(linearization: Linearization, edge: Any, seed: Any) -> dict[int, Any]:
    """Sweep back with the same number on every edge."""
    edges = [[(u, edge) for u, _ in inputs] for inputs in linearization.edges]
    return sweep(edges, range(len(edges)), {linearization.root: seed})


def _paths(linearization: Linearization) -> _Prediction:
    # The product of 1 + ε along a path of k edges is 1 + k ε: dual numbers count paths and lengths.
    walks = _swept(linearization, Dual(1, 1), Dual(1, 0))
    targets = [walks[p] for p in linearization.targets]
    return sum(walk.tangent for walk in targets), sum(walk.data - 1 for walk in targets)


def _tree(linearization: Linearization) -> _Prediction:
    counts = _swept(linearization, 1, 1)
    return sum(counts.values()) - 1, sum(counts[p] - 1 for p in linearization.targets)


def _restart(linearization: Linearization) -> _Prediction:
    return _chains(linearization, linearization.groups)


def _forward(linearization: Linearization) -> _Prediction:
    # A tangent walks from its leaf the edges that a chain restarted for that leaf walks back.
    return _chains(linearization, [[target] for target in linearization.targets])


def _chains(linearization: Linearization, groups: Sequence[list[int]]) -> _Prediction:
    multiplications = additions = 0
    for group in groups:
        within = set(dependents(linearization, group))
        walked = sum(u in within for v in within for u, _ in linearization.edges[v])
        multiplications += walked
        additions += walked - max(len(within) - 1, 0)
    return multiplications, additions


def _finite_difference(linearization: Linearization) -> _Prediction:
    count = len(linearization.wrt)
    return count, 2 * count


def _central_difference(linearization: Linearization) -> _Prediction:
    count = len(linearization.wrt)
    return count, 3 * count


_PREDICTIONS: dict[str, Callable[[Linearization], _Prediction]] = {
    "backprop": _backprop,
    "paths": _paths,
    "tree": _tree,
    "forward": _forward,
    "restart": _restart,
    "finite_difference": _finite_difference,
    "central_difference": _central_difference,
}
