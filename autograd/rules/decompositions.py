"""Factorizations of matrices, stacked on leading axes as in NumPy.

A factorization with several factors is one row, whose output packs them along one axis, so that they share
the factorization and its derivative; `eigh`, `svd` and `qr` unpack them.

Symmetric input: `cholesky` and `eigh` read one triangle, as in NumPy. They are differentiated among
symmetric matrices, as in PyTorch and JAX, so their gradients are symmetric.

Equal eigenvalues, or singular values, have no vectors of their own: any basis of their space will do. The
derivative assumes that the vectors do not rotate within such a space. It is right for every loss that does
not depend on the choice of the basis, such as a function of the sum of the equal values, or of the projection
on their space. Other losses have no derivative there, and get this one as a subgradient. A second derivative
that depends on the vectors of equal values, or of a singular value that is zero, is NaN, since one basis does
not determine it. Values count as equal if they differ by rounding errors alone, n ε times the greatest.

Work is counted in multiply-adds, half the operations in Golub and Van Loan, *Matrix Computations*, 4th ed.,
2013.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules import scalars as p
from autograd.rules.arrays import (
    ArrayPrimitive,
    LinearMap,
    concatenate,
    getitem,
    max_over,
    reshape,
    shape_of,
    sum_over,
    swapped,
)
from autograd.rules.linear_algebra import matmul
from autograd.rules.primitive import Primitive, apply, family
from autograd.rules.solving import inverse, product, stacked, symmetric

__all__ = ["cholesky_of", "eigh", "qr", "svd"]


def _rows(a: Any, start: int, end: int) -> Any:
    return getitem(a, (..., slice(start, end), slice(None)))


def _row(a: Any, place: int) -> Any:
    return getitem(a, (..., place, slice(None)))


def _as_row(a: Any) -> Any:
    """Lay vectors out as matrices of one row."""
    *batch, n = shape_of(a)
    return reshape(a, (*batch, 1, n))


def _eye(n: int, like: Any) -> Any:
    return np.eye(n, dtype=like.dtype)


def _diagonal(a: Any) -> Any:
    return sum_over(a * _eye(shape_of(a)[-1], a), -1)


def _is_rounding(a: Any, values: Any) -> Any:
    """Return whether numbers are rounding errors of the values on the last axis."""
    n = shape_of(values)[-1]
    greatest = max_over(abs(values), (-1,), keepdims=True) if n else values
    return abs(a) <= _as_row(greatest) * (n * float(np.finfo(a.dtype).eps))


def _reciprocal(a: Any, values: Any) -> Any:
    """Return ``1 / a``, and 0 where a is a rounding error of the values."""
    rounding = _is_rounding(a, values)
    return p.where(rounding, 0.0, 1.0 / p.where(rounding, 1.0, a))


def _gaps(values: Any) -> Any:
    """Return ``x_j - x_i`` at (i, j)."""
    return _as_row(values) - swapped(_as_row(values))


def _sums(values: Any) -> Any:
    return _as_row(values) + swapped(_as_row(values))


@family
def _once_of(place: int, mirrored: bool) -> Primitive:
    """Return packed factors unchanged; the derivative by a value that equals another is NaN, and its vectors.

    Derivatives of factorizations are computed from it, so it matters from the second derivative on.

    Args:
        place: the row of the values.
        mirrored: whether a value may not equal the negative of one either, so not be zero.
    """

    def partials(out: Any, a: Any) -> tuple[LinearMap]:
        values = _row(a, place)
        equal = p.where(_is_rounding(_gaps(values), values), 1.0, 0.0)
        if mirrored:
            equal = equal + p.where(_is_rounding(_sums(values), values), 1.0, 0.0)
        is_single = sum_over(equal, -2, keepdims=True) < 1.5  # it equals itself
        spoilt = lambda t: p.where(is_single, t, p.where(t == 0, 0.0, np.nan))  # noqa: E731
        return (LinearMap(spoilt, spoilt),)

    return ArrayPrimitive("once", lambda a: a, partials)


# ---- Cholesky -------------------------------------------------------------------------------------


@family
def cholesky_of(upper: bool) -> Primitive:
    """``A = L Lᵀ``; upper gives ``Lᵀ``.

    ``dL = L Φ(L⁻¹ dA L⁻ᵀ)``, where Φ takes the lower triangle and half of the diagonal (Murray,
    "Differentiation of the Cholesky decomposition", 2016, equations 8 to 10). It counts n³/6.
    """

    def partials(out: Any, a: Any) -> tuple[LinearMap]:
        lower = swapped(out) if upper else out
        back = swapped(lower)
        inv = inverse(lower)
        n = shape_of(a)[-1]
        half = np.tril(np.ones((n, n), a.dtype)) - 0.5 * _eye(n, a)
        turned = swapped if upper else lambda t: t

        def push(t: Any) -> Any:
            return turned(matmul(lower, half * product(inv, symmetric(t), swapped(inv))))

        def pull(g: Any) -> Any:
            return symmetric(product(swapped(inv), half * matmul(back, turned(g)), inv))

        return (LinearMap(push, pull),)

    def forward(a: Any) -> Any:
        try:
            return np.linalg.cholesky(a, upper=upper)
        except np.linalg.LinAlgError as error:
            if "positive definite" not in str(error):
                raise
            message = "the matrix is not positive definite: add a small multiple of the identity"
            raise np.linalg.LinAlgError(message) from None

    return ArrayPrimitive(
        "cholesky",
        forward,
        partials,
        work=lambda output, a: stacked(a) * (np.shape(a)[-1] ** 3 // 6),
        kind="multiply_adds",
    )


# ---- eigenvalues of symmetric matrices ------------------------------------------------------------


@family
def eigh_of(triangle: Any) -> Primitive:
    """The eigenvalues w in the first row, and the eigenvectors V below: shape ``(…, n + 1, n)``.

    With ``E = Vᵀ dA V`` and ``F_ij = 1 / (w_j - w_i)``, ``dw`` is the diagonal of E and ``dV = V (F∘E)``
    (Giles 2008, section 3.1; Seeger et al., "Auto-differentiating linear algebra", 2017, section 4.3). It
    counts 9 n³/2.
    """

    def forward(a: Any) -> Any:
        w, v = np.linalg.eigh(a, triangle)
        return np.concatenate([w[..., None, :], v], -2)

    def partials(out: Any, a: Any) -> tuple[LinearMap]:
        n = shape_of(a)[-1]
        out = apply(_once_of(0, False), out)
        w, v = _row(out, 0), _rows(out, 1, n + 1)
        back, gaps = swapped(v), _reciprocal(_gaps(w), w)

        def push(t: Any) -> Any:
            inner = product(back, symmetric(t), v)
            return concatenate([_as_row(_diagonal(inner)), matmul(v, gaps * inner)], -2)

        def pull(g: Any) -> Any:
            inner = gaps * matmul(back, _rows(g, 1, n + 1)) + _rows(g, 0, 1) * _eye(n, a)
            return symmetric(product(v, inner, back))

        return (LinearMap(push, pull),)

    return ArrayPrimitive(
        "eigh",
        forward,
        partials,
        work=lambda output, a: stacked(a) * (9 * np.shape(a)[-1] ** 3 // 2),
        kind="multiply_adds",
    )


def eigh(a: Any, triangle: str = "L") -> tuple[Any, Any]:
    """Return the eigenvalues ``(…, n)`` and eigenvectors ``(…, n, n)`` of symmetric matrices."""
    out = apply(eigh_of(triangle), a)
    return _row(out, 0), _rows(out, 1, shape_of(out)[-2])


# ---- singular values ------------------------------------------------------------------------------


@family
def svd_of(hermitian: bool) -> Primitive:
    """``A = U diag(s) Vᵀ`` with k the smaller side: U, s and V one below the other, ``(…, m + 1 + n, k)``.

    With ``P = Uᵀ dA V``, ``ds`` is the diagonal of P, and U and V turn by ``S ± K``, where S is the
    symmetric part of P over ``s_j - s_i``, and K the rest over ``s_j + s_i``. What leaves the space of U
    is ``(1 - U Uᵀ) dA V / s`` (Townsend, "Differentiating the singular value decomposition", 2016). The
    reciprocal of a zero is taken as 0. It counts 7 m k² + 4 k³ for m the longer side.
    """

    def forward(a: Any) -> Any:
        u, s, vt = np.linalg.svd(a, full_matrices=False, hermitian=hermitian)
        return np.concatenate([u, s[..., None, :], np.swapaxes(vt, -1, -2)], -2)

    def partials(out: Any, a: Any) -> tuple[LinearMap]:
        m, n = shape_of(a)[-2:]
        k = min(m, n)
        out = apply(_once_of(m, True), out)
        u, s, v = _rows(out, 0, m), _row(out, m), _rows(out, m + 1, m + 1 + n)
        gaps, sums = _reciprocal(_gaps(s), s), _reciprocal(_sums(s), s)
        inverses = _reciprocal(_as_row(s), s)
        part = symmetric if hermitian else lambda t: t

        def outside(basis: Any, t: Any) -> Any:
            return (t - product(basis, swapped(basis), t)) * inverses

        def push(t: Any) -> Any:
            t = part(t)
            inner = product(swapped(u), t, v)
            turn, twist = gaps * symmetric(inner), sums * _skew(inner)
            du, dv = matmul(u, turn + twist), matmul(v, turn - twist)
            du = du + outside(u, matmul(t, v)) if m > k else du
            dv = dv + outside(v, matmul(swapped(t), u)) if n > k else dv
            return concatenate([du, _as_row(_diagonal(inner)), dv], -2)

        def pull(g: Any) -> Any:
            gu, gs, gv = _rows(g, 0, m), _rows(g, m, m + 1), _rows(g, m + 1, m + 1 + n)
            by_u, by_v = matmul(swapped(u), gu), matmul(swapped(v), gv)
            inner = symmetric(gaps * (by_u + by_v)) + _skew(sums * (by_u - by_v)) + gs * _eye(k, a)
            total = product(u, inner, swapped(v))
            total = total + matmul(outside(u, gu), swapped(v)) if m > k else total
            total = total + matmul(u, swapped(outside(v, gv))) if n > k else total
            return part(total)

        return (LinearMap(push, pull),)

    work = lambda output, a: _svd_work(a)  # noqa: E731
    return ArrayPrimitive("svd", forward, partials, work=work, kind="multiply_adds")


def _svd_work(a: Any) -> int:
    k, m = sorted(shape_of(a)[-2:])
    return stacked(a) * (7 * m * k**2 + 4 * k**3)


def _skew(a: Any) -> Any:
    return 0.5 * (a - swapped(a))


def svd(a: Any, full: bool = False, hermitian: bool = False) -> tuple[Any, Any, Any]:
    """Return U, the singular values in descending order, and Vᵀ.

    Args:
        a: matrices, shape ``(…, m, n)``.
        full: whether U and Vᵀ are square; else ``(…, m, k)`` and ``(…, k, n)`` with k the smaller side.
        hermitian: whether a is symmetric, and one triangle is read.
    """
    m, n = shape_of(a)[-2:]
    out = apply(svd_of(hermitian), a)
    u, s, v = _rows(out, 0, m), _row(out, m), _rows(out, m + 1, m + 1 + n)
    if full and m > n:
        u = concatenate([u, apply(complement_of(_left_of_svd), a)], -1)
    if full and n > m:
        v = concatenate([v, apply(complement_of(_right_of_svd), swapped(a))], -1)
    return u, s, swapped(v)


def _left_of_svd(a: Any) -> Any:
    return np.linalg.svd(a)[0]


def _right_of_svd(transposed: Any) -> Any:
    return np.swapaxes(np.linalg.svd(np.swapaxes(transposed, -1, -2))[2], -1, -2)


def _left_of_qr(a: Any) -> Any:
    return np.linalg.qr(a, "complete")[0]


@family
def complement_of(basis: Callable[[Any], Any]) -> Primitive:
    """The columns N that complete a basis of the columns of A, shape ``(m, n)``: ``Aᵀ N = 0``.

    Only the space that they span moves with A: ``dN = -(A⁺)ᵀ dAᵀ N``, where A has full rank. They count as
    a singular value decomposition.

    Args:
        basis: returns an orthogonal matrix whose first n columns span the columns of A.
    """

    def partials(out: Any, a: Any) -> tuple[LinearMap]:
        q, r = qr(a)
        back = matmul(q, swapped(inverse(r)))  # the transpose of A⁺
        return (
            LinearMap(
                push=lambda t: -product(back, swapped(t), out),
                pull=lambda g: -product(out, swapped(g), back),
            ),
        )

    return ArrayPrimitive(
        "complement",
        lambda a: basis(a)[..., a.shape[-1] :],
        partials,
        work=lambda output, a: _svd_work(a),
        kind="multiply_adds",
    )


# ---- QR -------------------------------------------------------------------------------------------


def _qr(a: Any) -> Any:
    q, r = np.linalg.qr(a)
    return np.concatenate([q, r], -2)


def _qr_work(*shape: int) -> int:
    *batch, m, n = shape
    return math.prod(batch) * (2 * m * n**2 - 2 * n**3 // 3)


def _qr_partials(out: Any, a: Any) -> tuple[LinearMap]:
    m, n = shape_of(a)[-2:]
    q, r = _rows(out, 0, m), _rows(out, m, m + n)
    back, inv = swapped(q), inverse(r)
    below = np.tril(np.ones((n, n), a.dtype), -1)

    def push(t: Any) -> Any:
        scaled = matmul(t, inv)
        inner = matmul(back, scaled)
        turn = below * inner - swapped(below * inner)
        upper = inner - turn
        return concatenate([scaled - matmul(q, upper), matmul(upper, r)], -2)

    def pull(g: Any) -> Any:
        gq, gr = _rows(g, 0, m), _rows(g, m, m + n)
        upper = matmul(gr, swapped(r)) - matmul(back, gq)
        inner = upper - below * (upper - swapped(upper))
        return matmul(gq + matmul(q, inner), swapped(inv))

    return (LinearMap(push, pull),)


# A = Q R for a matrix A (m, n) with m ≥ n: Q and R one below the other, (…, m + n, n). With
# ``C = Qᵀ dA R⁻¹`` and Ω the skew matrix that has the lower triangle of C, ``dR = (C - Ω) R`` and
# ``dQ = (dA - Q dR) R⁻¹`` (Walter and Lehmann, "Algorithmic differentiation of linear algebra functions
# with application in optimum experimental design", 2010, section 3.2). It counts 2 m n² - 2 n³/3.
qr_row: Primitive = ArrayPrimitive(
    "qr", _qr, _qr_partials, work=lambda output, a: _qr_work(*np.shape(a)), kind="multiply_adds"
)


def qr(a: Any, complete: bool = False) -> tuple[Any, Any]:
    """Return Q with orthonormal columns and the upper triangular R.

    The derivative needs the first columns of A, as many as A has rows, to be independent.

    Args:
        a: matrices, shape ``(…, m, n)``.
        complete: whether Q is square and R has m rows; else Q is ``(…, m, k)`` with k the smaller side.
    """
    m, n = shape_of(a)[-2:]
    first = getitem(a, (..., slice(m))) if n > m else a
    k = min(m, n)
    out = apply(qr_row, first)
    q, r = _rows(out, 0, m), _rows(out, m, m + k)
    if n > m:
        r = concatenate([r, matmul(swapped(q), getitem(a, (..., slice(m, None))))], -1)
    if complete and m > n:
        q = concatenate([q, apply(complement_of(_left_of_qr), a)], -1)
        r = concatenate([r, np.zeros((*shape_of(a)[:-2], m - n, n), r.dtype)], -2)
    return q, r
