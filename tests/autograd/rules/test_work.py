"""What the rows of arrays count: what NumPy's loops do on numbers that count, or the documented formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Counted, Ledger, Tensor, apply, gradient
from autograd.rules.solving import cofactor_row, cofactor_slope_row, lstsq_of
from tests.autograd.functions.calls_linalg import definite, symmetric
from tests.cases import numbers


def forward(f: Callable[..., Any], *arrays: np.ndarray) -> Any:
    """The cost of a function of tensors, without the sum of its results."""
    tensors = [Tensor(a) for a in arrays]
    result = f(*tensors)
    cost = gradient(np.sum(result), tensors).cost
    return cost._replace(forward=cost.forward - max(result.size - 1, 0))


# ---- by a slow counter

Shapes = tuple[tuple[int, ...], ...]
# Products of two arrays, and functions of one.
PRODUCTS: dict[str, tuple[Callable[..., Any], Shapes]] = {
    **{
        f"matmul of {a} and {b}": (np.matmul, (a, b))
        for a, b in [
            ((3,), (3,)),
            ((2, 3), (3,)),
            ((3,), (3, 4)),
            ((2, 3), (3, 4)),
            ((1, 4), (4, 1)),
            ((5, 2, 3), (3, 4)),
            ((2, 1, 2, 3), (4, 3, 1)),
            ((2, 0), (0, 3)),
        ]
    },
    **{
        f"convolve of {n} and {m}, {mode}": (lambda a, v, mode=mode: np.convolve(a, v, mode), ((n,), (m,)))
        for n, m in [(5, 3), (3, 5), (4, 1), (4, 4)]
        for mode in ("full", "valid")
    },
    "einsum of matrices": (lambda a, b: np.einsum("ij,jk->ik", a, b), ((2, 3), (3, 4))),
    "einsum to a number": (lambda a, b: np.einsum("ij,ij->", a, b), ((2, 3), (2, 3))),
    "einsum of an outer product": (lambda a, b: np.einsum("i,j->ji", a, b), ((2,), (5,))),
    "einsum of stacks": (lambda a, b: np.einsum("nij,njk->nik", a, b), ((4, 2, 3), (4, 3, 5))),
}
REDUCTIONS: dict[str, tuple[Callable[..., Any], Shapes]] = {
    f"{f.__name__} of {shape} along {axis}": (lambda a, f=f, axis=axis: f(a, axis=axis), (shape,))
    for f in (np.sum, np.prod, np.cumsum, np.cumprod)
    for shape, axis in [((5,), 0), ((2, 3), 0), ((2, 3), 1), ((2, 3, 4), 1), ((2, 3, 4), -1), ((3, 1), 1)]
}


def by_hand(f: Callable[..., Any], *arrays: np.ndarray) -> tuple[int, int]:
    """The multiplications and additions of NumPy's own function, of an array of objects."""
    ledger = Ledger()
    objects = [np.empty(a.shape, object) for a in arrays]
    for found, a in zip(objects, arrays, strict=True):
        for place in np.ndindex(a.shape):
            found[place] = Counted(float(a[place]), ledger)
    f(*objects)
    return ledger.counts["multiplications"], ledger.counts["additions"]


@pytest.mark.parametrize(("f", "shapes"), PRODUCTS.values(), ids=PRODUCTS)
def test_a_product_counts_a_multiply_add_for_each_multiplication(
    f: Callable[..., Any], shapes: Shapes
) -> None:
    arrays = numbers(shapes)
    assert forward(f, *arrays).forward_multiply_adds == by_hand(f, *arrays)[0]


@pytest.mark.parametrize(("f", "shapes"), REDUCTIONS.values(), ids=REDUCTIONS)
def test_a_reduction_counts_its_steps(f: Callable[..., Any], shapes: Shapes) -> None:
    arrays = numbers(shapes)
    assert forward(f, *arrays).forward == sum(by_hand(f, *arrays))


# ---- by the documented formulas, of matrices (m, n) with m ≥ n

SQUARE: dict[str, tuple[Callable[[Any], Any], Callable[[int], int]]] = {
    "inv": (np.linalg.inv, lambda n: n**3),
    "det": (np.linalg.det, lambda n: n**3 // 3),
    "slogdet": (lambda t: np.linalg.slogdet(t)[1], lambda n: n**3 // 3),
    "solve": (lambda t: np.linalg.solve(t, t[..., :2]), lambda n: n**3 // 3 + 2 * n**2),
    "cholesky": (lambda t: np.linalg.cholesky(definite(t)), lambda n: n**3 + n**3 // 6),
    "eigh": (lambda t: np.linalg.eigh(symmetric(t))[0], lambda n: 9 * n**3 // 2),
    "cofactors": (lambda t: apply(cofactor_row, t), lambda n: 12 * n**3),
    "slope of cofactors": (lambda t: apply(cofactor_slope_row, t, t), lambda n: 16 * n**3),
}
TALL: dict[str, tuple[Callable[[Any], Any], Callable[[int, int], int]]] = {
    "svd": (np.linalg.svdvals, lambda m, n: 7 * m * n**2 + 4 * n**3),
    "svd of the transposed": (
        lambda t: np.linalg.svdvals(np.swapaxes(t, -1, -2)),
        lambda m, n: 7 * m * n**2 + 4 * n**3,
    ),
    "all left vectors": (
        lambda t: np.linalg.svd(t)[0],
        lambda m, n: (1 + (m > n)) * (7 * m * n**2 + 4 * n**3),
    ),
    "pinv": (np.linalg.pinv, lambda m, n: 8 * m * n**2 + 4 * n**3),
    "qr": (lambda t: np.linalg.qr(t)[1], lambda m, n: 2 * m * n**2 - 2 * n**3 // 3),
}


def matrices(*shape: int) -> np.ndarray:
    """Well-conditioned matrices."""
    *_, m, n = shape
    return np.random.default_rng(m + n).normal(size=shape) + 5 * np.eye(m, n)


@pytest.mark.parametrize(("f", "formula"), SQUARE.values(), ids=SQUARE)
def test_a_function_of_square_matrices_counts_as_documented(f: Any, formula: Callable[[int], int]) -> None:
    for n in (2, 4, 5):
        assert forward(f, matrices(n, n)).forward_multiply_adds == formula(n)
        assert forward(f, matrices(3, 2, n, n)).forward_multiply_adds == 6 * formula(n)


@pytest.mark.parametrize(("f", "formula"), TALL.values(), ids=TALL)
def test_a_function_of_tall_matrices_counts_as_documented(f: Any, formula: Callable[[int, int], int]) -> None:
    for m, n in ((2, 2), (4, 4), (5, 2), (7, 4)):
        assert forward(f, matrices(m, n)).forward_multiply_adds == formula(m, n)
        assert forward(f, matrices(3, 2, m, n)).forward_multiply_adds == 6 * formula(m, n)


def test_least_squares_count_as_the_pseudo_inverse_and_a_product() -> None:
    for m, n in ((4, 4), (7, 4)):
        cost = forward(lambda t: apply(lstsq_of(1e-12), t, t[:, :2]), matrices(m, n))
        assert cost.forward_multiply_adds == TALL["pinv"][1](m, n) + m * n * 2
