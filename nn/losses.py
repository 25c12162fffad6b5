"""Losses: the distance of outputs from targets, averaged over a batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor, apply, relu, softmax_cross_entropy, softplus
from autograd.recording.reduction import plain_weights, reduced
from autograd.rules.scalars import square
from nn.conversion import array_of
from nn.purity import pure

__all__ = [
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "max_margin",
    "mse",
    "squared_error",
]

cross_entropy = softmax_cross_entropy


@pure
def mse(outputs: Any, targets: Any, reduction: str = "mean", *, sample_weight: Any = None) -> Any:
    """The mean squared error, ``(outputs - targets)²``.

    Args:
        outputs: of any shape: a Tensor, an array of Values, or plain numbers.
        targets: of the same shape; of the same kind or plain numbers.
        reduction: ``"mean"`` or ``"sum"`` over all elements, that is over examples and outputs, or
            ``"none"``.
        sample_weight: of each example or each element; a mean divides by their sum.

    Raises:
        ValueError: the shapes differ, there are no outputs, a weight is negative, or the reduction is
            unknown.
    """
    outputs, targets = _alike(outputs, targets, "mse")
    return reduced(apply(square, outputs - targets), reduction, sample_weight)


@pure
def squared_error(outputs: Any, targets: Any, reduction: str = "mean", *, sample_weight: Any = None) -> Any:
    """``Σ_i (outputs_i - targets_i)²`` of each example, summed from left to right.

    Args:
        outputs: (n,) for one example, or (..., n): a Tensor, an array of Values, or plain numbers.
        targets: of the same shape; of the same kind or plain numbers.
        reduction: ``"mean"`` or ``"sum"`` over the examples, or ``"none"``.
        sample_weight: of each example; a mean divides by their sum.

    Raises:
        ValueError: the shapes differ, there are no outputs, a weight is negative, or the reduction is
            unknown.
    """
    outputs, targets = _alike(outputs, targets, "squared_error")
    if not outputs.shape:
        raise ValueError("squared_error needs outputs (n,) or (examples, n), not a single number")
    return reduced(np.sum(apply(square, outputs - targets), axis=-1), reduction, sample_weight)


@pure
def binary_cross_entropy_with_logits(
    logits: Any,
    targets: Any,
    reduction: str = "mean",
    *,
    pos_weight: Any = None,
    sample_weight: Any = None,
) -> Any:
    """``-y log σ(z) - (1 - y) log(1 - σ(z))``, computed as ``softplus(z) - y z``.

    The two are equal since ``log σ(z) = z - softplus(z)`` and ``log(1 - σ(z)) = -softplus(z)``; the
    latter is finite for every logit (C. M. Bishop, "Pattern Recognition and Machine Learning", 2006,
    section 4.3.2).

    Args:
        logits: of any shape: a Tensor, an array of Values, or plain numbers.
        targets: of the same shape, plain numbers from 0 to 1: the probability of class 1.
        reduction: ``"mean"`` or ``"sum"`` over all elements, or ``"none"``.
        pos_weight: the weight of class 1, relative to class 0: one number, or one for each output. A mean
            still divides by the number of elements, as in PyTorch.
        sample_weight: of each example or each element; a mean divides by their sum.

    Raises:
        ValueError: the shapes differ, there are no logits, a target is not from 0 to 1, a weight is
            negative, or the reduction is unknown.
    """
    name = "binary_cross_entropy_with_logits"
    recorded = isinstance(targets, Tensor)
    logits, targets = _alike(logits, _floats(targets, f"the targets of {name}", records=recorded), name)
    numbers = _unwrap_unseen(targets)
    outside = ~((numbers >= 0) & (numbers <= 1))
    if outside.any():
        raise ValueError(f"the targets of {name} must be from 0 to 1, not {numbers[outside].flat[0]}")
    losses = softplus(logits) - logits * targets
    if pos_weight is not None:
        # Class 1, whose loss is softplus(-z), counts pos_weight times.
        shape = logits.shape[-1:] if np.ndim(pos_weight) else ()
        more = plain_weights(pos_weight, f"the pos_weight of {name}", shape) - 1.0
        more = more.astype(logits.dtype) if isinstance(logits, Tensor) else more
        losses = losses + more * targets * softplus(-logits)
    return reduced(losses, reduction, sample_weight)


@pure
def max_margin(scores: Any, targets: Any, reduction: str = "mean", *, sample_weight: Any = None) -> Any:
    """``1/n Σ_{i ≠ y} max(0, 1 - scores_y + scores_i)``: the multi-class hinge loss.

    The loss is 0 if the score of the true class y exceeds every other by a margin of 1 (J. Weston and
    C. Watkins, "Support vector machines for multi-class pattern recognition", 1999; divided by the
    number n of classes as in PyTorch's MultiMarginLoss). The slope at a difference of exactly 1 is
    taken as 0.

    Args:
        scores: (n,) for one example, or (..., n), n ≥ 2: a Tensor, an array of Values, or plain numbers.
        targets: (...), the true class of each example, a whole number from 0 to n - 1.
        reduction: ``"mean"`` or ``"sum"`` over the examples, or ``"none"``.
        sample_weight: of each example; a mean divides by their sum.

    Raises:
        TypeError: the classes are not whole numbers.
        ValueError: the shapes do not fit, there are fewer than two classes or no examples, a target is
            not one of the classes, or the reduction is unknown.
    """
    scores = _floats(scores, "the scores of max_margin", records=True)
    if not scores.size or not scores.shape or scores.shape[-1] < 2:
        raise ValueError(
            f"max_margin needs the scores of two or more classes for at least one example, "
            f"not of shape {scores.shape}"
        )
    *examples, n = scores.shape
    targets = array_of(targets, "the classes for max_margin", records=True)
    if targets.shape != tuple(examples):
        raise ValueError(
            f"max_margin of scores {scores.shape} needs classes of shape {tuple(examples)}, "
            f"not {targets.shape}"
        )
    numbers = _unwrap_unseen(targets)
    if numbers.dtype.kind not in "iu" and (numbers is targets or (numbers % 1).any()):
        raise TypeError(f"the classes for max_margin must be whole numbers, not {numbers.dtype}")
    outside = (numbers < 0) | (numbers >= n)
    if outside.any():
        raise ValueError(f"the target {numbers[outside].flat[0]} is not one of the classes 0 … {n - 1}")
    is_true = targets[..., np.newaxis] == np.arange(n)
    true_score = np.sum(np.where(is_true, scores, 0.0), axis=-1, keepdims=True)
    hinges = np.where(is_true, 0.0, relu(1.0 - true_score + scores))
    return reduced(np.sum(hinges, axis=-1) * (1 / n), reduction, sample_weight)


def _alike(outputs: Any, targets: Any, loss: str) -> tuple[Any, Any]:
    """Outputs and targets as arrays or Tensors of one shape, plain targets in the outputs' precision."""
    outputs = _floats(outputs, f"the outputs of {loss}", records=True)
    targets = _floats(targets, f"the targets of {loss}", records=True)
    # NumPy would broadcast (n,) and (n, 1) to (n, n), and compare every output with every target.
    if outputs.shape != targets.shape:
        advice = ": give targets[..., None]" if outputs.shape == (*targets.shape, 1) else ""
        raise ValueError(
            f"{loss} needs targets of the outputs' shape {outputs.shape}, not {targets.shape}{advice}"
        )
    if not outputs.size:
        raise ValueError(f"{loss} needs at least one output, not the shape {outputs.shape}")
    if isinstance(outputs, Tensor) and isinstance(targets, np.ndarray) and targets.dtype != object:
        targets = targets.astype(outputs.dtype)
    return outputs, targets


def _unwrap_unseen(targets: Any) -> Any:
    """Unwrap targets without the compiler noticing.

    Compiled code does not check its targets; `nn.fit` has the loss check all of them before.
    """
    return targets._data if isinstance(targets, Tensor) else targets


def _floats(x: Any, what: str, *, records: bool = False) -> Any:
    """As `array_of`, with whole numbers converted to floats."""
    array = array_of(x, what, records=records)
    return array.astype(np.float64) if isinstance(array, np.ndarray) and array.dtype.kind in "biu" else array
