"""Losses of one example; the fused softmax cross-entropy is `autograd.softmax_cross_entropy`."""

from collections.abc import Sequence
from typing import Any


def squared_error(outputs: Sequence[Any], targets: Sequence[Any]) -> Any:
    """``Σ_i (outputs_i - targets_i)²``, summed from left to right.

    Raises:
        ValueError: there are not as many targets as outputs, or none.
    """
    if len(outputs) != len(targets) or not len(outputs):
        raise ValueError(
            f"squared_error takes as many targets as outputs, not {len(targets)} and {len(outputs)}"
        )
    first, *rest = ((o - t).square() for o, t in zip(outputs, targets, strict=True))
    return sum(rest, start=first)
