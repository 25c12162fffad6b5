"""`np.linalg` and products where the formulas are hard: zeros, singular matrices, equal eigenvalues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, apply, compile, grad, gradient, hessian, jvp  # noqa: A004
from autograd.rules.solving import lstsq_of

linalg = np.linalg
S = np.array([[2.1, 0.3, -0.4], [0.2, 1.9, 0.6], [-0.5, 0.1, 2.4]])
TALL = np.concatenate([S, [[0.7, -1.3, 0.4]]])
SINGULAR = {
    "of rank n - 1": np.array([[1.0, 2.0, 0.5], [2.0, 4.0, 1.0], [0.0, 1.0, -1.0]]),
    "of rank n - 2": np.outer([1.0, 2.0, -0.5], [0.5, -1.0, 3.0]),
    "of zeros": np.zeros((3, 3)),
    "of rank n - 3": np.outer([1.0, 2.0, -0.5, 1.5], [0.5, -1.0, 3.0, 1.0]),
    "of one number": np.zeros((1, 1)),
}
ZEROS = ([2.0, 0.0, 3.0], [0.0, 0.0, 3.0], [0.0, 0.0, 0.0], [0.0, 2.0, 3.0, 0.0, 5.0])


def symmetric(t: Any) -> Any:
    return (t + np.swapaxes(t, -1, -2)) * 0.5


def moved(f: Callable[[np.ndarray], Any], x: np.ndarray, tangent: np.ndarray, step: float) -> Any:
    """The derivative along a tangent, exact for polynomials of degree 4."""
    near, far = (
        f(x + step * tangent) - f(x - step * tangent),
        f(x + 2 * step * tangent) - f(x - 2 * step * tangent),
    )
    return (8 * near - far) / (12 * step)


def slopes(f: Callable[[np.ndarray], Any], x: np.ndarray, step: float) -> np.ndarray:
    found = [moved(f, x, unit.reshape(x.shape), step) for unit in np.eye(x.size)]
    return np.array(found).reshape(x.shape)


# ---- products with zeros


@pytest.mark.parametrize("x", ZEROS)
@pytest.mark.parametrize("f", [np.prod, lambda t: np.sum(np.cumprod(t) * np.arange(1.0, len(t) + 1))])
def test_products_at_zeros(f: Any, x: list[float]) -> None:
    point, first = np.array(x), grad(f)
    np.testing.assert_allclose(first(point), slopes(f, point, 1.0), atol=1e-12)
    second = [slopes(lambda y, i=i: first(y)[i], point, 1.0) for i in range(len(x))]
    np.testing.assert_allclose(hessian(f)(point), second, atol=1e-12)
    third = lambda y: np.sum(hessian(f)(y) * np.arange(float(point.size**2)).reshape(len(x), -1))  # noqa: E731
    np.testing.assert_allclose(grad(third)(point), slopes(third, point, 1.0), atol=1e-10)


def test_products_and_running_products_of_many_numbers() -> None:
    x = np.linspace(0.9, 1.1, 5001)
    np.testing.assert_allclose(grad(np.prod)(x), np.prod(x) / x)
    total = grad(lambda t: np.sum(np.cumprod(t)))(x)
    np.testing.assert_allclose(total, np.cumsum(np.cumprod(x)[::-1])[::-1] / x)


def test_a_product_of_infinities_and_nan_is_numpys() -> None:
    for x in ([np.inf, 2.0], [np.inf, 0.0], [np.nan, 1.0]):
        with np.errstate(invalid="ignore"):
            np.testing.assert_equal(np.prod(Tensor(x)).data, np.prod(x))
            np.testing.assert_equal(np.cumprod(Tensor(x)).data, np.cumprod(x))


# ---- determinants


@pytest.mark.parametrize("name", SINGULAR)
def test_the_determinant_of_a_singular_matrix(name: str) -> None:
    a = SINGULAR[name]
    n = len(a)
    tangent = np.random.default_rng(0).normal(size=a.shape)
    np.testing.assert_allclose(grad(linalg.det)(a), slopes(linalg.det, a, 1.0), atol=1e-12)
    np.testing.assert_allclose(
        jvp(linalg.det, (a,), (tangent,))[1], moved(linalg.det, a, tangent, 1.0), atol=1e-12
    )
    second = hessian(linalg.det)(a).reshape(n * n, n * n)
    wanted = [moved(grad(linalg.det), a, unit.reshape(n, n), 1.0).ravel() for unit in np.eye(n * n)]
    np.testing.assert_allclose(second, wanted, atol=1e-11)


def test_third_derivatives_of_the_determinant() -> None:
    second = lambda t: np.sum(hessian(linalg.det)(t) * np.linspace(-1, 1, 81).reshape(3, 3, 3, 3))  # noqa: E731
    np.testing.assert_allclose(grad(second)(S), slopes(second, S, 1.0), atol=1e-11)
    with pytest.raises(linalg.LinAlgError, match="singular"):
        grad(second)(SINGULAR["of rank n - 1"])


def test_the_logarithm_of_a_determinant() -> None:
    assert linalg.slogdet(Tensor(-S)).sign.data == -1
    x = Tensor(-S)
    linalg.slogdet(x).logabsdet.backward()
    np.testing.assert_allclose(x.grad, linalg.inv(-S).T)
    assert linalg.slogdet(Tensor(np.ones((2, 2)))).logabsdet.data == -np.inf
    with pytest.raises(linalg.LinAlgError, match=r"derivative of slogdet.*singular"):
        grad(lambda t: linalg.slogdet(t)[1])(np.ones((2, 2)))


# ---- equal eigenvalues and singular values

TWICE = np.diag([1.0, 1.0, 2.0])
TURNED = linalg.qr(S)[0] @ TWICE @ linalg.qr(S)[0].T  # its eigenvalues are equal up to rounding errors


@pytest.mark.parametrize("a", [np.eye(3), TWICE, TURNED, np.zeros((3, 3))], ids=["1", "2", "turned", "0"])
def test_symmetric_functions_of_equal_eigenvalues(a: np.ndarray) -> None:
    total, squares = (
        grad(lambda t: np.sum(linalg.eigvalsh(t))),
        grad(lambda t: np.sum(linalg.eigvalsh(t) ** 2)),
    )
    np.testing.assert_allclose(total(a), np.eye(3), atol=1e-13)
    np.testing.assert_allclose(squares(a), 2 * a, atol=1e-13)
    np.testing.assert_allclose(grad(lambda t: np.sum(linalg.svdvals(t) ** 2))(a), 2 * a, atol=1e-13)


@pytest.mark.parametrize("a", [TWICE, TURNED])
def test_the_projection_on_the_space_of_equal_eigenvalues(a: np.ndarray) -> None:
    def projected(t: Any) -> Any:
        vectors = linalg.eigh(symmetric(t))[1][:, :2]
        return np.sum(S * (vectors @ vectors.T))

    np.testing.assert_allclose(grad(projected)(a), slopes(projected, a, 1e-3), atol=1e-8)


def test_a_second_derivative_by_equal_eigenvalues_is_nan() -> None:
    squares = hessian(lambda t: np.sum(linalg.eigvalsh(t) ** 2))
    assert np.isnan(squares(TWICE)).any()
    assert np.isfinite(squares(np.diag([1.0, 1.5, 2.0]))).all()
    # Of an eigenvalue by itself it is finite beside equal ones.
    apart = hessian(lambda t: linalg.eigvalsh(t)[2])(np.diag([1.0, 1.0, 3.0]))
    np.testing.assert_allclose(apart[0, 2], [[0, 0, 0.25], [0, 0, 0], [0.25, 0, 0]], atol=1e-12)


def test_singular_values_of_a_matrix_without_full_rank() -> None:
    a = np.outer([1.0, 2.0, -2.0], [3.0, 4.0])
    np.testing.assert_allclose(grad(lambda t: linalg.svdvals(t)[0])(a), a / 15)
    np.testing.assert_allclose(grad(lambda t: linalg.norm(t, 2))(np.eye(2)), np.eye(2) / 2)
    np.testing.assert_allclose(grad(lambda t: linalg.norm(t, "nuc"))(np.eye(2)), np.eye(2))


# ---- norms


@pytest.mark.parametrize("order", [None, 2, 1, 3, 1.5, 0.5, -2, np.inf, -np.inf, 0])
def test_the_norm_of_zeros_does_not_move(order: Any) -> None:
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(grad(lambda t: linalg.norm(t, order))(np.zeros(3)), np.zeros(3))
        assert linalg.norm(Tensor(np.zeros(3)), order).data == linalg.norm(np.zeros(3), order)


@pytest.mark.parametrize("order", [None, "fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf])
def test_the_norm_of_a_matrix_of_zeros_does_not_move(order: Any) -> None:
    np.testing.assert_array_equal(grad(lambda t: linalg.norm(t, order))(np.zeros((2, 3))), np.zeros((2, 3)))


@pytest.mark.parametrize("order", [0.5, 1, 1.5, 2, 3, -1, 0])
def test_a_norm_beside_an_element_of_zero(order: float) -> None:
    x = np.array([3.0, 0.0, -4.0])
    with np.errstate(divide="ignore"):
        assert linalg.norm(Tensor(x), order).data == pytest.approx(linalg.norm(x, order))
        slope = grad(lambda t: linalg.norm(t, order))(x)
    others = x[[0, 2]]  # the norm moves as theirs does
    wanted = linalg.norm(others, order) ** (1 - order) * np.abs(others) ** (order - 1) * np.sign(others)
    np.testing.assert_allclose(slope[[0, 2]], wanted if order > 0 else 0)
    assert slope[1] == 0


def test_ties_of_the_greatest_element_share_the_derivative() -> None:
    np.testing.assert_array_equal(
        grad(lambda t: linalg.norm(t, np.inf))(np.array([2.0, -2.0, 1.0])), [0.5, -0.5, 0]
    )


# ---- least squares


def test_least_squares_without_full_rank() -> None:
    a, b = np.outer([1.0, 2.0, 3.0], [1.0, -1.0]), np.array([1.0, 0.5, 2.0])
    solution, residuals, rank, values = linalg.lstsq(Tensor(a), Tensor(b))
    wanted = linalg.lstsq(a, b)
    np.testing.assert_allclose(solution.data, wanted[0])
    assert (residuals.shape, rank) == ((0,), 1)
    np.testing.assert_allclose(values.data, wanted[3], atol=1e-15)


def test_the_rank_in_a_compiled_function_is_its_own_at_every_call() -> None:
    rank = compile(lambda a: linalg.lstsq(a, [1.0, 2.0, 3.0, 4.0])[2])
    assert rank(TALL) == 3
    assert rank(np.ones((4, 3))) == 1


# ---- results, costs and messages


def test_results_are_numpys_named_tuples() -> None:
    for function in (linalg.eigh, linalg.svd, linalg.qr, linalg.slogdet):
        assert type(function(Tensor(S))) is type(function(S))
    assert linalg.eigh(Tensor(S @ S.T)).eigenvectors.shape == (3, 3)


@pytest.mark.parametrize(
    ("f", "multiply_adds"),
    [
        (linalg.inv, 27),
        (linalg.det, 9),
        (lambda t: linalg.solve(t, np.ones(3)), 9 + 9),
        (lambda t: linalg.cholesky(t @ t.T), 27 + 4),
        (lambda t: linalg.eigvalsh(symmetric(t)), 121),
        (linalg.svdvals, 11 * 27),
        (lambda t: linalg.pinv(t), 12 * 27),
        (lambda t: linalg.pinv(t[:2]), 8 * 3 * 4 + 4 * 8),
        (lambda t: apply(lstsq_of(1e-12), t, np.ones((3, 2))), 12 * 27 + 9 * 2),
        (lambda t: linalg.qr(t)[1], 36),
        (lambda t: linalg.inv(np.stack([t, t])), 54),
    ],
)
def test_the_work_of_a_factorization_is_counted(f: Any, multiply_adds: int) -> None:
    x = Tensor(S)
    cost = gradient(np.sum(f(x)), [x]).cost
    assert cost.forward_multiply_adds == multiply_adds
    assert cost.multiply_adds > 0 or f is linalg.det


def test_a_product_counts_its_multiplications() -> None:
    x = Tensor(np.arange(1.0, 5.0))
    assert gradient(np.prod(x), [x]).cost.forward == 3
    assert gradient(np.cumsum(x)[-1], [x]).cost.forward == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linalg.inv(Tensor(np.ones((2, 2)))), "singular: np.linalg.pinv"),
        (lambda: linalg.solve(Tensor(np.ones((2, 2))), np.ones(2)), "singular: np.linalg.pinv"),
        (lambda: linalg.inv(Tensor(TALL)), r"np.linalg.inv takes square matrices, not .* \(4, 3\)"),
        (lambda: linalg.det(Tensor(np.ones(3))), r"np.linalg.det takes square matrices, not .* \(3,\)"),
        (lambda: linalg.svd(Tensor(2.0)), r"np.linalg.svd takes matrices, not an array of shape \(\)"),
        (lambda: linalg.cholesky(Tensor(-S)), "not positive definite"),
        (lambda: linalg.cond(Tensor(TALL), 1), "takes square matrices"),
        (lambda: linalg.lstsq(Tensor(TALL), np.ones(3)), "as many rows"),
    ],
)
def test_an_error_of_linear_algebra_keeps_its_type(call: Any, message: str) -> None:
    with pytest.raises(linalg.LinAlgError, match=message):
        call()


def test_complex_results_are_refused_with_advice_that_works() -> None:
    t = Tensor(S + S.T)
    with pytest.raises(TypeError, match=r"complex.*write np.linalg.eigh\(t\)"):
        linalg.eig(t)
    with pytest.raises(TypeError, match=r"complex.*write np.linalg.eigvalsh\(t\)"):
        linalg.eigvals(t)
    np.testing.assert_allclose(linalg.eigh(t)[0].data, np.sort(linalg.eigvals(t.data).real))


def test_a_product_of_many_matrices_takes_the_fewest_multiplications() -> None:
    x = Tensor(np.linspace(-1, 1, 20))
    column, row = x.reshape(20, 1), x.reshape(1, 20)
    product = linalg.multi_dot([column, row, column, row])
    assert gradient(np.sum(product), [x]).cost.forward_multiply_adds == 20 + 20 + 400
    np.testing.assert_allclose(product.data, linalg.multi_dot([column.data, row.data, column.data, row.data]))


@pytest.mark.parametrize(
    "f",
    [
        *(linalg.inv, linalg.pinv, linalg.det, linalg.svdvals, lambda t: linalg.qr(t)[1]),
        *(lambda t: linalg.slogdet(t)[1], lambda t: linalg.cholesky(t @ np.swapaxes(t, -1, -2))),
        lambda t: linalg.eigh(symmetric(t))[0],
        lambda t: linalg.solve(t, np.ones((3, 1))),
    ],
)
def test_a_stack_of_stacks_is_a_longer_stack(f: Any) -> None:
    matrices = np.stack([S, S + np.eye(3), S @ S, 2 * S])
    wanted = grad(lambda t: np.sum(f(t) ** 2))(matrices)
    found = grad(lambda t: np.sum(f(t) ** 2))(matrices.reshape(2, 2, 3, 3))
    np.testing.assert_allclose(found.reshape(4, 3, 3), wanted, rtol=1e-12, atol=1e-12)
    tangent = np.random.default_rng(6).normal(size=matrices.shape)
    moved = jvp(f, (matrices,), (tangent,))[1]
    stacked = jvp(f, (matrices.reshape(2, 2, 3, 3),), (tangent.reshape(2, 2, 3, 3),))[1]
    np.testing.assert_allclose(np.reshape(stacked, np.shape(moved)), moved, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(0, 0), (2, 0, 0), (0, 3, 3)])
def test_determinants_of_nothing_have_slopes_of_their_shape(shape: tuple[int, ...]) -> None:
    assert grad(lambda t: np.sum(linalg.det(t)))(np.zeros(shape)).shape == shape
