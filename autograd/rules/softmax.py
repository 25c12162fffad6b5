"""Softmax, its logarithms, and cross-entropy, finite wherever the differences of the logits are.

Subtracting the greatest logit before exponentiating keeps every exponential at most 1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np

from autograd.rules import scalars as p
from autograd.rules.arrays import (
    ArrayPrimitive,
    Axis,
    LinearMap,
    Shape,
    axes_of,
    columnwise,
    getitem,
    kept,
    max_over,
    moved,
    reshape,
    shape_of,
    spread,
    sum_over,
)
from autograd.rules.fused import Fused
from autograd.rules.primitive import Primitive, apply, family, indicator
from autograd.rules.selection import exact

__all__ = [
    "cross_entropy_of",
    "cross_entropy_row",
    "log_softmax_of",
    "logsumexp",
    "losses_and_slopes",
    "softmax_cross_entropy_of",
    "softmax_of",
]


@family
def bounded_of(dtype: Any) -> Primitive:
    """Replace infinity by the greatest float, since infinity minus infinity is NaN. It costs nothing."""
    bound = sys.float_info.max if np.dtype(dtype).hasobject else float(np.finfo(dtype).max)
    return ArrayPrimitive(
        "bounded",
        lambda a: np.minimum(np.maximum(a, -bound), bound),
        lambda out, a: (p.masked(a != out),),
    )


def _exponentials(a: Any, axis: Axis) -> tuple[Any, Any, Any]:
    """Return ``exp(a - top)``, ``a - top`` and ``top``, the greatest element along the axes.

    Raises:
        ValueError: there are no elements along the axes.
    """
    a = columnwise(a)
    shape = shape_of(a)
    if not all(shape) and all(_dropped(shape, axis)):
        raise ValueError(f"there are no logits in the shape {shape}: give at least one")
    if all(shape):
        top = apply(bounded_of(a.dtype), max_over(a, axis, keepdims=True))
    else:  # there are no rows
        top = np.zeros(kept(shape, axis), a.dtype)
    shifted = a - top
    return apply(p.exp, shifted), shifted, top


@family
def logsumexp_of(axis: Axis, keepdims: bool) -> Primitive:
    """``log Σ exp(a)``, finite wherever the greatest element is; its derivative is the softmax."""

    def rule(a: Any) -> tuple[Any, Callable[[], tuple[LinearMap]]]:
        exponentials, _, top = _exponentials(a, axis)
        total = sum_over(exponentials, axis, keepdims=True)
        with np.errstate(divide="ignore"):  # the logarithm of a sum of zeros is -inf
            output = apply(p.log, total) + top

        def partials() -> tuple[LinearMap]:
            softmax = exponentials / total
            return (
                LinearMap(
                    push=lambda t: sum_over(softmax * t, axis, keepdims),
                    pull=lambda g: spread(g, shape_of(a), axis) * softmax,
                ),
            )

        return (output if keepdims else reshape(output, _dropped(shape_of(a), axis))), partials

    return Fused("logsumexp", "logsumexp", rule)


def _dropped(shape: Shape, axis: Axis) -> Shape:
    axes = axes_of(axis, len(shape))
    return tuple(size for i, size in enumerate(shape) if i not in axes)


def logsumexp(a: Any, axis: Axis, keepdims: bool) -> Any:
    return apply(logsumexp_of(axis, bool(keepdims)), a)


@family
def softmax_of(axis: Axis) -> Primitive:
    """``exp(a) / Σ exp(a)``; its Jacobian ``diag(s) - s sᵀ`` is its own transpose."""

    def rule(a: Any) -> tuple[Any, Callable[[], tuple[LinearMap]]]:
        exponentials, _, _ = _exponentials(a, axis)
        output = exponentials / sum_over(exponentials, axis, keepdims=True)

        def times(t: Any) -> Any:
            return output * (t - sum_over(output * t, axis, keepdims=True))

        return output, lambda: (LinearMap(push=times, pull=times),)

    return Fused("softmax", "softmax", rule)


@family
def log_softmax_of(axis: Axis) -> Primitive:
    """``a - log Σ exp(a)``; the greatest element is subtracted first, so that no digits are lost."""

    def rule(a: Any) -> tuple[Any, Callable[[], tuple[LinearMap]]]:
        exponentials, shifted, _ = _exponentials(a, axis)
        total = sum_over(exponentials, axis, keepdims=True)

        def partials() -> tuple[LinearMap]:
            softmax = exponentials / total
            return (
                LinearMap(
                    push=lambda t: t - sum_over(softmax * t, axis, keepdims=True),
                    pull=lambda g: g - softmax * sum_over(g, axis, keepdims=True),
                ),
            )

        return shifted - apply(p.log, total), partials

    return Fused("log softmax", "log softmax", rule)


# ---- cross-entropy --------------------------------------------------------------------------------


def losses_and_slopes(logits: Any, targets: Any, along: Any) -> tuple[Any, Callable[[], tuple[Any, Any]]]:
    """Compute softmax cross-entropy, and return a function that computes its slopes.

    With targets y, ``c = Σ y`` and s the softmax of the logits z, the loss is ``-Σ y log s``; its
    slopes are ``c s - y`` with respect to z and ``-log s`` with respect to y (Bishop, *PRML*, 2006,
    section 4.3.4). For a class, its logit is subtracted from the greatest before the logarithm is
    added: no digits are lost where all logits are large.

    Args:
        logits: the scores of one example or of many.
        targets: the true class of each example, whole numbers; or a distribution over the classes for
            each, as shares or truth values.
        along: how an example's logits lie: `_Separate` numbers, or the last axis of an array.
    """
    greatest = along.greatest(logits)
    shifted = along.each(lambda z: z - greatest, logits)
    exponentials = along.each(partial(apply, p.exp), shifted)
    total = along.total(exponentials)
    log_total = apply(p.log, total)
    kind = "i" if isinstance(targets, int) else targets.dtype.kind
    if kind in "iu":
        losses = log_total + (greatest - along.chosen(logits, targets))
    else:
        surprises = log_total - shifted
        losses = along.total(p.where(targets, surprises, 0.0) if kind == "b" else _shared(targets, surprises))

    def slopes() -> tuple[Any, Any]:
        probabilities = along.each(lambda e: e / total, exponentials)
        if kind in "iu":
            return along.less_one_hot(probabilities, targets), None
        if kind == "b":
            return probabilities - indicator(targets, logits), surprises
        return along.total(targets) * probabilities - targets, surprises

    return losses, slopes


def _shared(targets: Any, surprises: Any) -> Any:
    """Multiply shares by surprises; a share of 0 adds 0, even if the class is impossible."""
    if isinstance(targets, np.ndarray):
        return exact(targets, surprises.dtype) * surprises
    return moved(surprises, targets)


class _Separate:
    """The logits of one example as separate numbers."""

    @staticmethod
    def each(f: Callable[[Any], Any], row: Sequence[Any]) -> list[Any]:
        return [f(x) for x in row]

    @staticmethod
    def total(row: Sequence[Any]) -> Any:
        return sum(row[1:], start=row[0])

    @staticmethod
    def greatest(row: Sequence[Any]) -> Any:
        return reduce(partial(apply, p.maximum), row)

    @staticmethod
    def chosen(row: Sequence[Any], target: int) -> Any:
        return row[target]

    @staticmethod
    def less_one_hot(row: Sequence[Any], target: int) -> list[Any]:
        return [x - 1 if i == target else x for i, x in enumerate(row)]


class _LastAxis:
    """The logits of many examples along the last axis of an array, shape ``(…, n)``.

    Args:
        index: where the logits of the true classes stand, if the targets are class numbers.
    """

    def __init__(self, index: tuple[Any, ...] = ()) -> None:
        self._index = index

    @staticmethod
    def each(f: Callable[[Any], Any], rows: Any) -> Any:
        return f(rows)

    @staticmethod
    def total(rows: Any) -> Any:
        return sum_over(rows, -1, keepdims=True)

    @staticmethod
    def greatest(rows: Any) -> Any:
        return apply(bounded_of(rows.dtype), max_over(rows, -1, keepdims=True))

    def chosen(self, rows: Any, targets: Any) -> Any:
        return reshape(getitem(rows, self._index), (*targets.shape, 1))

    def less_one_hot(self, rows: Any, targets: Any) -> Any:
        one_hot = columnwise(np.zeros(shape_of(rows), rows.dtype))
        one_hot[self._index] = 1
        return apply(_less_one_hot, rows, one_hot)


class _LessOneHot(Primitive):
    """Subtraction of a one-hot array, of which only the ones count as operations."""

    __slots__ = ()

    def work(self, output: Any, *inputs: Any) -> int:
        return int(np.count_nonzero(inputs[1]))


_less_one_hot = _LessOneHot("sub", "-", p.sub.forward, p.sub.partials)


def _by_rows(logits: Any, targets: Any, along: _LastAxis) -> tuple[Any, Callable[[], list[LinearMap]]]:
    """Return one loss per row, and a function that computes its derivatives as linear maps."""
    logits = columnwise(logits)
    losses, slopes = losses_and_slopes(logits, targets, along)

    def partials() -> list[LinearMap]:
        return [_per_row(found) for found in slopes() if found is not None]

    return reshape(losses, shape_of(losses)[:-1]), partials


def _per_row(slopes: Any) -> LinearMap:
    return LinearMap(
        push=lambda t: sum_over(slopes * t, -1),
        pull=lambda g: reshape(g, (*shape_of(g), 1)) * slopes,
    )


@partial(family, maxsize=0)  # the arguments can be arrays, which have no hash
def cross_entropy_of(targets: Any) -> Primitive:
    """Fuse the cross-entropy of logits with fixed targets, as `losses_and_slopes` takes them."""
    classes = targets.dtype.kind in "iu"
    along = _LastAxis((*np.indices(targets.shape, sparse=True), targets) if classes else ())

    def rule(logits: Any) -> tuple[Any, Callable[[], list[LinearMap]]]:
        losses, partials = _by_rows(logits, targets, along)
        return losses, lambda: partials()[:1]

    return Fused("softmax cross-entropy", "softmax CE", rule)


# The same with a distribution as its second input, by which it is differentiated too.
cross_entropy_row: Primitive = Fused(
    "softmax cross-entropy", "softmax CE", partial(_by_rows, along=_LastAxis())
)


@family
def softmax_cross_entropy_of(target: int) -> Primitive:
    """Fuse ``-log softmax(z)[target]`` of n separate logits."""

    def rule(*logits: Any) -> tuple[Any, Callable[[], list[Any]]]:
        losses, slopes = losses_and_slopes(logits, target, _Separate)
        return losses, lambda: slopes()[0]

    return Fused(f"softmax cross-entropy {target}", "softmax CE", rule)
