"""Zeros, subnormals, ties, infinities and NaN: every row, by every method, is checked against PyTorch."""

from __future__ import annotations

import math
from fractions import Fraction

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
from autograd.numbers.counted import Counted, Ledger
from autograd.numbers.dual import Dual
from autograd.rules.primitive import TABLE
from tests.cases import EXACT_ARRAY_METHODS, EXACT_METHODS

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

POINTS = [
    0.0,
    -0.0,
    5e-324,
    -5e-324,
    1e-310,
    1.0,
    -1.0,
    40.0,
    -40.0,
    800.0,
    -800.0,
    math.inf,
    -math.inf,
    math.nan,
]
PAIRS = [np.ravel(x) for x in np.meshgrid(POINTS, POINTS)]

UNARY = {
    "relu": (relu, torch.relu),
    "abs": (np.abs, torch.abs),
    "sqrt": (np.sqrt, torch.sqrt),
    "exp": (np.exp, torch.exp),
    "log": (np.log, torch.log),
    "sin": (np.sin, torch.sin),
    "cos": (np.cos, torch.cos),
    "tanh": (np.tanh, torch.tanh),
    "sigmoid": (sigmoid, torch.sigmoid),
    "softplus": (softplus, torch.nn.functional.softplus),
    "square": (np.square, torch.square),
    "neg": (np.negative, torch.neg),
    "x**0": (lambda x: x**0, lambda x: x**0),
    "x**1": (lambda x: x**1, lambda x: x**1),
    "x**2": (lambda x: x**2, lambda x: x**2),
    "x**3": (lambda x: x**3, lambda x: x**3),
    "x**-1": (lambda x: x**-1, lambda x: x**-1),
    "2**x": (lambda x: 2.0**x, lambda x: 2.0**x),
}
BINARY = {
    "add": (np.add, torch.add),
    "sub": (np.subtract, torch.sub),
    "mul": (np.multiply, torch.mul),
    "div": (np.divide, torch.div),
    "maximum": (np.maximum, torch.maximum),
    "minimum": (np.minimum, torch.minimum),
}


def alike(ours, theirs) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)


def torch_slopes(f, *points):
    inputs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in points]
    f(*inputs).sum().backward()
    return [x.grad.numpy() for x in inputs]


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("method", EXACT_ARRAY_METHODS)
def test_a_row_of_one_input_on_tensors(name: str, method: str) -> None:
    f, theirs = UNARY[name]
    x = Tensor(POINTS)
    alike(gradient(f(x).sum(), [x], method=method).values[0], torch_slopes(theirs, POINTS)[0])


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("method", ["backprop", "forward"])
def test_a_row_of_two_inputs_on_tensors(name: str, method: str) -> None:
    f, theirs = BINARY[name]
    inputs = [Tensor(x) for x in PAIRS]
    for ours, right in zip(
        gradient(f(*inputs).sum(), inputs, method=method).values, torch_slopes(theirs, *PAIRS), strict=True
    ):
        alike(ours, right)


def test_the_slope_of_a_power_by_its_base() -> None:
    base, exponent = PAIRS
    x = Tensor(base)
    np.power(x, Tensor(exponent)).sum().backward()
    alike(x.grad, torch_slopes(torch.pow, base, exponent)[0])


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("method", ["backward", *EXACT_METHODS])
def test_a_row_of_one_input_on_values(name: str, method: str) -> None:
    """A Value gives PyTorch's slope, or an error that says where it is undefined."""
    f, theirs = UNARY[name]
    tested = 0
    for point, right in zip(POINTS, torch_slopes(theirs, POINTS)[0], strict=True):
        x = Value(point)
        try:
            y = f(x)
            if method == "backward":
                y.backward()
            found = x.grad if method == "backward" else gradient(y, [x], method=method).values[0]
        except (ArithmeticError, ValueError):
            continue
        tested += 1
        alike(found, right)
    assert tested >= 5


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_extrema_of_other_numbers_at_ties_and_nan(name: str) -> None:
    row = TABLE[name]
    for a, b in [(1.0, 1.0), (0.0, -0.0), (math.nan, 1.0), (1.0, math.nan), (math.inf, math.inf), (1.0, 2.0)]:
        da, db = (float(x) for x in torch_slopes(getattr(torch, name), a, b))
        right = float(getattr(np, name)(a, b))
        assert [float(x) for x in row.partials(row.forward(a, b), a, b)] == [da, db]
        ledger = Ledger()
        dual = getattr(Dual(a, 1.0), name)(Dual(b, 10.0))
        counted = getattr(Counted(a, ledger), name)(Counted(b, ledger))
        np.testing.assert_array_equal([row.forward(a, b), dual.data, counted.data], [right] * 3)
        assert dual.tangent == da + 10 * db
        assert ledger.counts["multiplications"] == 1
    half = Fraction(1, 2)
    assert row.forward(half, half) == half
    assert [float(x) for x in row.partials(half, half, half)] == [0.5, 0.5]
    x, y = Value(half), Value(Fraction(1, 3))
    z = getattr(x, name)(y)
    z.backward()
    assert z.data == (half if name == "maximum" else Fraction(1, 3))
    assert (x.grad, y.grad) == ((1, 0) if name == "maximum" else (0, 1))


def test_the_sigmoid_keeps_its_digits_on_both_sides() -> None:
    right = math.exp(-40) / (1 + math.exp(-40)) ** 2
    for point in (40.0, -40.0):
        for x in (Value(point), Tensor(point)):
            y = sigmoid(x)
            y.backward()
            assert float(x.grad) == pytest.approx(right, rel=1e-15, abs=0)
        assert grad(grad(softplus))(point) == pytest.approx(right, rel=1e-15, abs=0)
    assert grad(softplus)(-40.0) == pytest.approx(math.exp(-40), rel=1e-15, abs=0)


def test_a_row_of_a_power_is_its_own_for_each_zero() -> None:
    for base in (0.0, -0.0, 0.0):
        assert math.copysign(1, (base ** Value(3.0)).data) == math.copysign(1, base)
        assert math.copysign(1, (base ** Tensor(3.0)).item()) == math.copysign(1, base)
    x = Value(2.0)
    assert (x**3).primitive is (x**3).primitive
    assert (x**3).primitive is not (x**3.0).primitive


def test_a_power_of_zero_is_constant_at_subnormal_numbers_too() -> None:
    x, b = Value(5e-324), Value(0.0)
    (x**b).backward()
    assert x.grad == 0
    assert b.grad == math.log(5e-324)


@pytest.mark.parametrize(
    ("numbers", "slopes"),
    [
        ([1.0, math.nan, math.nan], [0, 0.5, 0.5]),
        ([2.0, 2.0, 1.0], [0.5, 0.5, 0]),
        ([math.inf, math.inf, 0.0], [0.5, 0.5, 0]),
    ],
)
def test_an_extremum_over_an_axis_passes_nan_on_to_nan(numbers: list[float], slopes: list[float]) -> None:
    for f, sign in ((np.max, 1), (np.min, -1)):
        x = Tensor(sign * np.array(numbers))
        f(x).backward()
        np.testing.assert_array_equal(x.grad, slopes)


@pytest.mark.parametrize("base", [0.0, 2.0, 0.5])
@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0, 3.0])
def test_second_derivatives_of_a_power_in_both_are_finite_and_symmetric(base: float, exponent: float) -> None:
    a, b = base, exponent
    log = math.log(a) if a else 0.0  # 0**b stays 0 as b moves
    by_base = b * (b - 1) * a ** (b - 2) if b not in (0, 1) else 0.0
    mixed = a ** (b - 1) * (1 + b * log) if a else 0.0
    right = [[by_base, mixed], [mixed, a**b * log**2]]
    second = hessian(lambda v: v[0] ** v[1])
    np.testing.assert_allclose(second([a, b]), right, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(second([np.array(a), np.array(b)]), right, rtol=1e-14, atol=1e-15)
