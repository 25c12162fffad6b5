"""`np.linalg`: factorizations, determinants, inverses and solutions, on stacks of matrices as in NumPy.

The derivatives and their sources stand in `rules.solving` and `rules.decompositions`.
"""

from __future__ import annotations

import math
import operator
from functools import partial
from typing import Any

import numpy as np

from autograd.functions.plain import answer
from autograd.functions.registry import implements
from autograd.rules import arrays, decompositions, solving
from autograd.rules.linear_algebra import matmul
from autograd.rules.primitive import apply

__all__: list[str] = []

# The classes of NumPy's results, which it does not export.
_Eigh: Any = type(np.linalg.eigh(np.eye(1)))
_SVD: Any = type(np.linalg.svd(np.eye(1)))
_QR: Any = type(np.linalg.qr(np.eye(1)))
_SlogDet: Any = type(np.linalg.slogdet(np.eye(1)))


def _matrices(name: str, a: Any, *, square: bool = False) -> Any:
    """Return an operand that holds matrices.

    Raises:
        LinAlgError: it does not.
    """
    a = arrays.operand(a)
    if a.ndim < 2 or (square and a.shape[-1] != a.shape[-2]):
        kind = "square matrices" if square else "matrices"
        raise np.linalg.LinAlgError(f"np.linalg.{name} takes {kind}, not an array of shape {a.shape}")
    return a


# ---- solutions and determinants


@implements(np.linalg.inv)
def _inv(a: Any) -> Any:
    return solving.inverse(_matrices("inv", a, square=True))


@implements(np.linalg.solve)
def _solve(a: Any, b: Any) -> Any:
    a, b = _matrices("solve", a, square=True), arrays.operand(b)
    n = a.shape[-1]
    if not b.ndim or b.shape[-2:][0] != n:
        raise ValueError(f"the right side of np.linalg.solve has {n} rows here, not the shape {b.shape}")
    return solving.solve(a, b) if b.ndim > 1 else solving.solve(a, arrays.reshape(b, (n, 1)))[..., 0]


@implements(np.linalg.det)
def _det(a: Any) -> Any:
    return apply(solving.det_row, _matrices("det", a, square=True))


@implements(np.linalg.slogdet)
def _slogdet(a: Any) -> Any:
    out = apply(solving.slogdet_row, _matrices("slogdet", a, square=True))
    return _SlogDet(out[..., 0], out[..., 1])


@implements(np.linalg.pinv)
def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    cutoffs = {"rcond": rcond, "rtol": rtol}
    given = {name: cutoff for name, cutoff in cutoffs.items() if cutoff is not None}
    if any(map(np.ndim, given.values())):
        raise TypeError("np.linalg.pinv of a Tensor takes one rcond or rtol for all matrices: a number")
    given = {name: float(cutoff) for name, cutoff in given.items()}
    return apply(solving.pinv_of(bool(hermitian), **given), _matrices("pinv", a, square=hermitian))


@implements(np.linalg.lstsq)
def _lstsq(a: Any, b: Any, rcond: float | None = None) -> Any:
    # A compiled function does not decide on the rank: it returns the residuals whenever m > n.
    a, b = arrays.operand(a), arrays.operand(b)
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        message = (
            f"np.linalg.lstsq takes a matrix and right sides of as many rows, not {a.shape} and {b.shape}"
        )
        raise np.linalg.LinAlgError(message)
    m, n = a.shape
    epsilon = float(np.finfo(a.dtype).eps)
    cutoff = epsilon * max(m, n) if rcond is None else epsilon if rcond == -1 else float(rcond)
    columns = arrays.reshape(b, (m, 1)) if b.ndim == 1 else b
    solution = apply(solving.lstsq_of(cutoff), a, columns)
    residuals = np.sum(np.square(columns - matmul(a, solution)), axis=0)
    values = decompositions.svd(a)[1]
    rank = np.sum(np.where(values > cutoff * values[:1], 1.0, 0.0))
    rank = np.int32(rank) if isinstance(rank, np.floating) else rank
    if m <= n or (isinstance(rank, np.int32) and rank < n):
        residuals = np.empty(0, a.dtype)
    return arrays.reshape(solution, (n, *b.shape[1:])), residuals, rank, values


@implements(np.linalg.tensorsolve)
def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    a, b = arrays.operand(a), arrays.operand(b)
    if axes is not None:
        a = np.moveaxis(a, axes, range(a.ndim - len(axes), a.ndim))
    shape = a.shape[b.ndim :]
    size = math.prod(shape)
    if a.size != size**2 or b.size != size:
        raise np.linalg.LinAlgError(
            f"np.linalg.tensorsolve of the shapes {a.shape} and {b.shape}: the axes {shape} must hold as "
            "many elements as b"
        )
    solution = solving.solve(arrays.reshape(a, (size, size)), arrays.reshape(b, (size, 1)))
    return arrays.reshape(solution, shape)


@implements(np.linalg.tensorinv)
def _tensorinv(a: Any, ind: int = 2) -> Any:
    if ind <= 0:
        raise ValueError(f"np.linalg.tensorinv takes a positive ind, not {ind}")
    first, last = a.shape[:ind], a.shape[ind:]
    square = _matrices("tensorinv", arrays.reshape(a, (math.prod(first), math.prod(last))), square=True)
    return arrays.reshape(solving.inverse(square), (*last, *first))


# ---- factorizations


@implements(np.linalg.cholesky)
def _cholesky(a: Any, /, *, upper: bool = False) -> Any:
    return apply(decompositions.cholesky_of(bool(upper)), _matrices("cholesky", a, square=True))


def _triangle(name: str) -> str:
    if name.upper() not in ("L", "U"):
        raise ValueError(f"UPLO is 'L' or 'U', not {name!r}")
    return name.upper()


@implements(np.linalg.eigh)
def _eigh(a: Any, UPLO: str = "L") -> Any:
    return _Eigh(*decompositions.eigh(_matrices("eigh", a, square=True), _triangle(UPLO)))


@implements(np.linalg.eigvalsh)
def _eigvalsh(a: Any, UPLO: str = "L") -> Any:
    return decompositions.eigh(_matrices("eigvalsh", a, square=True), _triangle(UPLO))[0]


@implements(np.linalg.svd)
def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    a = _matrices("svd", a, square=hermitian)
    factors = decompositions.svd(a, full_matrices and compute_uv, bool(hermitian))
    return _SVD(*factors) if compute_uv else factors[1]


@implements(np.linalg.svdvals)
def _svdvals(x: Any, /) -> Any:
    return decompositions.svd(_matrices("svdvals", x))[1]


@implements(np.linalg.qr)
def _qr(a: Any, mode: str = "reduced") -> Any:
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(
            f"np.linalg.qr of a Tensor has the modes 'reduced', 'complete' and 'r', not {mode!r}"
        )
    q, r = decompositions.qr(_matrices("qr", a), mode == "complete")
    return r if mode == "r" else _QR(q, r)


implements(np.linalg.matrix_rank)(partial(answer, np.linalg.matrix_rank))


# ---- powers and products


@implements(np.linalg.matrix_power)
def _matrix_power(a: Any, n: int) -> Any:
    """A power by repeated squares (Knuth, *The Art of Computer Programming*, vol. 2, section 4.6.3)."""
    a, exponent = _matrices("matrix_power", a, square=True), operator.index(n)
    if exponent == 0:
        return a._constant(np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape).copy())
    square = solving.inverse(a) if exponent < 0 else a
    result = None
    for digit in reversed(f"{abs(exponent):b}"):
        if digit == "1":
            result = square if result is None else matmul(result, square)
        square = matmul(square, square)
    return a.constant_unless_recording(result)


@implements(np.linalg.multi_dot)
def _multi_dot(operands: Any) -> Any:
    """A product of several matrices in the order that takes the fewest multiplications."""
    parts = list(map(arrays.operand, operands))
    dimensions = [x.ndim for x in parts]
    if len(parts) < 2 or {*dimensions[1:-1]} - {2} or {dimensions[0], dimensions[-1]} - {1, 2}:
        message = "np.linalg.multi_dot takes two or more matrices, of which the first and last may be vectors"
        raise np.linalg.LinAlgError(message)
    parts[0] = arrays.reshape(parts[0], (1, parts[0].size)) if dimensions[0] == 1 else parts[0]
    parts[-1] = arrays.reshape(parts[-1], (parts[-1].size, 1)) if dimensions[-1] == 1 else parts[-1]
    lasts = _last_of_left_factor([parts[0].shape[0], *(x.shape[1] for x in parts)])
    spans = [(0, len(parts) - 1)]
    for i, j in spans:  # it grows: the factors of a product come after it
        spans += [(i, lasts[i, j]), (lasts[i, j] + 1, j)] if i < j else []
    products: dict[tuple[int, int], Any] = {}
    for i, j in reversed(spans):
        k = lasts.get((i, j))
        products[i, j] = parts[i] if k is None else matmul(products[i, k], products[k + 1, j])
    result = products[0, len(parts) - 1]
    ends = zip(result.shape, (dimensions[0], dimensions[-1]), strict=True)
    return arrays.reshape(result, tuple(n for n, of in ends if of == 2))


def _last_of_left_factor(sizes: list[int]) -> dict[tuple[int, int], int]:
    """Return how to split every product of consecutive matrices into two for the fewest multiplications.

    Cormen, Leiserson, Rivest and Stein, *Introduction to Algorithms*, section "Matrix-chain multiplication".

    Args:
        sizes: the rows of the first matrix, and the columns of all.
    """
    n = len(sizes) - 1
    fewest = {(i, i): 0 for i in range(n)}
    lasts = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            joins = {k: sizes[i] * sizes[k + 1] * sizes[j + 1] for k in range(i, j)}
            totals = [(fewest[i, k] + fewest[k + 1, j] + joined, k) for k, joined in joins.items()]
            fewest[i, j], lasts[i, j] = min(totals)
    return lasts


# ---- products of vectors and matrices on the last axes


@implements(np.linalg.vecdot)
def _vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    a, b = (np.moveaxis(arrays.operand(x), axis, -1) for x in (x1, x2))
    if a.shape[-1] != b.shape[-1]:
        raise ValueError(f"np.linalg.vecdot takes vectors of one length, not of {a.shape[-1]}, {b.shape[-1]}")
    return matmul(a[..., None, :], b[..., None])[..., 0, 0]


@implements(np.linalg.matmul)
def _matmul(x1: Any, x2: Any, /) -> Any:
    return np.matmul(x1, x2)


@implements(np.linalg.outer)
def _outer(x1: Any, x2: Any, /) -> Any:
    a, b = arrays.operand(x1), arrays.operand(x2)
    if a.ndim != 1 or b.ndim != 1:
        raise ValueError(f"np.linalg.outer takes two vectors, not the shapes {a.shape} and {b.shape}")
    return np.outer(a, b)


@implements(np.linalg.tensordot)
def _tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    return np.tensordot(x1, x2, axes=axes)


@implements(np.linalg.cross)
def _cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    a, b = arrays.operand(x1), arrays.operand(x2)
    if a.shape[axis] != 3 or b.shape[axis] != 3:
        raise ValueError(
            f"np.linalg.cross takes vectors of 3 numbers, not of {a.shape[axis]} and {b.shape[axis]}"
        )
    return np.cross(a, b, axis=axis)


@implements(np.linalg.matrix_transpose)
def _matrix_transpose(x: Any, /) -> Any:
    return arrays.swapped(_matrices("matrix_transpose", x))


@implements(np.linalg.diagonal)
def _diagonal(x: Any, /, *, offset: int = 0) -> Any:
    return np.diagonal(x, offset, axis1=-2, axis2=-1)


@implements(np.linalg.trace)
def _trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    return np.trace(x, offset, axis1=-2, axis2=-1, dtype=dtype)
