"""Shapes, axes and joins: functions that move elements and compute nothing."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from autograd.functions.registry import implements
from autograd.rules import arrays

__all__: list[str] = []


@implements(np.ravel)
def _ravel(a: Any) -> Any:
    return a.ravel()


@implements(np.reshape)
def _reshape(a: Any, shape: Any) -> Any:
    return a.reshape(shape)


@implements(np.transpose)
def _transpose(a: Any, axes: Any = None) -> Any:
    return a.transpose() if axes is None else a.transpose(tuple(axes))


def _operands(sequence: Any) -> list[Any]:
    return list(map(arrays.operand, sequence))


@implements(np.concatenate)
def _concatenate(sequence: Any, axis: int | None = 0) -> Any:
    parts = _operands(sequence)
    if axis is None:
        return arrays.concatenate([arrays.reshape(x, (x.size,)) for x in parts], 0)
    return arrays.concatenate(parts, axis)


@implements(np.stack)
def _stack(sequence: Any, axis: int = 0) -> Any:
    parts = [_expand_dims(x, axis) for x in _operands(sequence)]
    return arrays.concatenate(parts, axis)


@implements(np.expand_dims)
def _expand_dims(a: Any, axis: Any) -> Any:
    return arrays.reshape(a, np.expand_dims(np.empty(a.shape, bool), axis).shape)


@implements(np.squeeze)
def _squeeze(a: Any, axis: Any = None) -> Any:
    return a.squeeze(axis)


@implements(np.swapaxes)
def _swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    axes = list(range(a.ndim))
    i, j = arrays.axes_of((axis1, axis2), a.ndim)
    axes[i], axes[j] = axes[j], axes[i]
    return arrays.transpose(a, tuple(axes))


@implements(np.moveaxis)
def _moveaxis(a: Any, source: Any, destination: Any) -> Any:
    order = np.moveaxis(np.empty([i + 1 for i in range(a.ndim)], bool), source, destination).shape
    return arrays.transpose(a, tuple(i - 1 for i in order))


@implements(np.broadcast_to)
def _broadcast_to(array: Any, shape: Any) -> Any:
    sizes = (shape,) if isinstance(shape, int) else tuple(map(operator.index, shape))
    return array.constant_unless_recording(arrays.broadcast_to(array, sizes))
