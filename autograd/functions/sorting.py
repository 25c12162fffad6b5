"""Sorting, and what is read off sorted numbers: medians, quantiles, unique values, and plain places.

The derivative goes to the elements that the result is read from. Among equal elements these are found as
by a stable sort, so one of them may receive all of it.
"""

from __future__ import annotations

from functools import partial
from math import prod
from typing import Any

import numpy as np

from autograd.functions.plain import answer
from autograd.functions.rearranging import require_plain
from autograd.functions.registry import implements, present, refuse
from autograd.functions.selecting import decided
from autograd.rules import arrays
from autograd.rules.ordering import sort
from autograd.rules.primitive import indicator, records

__all__: list[str] = []


@implements(np.sort)
def _sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    refuse("sort", order=order)
    return _sorted(a, axis, None)


@implements(np.partition)
def _partition(a: Any, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None) -> Any:
    refuse("partition", order=order)
    return _sorted(a, axis, int(kth) if np.ndim(kth) == 0 else tuple(map(int, kth)))


def _sorted(a: Any, axis: Any, kth: Any) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    (place,) = arrays.axes_of(axis, len(a.shape))
    return sort(a, place, kth)


# ---- quantiles


def _lined_up(a: Any, axis: Any) -> Any:
    """Return the elements along some axes, in order along a last axis."""
    a = arrays.operand(a)
    axes = arrays.axes_of(axis, len(a.shape))
    rest = tuple(i for i in range(len(a.shape)) if i not in axes)
    lengths = [a.shape[i] for i in (*rest, *axes)]
    shape = (*lengths[: len(rest)], prod(lengths[len(rest) :]))
    return arrays.reshape(arrays.transpose(a, (*rest, *axes)), shape)


def _with_axes(result: Any, a: Any, axis: Any, before: tuple[int, ...] = ()) -> Any:
    return arrays.reshape(result, before + arrays.kept(a.shape, arrays.axes_of(axis, len(a.shape))))


@implements(np.median)
def _median(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Any:
    """The middle element, or the mean of the two middle ones, which share the derivative."""
    refuse("median", out=out)
    ordered = np.sort(_lined_up(a, axis), -1)
    n = ordered.shape[-1]
    if n == 0:
        return np.mean(a, axis, keepdims=keepdims)
    low, high, last = ordered[..., (n - 1) // 2], ordered[..., n // 2], ordered[..., -1]
    middle = np.where(last != last, last, low if n % 2 else 0.5 * low + 0.5 * high)  # NaNs are sorted last
    return _with_axes(middle, a, axis) if keepdims else middle


@implements(np.quantile)
def _quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
    interpolation: Any = None,
) -> Any:
    """Interpolate between sorted elements, by all of NumPy's methods; the level q may be a tensor too."""
    refuse("quantile", out=out, weights=weights, interpolation=interpolation)
    ordered = np.sort(_lined_up(a, axis), -1)
    n, shape = ordered.shape[-1], np.shape(q)
    if n == 0:
        raise ValueError("np.quantile of no elements is undefined: give at least one along the axis")
    place = _place(q, n, method)
    low = np.floor(decided(place, "np.quantile")).astype(int)
    part = place - low
    lower, upper = ordered[..., low], ordered[..., np.minimum(low + 1, n - 1)]
    if not records(part):
        part = part.astype(ordered.dtype)
    result = np.where(low == place, lower, (1 - part) * lower + part * upper)
    last = np.reshape(ordered[..., -1], ordered.shape[:-1] + (1,) * len(shape))
    result = np.where(last != last, last, result)
    order = (*range(result.ndim - len(shape), result.ndim), *range(result.ndim - len(shape)))
    result = np.transpose(result, order) if shape else result
    return _with_axes(result, a, axis, shape) if keepdims else result


def _place(q: Any, n: int, method: Any) -> Any:
    """Return the place among n sorted numbers to read a quantile at: the quantile of 0, 1, …, n - 1."""
    if not records(q):
        return np.quantile(np.arange(float(n)), q, method=method)
    if method != "linear":
        raise TypeError(
            f"np.quantile moves with q by method='linear'; for {method!r} give q as a plain number"
        )
    np.quantile(0.0, decided(q, "np.quantile"))  # checks the range
    return q * (n - 1)


@implements(np.percentile)
def _percentile(a: Any, q: Any, *args: Any, **options: Any) -> Any:
    return np.quantile(a, _fraction(q), *args, **options)


def _fraction(q: Any) -> Any:
    return q / 100 if records(q) else np.true_divide(q, 100)


@implements(np.nanquantile)
def _nanquantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
    interpolation: Any = None,
) -> Any:
    refuse("nanquantile", out=out, weights=weights, interpolation=interpolation)
    ordered = np.sort(_lined_up(a, axis), -1)
    result = np.stack([_of_counted(ordered, level, method) for level in np.ravel(q)])
    shape = np.shape(q)
    if keepdims:
        return _with_axes(result, a, axis, shape)
    return np.reshape(result, shape + ordered.shape[:-1])


def _of_counted(ordered: Any, q: Any, method: Any) -> Any:
    """Return a quantile of the numbers before the NaNs, as a weighted sum of at most two neighbours."""
    found = ordered == ordered
    count = np.sum(indicator(found, ordered), -1, keepdims=True)
    if method == "linear":
        np.quantile(0.0, decided(q, "np.nanquantile"))  # checks the range
        place = q * (count - 1)
    else:
        counts = decided(count, "np.nanquantile").astype(int)
        place = np.reshape([_place(q, n, method) if n else 0.0 for n in counts.flat], counts.shape)
    weight = np.maximum(0, 1 - np.abs(np.arange(ordered.shape[-1]) - place))
    weight = weight.astype(ordered.dtype)
    result = np.sum(np.where((weight > 0) * found, ordered, 0) * weight, -1)
    return np.where(count[..., 0] == 0, np.nan, result)


@implements(np.nanpercentile)
def _nanpercentile(a: Any, q: Any, *args: Any, **options: Any) -> Any:
    return np.nanquantile(a, _fraction(q), *args, **options)


@implements(np.nanmedian)
def _nanmedian(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Any:
    return np.nanquantile(a, 0.5, axis, out, keepdims=keepdims)


# ---- unique values


@implements(np.unique)
def _unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    **options: Any,
) -> Any:
    """The distinct elements, each taken where it is first; indices and counts are plain."""
    data = decided(ar, "np.unique")
    found: Any = np.unique
    _, index, *rest = found(data, True, return_inverse, return_counts, axis, **options)
    values = np.ravel(ar)[index] if axis is None else np.take(ar, index, axis)
    results = (values, *([index] if return_index else []), *rest)
    return values if len(results) == 1 else results


def _unique_values(function: Any, x: Any) -> Any:
    values, found = np.unique(x, equal_nan=False), answer(function, x)
    return found._replace(values=values) if hasattr(found, "_replace") else values


for _function in present("unique_values", "unique_counts", "unique_inverse", "unique_all"):
    implements(_function)(partial(_unique_values, _function))


@implements(np.union1d)
def _union1d(ar1: Any, ar2: Any) -> Any:
    return np.unique(np.concatenate([np.ravel(ar1), np.ravel(ar2)]))


# ---- places and counts, plain


@implements(np.bincount)
def _bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """Count whole numbers; the weights of each, which may be a tensor, are added up."""
    require_plain(np.bincount, x)
    x = np.asarray(x)
    if not records(weights):
        return np.bincount(x, weights, minlength)
    if weights.shape != x.shape:
        raise ValueError(
            f"np.bincount: the weights have the shape {weights.shape}, and the numbers {x.shape}"
        )
    return arrays.scatter(weights, x, np.bincount(x, minlength=minlength).shape)


@implements(np.histogram)
def _histogram(
    a: Any,
    bins: Any = 10,
    range: Any = None,  # noqa: A002 - NumPy's name
    density: Any = None,
    weights: Any = None,
) -> Any:
    """Count the numbers in each bin, plain; the weights of each, which may be a tensor, are added up."""
    a, bins = _numbers(a, "np.histogram"), _numbers(bins, "np.histogram")
    if not records(weights):
        return np.histogram(a, bins, range, density, weights)
    edges = np.histogram_bin_edges(a, bins, range)
    place = np.where(a == edges[-1], edges.size - 2, np.searchsorted(edges, a, "right") - 1)
    within = (place >= 0) & (place < edges.size - 1)
    heights = arrays.scatter(weights[within], place[within], (edges.size - 1,))
    return (heights / (np.sum(heights) * np.diff(edges)) if density else heights), edges


def _numbers(x: Any, function: str) -> Any:
    """Return the plain numbers of a tensor, or of the tensors in a sequence; anything else unchanged."""
    if type(x) in (list, tuple):
        return type(x)(_numbers(part, function) for part in x)
    return decided(x, function) if records(x) else x
