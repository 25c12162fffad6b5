"""Results without a derivative are refused, constants are not, by every transform."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, compile, grad, hessian, jacobian, jvp, value_and_grad, vjp  # noqa: A004

TRANSFORMS: list[Callable[[Any, Any], Any]] = [
    lambda f, x: grad(f)(x),
    lambda f, x: value_and_grad(f)(x),
    lambda f, x: jacobian(f)(x),
    lambda f, x: hessian(f)(x),
    lambda f, x: vjp(f, x),
    lambda f, x: jvp(f, (x,), (np.ones(2) if np.ndim(x) else 1.0,)),
]
by_every_transform = pytest.mark.parametrize("transform", TRANSFORMS)
X = np.array([3.0, 1.0])


@by_every_transform
@pytest.mark.parametrize(
    ("f", "x", "message"),
    [
        (lambda x: x[0] > 2, X, "the result is a truth value"),
        (lambda x: x > 2, 3.0, "the result is a truth value"),
        (lambda x: bool(x[0] > 2), X, "the result is a truth value"),
        (lambda x: np.argmax(x), X, "the result is a whole number"),
        (lambda x: np.argsort(x)[0], X, "the result is a whole number"),
        (lambda x: np.sum(x.data**2), X, "depends on the arguments but is a plain number"),
        (lambda x: float(np.sum(x * x).data), X, "depends on the arguments but is a plain number"),
        (lambda x: x.data**2, 3.0, "depends on the arguments but is a plain number"),
        (lambda x: (x * x).item(), 3.0, "depends on the arguments but is a plain number"),
        (lambda x: sum(v.item() for v in x), X, "depends on the arguments but is a plain number"),
    ],
)
def test_a_silent_zero_is_refused(transform: Any, f: Any, x: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        transform(f, x)


@pytest.mark.parametrize("f", [lambda x: x > X, lambda x: np.argsort(x), lambda x: x.data * 2])
def test_arrays_are_refused_too(f: Any) -> None:
    for call in (lambda: jacobian(f)(X), lambda: vjp(f, X), lambda: jvp(f, (X,), (X,))):
        with pytest.raises(TypeError, match="derivative"):
            call()


@by_every_transform
@pytest.mark.parametrize(
    "f", [lambda x: 3.0, lambda x: 3, lambda x: np.float64(3), lambda x: Tensor(2.0) * 1]
)
def test_a_constant_is_no_error(transform: Any, f: Any) -> None:
    for x in (2.0, X):
        transform(f, x)
        assert not np.any(grad(f)(x))


def test_a_branch_may_be_constant() -> None:
    assert grad(lambda x: 0 if x < 5 else x * x)(3.0) == 0.0
    assert grad(grad(lambda x: 2 * x))(3.0) == 0.0
    np.testing.assert_array_equal(hessian(lambda x: X @ x)(X), np.zeros((2, 2)))
    assert grad(lambda x: np.sum(x.detach() ** 2))(X).tolist() == [0.0, 0.0]


def test_plain_numbers_may_accompany_a_result() -> None:
    (loss, right), pullback = vjp(lambda x: (x @ x, int(np.argmax(x))), X)
    assert (loss, right) == (10.0, 0)
    np.testing.assert_array_equal(pullback((1.0, 0.0))[0], 2 * X)
    moved = jvp(lambda x: (np.argmax(x), x @ x), (X,), (np.ones(2),))
    assert moved == ((0, 10.0), (0, 8.0))
    assert vjp(lambda x: (np.argmax(x), x @ x), X)[0] == (0, 10.0)
    with pytest.raises(TypeError, match=r"the result\[1\] is a whole number"):
        jacobian(lambda x: (x @ x, np.argmax(x)))(X)


@pytest.mark.parametrize("f", [lambda x: x[0] > 2, lambda x: np.argmax(x), lambda x: np.sum(x.data**2)])
def test_compiled_derivatives_refuse_them(f: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"derivative|may differ"):
        compile(grad(f))(X)


def test_the_function_runs_once_more_only_for_a_plain_result() -> None:
    runs = []

    def f(x: Any) -> Any:
        runs.append(x)
        return x * x if len(runs) == 1 else 3.0

    grad(f)(2.0)
    assert len(runs) == 1
    grad(f)(2.0)
    assert len(runs) == 3


def test_writing_into_an_array_is_explained() -> None:
    def f(x: Any) -> Any:
        c = np.zeros(2)
        c[0] = x[0] * x[0]
        return c

    with pytest.raises(TypeError, match=r"np\.stack"):
        jacobian(f)(X)
