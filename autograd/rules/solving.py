"""Inverses and determinants of matrices, stacked on leading axes as in NumPy.

The derivatives are in Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", 2008, sections 2.2.3 to 2.2.5, unless a row names another source. Work is counted in
multiply-adds, half the operations in Golub and Van Loan, *Matrix Computations*, 4th ed., 2013.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from functools import reduce
from typing import Any

import numpy as np

from autograd.rules.arrays import ArrayPrimitive, LinearMap, reshape, shape_of, sum_over, sum_to, swapped
from autograd.rules.linear_algebra import matmul
from autograd.rules.primitive import Primitive, apply, family

__all__ = [
    "det_row",
    "inv_of",
    "inverse",
    "lstsq_of",
    "pinv_of",
    "product",
    "slogdet_row",
    "solve",
    "solve_row",
    "stacked",
    "symmetric",
]


def product(*matrices: Any) -> Any:
    """Multiply matrices from left to right."""
    return reduce(matmul, matrices)


def symmetric(a: Any) -> Any:
    """Return the symmetric part of square matrices."""
    return 0.5 * (a + swapped(a))


def stacked(a: Any) -> int:
    """Count the matrices on the leading axes."""
    return math.prod(shape_of(a)[:-2])


def _trace_of_product(a: Any, b: Any) -> Any:
    """Return ``tr(aᵀ b)``."""
    return sum_over(a * b, (-2, -1))


def _times(numbers: Any, matrices: Any) -> Any:
    """Multiply every matrix by its number."""
    return reshape(numbers, (*shape_of(numbers), 1, 1)) * matrices


def _regular(f: Callable[..., Any], *arrays: Any) -> Any:
    try:
        return f(*arrays)
    except np.linalg.LinAlgError as error:
        if "ingular" not in str(error):
            raise
        message = "the matrix is singular: np.linalg.pinv and np.linalg.lstsq take such a matrix"
        raise np.linalg.LinAlgError(message) from None


# ---- inverse and solution -------------------------------------------------------------------------


def _inv_partials(out: Any, a: Any) -> tuple[LinearMap]:
    return (
        LinearMap(
            push=lambda t: -product(out, t, out), pull=lambda g: -product(swapped(out), g, swapped(out))
        ),
    )


@family
def inv_of(strict: bool) -> Primitive:
    """``d A⁻¹ = -A⁻¹ dA A⁻¹``. It counts n³.

    Args:
        strict: whether a singular matrix is an error; else its inverse is NaN.
    """
    return ArrayPrimitive(
        "inv",
        lambda a: _regular(np.linalg.inv, a) if strict else _inv_or_nan(a),
        _inv_partials,
        symbol="⁻¹",
        work=lambda output, a: int(output.size) * output.shape[-1],
        kind="multiply_adds",
    )


def _inv_or_nan(a: Any) -> Any:
    out = np.full_like(a, np.nan)
    for place in np.ndindex(a.shape[:-2]):
        with suppress(np.linalg.LinAlgError):
            out[place] = np.linalg.inv(a[place])
    return out


def inverse(a: Any) -> Any:
    return apply(inv_of(strict=True), a)


def _solve_partials(out: Any, a: Any, b: Any) -> tuple[LinearMap, LinearMap]:
    def back(g: Any) -> Any:
        return solve(swapped(a), g)

    return (
        LinearMap(
            push=lambda t: -solve(a, matmul(t, out)),
            pull=lambda g: sum_to(-matmul(back(g), swapped(out)), shape_of(a)),
        ),
        LinearMap(push=lambda t: solve(a, t), pull=lambda g: sum_to(back(g), shape_of(b))),
    )


def _solve_work(output: Any, a: Any, b: Any) -> int:
    n = shape_of(a)[-1]
    return stacked(output) * (n**3 // 3) + int(np.size(output)) * n


# ``A X = B`` for matrices X and B: ``dX = A⁻¹ (dB - dA X)``. It counts n³/3 + n² a column of B.
solve_row: Primitive = ArrayPrimitive(
    "solve",
    lambda a, b: _regular(np.linalg.solve, a, b),
    _solve_partials,
    work=_solve_work,
    kind="multiply_adds",
)


def solve(a: Any, b: Any) -> Any:
    """Solve ``A X = B`` for the matrix X."""
    return apply(solve_row, a, b)


# ---- determinants ---------------------------------------------------------------------------------


def _det_partials(out: Any, a: Any) -> tuple[LinearMap]:
    cofactors = apply(cofactor_row, a)
    return (
        LinearMap(
            push=lambda t: _trace_of_product(cofactors, t),
            pull=lambda g: _times(g, cofactors),
        ),
    )


def _elimination(output: Any, a: Any) -> int:
    """Count n³/3 for each matrix."""
    return stacked(a) * (shape_of(a)[-1] ** 3 // 3)


# The derivative is the matrix of cofactors (Jacobi's formula), at singular matrices too. It counts n³/3.
det_row: Primitive = ArrayPrimitive(
    "det", np.linalg.det, _det_partials, work=_elimination, kind="multiply_adds"
)


def _svd(a: Any) -> tuple[Any, Any, Any, Any]:
    """Return U, σ, Vᵀ and det(U) det(V); σ is NaN for a matrix with an element that is not finite."""
    finite = np.isfinite(a).all((-2, -1))
    u, s, vt = np.linalg.svd(np.where(finite[..., None, None], a, 0))
    sign = np.linalg.det(u) * np.linalg.det(vt)
    return u, np.where(finite[..., None], s, np.nan).astype(a.dtype), vt, np.asarray(sign)[..., None, None]


def _without_each(s: Any) -> Any:
    """Return the product of all other elements for each element of the last axis, without a division."""
    ones = np.ones((*s.shape[:-1], 1), s.dtype)
    before = np.cumprod(np.concatenate([ones, s[..., :-1]], -1), -1)
    after = np.cumprod(np.concatenate([ones, s[..., :0:-1]], -1), -1)[..., ::-1]
    return before * after if s.shape[-1] else s


def _cofactors(a: Any) -> Any:
    u, s, vt, sign = _svd(a)
    return (sign * u * _without_each(s)[..., None, :]) @ vt


def _cofactor_partials(out: Any, a: Any) -> tuple[LinearMap]:
    def along(t: Any) -> Any:
        return apply(cofactor_slope_row, a, t)

    return (LinearMap(along, along),)  # the second derivative of det is symmetric


def _svd_work(output: Any, a: Any, *others: Any) -> int:
    """Count 11 n³ for a factorization, and n³ for each matrix product."""
    return stacked(a) * (12 + 4 * len(others)) * shape_of(a)[-1] ** 3


# The cofactors of A = U Σ Vᵀ are det(U) det(V) U C Vᵀ, where C is diagonal: for each singular value the
# product of the others. It holds for matrices of every rank. It counts 12 n³.
cofactor_row: Primitive = ArrayPrimitive(
    "cofactors",
    _cofactors,
    _cofactor_partials,
    work=_svd_work,
    kind="multiply_adds",
)


def _cofactor_slope(a: Any, t: Any) -> Any:
    """Move the cofactors along t, by minors of order n - 2 in the bases of the singular vectors."""
    u, s, vt, sign = _svd(a)
    eye = np.eye(s.shape[-1], dtype=bool)
    moved = np.swapaxes(u, -1, -2) @ t @ np.swapaxes(vt, -1, -2)
    # At (i, j) the product of all singular values but these two.
    pairs = sign * np.where(eye, 0, _without_each(np.where(eye, 1, s[..., None, :])))
    own = np.diagonal(moved, axis1=-2, axis2=-1)
    inner = np.where(eye, pairs @ own[..., None], -pairs * np.swapaxes(moved, -1, -2))
    return u @ inner.astype(a.dtype) @ vt


def _cofactor_slope_partials(out: Any, a: Any, t: Any) -> tuple[LinearMap, LinearMap]:
    """The second derivative of det is a symmetric form in two directions, the third one in three.

    The third derivative differentiates ``det(A) (tr(B t) Bᵀ - Bᵀ tᵀ Bᵀ)`` with ``B = A⁻¹``, so it needs a
    regular A.
    """

    def third(v: Any) -> Any:
        b = inverse(a)
        back = swapped(b)
        bt, bv = swapped(matmul(b, t)), swapped(matmul(b, v))
        trace_t, trace_v = _trace_of_product(back, t), _trace_of_product(back, v)
        crossed = _trace_of_product(swapped(bt), bv)
        terms = (
            _times(trace_t * trace_v - crossed, back)
            - _times(trace_v, matmul(back, bt))
            - _times(trace_t, matmul(back, bv))
            + product(back, bv, bt)
            + product(back, bt, bv)
        )
        return _times(apply(det_row, a), terms)

    along = lambda v: apply(cofactor_slope_row, a, v)  # noqa: E731
    return LinearMap(third, third), LinearMap(along, along)


# The derivative of the cofactors along a direction. It counts 16 n³.
cofactor_slope_row: Primitive = ArrayPrimitive(
    "slope of cofactors", _cofactor_slope, _cofactor_slope_partials, work=_svd_work, kind="multiply_adds"
)


def _slogdet(a: Any) -> Any:
    return np.stack(np.linalg.slogdet(a), -1)


def _slogdet_partials(out: Any, a: Any) -> tuple[LinearMap]:
    slope = swapped(inverse(a))
    unit = np.array([0, 1], a.dtype)
    return (
        LinearMap(
            push=lambda t: reshape(_trace_of_product(slope, t), (*shape_of(out)[:-1], 1)) * unit,
            pull=lambda g: _times(sum_over(g * unit, -1), slope),
        ),
    )


# The sign, whose derivative is zero, and the logarithm of |det A|, whose derivative is A⁻ᵀ, on the last
# axis. It counts n³/3.
slogdet_row: Primitive = ArrayPrimitive(
    "slogdet", _slogdet, _slogdet_partials, symbol="log|det|", work=_elimination, kind="multiply_adds"
)


# ---- pseudo-inverse and least squares ----------------------------------------------------------------


@family
def pinv_of(hermitian: bool, **cutoff: Any) -> Primitive:
    """The pseudo-inverse X of A (m, n), differentiated among matrices of the same rank.

    ``dX = -X dA X + X Xᵀ dAᵀ (1 - A X) + (1 - X A) dAᵀ Xᵀ X`` (Golub and Pereyra, "The differentiation
    of pseudo-inverses and nonlinear least squares problems whose variables separate", 1973, theorem
    4.3). Where the rank changes there is no derivative. It counts 7 m n² + 4 n³ for a factorization,
    with n the smaller side, and m n² for a product.

    Args:
        hermitian: as in NumPy.
        cutoff: ``rcond`` or ``rtol``, as in NumPy.
    """

    def partials(x: Any, a: Any) -> tuple[LinearMap]:
        m, n = shape_of(a)[-2:]
        xt, gram, outer = swapped(x), matmul(swapped(x), x), matmul(x, swapped(x))
        left = np.eye(m, dtype=a.dtype) - matmul(a, x)
        right = np.eye(n, dtype=a.dtype) - matmul(x, a)
        part = symmetric if hermitian else lambda t: t

        def push(t: Any) -> Any:
            t = part(t)
            back = swapped(t)
            return product(outer, back, left) + product(right, back, gram) - product(x, t, x)

        def pull(g: Any) -> Any:
            back = swapped(g)
            return part(product(left, back, outer) + product(gram, back, right) - product(xt, g, xt))

        return (LinearMap(push, pull),)

    def work(output: Any, a: Any) -> int:
        n, m = sorted(shape_of(a)[-2:])
        return stacked(a) * (8 * m * n**2 + 4 * n**3)

    return ArrayPrimitive(
        "pinv",
        lambda a: np.linalg.pinv(a, hermitian=hermitian, **cutoff),
        partials,
        symbol="⁺",
        work=work,
        kind="multiply_adds",
    )


@family
def lstsq_of(cutoff: float) -> Primitive:
    """The matrix X of least length among those that minimize ``‖A X - B‖``: ``X = A⁺ B``.

    Its derivative is the one of A⁺, times B, and counts as it does.

    Args:
        cutoff: smaller singular values, relative to the greatest, are taken as zero.
    """
    row = pinv_of(False, rcond=cutoff)

    def partials(out: Any, a: Any, b: Any) -> tuple[LinearMap, LinearMap]:
        x = apply(row, a)
        (slope,) = row.partials(x, a)
        return (
            LinearMap(
                push=lambda t: matmul(slope.push(t), b), pull=lambda g: slope.pull(matmul(g, swapped(b)))
            ),
            LinearMap(push=lambda t: matmul(x, t), pull=lambda g: matmul(swapped(x), g)),
        )

    return ArrayPrimitive(
        "lstsq",
        lambda a, b: np.linalg.lstsq(a, b, cutoff)[0],
        partials,
        work=lambda output, a, b: row.work(output, a) + int(np.size(a)) * np.shape(b)[-1],
        kind="multiply_adds",
    )
