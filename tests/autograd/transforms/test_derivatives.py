"""Transforms: checked against calculus and each other, nested, and on every container."""

from collections import namedtuple
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import (
    Tensor,
    Value,
    grad,
    gradient,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    softmax,
    softmax_cross_entropy,
    value_and_grad,
    values,
    vjp,
)

numbers = st.floats(-2, 2)
RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 2))


def energy(x: Any) -> Any:
    return np.sum(np.tanh(x) ** 2) + np.sum(x * x * x)


def energy_slope(x: Any) -> Any:
    t = np.tanh(x)
    return 2 * t * (1 - t * t) + 3 * x * x


@given(numbers)
def test_a_plain_number_gives_a_plain_derivative(x: float) -> None:
    value, slope = value_and_grad(energy)(x)
    assert type(value) is type(slope) is float
    assert value == pytest.approx(np.tanh(x) ** 2 + x**3, abs=1e-12)
    assert slope == pytest.approx(energy_slope(x), abs=1e-12)


def test_a_plain_array_gives_a_plain_array() -> None:
    slope = grad(energy)(X)
    assert type(slope) is np.ndarray
    np.testing.assert_allclose(slope, energy_slope(X), rtol=1e-12)


def test_single_precision_stays() -> None:
    assert grad(energy)(X.astype(np.float32)).dtype == np.float32


def test_integers_are_differentiated_as_floats() -> None:
    assert grad(lambda x: x * x)(3) == 6.0
    np.testing.assert_array_equal(grad(lambda x: np.sum(x * x))(np.array([1, 2])), [2.0, 4.0])


@given(numbers)
def test_nested_to_the_third_order(x: float) -> None:
    def f(x: Any) -> Any:
        return x**4 - np.sin(x)

    assert grad(grad(f))(x) == pytest.approx(12 * x**2 + np.sin(x), abs=1e-12)
    assert grad(grad(grad(f)))(x) == pytest.approx(24 * x + np.cos(x), abs=1e-12)


@pytest.mark.parametrize("power", [1, 2, 3])
def test_powers_at_zero_to_the_fourth_order(power: int) -> None:
    f: Any = lambda x: x**power  # noqa: E731
    found = []
    for _ in range(4):
        f = grad(f)
        found.append(f(0.0))
    assert found == [6.0 * (power == k) if k == 3 else float(k * (power == k)) for k in range(1, 5)]


def test_an_inner_gradient_does_not_see_the_outer_variable() -> None:
    assert grad(lambda x: x * grad(lambda y: x * y)(1.0))(3.0) == 6.0
    # The inner gradient is by y alone, although y equals x.
    assert grad(lambda x: grad(lambda y: x * y)(x))(3.0) == 1.0


def test_argnums_choose_and_order() -> None:
    def f(a: Any, b: Any, c: Any) -> Any:
        return a * b + b * c * c

    assert grad(f)(2.0, 3.0, 5.0) == 3.0
    assert grad(f, argnums=1)(2.0, 3.0, 5.0) == 27.0
    assert grad(f, argnums=-1)(2.0, 3.0, 5.0) == 30.0
    assert grad(f, argnums=(2, 0))(2.0, 3.0, 5.0) == (30.0, 3.0)
    assert value_and_grad(f, argnums=(0,))(2.0, 3.0, 5.0) == (81.0, (3.0,))
    assert grad(lambda x, *, k: k * x)(1.0, k=4.0) == 4.0


def test_nested_containers_keep_their_structure() -> None:
    Pair = namedtuple("Pair", "left right")

    def f(tree: Any) -> Any:
        return np.sum(tree["w"][0] * tree["w"][1].left) + tree["w"][1].right * 2

    tree = {"w": [np.array([1.0, 2.0]), Pair(np.array([3.0, 4.0]), 5.0)], "none": None, "empty": ()}
    slope = grad(f)(tree)
    assert list(slope) == ["w", "none", "empty"]
    assert slope["none"] is None
    assert slope["empty"] == ()
    assert isinstance(slope["w"][1], Pair)
    np.testing.assert_array_equal(slope["w"][0], [3.0, 4.0])
    np.testing.assert_array_equal(slope["w"][1].left, [1.0, 2.0])
    assert slope["w"][1].right == 2.0


def test_values_stay_values_and_are_recorded() -> None:
    x = Value(2.0)
    slope = grad(lambda y: y * y * y)(x)
    assert isinstance(slope, Value)
    assert slope.data == 12.0
    assert gradient(slope, [x]).values == [12.0]
    assert not x.has_grad


def test_tensors_stay_tensors_and_are_recorded() -> None:
    x = Tensor(X)
    slope = grad(energy)(x)
    assert isinstance(slope, Tensor)
    slope.sum().backward()
    t = np.tanh(X)
    np.testing.assert_allclose(x.grad, 2 * (1 - t**2) * (1 - 3 * t**2) + 6 * X, rtol=1e-12)


def test_constants_can_be_differentiated_by_when_they_are_the_argument() -> None:
    slope = grad(energy)(Tensor(X).detach())
    np.testing.assert_allclose(slope.data, energy_slope(X), rtol=1e-12)


def test_arrays_of_values() -> None:
    slopes = grad(energy)(values([0.5, -1.0]))
    assert [slope.data for slope in slopes] == pytest.approx(energy_slope(np.array([0.5, -1.0])))


def test_fractions_are_exact() -> None:
    assert grad(lambda x: x * x * Fraction(1, 3))(Fraction(1, 2)) == Fraction(1, 3)


def test_closed_over_tensors_get_no_gradient() -> None:
    weight = Tensor([2.0, 3.0])
    np.testing.assert_array_equal(grad(lambda x: np.sum(weight * x))(np.ones(2)), [2.0, 3.0])
    assert weight.grad is None


def test_under_no_grad_a_transform_still_differentiates() -> None:
    with no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0
        assert grad(grad(lambda x: x * x))(3.0) == 2.0
        slope = grad(lambda x: x * x)(Value(3.0))
    assert slope.data == 6.0


@pytest.mark.parametrize("argument", [2.0, np.ones((2, 2)), {"a": 1.0}])
def test_an_unrelated_argument_has_a_zero_derivative(argument: Any) -> None:
    for f in (lambda x: 3.0, lambda x: Tensor(2.0) * 3):
        slope = grad(f)(argument)
        assert np.shape(slope) == np.shape(argument)
        assert not np.any(list(slope.values()) if isinstance(slope, dict) else slope)


@pytest.mark.parametrize(
    ("f", "argument", "error", "message"),
    [
        (lambda x: x * x, np.ones(2), ValueError, r"the shape \(2,\): sum\(\) or mean\(\) it"),
        (lambda x: "text", 1.0, TypeError, "must give a number, not str"),
        (lambda x: [x, x], 1.0, TypeError, "must give a number, not list"),
        (lambda x: x, "text", TypeError, "argument 0 cannot be differentiated by"),
        (lambda x: x, [1.0, {"k": object()}], TypeError, r"argument 0\[1\]\['k'\] cannot be"),
        (lambda x: x, 1j, TypeError, "argument 0 cannot be differentiated by"),
    ],
)
def test_what_cannot_be_differentiated_is_refused(
    f: Any, argument: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        grad(f)(argument)


@pytest.mark.parametrize("argnums", [1, -2, (0, 5), "0", 0.5])
def test_a_missing_argument_is_named(argnums: Any) -> None:
    with pytest.raises(ValueError, match=r"argnums has .* called with 1 arguments"):
        grad(lambda x: x, argnums=argnums)(1.0)


def test_an_error_in_the_function_leaves_no_trace() -> None:
    def broken(x: Any) -> Any:
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        grad(broken)(1.0)
    with no_grad():
        assert (Value(1.0) * 2).is_constant
    assert isinstance(grad(lambda x: x * x)(1.0), float)


def two_results(x: Any, y: Any) -> Any:
    return {"product": x @ y, "shift": [np.tanh(x) + 1.0]}


A, B = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 2))


def test_the_pullback_is_the_transpose_of_the_push_forward() -> None:
    tangents = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 2))
    result, moved = jvp(two_results, (A, B), tangents)
    again, pullback = vjp(two_results, A, B)
    np.testing.assert_allclose(result["product"], A @ B)
    np.testing.assert_allclose(again["shift"][0], np.tanh(A) + 1)
    adjoints = {"product": RNG.normal(size=(2, 2)), "shift": [RNG.normal(size=(2, 3))]}
    pulled = pullback(adjoints)
    forward = np.sum(adjoints["product"] * moved["product"]) + np.sum(
        adjoints["shift"][0] * moved["shift"][0]
    )
    reverse = sum(np.sum(p * t) for p, t in zip(pulled, tangents, strict=True))
    assert forward == pytest.approx(reverse, rel=1e-12)
    np.testing.assert_allclose(moved["product"], tangents[0] @ B + A @ tangents[1])


def test_a_pullback_can_be_called_again() -> None:
    _, pullback = vjp(lambda x: x * x, 3.0)
    assert pullback(1.0) == (6.0,)
    assert pullback(2.0) == (12.0,)


def test_results_that_do_not_depend_on_the_argument() -> None:
    result, pullback = vjp(lambda x: (2.0, x), 3.0)
    assert result == (2.0, 3.0)
    assert pullback((5.0, 7.0)) == (7.0,)
    assert jvp(lambda x: (2.0, x), (3.0,), (1.0,)) == ((2.0, 3.0), (0.0, 1.0))
    assert jvp(lambda x: Tensor(2.0) * 1.0, (3.0,), (1.0,)) == (2.0, 0.0)


def test_jvp_of_values_is_recorded() -> None:
    x = Value(2.0)
    value, slope = jvp(lambda y: y**3, (x,), (1.0,))
    assert (value.data, slope.data) == (8.0, 12.0)
    assert gradient(slope, [x]).values == [12.0]


def test_jvp_by_recorded_tangents() -> None:
    t = Tensor([1.0, 2.0])
    _, slope = jvp(lambda x: x * x, (np.array([3.0, 4.0]),), (t,))
    np.testing.assert_array_equal(slope.data, [6.0, 16.0])
    slope.sum().backward()
    np.testing.assert_array_equal(t.grad, [6.0, 8.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: jvp(np.tanh, (1.0,), ()), "tangents must be a sequence of 1"),
        (lambda: jvp(np.tanh, (np.ones(2),), (np.ones(3),)), r"tangent of primals\[0\] has the shape \(3,\)"),
        (lambda: vjp(np.tanh, np.ones(2))[1](np.ones(3)), r"adjoint of the result has the shape \(3,\)"),
        (lambda: vjp(np.tanh, Value(1.0))[1](np.ones(3)), r"adjoint of the result has the shape \(3,\)"),
    ],
)
def test_directions_of_another_shape_are_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_jacobian_shapes() -> None:
    def f(x: Any, y: Any) -> Any:
        return x @ y

    by_x, by_y = jacobian(f, argnums=(0, 1))(A, B)
    assert (by_x.shape, by_y.shape) == ((2, 2, 2, 3), (2, 2, 3, 2))
    np.testing.assert_allclose(by_x, np.einsum("ia,kj->ijak", np.eye(2), B))
    np.testing.assert_allclose(by_y, np.einsum("ik,jb->ijkb", A, np.eye(2)))
    assert jacobian(lambda x: x * x)(3.0) == 6.0
    nested = jacobian(lambda t: [t["a"] * 2, t["a"].sum()])({"a": np.ones(2)})
    np.testing.assert_array_equal(nested[0]["a"], 2 * np.eye(2))
    np.testing.assert_array_equal(nested[1]["a"], [1.0, 1.0])


def test_the_jacobian_by_an_empty_array_is_refused() -> None:
    with pytest.raises(ValueError, match="no elements"):
        jacobian(lambda x: x * x)(np.empty(0))


def test_hessians() -> None:
    found = hessian(lambda z: softmax_cross_entropy(z, 1))(np.array([1.0, 2.0, 3.0]))
    probabilities = softmax(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(
        found, np.diag(probabilities) - np.outer(probabilities, probabilities), atol=1e-15
    )
    assert hessian(lambda x: x**3)(2.0) == 12.0
    of_values = hessian(lambda v: v[0] * v[0] * v[1])(values([2.0, 3.0]))
    assert [[x.data for x in row] for row in of_values] == [[6.0, 4.0], [4.0, 0.0]]


def test_a_hessian_by_two_arguments_holds_the_mixed_derivatives() -> None:
    blocks = hessian(lambda x, y: x * x * y, argnums=(0, 1))(2.0, 3.0)
    assert blocks == ((6.0, 4.0), (4.0, 0.0))


def test_the_hessian_times_a_vector() -> None:
    v = RNG.normal(size=3)
    x = RNG.normal(size=3)

    def f(x: Any) -> Any:
        return np.sum(np.exp(x)) * np.sum(np.sin(x))

    np.testing.assert_allclose(hvp(f, (x,), (v,)), hessian(f)(x) @ v, rtol=1e-12)
    by_both = hvp(lambda a, b: a * a * b, (2.0, 3.0), (1.0, 1.0))
    assert by_both == (10.0, 4.0)


def test_a_pullback_can_be_differentiated_by_its_adjoint() -> None:
    _, pullback = vjp(lambda x: x * x, np.array([1.0, 3.0]))
    np.testing.assert_array_equal(grad(lambda a: pullback(a)[0].sum())(np.ones(2)), [2.0, 6.0])
    np.testing.assert_array_equal(jvp(pullback, (np.ones(2),), (np.ones(2),))[1][0], [2.0, 6.0])
    adjoint = Tensor([1.0, 1.0])
    (pulled,) = pullback(adjoint)
    pulled.sum().backward()
    np.testing.assert_array_equal(adjoint.grad, [2.0, 6.0])


def test_dicts_are_matched_by_key() -> None:
    def f(tree: Any) -> Any:
        return 2 * tree["a"] + 10 * tree["b"]

    assert jvp(f, ({"a": 1.0, "b": 1.0},), ({"b": 0.0, "a": 1.0},))[1] == 2.0
    _, pullback = vjp(lambda x: {"a": 2 * x, "b": 10 * x}, 1.0)
    assert pullback({"b": 0.0, "a": 1.0}) == (2.0,)


@pytest.mark.parametrize(
    ("tangents", "message"),
    [
        (({"b": 1.0},), r"tangents\[0\] must be a dict with the keys \['a'\]"),
        ((1.0,), r"tangents\[0\] must be a dict"),
        (({"a": [1.0]},), r"tangents\[0\]\['a'\] must be a sequence of 2"),
        (({"a": 1.0},), r"tangents\[0\]\['a'\] must be a sequence of 2"),
    ],
)
def test_other_containers_are_refused(tangents: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        jvp(lambda t: t["a"][0] * t["a"][1], ({"a": [1.0, 2.0]},), tangents)


def test_arrays_of_values_take_arrays_of_tangents() -> None:
    x = values([2.0, 3.0])
    _, slope = jvp(lambda v: v[0] * v[1], (x,), (np.array([1.0, 0.0]),))
    assert slope.data == 3.0
    with pytest.raises(ValueError, match=r"must be an array of shape \(2,\)"):
        jvp(lambda v: v[0] * v[1], (x,), (np.ones(3),))
    _, pullback = vjp(lambda v: v * v, x)
    assert [d.data for d in pullback(np.array([1.0, 0.0]))[0]] == [4.0, 0.0]
    assert vjp(lambda x: (None, x), 2.0)[1]((None, 1.0)) == (1.0,)


@pytest.mark.parametrize(("primals", "tangents"), [(1.0, 1.0), (np.ones(1), np.ones(1)), ((1.0,), 1.0)])
def test_primals_and_tangents_are_tuples(primals: Any, tangents: Any) -> None:
    with pytest.raises(TypeError, match=r"tuples, as \(x,\)"):
        jvp(np.tanh, primals, tangents)


def test_an_argument_is_named_once() -> None:
    with pytest.raises(ValueError, match="names an argument twice"):
        grad(lambda x: x * x, (0, -1))(3.0)
    assert grad(lambda x, y: x * y, np.int64(1))(3.0, 4.0) == 3.0


def test_a_jacobian_evaluates_only_what_it_needs() -> None:
    with np.errstate(divide="ignore"):
        found = jacobian(lambda x: {"a": np.sqrt(x), "b": x * x})(np.array(0.0))
    assert found == {"a": np.inf, "b": 0.0}


def test_many_results_and_inputs_take_linear_time() -> None:
    # Quadratic time in the length of the containers would take minutes.
    n = 1500
    point, along = [1.001] * n, [1.0] * n

    def product(xs: Any) -> Any:
        total = xs[0]
        for x in xs[1:]:
            total = total * x
        return total

    moved = hvp(product, (point,), (along,))
    assert len(moved) == n
    assert moved[0] == pytest.approx((n - 1) * 1.001 ** (n - 2))


def test_a_recorded_argument_records_everything() -> None:
    x = Value(2.0)
    _, by_y = grad(lambda x, y: x * x * y, (0, 1))(x, Value(3.0))
    assert gradient(by_y, [x]).values == [4.0]
    _, by_y = grad(lambda x, y: x * x * y, (0, 1))(Tensor(2.0), 3.0)
    assert isinstance(by_y, Tensor)


@pytest.mark.parametrize("number", [2.0, np.float64(2.0)])
def test_an_array_of_no_dimensions_is_a_tangent_of_a_number(number: Any) -> None:
    f = lambda x: x * x * x  # noqa: E731
    unit = np.array(1.0)
    assert jvp(f, (number,), (unit,))[1] == 12.0
    assert vjp(f, number)[1](unit) == (12.0,)
    assert hvp(f, (number,), (unit,)) == 12.0


@pytest.mark.parametrize("transform", [grad, value_and_grad, jacobian, hessian])
def test_the_first_argument_is_differentiated_unless_another_is_asked_for(transform: Any) -> None:
    def f(x: Any, y: Any) -> Any:
        return x**3 * y**2

    assert transform(f)(2.0, 3.0) == transform(f, argnums=0)(2.0, 3.0)
    assert transform(f)(2.0, 3.0) != transform(f, argnums=1)(2.0, 3.0)
    assert transform(argnums=1)(f)(2.0, 3.0) == transform(f, argnums=-1)(2.0, 3.0)
