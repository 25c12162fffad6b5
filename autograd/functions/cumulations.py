"""Running sums and products, and products along axes."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.functions.rearranging import in_precision
from autograd.functions.reductions import selected
from autograd.functions.registry import implements, present
from autograd.rules import arrays
from autograd.rules.cumulative import cumprod_of, cumsum_of, prod_of
from autograd.rules.primitive import Primitive, apply

__all__ = ["merged_axes"]


def merged_axes(a: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """Merge axes, all if None, into one last axis; and return the shape after a reduction that keeps them."""
    shape = arrays.shape_of(a)
    axes = arrays.axes_of(axis, len(shape) or 1)[: len(shape)]  # a scalar has the axis 0, as in NumPy
    rest = tuple(i for i in range(len(shape)) if i not in axes)
    if (*rest, *axes) != tuple(range(len(shape))):
        a = arrays.transpose(a, (*rest, *axes))
    kept = arrays.kept(shape, axes)
    size = int(np.prod([shape[i] for i in axes], dtype=int))
    return arrays.reshape(a, (*(shape[i] for i in rest), size)), kept


@implements(np.prod)
def _prod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    a, kept = merged_axes(selected(in_precision(a, dtype), where, 1.0), axis)
    result = apply(prod_of(len(a.shape) - 1), a)
    result = arrays.reshape(result, kept) if keepdims else result
    return result if initial is None else result * initial


def _running(row_of: Callable[[int], Primitive], a: Any, axis: Any, dtype: Any) -> Any:
    a = in_precision(a, dtype)
    if axis is None or not a.shape:
        a, axis = arrays.reshape(a, (a.size,)), axis or 0
    (place,) = arrays.axes_of(operator.index(axis), len(a.shape))
    return apply(row_of(place), a)


@implements(np.cumsum)
def _cumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    return _running(cumsum_of, a, axis, dtype)


@implements(np.cumprod)
def _cumprod(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    return _running(cumprod_of, a, axis, dtype)


def _with_start(running: Any, start: float, x: Any, axis: Any, include_initial: bool) -> Any:
    """Put the result for no elements before the others, as the functions of NumPy 2 do on request."""
    x = x if x.ndim else arrays.reshape(x, (1,))
    if axis is None and x.ndim > 1:
        name = running.__name__.replace("cum", "cumulative_")
        raise ValueError(f"np.{name} of an array of {x.ndim} dimensions needs axis=")
    place = axis or 0
    if not include_initial:
        return running(x, place)
    first = np.full(arrays.kept(x.shape, place), start, x.dtype)
    return np.concatenate([first, running(x, place)], place)


@implements(*present("cumulative_sum"))  # since NumPy 2.1
def _cumulative_sum(x: Any, /, *, axis: Any = None, dtype: Any = None, include_initial: bool = False) -> Any:
    return _with_start(np.cumsum, 0.0, in_precision(x, dtype), axis, include_initial)


@implements(*present("cumulative_prod"))
def _cumulative_prod(x: Any, /, *, axis: Any = None, dtype: Any = None, include_initial: bool = False) -> Any:
    return _with_start(np.cumprod, 1.0, in_precision(x, dtype), axis, include_initial)
