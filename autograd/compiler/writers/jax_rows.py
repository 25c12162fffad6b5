"""The rows that have no text of their own, as functions of JAX's arrays.

A table from the row, or the `family` that made it, to a function that takes the package ``jax`` and the
family's arguments, and returns a function of arrays. JAX's arrays are never written to: what the row itself
does in place is here an update that gives a new array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules import arrays, cumulative, indexing, linear_algebra, ordering, packing, selection, windows
from autograd.rules.convolution import convolution_of
from autograd.rules.decompositions import cholesky_of, complement_of, eigh_of, qr_row, svd_of
from autograd.rules.elementary import sinc_of
from autograd.rules.primitive import Primitive
from autograd.rules.solving import (
    cofactor_row,
    cofactor_slope_row,
    det_row,
    inv_of,
    lstsq_of,
    pinv_of,
    slogdet_row,
    solve_row,
)
from autograd.rules.special import member_of
from autograd.rules.windows import Sliding

__all__ = ["jax_function_of"]

Function = Callable[..., Any]


def jax_function_of(jax: Any, row: Primitive) -> Function | None:
    """The row as a function of JAX's arrays, or None if JAX has nothing to make it of.

    Args:
        jax: the package.
        row: a row without a text for NumPy.
    """
    if row.made is None:
        return _ROWS[row](jax) if row in _ROWS else None
    made: Any = row.made
    make = _FAMILIES.get(made.func)
    found: Function | None = None if make is None else make(jax, *made.args, **made.keywords)
    return found


# ---- elements moved


def _scatter(jax: Any, index: Any, shape: tuple[int, ...]) -> Function:
    return lambda a: jax.numpy.zeros(shape, a.dtype).at[index].add(a)


def _put_along(jax: Any, axis: int, shape: tuple[int, ...]) -> Function:
    def put(a: Any, places: Any) -> Any:
        indices: list[Any] = list(np.ogrid[tuple(map(slice, places.shape))])
        indices[axis] = places
        return jax.numpy.zeros(shape, a.dtype).at[tuple(indices)].add(a)

    return put


def _index(jax: Any, first: int, size: int) -> Function:
    """The place that an index means; NaN where it means none, since JAX raises no errors within a program."""
    np_ = jax.numpy

    def place(index: Any) -> Any:
        inside = (first <= index) & (index < size) & (index % 1 == 0)
        return np_.where(inside, np_.where(index < 0, index + size, index), np.nan)

    return place


def _filled(jax: Any, index: tuple[Any, ...], holes: tuple[int, ...], places: tuple[Any, ...]) -> Any:
    """The index of a `Gather`, beyond the end of every array where a place is NaN."""
    whole = list(index)
    for hole, place in zip(holes, places, strict=True):
        whole[hole] = jax.numpy.where(place == place, place, 2**30).astype(np.int32)
    return tuple(whole)


def _gather(jax: Any, index: tuple[Any, ...], holes: tuple[int, ...]) -> Function:
    def taken(a: Any, *places: Any) -> Any:
        return jax.numpy.asarray(a).at[_filled(jax, index, holes, places)].get(mode="fill", fill_value=np.nan)

    return taken


def _spread(jax: Any, index: tuple[Any, ...], holes: tuple[int, ...], shape: tuple[int, ...]) -> Function:
    def put(a: Any, *places: Any) -> Any:
        zeros = jax.numpy.zeros(shape, a.dtype)
        return zeros.at[_filled(jax, index, holes, places)].add(a, mode="drop")

    return put


def _order(jax: Any, axis: int, kth: Any = None) -> Function:
    """Sort where NumPy partitions: a sorted array is one of the partitions."""
    return lambda a: jax.numpy.argsort(a, axis, stable=True)


def _windows(jax: Any, sliding: Sliding) -> Function:
    axes = len(sliding.kernel)

    def taken(a: Any) -> Any:
        lengths = a.shape[a.ndim - axes :]
        steps = zip(lengths, sliding.spans, sliding.stride, strict=True)
        out = tuple((n - span) // stride + 1 for n, span, stride in steps)
        here = tuple(map(slice, out))
        found = [a[(..., *elements)][(..., *here)] for _, elements in sliding.steps()]
        stacked = jax.numpy.stack(found, -axes - 1)
        return stacked.reshape(*a.shape[: a.ndim - axes], *sliding.kernel, *out)

    return taken


def _overlap(jax: Any, sliding: Sliding, shape: tuple[int, ...]) -> Function:
    """Pad the elements that all windows have at one place to where they lie, and add up over the places."""
    axes = len(sliding.kernel)

    def added(a: Any) -> Any:
        out, lengths = a.shape[a.ndim - axes :], shape[len(shape) - axes :]
        zero, whole = np.zeros((), a.dtype), (slice(None),) * axes
        total = jax.numpy.zeros(shape, a.dtype)
        for place, elements in sliding.steps():
            edges = [(0, 0, 0)] * (len(shape) - axes)
            for n, count, part in zip(lengths, out, elements, strict=True):
                last = part.start + (count - 1) * part.step
                edges.append((part.start, n - 1 - last, part.step - 1))
            total = total + jax.lax.pad(a[(..., *place, *whole)], zero, edges)
        return total

    return added


# ---- recurrences


def _recurrence(jax: Any, axis: int, backwards: bool = False) -> Function:
    np_ = jax.numpy

    def run(a: Any, b: Any) -> Any:
        factors, terms = np_.moveaxis(a, axis, 0), np_.moveaxis(b, axis, 0)
        # The first step of either direction has no number before it.
        factors = np_.roll(factors, -1, 0).at[-1].set(0) if backwards else factors.at[:1].set(0)

        def step(x: Any, ab: Any) -> Any:
            x = ab[0] * x + ab[1]
            return x, x

        start = np_.zeros(terms.shape[1:], terms.dtype)
        return np_.moveaxis(jax.lax.scan(step, start, (factors, terms), reverse=backwards)[1], 0, axis)

    return lambda a, b: run(a, b) if b.size else b


# ---- linear algebra


def _packed(jax: Any, *factors: Any) -> Any:
    return jax.numpy.concatenate(factors, -2)


def _svd(jax: Any, hermitian: bool) -> Function:
    def factorize(a: Any) -> Any:
        u, s, vt = jax.numpy.linalg.svd(a, full_matrices=False, hermitian=hermitian)
        return _packed(jax, u, s[..., None, :], vt.mT)

    return factorize


def _eigh(jax: Any, triangle: str) -> Function:
    def factorize(a: Any) -> Any:
        w, v = jax.numpy.linalg.eigh(a, triangle, symmetrize_input=False)
        return _packed(jax, w[..., None, :], v)

    return factorize


def _complement(jax: Any, basis: Any) -> Function:
    """Any basis of the space will do, so a QR factorization gives it."""
    return lambda a: jax.numpy.linalg.qr(a, "complete")[0][..., a.shape[-1] :]


def _pinv(jax: Any, hermitian: bool, *, rcond: Any = None, rtol: Any = None) -> Function:
    def inverse(a: Any) -> Any:
        cutoff = rcond if rtol is None else rtol
        cutoff = 1e-15 if cutoff is None else cutoff  # as in NumPy
        return jax.numpy.linalg.pinv(a, rtol=cutoff, hermitian=hermitian)

    return inverse


def _cofactors(jax: Any) -> Function:
    def slope(a: Any) -> Any:
        det, pull = jax.vjp(jax.numpy.linalg.det, a)
        return pull(jax.numpy.ones_like(det))[0]

    return slope


def _cofactor_slope(jax: Any) -> Function:
    return lambda a, t: jax.jvp(_cofactors(jax), (a,), (t,))[1]


# ---- special functions


def _member(jax: Any, name: str, *orders: Any) -> Function | None:
    of_jax = getattr(jax.scipy.special, name, None)
    return None if of_jax is None or name in ("iv", "jv") else lambda a: of_jax(*orders, a)


def _sinc_derivative(jax: Any, order: int) -> Function:
    slope = jax.numpy.sinc
    for _ in range(order):
        slope = jax.grad(slope)
    return jax.numpy.vectorize(slope)  # type: ignore[no-any-return]


_ROWS: dict[Primitive, Callable[[Any], Function]] = {
    solve_row: lambda jax: jax.numpy.linalg.solve,
    det_row: lambda jax: jax.numpy.linalg.det,
    slogdet_row: lambda jax: lambda a: jax.numpy.stack(jax.numpy.linalg.slogdet(a), -1),
    qr_row: lambda jax: lambda a: _packed(jax, *jax.numpy.linalg.qr(a)),
    cofactor_row: _cofactors,
    cofactor_slope_row: _cofactor_slope,
}

_FAMILIES: dict[Callable[..., Primitive], Callable[..., Function | None]] = {
    arrays.broadcast_of: lambda jax, shape: lambda a: jax.numpy.broadcast_to(a, shape),
    arrays.getitem_of: lambda jax, index: lambda a: a[index],
    arrays.scatter_of: _scatter,
    indexing.index_of: _index,
    indexing.gather_of: _gather,
    indexing.spread_of: _spread,
    arrays.concatenate_of: lambda jax, axis: lambda *parts: jax.numpy.concatenate(parts, axis),
    selection.where_of: lambda jax, condition: lambda yes, no: jax.numpy.where(condition, yes, no),
    packing.packed_of: lambda jax, shape, dtype, record: (
        lambda *numbers: jax.numpy.stack(numbers).astype(dtype).reshape(shape)
    ),
    ordering.order_of: _order,
    ordering.sort_of: lambda jax, axis, kth=None: lambda a: jax.numpy.sort(a, axis),
    ordering.along_of: lambda jax, axis: lambda a, places: jax.numpy.take_along_axis(a, places, axis),
    ordering.back_of: _put_along,
    ordering.searched_of: lambda jax, side: lambda x, points: jax.numpy.searchsorted(points, x, side=side),
    windows.windows_of: _windows,
    windows.overlap_of: _overlap,
    cumulative.cumsum_of: lambda jax, axis: lambda a: jax.numpy.cumsum(a, axis),
    cumulative.cumprod_of: lambda jax, axis: lambda a: jax.numpy.cumprod(a, axis),
    cumulative.prod_of: lambda jax, axis: lambda a: jax.numpy.prod(a, axis),
    cumulative.recurrence_of: _recurrence,
    linear_algebra.einsum_of: lambda jax, subscripts: lambda *parts: jax.numpy.einsum(subscripts, *parts),
    convolution_of: lambda jax, mode: lambda a, v: jax.numpy.convolve(a, v, mode),
    inv_of: lambda jax, strict: jax.numpy.linalg.inv,
    cholesky_of: lambda jax, upper: lambda a: jax.numpy.linalg.cholesky(a, upper=upper),
    eigh_of: _eigh,
    svd_of: _svd,
    complement_of: _complement,
    pinv_of: _pinv,
    lstsq_of: lambda jax, cutoff: lambda a, b: jax.numpy.linalg.lstsq(a, b, cutoff)[0],
    sinc_of: _sinc_derivative,
    member_of: _member,
}
