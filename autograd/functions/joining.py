"""Joins of arrays, and arrays with elements added: stacks, blocks, insertions and borders."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import accumulate
from typing import Any

import numpy as np

from autograd.functions.rearranging import alike, gathered, numbered, require_plain
from autograd.functions.registry import implements, present, refuse
from autograd.rules import arrays
from autograd.rules.primitive import records

__all__: list[str] = []


def _typed(dtype: Any, casting: str, join: Callable[[], Any]) -> Any:
    refuse("concatenate", casting=None if casting == "same_kind" else casting)
    return join() if dtype is None else join().astype(dtype)


@implements(np.concatenate)
def _concatenate(
    arrays_: Any, /, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Any:
    refuse("concatenate", out=out)
    parts = alike(*arrays_)
    if not parts:
        raise ValueError("need at least one array to concatenate")
    if axis is None:
        parts, axis = [np.ravel(x) for x in parts], 0
    if not all(x.shape for x in parts):
        raise ValueError("zero-dimensional arrays cannot be concatenated: np.stack makes a vector of them")
    return _typed(dtype, casting, lambda: arrays.concatenate(parts, axis))


@implements(np.stack)
def _stack(arrays: Any, axis: int = 0, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    parts = alike(*arrays)
    if len({x.shape for x in parts}) != 1:
        raise ValueError(
            "all input arrays must have the same shape" if parts else "need at least one array to stack"
        )
    return np.concatenate([np.expand_dims(x, axis) for x in parts], axis, dtype=dtype, casting=casting)


def _side_by_side(
    least: Callable[[Any], Any], axis: int, tup: Any, *, dtype: Any = None, casting: Any = "same_kind"
) -> Any:
    """Join arrays of at least some dimensions along an axis; vectors along their only one."""
    parts = [least(x) for x in alike(*tup)]
    return np.concatenate(
        parts, min(axis, len(parts[0].shape) - 1) if parts else 0, dtype=dtype, casting=casting
    )


implements(*present("vstack", "row_stack"))(partial(_side_by_side, np.atleast_2d, 0))
implements(np.hstack)(partial(_side_by_side, np.atleast_1d, 1))
implements(np.dstack)(partial(_side_by_side, np.atleast_3d, 2))


@implements(np.column_stack)
def _column_stack(tup: Any) -> Any:
    parts = alike(*tup)
    return np.concatenate([x if len(x.shape) > 1 else np.atleast_2d(x).T for x in parts], 1)


@implements(np.roll)
def _roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Move elements along axes, those beyond the end to the start, as a join of two slices."""
    require_plain(np.roll, shift, axis)
    if axis is None:
        return np.reshape(np.roll(np.ravel(a), shift, 0), a.shape)
    for n, i in zip(*np.broadcast_arrays(np.atleast_1d(shift), axis), strict=True):
        (place,) = arrays.axes_of(i, len(a.shape))
        if step := n % max(a.shape[place], 1):
            cuts = slice(-step, None), slice(None, -step)
            a = np.concatenate([a[(slice(None),) * place + (cut,)] for cut in cuts], place)
    return a


@implements(np.append)
def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return np.concatenate(alike(arr, values), axis)


def _joined(parts: list[Any], function: Callable[..., Any]) -> Any:
    """Apply a function that moves the elements of several arrays into one."""
    starts = accumulate([x.size for x in parts[:-1]], initial=0)
    places = function(*[numbered(x) + start for x, start in zip(parts, starts, strict=True)])
    return gathered(arrays.concatenate([arrays.reshape(x, (x.size,)) for x in parts], 0), places)


@implements(np.block)
def _block(arrays_: Any, /) -> Any:
    leaves: list[Any] = []

    def listed(nested: Any) -> Any:
        if isinstance(nested, list):
            return [listed(x) for x in nested]
        leaves.append(arrays.operand(nested))
        return len(leaves) - 1

    def filled(nested: Any, places: tuple[Any, ...]) -> Any:
        return [filled(x, places) for x in nested] if isinstance(nested, list) else places[nested]

    structure = listed(arrays_)
    return _joined(leaves, lambda *places: np.block(filled(structure, places)))


@implements(np.insert)
def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    require_plain(np.insert, obj)
    a, added = alike(arr, values)
    if records(a):
        added = arrays.astype(added, a.dtype)
    return _joined([a, added], lambda places, more: np.insert(places, obj, more, axis))


def _bordered(a: Any, pad_width: Any, border: Callable[..., Any]) -> Any:
    """Add borders along one axis after the other, each computed of the array so far."""
    widths = np.broadcast_to(pad_width, (len(a.shape), 2)).tolist()
    for axis, (before, after) in enumerate(widths):
        start, end = border(a, axis, 0, before), border(a, axis, 1, after)
        a = np.concatenate([start, a, end], axis)
    return a


def _statistic(function: Any, a: Any, axis: int, side: int, width: int, stat_length: Any = None) -> Any:
    """Repeat a statistic of the elements nearest to a side, or of all."""
    count = (
        None if stat_length is None else np.broadcast_to(stat_length, (len(a.shape), 2)).tolist()[axis][side]
    )
    part = slice(None) if count is None else slice(count) if side == 0 else slice(-count, None)
    value = function(a[(slice(None),) * axis + (part,)], axis, keepdims=True)
    return np.broadcast_to(value, (*a.shape[:axis], width, *a.shape[axis + 1 :]))


def _ramp(a: Any, axis: int, side: int, width: int, end_values: Any = 0) -> Any:
    """Descend in equal steps from the edge to a value."""
    end = np.broadcast_to(end_values, (len(a.shape), 2))[axis, side]
    edge = a[(slice(None),) * axis + (-side,)]
    ramp = np.linspace(np.full(edge.shape, end, a.dtype), edge, width, endpoint=False, axis=axis)
    return np.flip(ramp, axis) if side else ramp


_BORDERS: dict[str, Callable[..., Any]] = {
    "linear_ramp": _ramp,
    "maximum": partial(_statistic, np.max),
    "mean": partial(_statistic, np.mean),
    "median": partial(_statistic, np.median),
    "minimum": partial(_statistic, np.min),
}


@implements(np.pad)
def _pad(array: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Any:
    """Add a border: of constants, which may be tensors, or of elements of the array."""
    require_plain(np.pad, pad_width)
    a = arrays.operand(array)
    if mode == "constant":
        around = arrays.operand(options.pop("constant_values", 0.0))
        if not records(around):
            around = around.astype(a.dtype)
        sides = np.broadcast_to(np.reshape(around, around.shape or (1,)), (max(1, len(a.shape)), 2))

        def padded(places: Any, more: Any) -> Any:
            constants: Any = {"constant_values": more} if places.shape else {}
            return np.pad(places, pad_width, mode, **constants, **options)

        return _joined([a, sides], padded)
    if mode in _BORDERS:
        np.pad(np.zeros(a.shape), pad_width, mode, **options)  # checks the arguments
        return _bordered(a, pad_width, partial(_BORDERS[mode], **options))
    if mode not in ("edge", "reflect", "symmetric", "wrap") or options.get("reflect_type", "even") != "even":
        raise ValueError(
            f"np.pad of a Tensor has no mode {mode!r} with {options}: it has 'constant', 'edge', "
            "'linear_ramp', 'maximum', 'mean', 'median', 'minimum', 'reflect', 'symmetric' (even), 'wrap'"
        )
    return gathered(a, np.pad(numbered(a), pad_width, mode, **options))
