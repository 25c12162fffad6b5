"""Complex steps, forward gradients, simultaneous perturbation: exactness, mean squared errors, refusals."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given

from autograd import (
    METHODS,
    GraphError,
    Tensor,
    Value,
    apply,
    gradient,
    neuron,
    predict,
    primitive,
    relu,
    standard_errors,
)
from autograd.differentiation.methods import accuracy
from autograd.numbers.complex_number import Complex
from autograd.rules.fused import Fused
from tests.cases import every_scalar_case
from tests.graphs import Program, mlp, programs, squared_error

ARITHMETIC = ("add", "sub", "mul", "div", "neg", "square", "identity", "power", "sqrt")
LOGARITHMIC = ("exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "sigmoid", "softplus")
KINKED = ("abs", "relu", "maximum", "minimum", "mod")
CIRCULAR = ("sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "arctanh")
ANALYTIC = {*ARITHMETIC, *LOGARITHMIC, *KINKED, *CIRCULAR}
ESTIMATES = [name for name in METHODS if accuracy(name) == "estimate"]
SLOPES = [0.5, -1.0, 2.0, 0.25, -0.75]


def linear() -> tuple[Value, list[Value]]:
    """A linear function, on which the formulas for the mean squared errors are exact."""
    x = [Value(0.5 * i - 1) for i in range(len(SLOPES))]
    return sum((s * v for s, v in zip(SLOPES, x, strict=True)), start=Value(0.0)), x


def mean_squared_error(method: str, samples: int, seeds: int) -> float:
    root, x = linear()
    errors = [
        np.sum((np.array(gradient(root, x, method, samples=samples, seed=seed).values) - SLOPES) ** 2)
        for seed in range(seeds)
    ]
    return float(np.mean(errors))


def test_every_method_says_how_near_it_is() -> None:
    found = {name: accuracy(name) for name in METHODS}
    assert [name for name in found if found[name] == "approximate"] == [
        "finite_difference",
        "central_difference",
        "complex_step",
    ]
    assert ESTIMATES == ["forward_gradient", "simultaneous_perturbation"]
    assert accuracy("eliminate-reverse") == found["eliminate"] == "exact"


# ---- estimates


@pytest.mark.parametrize("samples", [1, 4])
def test_the_mean_squared_errors_are_the_formulas(samples: int) -> None:
    size, squared = len(SLOPES), float(np.sum(np.square(SLOPES)))
    formulas = {"forward_gradient": size + 1, "simultaneous_perturbation": size - 1}
    for method, factor in formulas.items():
        found = mean_squared_error(method, samples, seeds=4000)
        assert found == pytest.approx(factor * squared / samples, rel=0.1), method


@pytest.mark.parametrize("method", ESTIMATES)
def test_estimates_are_unbiased_within_their_standard_error(method: str) -> None:
    network = mlp([2, 2, 1])
    root, parameters = squared_error(network([0.5, -1.0]), [0.25]), network.parameters()
    right = gradient(root, parameters).values
    found = [gradient(root, parameters, method, seed=seed).values for seed in range(1000)]
    errors = standard_errors(found)
    off = [abs(np.mean(column) - g) for column, g in zip(zip(*found, strict=True), right, strict=True)]
    assert all(distance < 4.5 * error + 1e-9 for distance, error in zip(off, errors, strict=True))
    one = gradient(root, parameters, method, samples=1000, seed=0).values
    assert np.linalg.norm(np.subtract(one, right)) < 0.5 * np.linalg.norm(right)


@pytest.mark.parametrize("method", ESTIMATES)
def test_a_seed_gives_one_estimate_and_another_gives_another(method: str) -> None:
    root, x = linear()
    first, again, other = (gradient(root, x, method, seed=seed).values for seed in (1, 1, 2))
    assert first == again != other
    assert gradient(root, [x[0], x[0]], method).values[0] == gradient(root, [x[0], x[0]], method).values[1]


def test_along_one_sign_the_estimate_of_one_slope_is_central() -> None:
    x = Value(0.3)
    (found,) = gradient(x.sin(), [x], "simultaneous_perturbation").values
    assert found == pytest.approx(np.cos(0.3), abs=1e-9)


@pytest.mark.parametrize("method", ESTIMATES)
@given(program=programs())
def test_their_costs_are_predicted_and_do_not_grow_with_the_number_of_leaves(
    method: str, program: Program
) -> None:
    root, leaves, _ = program.record()
    for samples in (1, 3):
        cost = gradient(root, leaves, method, samples=samples).cost
        assert cost._replace(stored=None) == predict(root, leaves, method, samples=samples)
    whole = gradient(root, leaves).cost
    once = gradient(root, leaves, method).cost
    assert once.forward <= 2 * whole.forward
    assert once.multiplications <= whole.multiplications + 2 * len(leaves) + 1


@pytest.mark.parametrize("method", ESTIMATES)
def test_tensors_are_estimated_in_their_shapes(method: str) -> None:
    rng = np.random.default_rng(0)
    W, b = Tensor(rng.normal(size=(2, 3)), dtype=np.float64), Tensor(rng.normal(size=3))
    loss = np.sum(np.tanh(np.ones((4, 2)) @ W + b))
    right = gradient(loss, [W, b]).values
    found = gradient(loss, [W, b], method, samples=3000).values
    for x, g in zip(found, right, strict=True):
        assert x.shape == g.shape
        assert x == pytest.approx(g, abs=0.3 * np.max(np.abs(g)) + 0.1)


def test_an_integer_leaf_moves_by_fractions() -> None:
    x = Value(2)
    values = [gradient(x * x, [x], method, seed=3).values[0] for method in ESTIMATES]
    assert all(isinstance(value, float) and value for value in values)


def test_an_estimate_is_differentiated_again() -> None:
    x, y = Value(0.5), Value(2.0)
    for method in ESTIMATES:
        first, _ = gradient(x * x * y, [x, y], method, create_graph=True, seed=1).values
        assert isinstance(first, Value)
        assert gradient(first, [x]).values[0] != 0
    first, second = gradient(x + y, [x, y], "forward_gradient", create_graph=True).values
    assert isinstance(first, Value)
    assert isinstance(second, Value)


def test_a_recorded_forward_gradient_is_the_plain_one() -> None:
    x, y = Value(2.0), Value(3.0)
    plain, recorded = (
        gradient(x * y, [x, y], "forward_gradient", create_graph=kept) for kept in (False, True)
    )
    assert [v.data for v in recorded.values] == pytest.approx(plain.values)


# ---- complex steps


@every_scalar_case
def test_a_complex_step_is_exact_but_for_rounding(row, point) -> None:
    leaves = [Value(x) for x in point]
    root = apply(row, *leaves)
    try:
        found = gradient(root, leaves, "complex_step").values
    except ValueError as error:
        if (
            f": {row.name} has no value at a complex number" not in str(error)
            or row.name in ANALYTIC
            or isinstance(row, Fused)
        ):
            raise
        return
    assert found == pytest.approx(gradient(root, leaves).values, rel=1e-12, abs=1e-14)


@given(programs())
def test_complex_steps_agree_with_backprop(program: Program) -> None:
    root, leaves, _ = program.record()
    found, right = gradient(root, leaves, "complex_step").values, gradient(root, leaves).values
    assert found == pytest.approx(right, rel=1e-7, abs=1e-8)


def test_the_smallest_differences_are_seen() -> None:
    # Where finite differences have lost all digits.
    x = Value(1e-3)
    y = (1 - x.cos()) / (x * x)
    (right,) = gradient(y, [x]).values
    (found,) = gradient(y, [x], "complex_step").values
    assert found == pytest.approx(right, rel=1e-6)
    assert gradient(y, [x], "finite_difference").values != pytest.approx([right], rel=1e-3)


@pytest.mark.parametrize(
    ("f", "at", "slope"),
    [
        (abs, -2.0, -1.0),
        (abs, 0.0, -1.0),
        (relu, -1.0, 0.0),
        (relu, 0.0, 0.0),
        (relu, 3.0, 1.0),
        (lambda x: x.maximum(1.0), 2.0, 1.0),
        (lambda x: x.minimum(1.0), 2.0, 0.0),
        (lambda x: x * x if x > 0 else -x, 2.0, 4.0),
        (lambda x: x.clip(-1.0, 1.0), 0.5, 1.0),
        (lambda x: 2.0**x, 1.0, 2 * np.log(2)),
        (lambda x: (-x) ** 3, 2.0, -12.0),
        (lambda x: neuron(x, [x], [x], "relu"), 1.0, 3.0),
    ],
)
def test_kinks_follow_the_real_part(f: Callable[[Value], Value], at: float, slope: float) -> None:
    x = Value(at)
    assert gradient(f(x), [x], "complex_step").values == pytest.approx([slope], rel=1e-14)


def test_an_operation_without_complex_values_is_refused() -> None:
    step = primitive("example floor", lambda x: math.floor(x) + 0.0, lambda out, x: (0.0,))
    x = Value(1.5)
    with pytest.raises(ValueError, match="example floor has no value at a complex number"):
        gradient(apply(step, x), [x], "complex_step")


def test_what_a_complex_number_is() -> None:
    z = Complex(1 + 2j)
    assert repr(z) == "Complex((1+2j))"
    assert (z + 1).data == 2 + 2j
    assert (2 ** Complex(3 + 0j)).data == 8
    assert (z**z).data == (1 + 2j) ** (1 + 2j)
    assert z > 0.5
    assert z < Complex(2 + 0j)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda x: gradient(x * x, [x], "complex_step", step=0),
            ValueError,
            "1e-200 to 1, such as 1e-20, not 0",
        ),
        (lambda x: gradient(x * x, [x], "complex_step", create_graph=True), GraphError, "is not recorded"),
        (lambda x: gradient(Tensor(2.0) * 3, [], "complex_step"), GraphError, "run the program on values"),
        (lambda x: gradient(x * x, [x], "forward_gradient", samples=0), ValueError, "of at least 1, not 0"),
        (
            lambda x: gradient(x, [x], "simultaneous_perturbation", samples=-1),
            ValueError,
            "of at least 1, not -1",
        ),
        (
            lambda x: gradient(x, [x], "simultaneous_perturbation", step=-1),
            ValueError,
            "a number above 0, such as 1e-5",
        ),
        (lambda x: predict(y := x * x, [y], "simultaneous_perturbation"), GraphError, "must be a leaf"),
        (lambda x: gradient(y := x * x, [x, y], "simultaneous_perturbation"), GraphError, "must be a leaf"),
        (lambda x: standard_errors([[1.0]]), ValueError, "at least 2 estimates, not 1"),
    ],
)
def test_what_is_refused(call: Callable[[Value], object], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call(Value(2.0))


def test_standard_errors_of_arrays() -> None:
    found = standard_errors([[np.array([1.0, 2.0]), 1.0], [np.array([3.0, 2.0]), 1.0]])
    np.testing.assert_allclose(found[0], [1.0, 0.0])
    assert found[1] == 0.0


def test_standard_errors_of_gradients_and_of_their_values_are_equal() -> None:
    root, x = linear()
    found = [gradient(root, x, "forward_gradient", seed=seed) for seed in range(3)]
    assert standard_errors(found) == standard_errors(estimate.values for estimate in found)
    with pytest.raises(ValueError, match="of the same values, not of 1 and of 2"):
        standard_errors([[1.0, 2.0], [1.0]])
