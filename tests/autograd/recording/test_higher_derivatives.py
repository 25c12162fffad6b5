"""Second and third derivatives, at kinks and far from 0 too."""

import math

import numpy as np
import pytest

from autograd import (
    Tensor,
    Value,
    grad,
    gradient,
    hessian,
    relu,
    sigmoid,
    softplus,
)

THIRD = {
    # name: (function, third derivative)
    "x ** 2": (lambda x: x**2, lambda x: 0.0),
    "x ** 3": (lambda x: x**3, lambda x: 6.0),
    "x ** 3.0": (lambda x: x**3.0, lambda x: 6.0),
    "x ** 1": (lambda x: x**1, lambda x: 0.0),
    "x ** 0": (lambda x: x**0, lambda x: 0.0),
    "square": (np.square, lambda x: 0.0),
    "tanh": (np.tanh, lambda x: (6 * np.tanh(x) ** 2 - 2) * (1 - np.tanh(x) ** 2)),
    "sigmoid": (sigmoid, lambda x: s(x) * (1 - s(x)) * (1 - 6 * s(x) + 6 * s(x) ** 2)),
    "softplus": (softplus, lambda x: s(x) * (1 - s(x)) * (1 - 2 * s(x))),
    "abs": (abs, lambda x: 0.0),
    "relu": (relu, lambda x: 0.0),
    "sin": (np.sin, lambda x: -np.cos(x)),
    "2 ** x": (lambda x: 2**x, lambda x: np.log(2) ** 3 * 2**x),
    "sqrt": (lambda x: np.sqrt(x + 2), lambda x: 3 / 8 * (x + 2) ** -2.5),
    "log": (lambda x: np.log(x + 2), lambda x: 2 / (x + 2) ** 3),
    "1 / x": (lambda x: 1 / (x + 2), lambda x: -6 / (x + 2) ** 4),
    "product": (lambda x: x * x * x, lambda x: 6.0),
    "power of itself": (lambda x: (x + 2) ** (0 * x + 3), lambda x: 6.0),
    "maximum": (lambda x: np.maximum(x * x, -1.0), lambda x: 0.0),
}


def s(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("point", [-1.5, -0.25, 0.0, 0.5, 3.0])
@pytest.mark.parametrize("name", THIRD)
@pytest.mark.parametrize("kind", [Value, Tensor, lambda x: Tensor([x])], ids=["Value", "scalar", "array"])
@pytest.mark.parametrize("method", ["backprop", "forward"])
def test_third_derivatives(name, point, kind, method):
    function, third = THIRD[name]
    x = kind(point)
    y = function(x)
    for _ in range(3):
        (y,) = gradient(y, [x], method, create_graph=True).values
    np.testing.assert_allclose(np.ravel(y.data), [third(point)], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "abs", "relu", "x ** 2", "x ** 3"])
@pytest.mark.parametrize("point", [-1000.0, 1000.0])
def test_derivatives_are_finite_far_from_zero(name, point):
    x = Tensor([point])
    y, v = THIRD[name][0](x), THIRD[name][0](Value(point))
    for _ in range(3):
        assert np.isfinite(y.data).all()
        assert np.isfinite(v.data)
        (y,) = gradient(y, [x], create_graph=True).values


def test_power_of_arrays_around_zero():
    x, e = Tensor([0.0, 0.0, 0.0, 2.0, 2.0]), np.array([0.0, 1.0, 2.0, 0.0, 3.0])
    (x**e).sum().backward()
    np.testing.assert_array_equal(x.grad, [0, 1, 0, 0, 12])
    (first,) = gradient((x**e).sum(), [x], create_graph=True).values
    (second,) = gradient(first.sum(), [x], create_graph=True).values
    np.testing.assert_array_equal(first.data, [0, 1, 0, 0, 12])
    np.testing.assert_array_equal(second.data, [0, 0, 2, 0, 12])


@pytest.mark.parametrize("kind", [Tensor, Value])
def test_power_has_symmetric_second_derivatives(kind):
    for x, y in ((2.0, 0.0), (2.0, 1.0), (1.0, 1.0), (1.5, 2.5)):
        blocks = hessian(lambda a, b: a**b, (0, 1))(kind(x), kind(y))
        (xx, xy), (yx, yy) = [[float(d.item()) for d in row] for row in blocks]
        log = math.log(x)
        assert xy == yx == pytest.approx(x ** (y - 1) * (1 + y * log))
        assert xx == pytest.approx(y * (y - 1) * x ** (y - 2))
        assert yy == pytest.approx(x**y * log**2)
    assert grad(grad(grad(lambda a: a**a)))(kind(1.0)).item() == pytest.approx(3.0)
