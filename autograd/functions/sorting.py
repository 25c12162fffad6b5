"""Sorting, and what is read off sorted numbers: medians, quantiles, unique values, and plain places.

The derivative goes to the elements that the result is read from. Equal elements are ordered as by a stable
sort, so one of them may receive the whole derivative.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograd.functions.cumulations import merged_axes
from autograd.functions.plain import answer, read
from autograd.functions.rearranging import require_plain
from autograd.functions.registry import implements, present
from autograd.rules import arrays
from autograd.rules.ordering import sort
from autograd.rules.primitive import indicator, records

__all__: list[str] = []


@implements(np.sort)
def _sort(a: Any, axis: Any = -1, kind: Any = None, *, stable: Any = None) -> Any:
    return _sorted(a, axis, None)


@implements(np.partition)
def _partition(a: Any, kth: Any, axis: Any = -1, kind: str = "introselect") -> Any:
    return _sorted(a, axis, int(kth) if np.ndim(kth) == 0 else tuple(map(int, kth)))


def _sorted(a: Any, axis: Any, kth: Any) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    (place,) = arrays.axes_of(axis, len(a.shape))
    return sort(a, place, kth)


# ---- quantiles


def _in_order(a: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """Return the elements along some axes, sorted along a last axis; and the shape that keeps the axes."""
    a = arrays.operand(a)
    merged, kept = merged_axes(a, arrays.axes_of(axis, a.ndim))  # a scalar has no axis here
    return np.sort(merged, -1), kept


@implements(np.median)
def _median(a: Any, axis: Any = None, *, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """The middle element, or the mean of the two middle ones, which share the derivative."""
    ordered, kept = _in_order(a, axis)
    n = ordered.shape[-1]
    if n == 0:
        return np.mean(a, axis, keepdims=keepdims)
    low, high, last = ordered[..., (n - 1) // 2], ordered[..., n // 2], ordered[..., -1]
    middle = np.where(last != last, last, low if n % 2 else 0.5 * low + 0.5 * high)  # NaNs are sorted last
    return arrays.reshape(middle, kept) if keepdims else middle


@implements(np.quantile)
def _quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    *,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
) -> Any:
    """Interpolate between sorted elements, by all of NumPy's methods; the level q may be a tensor too."""
    ordered, kept = _in_order(a, axis)
    n, shape = ordered.shape[-1], np.shape(q)
    if n == 0:
        raise ValueError("np.quantile of no elements is undefined: give at least one along the axis")
    place = _place(q, n, method)
    low = np.floor(read(place, "np.quantile")).astype(int)
    part = place - low
    lower, upper = ordered[..., low], ordered[..., np.minimum(low + 1, n - 1)]
    if not records(part):
        part = part.astype(ordered.dtype)
    result = np.where(low == place, lower, (1 - part) * lower + part * upper)
    last = np.reshape(ordered[..., -1], ordered.shape[:-1] + (1,) * len(shape))
    result = np.where(last != last, last, result)
    order = (*range(result.ndim - len(shape), result.ndim), *range(result.ndim - len(shape)))
    result = np.transpose(result, order) if shape else result
    return arrays.reshape(result, shape + kept) if keepdims else result


def _place(q: Any, n: int, method: Any) -> Any:
    """Return the place among n sorted numbers to read a quantile at: the quantile of 0, 1, …, n - 1."""
    if not records(q):
        return np.quantile(np.arange(float(n)), q, method=method)
    if method != "linear":
        raise TypeError(
            f"np.quantile moves with q by method='linear'; for {method!r} give q as a plain number"
        )
    np.quantile(0.0, read(q, "np.quantile"))  # checks the range
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
    *,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
) -> Any:
    ordered, kept = _in_order(a, axis)
    result = np.stack([_of_counted(ordered, level, method) for level in np.ravel(q)])
    return np.reshape(result, np.shape(q) + (kept if keepdims else ordered.shape[:-1]))


def _of_counted(ordered: Any, q: Any, method: Any) -> Any:
    """Return a quantile of the numbers before the NaNs, as a weighted sum of at most two neighbours."""
    found = ordered == ordered
    count = np.sum(indicator(found, ordered), -1, keepdims=True)
    if method == "linear":
        np.quantile(0.0, read(q, "np.nanquantile"))  # checks the range
        place = q * (count - 1)
    else:
        counts = read(count, "np.nanquantile").astype(int)
        place = np.reshape([_place(q, n, method) if n else 0.0 for n in counts.flat], counts.shape)
    weight = np.maximum(0, 1 - np.abs(np.arange(ordered.shape[-1]) - place))
    weight = weight.astype(ordered.dtype)
    result = np.sum(np.where((weight > 0) * found, ordered, 0) * weight, -1)
    return np.where(count[..., 0] == 0, np.nan, result)


@implements(np.nanpercentile)
def _nanpercentile(a: Any, q: Any, *args: Any, **options: Any) -> Any:
    return np.nanquantile(a, _fraction(q), *args, **options)


@implements(np.nanmedian)
def _nanmedian(a: Any, axis: Any = None, *, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    return np.nanquantile(a, 0.5, axis, keepdims=keepdims)


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
    data = np.asarray(read(ar, "np.unique"))
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
    a, bins = read((a, bins), "np.histogram")
    if not records(weights):
        return np.histogram(a, bins, range, density, weights)
    edges = np.histogram_bin_edges(a, bins, range)
    place = np.where(a == edges[-1], edges.size - 2, np.searchsorted(edges, a, "right") - 1)
    within = (place >= 0) & (place < edges.size - 1)
    heights = arrays.scatter(weights[within], place[within], (edges.size - 1,))
    return (heights / (np.sum(heights) * np.diff(edges)) if density else heights), edges
