"""Reductions along axes: sums, means, extrema; and `clip`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.functions.rearranging import in_precision
from autograd.functions.registry import implements
from autograd.rules import arrays
from autograd.rules.primitive import records

__all__ = ["count_of", "selected"]


def _sum_of(a: Any, axis: Any, keepdims: Any) -> Any:
    return arrays.sum_over(a, arrays.reduced_axes(axis, a.ndim), keepdims)


def selected(a: Any, where: Any, otherwise: Any) -> Any:
    """Return the elements to reduce, and ``otherwise`` in place of the others."""
    if where is True:
        return a
    if np.broadcast_shapes(np.shape(where), a.shape) != a.shape:
        raise ValueError(f"where= of the shape {np.shape(where)} does not broadcast to the shape {a.shape}")
    return np.where(where, a, otherwise)


def _like(a: Any, number: Any) -> Any:
    """Return a number in the precision of ``a``."""
    return number if records(number) else np.asarray(number, a.dtype)


def count_of(a: Any, axis: Any, where: Any, keepdims: Any) -> Any:
    """Count the elements that each element of a reduction is made of."""
    if where is True:
        return math.prod(a.shape[i] for i in arrays.axes_of(axis, a.ndim))
    return np.sum(np.broadcast_to(np.where(where, 1.0, 0.0), a.shape), axis, keepdims=keepdims)


@implements(np.sum)
def _sum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    total = _sum_of(selected(in_precision(a, dtype), where, 0.0), axis, keepdims)
    return total if initial is None else total + _like(a, initial)


@implements(np.mean)
def _mean(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False, where: Any = True) -> Any:
    a = in_precision(a, dtype)
    # A scalar has no axis here, unlike in NumPy's sum; but it has one with where=.
    axes = None if axis is None or (not a.ndim and where is not True) else arrays.axes_of(axis, a.ndim)
    total = arrays.sum_over(selected(a, where, 0.0), axes, keepdims)
    if where is True and a.size:  # a product with the reciprocal is cheaper to differentiate
        return total * (total.size / a.size)
    return total / _like(a, count_of(a, axis, where, keepdims))  # of nothing it is NaN, and NumPy warns


@implements(np.var)
def _var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: Any = 0,
    keepdims: Any = False,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    """The mean squared distance from the mean; infinite or NaN where ``ddof`` is not below the count."""
    if correction is not None:
        if ddof:
            raise ValueError("np.var takes ddof or correction, not both")
        ddof = correction
    a = in_precision(a, dtype)
    center = _mean(a, axis, keepdims=True, where=where) if mean is None else mean
    squares = _sum_of(np.square(selected(a - center, where, 0.0)), axis, keepdims)
    return squares / _like(a, np.maximum(count_of(a, axis, where, keepdims) - ddof, 0))


def _extremum(reduce: Any, of_two: Any, name: str) -> Any:
    def extremum(
        a: Any, axis: Any = None, *, keepdims: Any = False, initial: Any = None, where: Any = True
    ) -> Any:
        if initial is None:
            if where is not True:
                raise ValueError(f"np.{name} with where= needs initial=, the result of selecting nothing")
            return reduce(a, arrays.reduced_axes(axis, a.ndim), keepdims)
        initial = _like(a, initial)
        a = selected(a, where, initial)
        axes = arrays.axes_of(arrays.reduced_axes(axis, a.ndim), a.ndim)
        if all(a.shape[i] for i in axes):
            return of_two(reduce(a, axes, keepdims), initial)
        return _sum_of(a, axis, keepdims) + initial  # of no elements

    return extremum


implements(np.amax, np.max)(_extremum(arrays.max_over, np.maximum, "max"))
implements(np.amin, np.min)(_extremum(arrays.min_over, np.minimum, "min"))


@implements(np.clip)
def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:  # noqa: A002
    least = a_min if min is None else min
    greatest = a_max if max is None else max
    lower = a if least is None else np.maximum(a, least)
    return lower if greatest is None else np.minimum(lower, greatest)
