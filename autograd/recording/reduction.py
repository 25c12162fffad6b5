"""The reduction of losses to one number: their sum, or their mean, which may be weighted."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.recording.conversions import has_masked
from autograd.recording.tensor import Tensor

__all__ = ["plain_weights", "reduced"]


def reduced(losses: Any, reduction: str, sample_weight: Any = None, counts: Any = None) -> Any:
    """Reduce losses to one number, unless there is a single loss or the reduction is ``"none"``.

    Args:
        losses: of any shape: a Tensor, an array, or one number.
        reduction: ``"sum"``, ``"none"``, or ``"mean"``: the sum, divided by the sum of the counts.
        sample_weight: the weight of each loss, or of each example, which then stands for all losses of
            the example: an array or a Tensor of the losses' shape, or of its first axes.
        counts: for how much each loss counts in a mean, apart from its sample weight; 1 if omitted.

    Raises:
        TypeError: the sample weights are not real numbers.
        ValueError: the reduction is unknown, or the sample weights are negative, not finite or of
            another shape.
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"the reduction must be 'mean', 'sum' or 'none', not {reduction!r}")
    if sample_weight is not None:
        sample_weight = _sample_weights(sample_weight, losses)
        losses = losses * sample_weight
        ones = np.ones(np.shape(losses), losses.dtype if hasattr(losses, "shape") else float)
        counts = sample_weight * (ones if counts is None else counts)
    if reduction == "none" or (counts is None and not np.shape(losses)):
        return losses
    total = np.sum(losses) if np.shape(losses) else losses
    if reduction == "sum":
        return total
    if counts is None:
        return total * (1 / losses.size)
    count = np.sum(counts)
    # Examples of no weight have the mean 0, not 0 / 0, so that a batch of them changes nothing.
    return total / (np.where(count == 0, 1.0, count) if isinstance(count, Tensor) else float(count) or 1.0)


def plain_weights(weights: Any, what: str, shape: tuple[int, ...]) -> Any:
    """Weights as an array of finite floats of at least 0.

    Args:
        weights: plain numbers.
        what: their name in messages.
        shape: that they must have.

    Raises:
        TypeError: they are not real numbers.
        ValueError: they are negative or not finite, or have another shape.
    """
    array = _real_array(weights, what)
    if array.shape != shape:
        raise ValueError(f"{what} must have the shape {shape}, not {array.shape}")
    return _checked(array, what).astype(np.float64)


def _sample_weights(weights: Any, losses: Any) -> Any:
    """Sample weights, laid out to be multiplied by the losses."""
    what, shape = "the sample weights of a loss", np.shape(losses)
    recorded = isinstance(weights, Tensor)
    array = weights if recorded else _real_array(weights, what)
    if array.shape != shape[: array.ndim]:
        expected = f"{shape}" if len(shape) < 2 else f"{shape[:1]}, one for each example, or {shape}"
        raise ValueError(f"{what} must have the shape {expected}, not {array.shape}")
    _checked(weights._data if recorded else array, what)
    if not recorded:
        array = array.astype(losses.dtype if isinstance(losses, Tensor) else np.float64)
    return array.reshape((*array.shape, *(1 for _ in shape[array.ndim :])))


def _real_array(weights: Any, what: str) -> Any:
    if isinstance(weights, Tensor):
        raise TypeError(f"{what} must be plain numbers, not a Tensor: give its t.data")
    if has_masked(weights):
        raise ValueError(f"{what} have masked elements: give 0 for what is not to count")
    array = np.asarray(weights)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{what} must be real numbers, not {array.dtype} as in {weights!r:.40}")
    return array


def _checked(array: Any, what: str) -> Any:
    wrong = ~(np.isfinite(array) & (array >= 0))
    if np.any(wrong):
        raise ValueError(f"{what} must be finite and at least 0, not {array[wrong].flat[0]}")
    return array
