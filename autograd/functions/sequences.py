"""Functions of sampled curves: differences, integrals, interpolation, polynomials, convolution and grids."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd.functions.plain import read
from autograd.functions.rearranging import alike, require_plain
from autograd.functions.registry import implements, present
from autograd.rules import arrays, convolution
from autograd.rules.ordering import searched, taken_along
from autograd.rules.primitive import records

__all__: list[str] = []


def _along(axis: int, *index: Any) -> tuple[Any, ...]:
    """Return an index along an axis."""
    return (slice(None),) * axis + index


# ---- differences


@implements(np.diff)
def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    a = arrays.operand(a)
    if n <= 0:
        if n == 0:
            return np.copy(a)
        raise ValueError(f"order must be non-negative but got {n}")
    if not a.shape:
        raise ValueError("diff requires input that is at least one dimensional")
    (place,) = arrays.axes_of(axis, len(a.shape))
    edge = (*a.shape[:place], 1, *a.shape[place + 1 :])
    ends = [x if x is None else arrays.operand(x) for x in (prepend, append)]
    before, after = (x if x is None or x.shape else np.broadcast_to(x, edge) for x in ends)
    if before is not None or after is not None:
        a = np.concatenate([x for x in (before, a, after) if x is not None], place)
    for _ in range(n):
        a = a[_along(place, slice(1, None))] - a[_along(place, slice(None, -1))]
    return a


@implements(np.ediff1d)
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    parts = (to_begin, np.diff(np.ravel(arrays.operand(ary))), to_end)
    return np.concatenate([np.ravel(x) for x in alike(*(x for x in parts if x is not None))])


@implements(np.gradient)
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Central differences inside and one-sided ones at the edges, to first or second order.

    The spacings are numbers, or the coordinates along each axis; they may be tensors.
    """
    f, *spacings = alike(f, *(varargs or (1.0,)))
    axes = arrays.axes_of(axis, len(f.shape))
    if len(varargs) not in (0, 1, len(axes)):
        raise TypeError(
            f"np.gradient takes one spacing or one for each of {len(axes)} axes, not {len(varargs)}"
        )
    if len(varargs) == 1 and len(axes) != 1 and spacings[0].shape:
        raise TypeError("np.gradient takes coordinates for each axis, or one number for all")
    if edge_order not in (1, 2):
        raise ValueError(f"np.gradient takes edge_order=1 or 2, not {edge_order!r}")
    spacings = spacings * len(axes) if len(spacings) == 1 else spacings
    results = [_slopes(f, h, i, edge_order) for h, i in zip(spacings, axes, strict=True)]
    if len(axes) == 1:
        return results[0]
    return type(np.gradient(np.zeros((2, 2))))(results)


def _slopes(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    y = np.moveaxis(f, axis, -1)
    n = y.shape[-1]
    if n < edge_order + 1:
        raise ValueError(
            "Shape of array too small to calculate a numerical gradient, "
            f"at least (edge_order + 1) elements are required: {n} along axis {axis}"
        )
    if len(spacing.shape) > 1 or (spacing.shape and spacing.shape != (n,)):
        raise ValueError(
            "when 1d, distances must match the length of the corresponding dimension: "
            f"{spacing.shape} for {n}"
        )
    h = np.diff(spacing) if spacing.shape else np.broadcast_to(spacing, (n - 1,))
    h = h.astype(f.dtype) if records(f) and not records(h) else h
    uniform = not spacing.shape or (not records(h) and bool(np.all(h == h[0])))
    before, after = h[:-1], h[1:]
    if uniform:
        inner = (y[..., 2:] - y[..., :-2]) / (2 * after)
    else:
        width = before + after
        inner = y[..., :-2] * (-after / (before * width)) + y[..., 1:-1] * (
            (after - before) / (before * after)
        )
        inner = inner + y[..., 2:] * (before / (after * width))
    if edge_order == 1:
        rise = np.diff(y) / h
        first, last = rise[..., :1], rise[..., -1:]
    else:
        first = _edge([y[..., i : i + 1] for i in range(3)], h[:1], h[1:2])
        last = -_edge([y[..., n - 1 - i : n - i] for i in range(3)], h[-1:], h[-2:-1])
    return np.moveaxis(np.concatenate([first, inner, last], -1), -1, axis)


def _edge(y: Sequence[Any], h1: Any, h2: Any) -> Any:
    """Return the slope at the first of three points of the parabola through them."""
    weights = (2 * h1 + h2) / (h1 * (h1 + h2)), (h1 + h2) / (h1 * h2), h1 / (h2 * (h1 + h2))
    return y[1] * weights[1] - y[0] * weights[0] - y[2] * weights[2]


@implements(*present("trapezoid", "trapz"))
def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = np.moveaxis(arrays.operand(y), axis, -1)
    if x is not None:
        x = arrays.operand(x)
        dx = np.diff(x) if len(x.shape) == 1 else np.diff(np.moveaxis(x, axis, -1))
    return np.sum(dx * (y[..., 1:] + y[..., :-1]) / 2.0, -1)


@implements(np.unwrap)
def _unwrap(p: Any, *args: Any, **options: Any) -> Any:
    data = np.asarray(read(p, "np.unwrap"))
    return p + (np.unwrap(data, *args, **options) - data)


# ---- interpolation


@implements(np.interp)
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """Interpolate linearly; at a point of ``xp`` take the slope of the piece to its right, if any.

    Outside the points the result is constant: the first or last value, or ``left`` and ``right``.
    """
    x, xp, fp = alike(x, xp, fp)
    if len(xp.shape) != 1 or xp.shape != fp.shape or not xp.size:
        raise ValueError(f"fp and xp are vectors of one length, at least 1, not of {fp.shape} and {xp.shape}")
    if period is not None:
        x, xp, fp = _periodic(x, xp, fp, period)
    flat = np.ravel(x)
    n = xp.shape[0]
    if n > 1:
        place = searched(flat, xp[1:-1], "right")
        x0, y0, x1, y1 = (taken_along(a, place, 0) for a in (xp[:-1], fp[:-1], xp[1:], fp[1:]))
        share = (flat - x0) / (x1 - x0)
        inside = (1 - share) * y0 + share * y1
    else:
        inside = np.broadcast_to(fp, flat.shape)
    low, high = (fp[0] if left is None else left), (fp[-1] if right is None else right)
    result = np.where(flat - xp[0] < 0, low, np.where(flat - xp[-1] > 0, high, inside))
    return np.reshape(result, x.shape)


def _periodic(x: Any, xp: Any, fp: Any, period: Any) -> tuple[Any, Any, Any]:
    """Bring coordinates into one period, and repeat a point on either side of it."""
    if period == 0:
        raise ValueError("period must be a non-zero value")
    period = abs(period)
    x, xp = np.mod(x, period), np.mod(xp, period)
    order = np.argsort(xp)
    xp, fp = xp[order], fp[order]
    return x, np.concatenate([xp[-1:] - period, xp, xp[:1] + period]), np.concatenate([fp[-1:], fp, fp[:1]])


# ---- convolution


@implements(np.convolve)
def _convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    a, v = map(np.atleast_1d, alike(a, v))
    if len(a.shape) > 1 or len(v.shape) > 1:
        raise ValueError(f"np.convolve takes vectors, not arrays of the shapes {a.shape} and {v.shape}")
    if not a.size or not v.size:
        raise ValueError(f"{'v' if a.size else 'a'} cannot be empty")
    mode = {0: "valid", 1: "same", 2: "full"}.get(mode, mode)  # NumPy's numbers for them
    if mode not in ("full", "valid", "same"):
        raise ValueError(f"np.convolve has the modes 'full', 'valid' and 'same', not {mode!r}")
    if mode != "same":
        return convolution.convolve(a, v, mode)
    length, shorter = max(a.size, v.size), min(a.size, v.size)
    start = (shorter - 1) // 2
    return convolution.convolve(a, v, "full")[start : start + length]


@implements(np.correlate)
def _correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    a, v = alike(a, v)
    if len(a.shape) != 1 or len(v.shape) != 1:
        raise ValueError(f"np.correlate takes vectors, not arrays of the shapes {a.shape} and {v.shape}")
    if mode in ("same", 1) and a.size < v.size:  # the middle is cut out before the order is reversed
        return np.flip(np.convolve(np.flip(a), v, mode))
    return np.convolve(a, np.flip(v), mode)


# ---- polynomials, the highest power first


@implements(np.polyval)
def _polyval(p: Any, x: Any) -> Any:
    p, x = alike(p, x)
    y: Any = np.zeros(x.shape, x.dtype)
    for coefficient in p:
        y = y * x + coefficient
    return y


def _poly_sum(operation: Any, a1: Any, a2: Any) -> Any:
    a, b = map(np.atleast_1d, alike(a1, a2))
    n = max(a.size, b.size)
    return operation(np.pad(a, (n - a.size, 0)), np.pad(b, (n - b.size, 0)))


implements(np.polyadd)(partial(_poly_sum, operator.add))
implements(np.polysub)(partial(_poly_sum, operator.sub))


@implements(np.polymul)
def _polymul(a1: Any, a2: Any) -> Any:
    return np.convolve(arrays.operand(a1), arrays.operand(a2))


@implements(np.polyder)
def _polyder(p: Any, m: int = 1) -> Any:
    p = arrays.operand(p)
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    p = p if m else np.copy(p)
    for _ in range(m):
        p = p[:-1] * np.arange(p.size - 1, 0, -1)
    return p


@implements(np.polyint)
def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    p = arrays.operand(p)
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    constants = np.atleast_1d(0.0 if k is None else arrays.operand(k))
    if constants.size == 1:
        constants = np.broadcast_to(constants, (m,))
    elif constants.size < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    p = p if m else np.copy(p)
    for i in range(m):
        p = np.concatenate([p / np.arange(p.size, 0, -1), constants[i : i + 1]])
    return p


@implements(np.poly)
def _poly(seq_of_zeros: Any) -> Any:
    zeros = arrays.operand(seq_of_zeros)
    if len(zeros.shape) != 1:
        raise TypeError("np.poly of a matrix needs its eigenvalues: write np.poly(np.linalg.eigvalsh(t))")
    result, nothing = np.ones(1, zeros.dtype), np.zeros(1, zeros.dtype)
    for zero in zeros:
        result = np.concatenate([result, nothing]) - np.concatenate([nothing, result * zero])
    return result


@implements(np.vander)
def _vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    """The powers of each number in a row, as products: right at 0 too."""
    x = arrays.operand(x)
    if len(x.shape) != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    count = x.size if N is None else operator.index(N)
    if count < 0:
        raise ValueError(f"np.vander has a column for each power, at least 0 of them, not {count}")
    powers: list[Any] = [np.ones(x.shape, x.dtype), x][:count]
    while len(powers) < count:
        powers.append(powers[-1] * x)
    if not powers:
        return np.ones((x.size, 0), x.dtype)
    return np.stack(powers if increasing else powers[::-1], 1)


# ---- grids


@implements(np.linspace)
def _linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    require_plain(np.linspace, num)
    start, stop = alike(start, stop)
    dimensions = len(np.broadcast_shapes(start.shape, stop.shape))
    shares, step = np.linspace(0.0, 1.0, num, endpoint, retstep=True)
    shares = np.reshape(shares, (-1,) + (1,) * dimensions)
    shares = shares.astype(next(x.dtype for x in (start, stop) if records(x)))
    points = start + shares * (stop - start)
    points = np.moveaxis(np.where(shares == 1, stop, points), 0, axis)  # the last one is not rounded
    points = points if dtype is None else points.astype(dtype)
    return (points, (stop - start) * step) if retstep else points


@implements(np.logspace)
def _logspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    if np.ndim(base):
        base = np.expand_dims(base, axis)
    return np.power(base, _spaced(start, stop, num, endpoint, dtype, axis))


def _spaced(start: Any, stop: Any, num: Any, endpoint: bool, dtype: Any, axis: int) -> Any:
    return np.linspace(start, stop, num, endpoint, dtype=dtype, axis=axis)


@implements(np.geomspace)
def _geomspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    start, stop = alike(start, stop)
    zeros = [x == 0 for x in (start, stop)]
    if any(not records(zero) and np.any(zero) for zero in zeros):
        raise ValueError("Geometric sequence cannot include zero")
    exponents = _spaced(np.zeros(start.shape, start.dtype), np.log(stop / start), num, endpoint, dtype, axis)
    first = np.expand_dims(np.broadcast_to(start, np.broadcast_shapes(start.shape, stop.shape)), axis)
    points = first * np.exp(exponents)
    return points if dtype is None else points.astype(dtype)


# ---- rounding: flat functions


@implements(*present("round", "around", "round_"))
def _round(a: Any, decimals: int = 0) -> Any:
    if operator.index(decimals) == 0:
        return np.rint(a)
    scale = 10.0 ** abs(decimals)
    return np.rint(a * scale) / scale if decimals > 0 else np.rint(a / scale) * scale
