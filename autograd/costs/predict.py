"""Predict the exact cost of a gradient without running it.

`predict` counts over the graph, by the same sweep on whole numbers; `closed_forms` needs no graph.
Both are predictions, which the tests hold to the costs that `gradient` measures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.costs.cost import Cost
from autograd.costs.method_counts import PREDICTIONS, walked
from autograd.costs.uncollected import uncollected
from autograd.differentiation.graph import Graph, grouped
from autograd.differentiation.linearization import Linearization, is_array
from autograd.differentiation.methods import with_options
from autograd.differentiation.methods.checkpoint import Steps, schedule_of
from autograd.errors import GraphError
from autograd.numbers.counted import Ledger
from autograd.recording.node import Node

__all__ = ["predict", "recomputed"]


@uncollected()
def predict(
    root: Node, wrt: Sequence[Node | Sequence[Node]], method: str = "backprop", **options: Any
) -> Cost:
    """Return the exact cost of `gradient` by a method without running it, as integers of any size.

    The forward pass is counted by doing it once. The method's own operations are counted over the
    graph, in time linear in its edges (``forward`` and ``restart``: edges times leaves or groups).

    Raises:
        GraphError: the root is a `Tensor`, whose edges differ in cost, or the method refuses the graph.
        KeyError: there is no such method.
        TypeError: the root or something in ``wrt`` is not a `Value` or a `Tensor`, or the method has no such
            option.
        ValueError: an option is refused.
    """
    method, options = with_options(method, options)
    if method not in PREDICTIONS:
        raise KeyError(f"there is no prediction for {method!r}; there are {', '.join(PREDICTIONS)}")
    graph = Graph(root)
    if is_array(root):
        raise GraphError(
            "the cost of a graph of Tensors is measured, not predicted: use gradient(…).cost, "
            "or run the program on arrays of Values for a prediction"
        )
    ledger = Ledger()
    linearization = Linearization(graph, grouped(wrt), ledger)
    multiplications, additions = walked(linearization, method, **options)
    if method in _PASSES:  # and no local derivatives
        return Cost(multiplications, additions, 0, _PASSES[method](linearization, ledger, **options))
    partials, forward = ledger.counts["partials"], ledger.counts["forward"]
    if method == "checkpoint":
        forward = recomputed(linearization, ledger, **options)["forward"]
    return Cost(multiplications, additions, partials, forward)


def _pass(linearization: Linearization, ledger: Ledger, moved: Node | None = None) -> int:
    """Count the operations of one forward pass by doing it."""
    before = ledger.counts["forward"]
    linearization.evaluate(None if moved is None else {moved: moved._data})
    return ledger.counts["forward"] - before


def _moved_passes(linearization: Linearization, ledger: Ledger) -> int:
    """Count one forward pass per value of ``wrt``; an interior value's own operations are left out."""
    whole = _pass(linearization, ledger)
    return sum(_pass(linearization, ledger, v) if v.inputs else whole for v in linearization.asked)


def recomputed(linearization: Linearization, ledger: Ledger, **options: Any) -> dict[str, int]:
    """Count the forward operations of `checkpoint`, by kind: every step runs once, a schedule is a sum."""
    again = linearization.recomputation()
    steps, working = Steps(linearization, again), again.working({})
    before = [dict(ledger.counts)]
    for places in steps.nodes:
        for place in places:
            working[place] = again.evaluate(place, working)
        before.append(dict(ledger.counts))
    actions = list(schedule_of(len(steps.nodes), **options))
    return {
        kind: sum(before[action.end].get(kind, 0) - before[action.start].get(kind, 0) for action in actions)
        for kind in ("forward", "forward_multiply_adds")
    }


# The operations of the forward passes of methods that do nothing else.
_PASSES: dict[str, Callable[..., int]] = {
    "finite_difference": lambda of, ledger: _pass(of, ledger) + _moved_passes(of, ledger),
    "central_difference": lambda of, ledger: 2 * _moved_passes(of, ledger),
    "complex_step": lambda of, ledger, step=0: _moved_passes(of, ledger),
    "simultaneous_perturbation": lambda of, ledger, samples=1, **_: (
        2 * samples * _pass(of, ledger) if of.targets else 0
    ),
}
