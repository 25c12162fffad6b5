"""Norms of vectors and matrices, and the condition number.

Where a norm is 0 its derivative is taken as 0, the subgradient of least length; likewise a p-norm does not
move with an element that is 0. Elements that tie for the greatest share the derivative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.functions.cumulations import merged_axes
from autograd.functions.registry import implements
from autograd.rules import arrays, decompositions
from autograd.rules.primitive import apply
from autograd.rules.solving import inv_of

__all__: list[str] = []


def _power(x: Any, exponent: float) -> Any:
    """Raise numbers that are not negative; at 0 the result does not move."""
    with np.errstate(divide="ignore"):  # NumPy's norms of negative order are 0 where an element is 0
        at_zero = np.power(np.zeros((), x.dtype), exponent)
    return np.where(x == 0, at_zero, np.where(x == 0, 1.0, x) ** exponent)


def _vector(x: Any, order: Any) -> Any:
    """Return the norms of the vectors on the last axis."""
    if order is None or order == 2:
        return _power(np.sum(x * x, axis=-1), 0.5)
    size = np.abs(x)
    if order == np.inf:
        return _greatest(size)
    if order == -np.inf:
        return np.min(size, axis=-1)
    if order == 0:
        return np.sum(np.where(x == 0, size, 1.0), axis=-1)
    if order == 1:
        return np.sum(size, axis=-1)
    if isinstance(order, str):
        raise ValueError(f"the order {order!r} is a norm of matrices: give a number for vectors")
    total = np.sum(_power(size, order), axis=-1)
    return _power(total, 1 / order)


def _greatest(sizes: Any) -> Any:
    """Return the greatest number on the last axis, 0 for none."""
    return np.max(sizes, axis=-1) if sizes.shape[-1] else np.sum(sizes, axis=-1)


def _sums(x: Any, order: Any) -> Any:
    """Return the greatest or least sum of absolute values, of a column for ±1, of a row for ±inf."""
    totals = np.sum(np.abs(x), axis=-2 if abs(order) == 1 else -1)
    return _greatest(totals) if order > 0 else np.min(totals, axis=-1)


def _matrix(x: Any, order: Any) -> Any:
    """Return the norms of the matrices on the last two axes."""
    if order is None or order in ("fro", "f"):
        return _vector(merged_axes(x, (-2, -1))[0], 2)
    if order in (1, -1, np.inf, -np.inf):
        return _sums(x, order)
    if order in (2, -2, "nuc"):
        values = _singular_values(x)
        return _vector(values, {2: np.inf, -2: -np.inf, "nuc": 1}[order])
    raise ValueError(f"there is no matrix norm of order {order!r}: give 'fro', 'nuc', ±1, ±2 or ±inf")


def _singular_values(x: Any) -> Any:
    return decompositions.svd(x)[1]


def _of_vectors(x: Any, order: Any, axis: Any, keepdims: bool) -> Any:
    merged, kept = merged_axes(x, axis)
    result = _vector(merged, order)
    return arrays.reshape(result, kept) if keepdims else result


def _of_matrices(x: Any, order: Any, axes: Any, keepdims: bool) -> Any:
    if x.ndim < 2:
        raise ValueError(f"a matrix norm needs two axes, but the shape is {x.shape}")
    row, column = arrays.axes_of(axes, x.ndim)
    kept = arrays.kept(x.shape, (row, column))
    result = _matrix(np.moveaxis(x, (row, column), (-2, -1)), order)
    return arrays.reshape(result, kept) if keepdims else result


@implements(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A002
    if axis is None and (ord is None or (ord in ("f", "fro") and x.ndim == 2) or (ord == 2 and x.ndim == 1)):
        return _of_vectors(x, None, None, keepdims)
    axes = tuple(range(x.ndim)) if axis is None else arrays.axes_of(axis, x.ndim)
    if len(axes) == 1:
        return _of_vectors(x, ord, axes, keepdims)
    if len(axes) == 2:
        return _of_matrices(x, ord, axes, keepdims)
    raise ValueError(f"a norm of order {ord!r} takes one axis or two, but there are {len(axes)}: give axis=")


@implements(np.linalg.vector_norm)
def _vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:  # noqa: A002
    return _of_vectors(x, ord, axis, keepdims)


@implements(np.linalg.matrix_norm)
def _matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:  # noqa: A002
    return _of_matrices(x, ord, (-2, -1), keepdims)


@implements(np.linalg.cond)
def _cond(x: Any, p: Any = None) -> Any:
    if x.ndim < 2 or not all(x.shape[-2:]):
        raise np.linalg.LinAlgError(f"np.linalg.cond takes matrices with elements, not the shape {x.shape}")
    if p is None or p in (2, -2):
        values = _singular_values(x)
        greatest, least = values[..., 0], values[..., -1]
        ratio = least / greatest if p == -2 else greatest / least
    elif x.shape[-1] != x.shape[-2]:
        raise np.linalg.LinAlgError(f"np.linalg.cond of order {p!r} takes square matrices, not {x.shape}")
    else:
        ratio = _matrix(x, p) * _matrix(apply(inv_of(strict=False), x), p)
    # As in NumPy, it is infinite for a singular matrix, and NaN only for a matrix with NaN in it.
    undefined = np.sum(np.where(x != x, 1.0, 0.0), axis=(-2, -1))
    return np.where(ratio != ratio, np.where(undefined > 0, ratio, np.inf), ratio)
