"""Weights of classes and smoothed labels: targets of cross-entropy that are neither 0 nor 1."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from autograd.recording.hooks import tracer
from autograd.recording.reduction import plain_weights
from autograd.recording.tensor import Tensor

__all__ = ["weighted_targets"]


def weighted_targets(
    inputs: Any, targets: Any, shape: tuple[int, ...], weight: Any, label_smoothing: float
) -> tuple[Any, Any, Any]:
    """Return targets as shares of the classes, each times its weight, and for how much each row counts.

    Cross-entropy is linear in its targets, so weights and smoothing need no rule of their own.

    Args:
        inputs: the targets as given: a tensor of them is recorded.
        targets: the same as plain class numbers or distributions.
        shape: of the logits.
        weight: of each class, or None.
        label_smoothing: the share that all classes divide equally.

    Returns:
        The shares as given, which may be a tensor; the same as plain numbers; and the weight of each
        row's true class, or None if all rows count alike.
    """
    classes = shape[-1]
    if not isinstance(label_smoothing, Real) or not 0 <= label_smoothing <= 1:
        raise ValueError(f"the label smoothing must be a number from 0 to 1, not {label_smoothing!r:.40}")
    weights = np.ones(classes)
    if weight is not None:
        weights = plain_weights(weight, "the class weights of softmax cross-entropy", (classes,))
    kept, spread = 1 - label_smoothing, label_smoothing / classes
    if targets.dtype.kind == "f":
        given = inputs if isinstance(inputs, Tensor) else targets
        shares, counts = (kept * given + spread) * weights, None
    else:
        if traced := isinstance(inputs, Tensor) and tracer.get() is not None:
            weights = weights.astype(inputs.dtype)
        is_true = (inputs if traced else targets)[..., np.newaxis] == np.arange(classes)
        shares = np.where(is_true, (kept + spread) * weights, spread * weights)
        counts = None if weight is None else np.sum(np.where(is_true, weights, 0.0), axis=-1)
    return shares, shares._data if isinstance(shares, Tensor) else shares, counts
