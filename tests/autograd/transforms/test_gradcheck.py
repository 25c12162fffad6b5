"""`gradcheck` passes right derivatives and names wrong ones."""

from typing import Any

import numpy as np
import pytest

from autograd import GradientError, Primitive, apply, gradcheck, logsumexp, relu, softmax, values
from autograd.rules.arrays import ArrayPrimitive, LinearMap

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(
    ("f", "args"),
    [
        (np.tanh, (0.5,)),
        (lambda x, y: x**y, (2.0, 1.5)),
        (
            lambda x, y: {"a": np.tanh(x @ y), "b": [softmax(x), y[0]]},
            (np.eye(2, 3), RNG.normal(size=(3, 2))),
        ),
        (lambda x: logsumexp(x, axis=None) * np.max(x, axis=0), (RNG.normal(size=(2, 2)),)),
        (lambda v: v[0] * v[1], (values([2.0, 3.0]),)),
        (lambda x: 3.0, (1.0,)),
    ],
)
def test_right_derivatives_pass(f: Any, args: tuple[Any, ...], order: int) -> None:
    assert gradcheck(f, *args, order=order) is True


def test_a_wrong_derivative_is_named() -> None:
    wrong = Primitive("wrong", "wrong", lambda a: a * a, lambda out, a: (a,))
    with pytest.raises(GradientError, match=r"derivative by args\[0\]\[1\], .* is .* but differences say 4"):
        gradcheck(lambda x: apply(wrong, x), np.array([0.0, 2.0]))


def test_a_wrong_transpose_is_found_in_reverse() -> None:
    def partials(out: Any, a: Any) -> tuple[LinearMap]:
        return (LinearMap(push=lambda t: t[::-1], pull=lambda g: g),)

    wrong = ArrayPrimitive("wrong", lambda a: a[::-1], partials)
    with pytest.raises(GradientError, match="reverse"):
        gradcheck(lambda x: apply(wrong, x), np.array([1.0, 2.0]))


def test_a_wrong_second_derivative_is_found_at_order_two() -> None:
    # The derivative is right, but recorded as a constant.
    sly = Primitive("sly", "sly", lambda a: a * a, lambda out, a: (2 * np.asarray(getattr(a, "_data", a)),))
    assert gradcheck(lambda x: apply(sly, x), np.array([1.0, 2.0]))
    with pytest.raises(GradientError, match="second derivative"):
        gradcheck(lambda x: apply(sly, x), np.array([1.0, 2.0]), order=2)


def test_nan_fails() -> None:
    bad = Primitive("bad", "bad", lambda a: a * a, lambda out, a: (a * np.nan,))
    with pytest.raises(GradientError, match="nan"):
        gradcheck(lambda x: apply(bad, x), np.array([1.0, 2.0]))


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match=r"args\[0\] is in single precision"):
        gradcheck(np.tanh, np.ones(2, np.float32))
    with pytest.raises(ValueError, match="the order is 1 or 2, not 3"):
        gradcheck(np.tanh, 1.0, order=3)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(
    ("f", "x"),
    [
        (np.log, 1e-3),
        (np.log, 1e-9),
        (np.log, 1e8),
        (np.sqrt, 1e-12),
        (lambda x: 1 / x, -1e-8),
        (lambda x: x**-2, 1e-5),
        (lambda x: x * np.log(x), 1e-6),
        (lambda x: np.log(x - 3), 3 + 1e-6),
        (lambda x: 1 / (x - 3), 3 - 1e-6),
        (lambda x: np.sin(x), 1e8),
        (lambda x: np.tanh(1e5 * x), 1e-6),
        (lambda x: np.exp(x), -700.0),
        (lambda x: 1e8 + x, 1.0),
        (abs, -1e-9),
        (relu, 1e-8),
    ],
)
def test_steps_fit_the_function(f: Any, x: float, order: int) -> None:
    assert gradcheck(f, x, order=order)
    assert gradcheck(f, np.array([5.0, x]), order=order)


@pytest.mark.parametrize("x", [1e-6, 1e-3, 1.0, 5.0])
def test_an_almost_right_derivative_fails_at_any_scale(x: float) -> None:
    almost = Primitive("almost", "~", lambda a: np.log(a), lambda out, a: (1.00001 / a,))
    with pytest.raises(GradientError):
        gradcheck(lambda v: apply(almost, v), np.array([x]))


def test_a_function_undefined_nearby_is_checked_from_closer() -> None:
    def root(x: Any) -> Any:
        if x.data < 0:
            raise ValueError("negative")
        return np.sqrt(x)

    assert gradcheck(root, 1e-7)


def test_a_kink_fails() -> None:
    with pytest.raises(GradientError, match=r"is 0, but differences say 0\.5"):
        gradcheck(relu, 0.0)


def test_the_message_names_the_element_that_is_furthest_off() -> None:
    slopes, claimed = np.array([1.0, 1000.0, 1.0, 2.0]), np.array([1.0, 1005.0, 11.0, 2.0])
    wrong = Primitive("off", "off", lambda a: a * slopes, lambda out, a: (claimed,))
    with pytest.raises(GradientError, match=r"is 11, but differences say 1$"):
        gradcheck(lambda x: apply(wrong, x + np.zeros(4)), 2.0)
