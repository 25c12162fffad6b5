"""A reverse sweep that releases the graph as it passes, for a gradient that is wanted once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.recording.contributions import contributions
from autograd.recording.node import Node

__all__ = ["releasing_sweep"]


def releasing_sweep(order: list[Node], seed: Any, leaves: Sequence[Node]) -> dict[Node, Any]:
    """Return the adjoint of each leaf that the sweep reaches; it writes on no node.

    Args:
        order: the result's dependencies in topological order. The list is emptied on the way, so that
            a node which nothing else refers to is freed, with its adjoint, once it is passed.
        seed: the adjoint of the result.
        leaves: the nodes to differentiate by.

    Raises:
        MutatedError, CycleError, ArithmeticError: as `Node.backward`.
    """
    moving = set(leaves)
    for v in order:
        if v._a is not None and not moving.isdisjoint(v.inputs):
            moving.add(v)
    adjoints = {order[-1]: seed}
    while order:
        v = order.pop()
        if v._a is None:
            v.check_untouched()
        elif v in moving:
            moving.remove(v)
            for source, contribution in contributions(v, adjoints.pop(v), moving.__contains__):
                if source in adjoints:
                    contribution = v._total(adjoints[source], contribution)
                adjoints[source] = contribution
    return adjoints
