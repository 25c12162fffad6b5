"""Deviations, weighted means, correlations, and the reductions that leave out NaNs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograd.functions.rearranging import alike
from autograd.functions.reductions import count_of
from autograd.functions.registry import implements
from autograd.rules import arrays
from autograd.rules.primitive import records

__all__: list[str] = []


@implements(np.std)
def _std(a: Any, axis: Any = None, *args: Any, where: Any = True, mean: Any = None, **options: Any) -> Any:
    """The root of the variance; where all elements are equal the slope is 0."""
    variance = np.var(a, axis, *args, where=where, mean=mean, **options)
    return _root(variance, a, axis, where, mean)


def _root(variance: Any, a: Any, axis: Any, chosen: Any, mean: Any) -> Any:
    """Return the square root, with value and slope 0 where nothing varies but by rounding."""
    if a.size == 0 or mean is not None:
        still = variance == 0
    else:
        spread = np.max(np.where(chosen, a, -np.inf), axis) - np.min(np.where(chosen, a, np.inf), axis)
        still = np.reshape(spread, variance.shape) == 0
    return np.where(still, 0.0 * variance, np.sqrt(np.where(still, 1.0, variance)))


@implements(np.ptp)
def _ptp(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.max(a, axis, keepdims=keepdims) - np.min(a, axis, keepdims=keepdims)


@implements(np.average)
def _average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    """The mean weighted by numbers or a tensor, as one weight per element or per place along the axis."""
    a, given = alike(a, 0.0 if weights is None else weights)
    if weights is None:
        mean = np.mean(a, axis, keepdims=keepdims)
        total: Any = np.asarray(a.size / mean.size, a.dtype)
    else:
        weights = _weights(given if given.dtype.kind == "f" else given.astype(a.dtype), a.shape, axis)
        total = np.sum(weights, axis, keepdims=keepdims)
        if not records(total == 0) and np.any(total == 0):
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        mean = np.sum(a * weights, axis, keepdims=keepdims) / total
    return (mean, np.broadcast_to(total, mean.shape)) if returned else mean


def _weights(weights: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """Return weights in the shape of the numbers; fewer lie along the given axes."""
    if weights.shape == shape:
        return weights
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    axes = arrays.axes_of(axis, len(shape))
    if weights.shape != tuple(shape[i] for i in axes):
        raise ValueError("Shape of weights must be consistent with shape of a along specified axis.")
    ordered = np.transpose(weights, np.argsort(axes))
    return np.broadcast_to(
        np.reshape(ordered, tuple(n if i in axes else 1 for i, n in enumerate(shape))), shape
    )


@implements(np.cov)
def _cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
) -> Any:
    variables = [_variables(x, rowvar) for x in (m, y) if x is not None]
    if not variables[0].shape[0]:
        return np.zeros((0, 0), variables[0].dtype)
    x = np.concatenate(variables) if len(variables) > 1 else variables[0]
    ddof = int(not bias) if ddof is None else ddof
    weights = None if fweights is None else arrays.operand(fweights)
    if aweights is not None:
        weights = arrays.operand(aweights) * (1 if weights is None else weights)
    mean, total = np.average(x, 1, weights, returned=True, keepdims=True)
    count = x.shape[1] if weights is None else total[0, 0]
    if aweights is not None and ddof:
        ddof = ddof * np.sum(weights * aweights) / count
    centred = x - mean
    scaled = centred if weights is None else centred * weights
    return np.squeeze((scaled @ centred.T) / np.maximum(0, count - ddof))


def _variables(x: Any, rowvar: bool) -> Any:
    x = arrays.operand(x)
    if len(x.shape) > 2:
        raise ValueError(f"np.cov takes vectors and matrices, not an array of {len(x.shape)} dimensions")
    rows = np.atleast_2d(x)
    return rows.T if not rowvar and len(x.shape) == 2 else rows


@implements(np.corrcoef)
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    c = np.cov(x, y, rowvar)
    if not c.shape:
        return c / c
    deviations = np.sqrt(np.diag(c))
    return np.clip(c / (deviations[:, None] * deviations), -1, 1)


# ---- without NaNs


def _filled(function: Callable[..., Any], neutral: float, a: Any, *args: Any, **options: Any) -> Any:
    """Apply a reduction with the NaNs replaced by a number that does not change the result."""
    return function(np.where(a != a, neutral, a), *args, **options)


for _name, _neutral in {"sum": 0.0, "prod": 1.0, "cumsum": 0.0, "cumprod": 1.0}.items():
    implements(getattr(np, f"nan{_name}"))(partial(_filled, getattr(np, _name), _neutral))


def _known(a: Any, where: Any) -> Any:
    """Return where the chosen numbers are not NaN."""
    return (a == a) * where


def _nan_extremum(
    function: Any,
    worst: float,
    a: Any,
    axis: Any = None,
    *,
    keepdims: bool = False,
    where: Any = True,
    **initial: Any,
) -> Any:
    """The extremum of the numbers that are not NaN; NaN if there is none. Ties share the derivative."""
    chosen = {} if where is True else {"where": where}
    result = _filled(function, worst, a, axis, keepdims=keepdims, **chosen, **initial)
    if initial:
        return result
    return np.where(count_of(a, axis, _known(a, where), keepdims) == 0, np.nan, result)


implements(np.nanmax)(partial(_nan_extremum, np.max, -np.inf))
implements(np.nanmin)(partial(_nan_extremum, np.min, np.inf))


@implements(np.nanmean)
def _nanmean(a: Any, axis: Any = None, *, keepdims: bool = False, where: Any = True) -> Any:
    return np.mean(a, axis, keepdims=keepdims, where=_known(a, where))


@implements(np.nanvar)
def _nanvar(
    a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False, where: Any = True, **options: Any
) -> Any:
    """The variance without NaNs; NaN where ``ddof`` is not below the count."""
    known = _known(a, where)
    variance = np.var(a, axis, ddof=ddof, keepdims=keepdims, where=known, **options)
    count = count_of(a, axis, known, keepdims)
    return np.where(count > (ddof or options.get("correction", 0)), variance, np.nan)


@implements(np.nanstd)
def _nanstd(a: Any, axis: Any = None, *args: Any, where: Any = True, mean: Any = None, **options: Any) -> Any:
    """The root of the variance without NaNs; its slope is 0 where the rest are equal."""
    variance = np.nanvar(a, axis, *args, where=where, mean=mean, **options)
    return _root(variance, a, axis, _known(a, where), mean)
