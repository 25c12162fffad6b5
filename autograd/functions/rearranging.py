"""Functions that move elements and compute nothing: shapes, axes, flips, repeats and splits.

NumPy's own function, run on the places of the elements (0, 1, 2, … in the array's shape), says where each
element of the result comes from. So axes, defaults and errors are NumPy's.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograd.functions.registry import implements, present, refuse
from autograd.numbers.number import Number
from autograd.numbers.ufuncs import numpy_name
from autograd.rules import arrays, scalars
from autograd.rules.primitive import apply, records

__all__ = ["alike", "gathered", "in_precision", "numbered", "require_plain"]


def numbered(a: Any) -> Any:
    """Return the place of every element, in the array's shape."""
    return np.arange(a.size).reshape(a.shape)


def require_plain(function: Any, *values: Any) -> None:
    """Refuse tensors where a function takes whole numbers.

    Raises:
        TypeError: one of the values is a tensor.
    """
    if any(isinstance(x, Number) for x in values):
        raise TypeError(
            f"{numpy_name(function)} takes plain whole numbers for its places and counts: "
            "write t.data.astype(int) for those, or t[i] to index by an argument of a compiled function"
        )


def alike(*operands: Any) -> list[Any]:
    """Return operands as tensors and arrays; Python's numbers and lists take the first tensor's precision."""
    dtype = next((x.dtype for x in operands if records(x) and hasattr(x, "dtype")), None)
    results = []
    for x in operands:
        array = arrays.operand(x)
        plain = (
            dtype is not None and not isinstance(x, (np.ndarray, np.generic)) and array.dtype.kind in "biuf"
        )
        results.append(array.astype(dtype) if plain and not records(array) else array)
    return results


def in_precision(a: Any, dtype: Any) -> Any:
    """Return an operand, converted to a precision unless that is None."""
    a = arrays.operand(a)
    return a if dtype is None else a.astype(dtype)


def gathered(a: Any, places: Any) -> Any:
    """Return the elements at some places of an array read row by row, in the shape of the places."""
    if isinstance(places, (list, tuple)):
        return type(places)(gathered(a, part) for part in places)
    if not a.size and np.size(places):
        return np.zeros(places.shape, a.dtype)  # as np.resize fills up
    index = _slices(places, a.shape)
    return arrays.getitem(arrays.reshape(a, (a.size,)), places) if index is None else arrays.getitem(a, index)


def _slices(places: Any, shape: tuple[int, ...]) -> tuple[slice, ...] | None:
    """Return slices that take these places, which are faster than an array of indices; None if none do."""
    if np.ndim(places) != len(shape) or not np.size(places):
        return None
    first = np.unravel_index(places[(0,) * places.ndim], shape)
    slices = []
    for axis, start in enumerate(first):
        second = tuple(int(i == axis and n > 1) for i, n in enumerate(places.shape))
        step = int(np.unravel_index(places[second], shape)[axis] - start) or 1
        stop = int(start) + step * places.shape[axis]
        slices.append(slice(int(start), None if stop < 0 else stop, step))
    candidate = np.arange(int(np.prod(shape))).reshape(shape)[tuple(slices)]
    return tuple(slices) if np.array_equal(candidate, places) else None


def rearranged(function: Any, a: Any, *args: Any, out: Any = None, **options: Any) -> Any:
    """Apply a NumPy function that moves elements of its first argument."""
    refuse(function.__name__, out=out)
    require_plain(function, *args, *options.values())
    a = arrays.operand(a)
    return gathered(a, function(numbered(a), *args, **options))


for _function in (
    *present("flip", "fliplr", "flipud", "rot90", "tile", "repeat", "resize", "delete", "take"),
    *present("diagonal", "take_along_axis", "unstack"),
    *present("split", "array_split", "hsplit", "vsplit", "dsplit"),
    *present("fftshift", "ifftshift", module=np.fft),
):
    implements(_function)(partial(rearranged, _function))


# ---- shapes


def _reshaped(function: Callable[..., Any], a: Any, *args: Any, **options: Any) -> Any:
    """Apply a NumPy function that changes the shape and keeps the order of the elements."""
    require_plain(function, *args, *options.values())
    a = arrays.operand(a)
    return _kept(a, arrays.reshape(a, function(np.empty(a.shape, bool), *args, **options).shape))


def _kept(a: Any, result: Any) -> Any:
    """Return a result that may be the array itself: a constant under `no_grad`, like other results."""
    return a.constant_unless_recording(result) if hasattr(a, "constant_unless_recording") else result


for _function in (np.expand_dims, np.squeeze):
    implements(_function)(partial(_reshaped, _function))


@implements(np.reshape)
def _reshape(a: Any, shape: Any = None, order: str = "C", *, newshape: Any = None, copy: Any = None) -> Any:
    sizes = newshape if shape is None else shape  # NumPy 1 calls it newshape
    if sizes is None:
        raise TypeError("np.reshape takes the new shape as its second argument")
    if _order(order) == "C":
        return _reshaped(np.reshape, a, sizes)
    target = np.empty(a.shape, bool).reshape(sizes).shape
    return _transpose(_reshaped(np.reshape, _transpose(a), target[::-1]))


@implements(np.ravel)
def _ravel(a: Any, order: str = "C") -> Any:
    return _reshape(a, -1, order)


def _order(order: str) -> str:
    if order not in ("C", "F"):
        raise ValueError(
            f"a Tensor is read by rows, order='C', or by columns, order='F', not in the order {order!r}: "
            "how its elements lie in memory is not part of it"
        )
    return order


def _each(function: Any, *parts: Any) -> Any:
    """Apply a function of one array to each: one result, or as many as NumPy gives, in its container."""
    results = [_reshaped(function, x) for x in parts]
    return results[0] if len(results) == 1 else type(function(0, 0))(results)


for _function in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
    implements(_function)(partial(_each, _function))


@implements(np.ix_)
def _ix(*args: Any) -> Any:
    return tuple(map(_reshaped_to, args, np.ix_(*[range(len(x)) for x in args])))


def _reshaped_to(a: Any, like: Any) -> Any:
    return arrays.reshape(arrays.operand(a), like.shape)


@implements(np.copy)
def _copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    return apply(scalars.identity, a)


@implements(*present("astype"))
def _astype(x: Any, dtype: Any, *, copy: bool = True) -> Any:
    return x.astype(dtype)


@implements(np.real_if_close)
def _real_if_close(a: Any, tol: Any = None) -> Any:
    return a


# ---- axes


def _permuted(function: Any, a: Any, *args: Any, **options: Any) -> Any:
    """Apply a NumPy function that permutes the axes: their lengths, made distinct, tell the order."""
    require_plain(function, *args, *options.values())
    a = arrays.operand(a)
    lengths = function(np.broadcast_to(False, [i + 1 for i in range(len(a.shape))]), *args, **options).shape
    return arrays.transpose(a, tuple(n - 1 for n in lengths))


for _function in present("transpose", "swapaxes", "moveaxis", "rollaxis", "matrix_transpose"):
    implements(_function)(partial(_permuted, _function))
_transpose = partial(_permuted, np.transpose)


# ---- broadcasting


@implements(np.broadcast_to)
def _broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    require_plain(np.broadcast_to, *(shape if isinstance(shape, (tuple, list)) else (shape,)))
    sizes = (
        tuple(map(operator.index, shape)) if isinstance(shape, (tuple, list)) else (operator.index(shape),)
    )
    return _kept(array, arrays.broadcast_to(array, sizes))


@implements(np.broadcast_arrays)
def _broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    parts = alike(*args)
    shape = np.broadcast_shapes(*(x.shape for x in parts))
    return type(np.broadcast_arrays(0, 0))(_kept(x, arrays.broadcast_to(x, shape)) for x in parts)


@implements(np.meshgrid)
def _meshgrid(*xi: Any, **options: Any) -> Any:
    parts = list(map(arrays.operand, xi))
    grids = np.meshgrid(*map(numbered, parts), **options)
    return type(grids)(map(gathered, parts, grids))


# ---- slices of the array, one after another


@implements(np.apply_along_axis)
def _apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **options: Any) -> Any:
    last = np.moveaxis(arr, axis, -1)
    outer = last.shape[:-1]
    if 0 in outer:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    results = [func1d(last[index], *args, **options) for index in np.ndindex(outer)]
    stacked = np.stack(results) if any(isinstance(x, Number) for x in results) else np.asarray(results)
    inner = stacked.shape[1:]
    whole = np.reshape(stacked, outer + inner)
    place = axis % len(arr.shape)
    added = range(len(outer), len(outer) + len(inner))
    return np.moveaxis(whole, tuple(added), tuple(range(place, place + len(inner)))) if inner else whole


@implements(np.apply_over_axes)
def _apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    for axis in np.atleast_1d(axes):
        result = func(a, axis + a.ndim if axis < 0 else axis)
        if result.ndim < a.ndim:
            result = np.expand_dims(result, axis)
        if result.ndim != a.ndim:
            raise ValueError("function is not returning an array of the correct shape")
        a = result
    return a
