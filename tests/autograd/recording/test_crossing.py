"""Values meet Tensors in arithmetic: the graph crosses from scalars into arrays."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

from autograd import (
    Counted,
    Ledger,
    Tensor,
    Value,
    compile,  # noqa: A004
    grad,
    gradient,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    softmax,
    value_and_grad,
    values,
    vjp,
)
from tests.cases import ARRAY_METHODS, EXACT_ARRAY_METHODS

CASES: dict[str, Any] = {
    "v * t": lambda v, t: v * t,
    "t * v": lambda v, t: t * v,
    "t - v": lambda v, t: t - v,
    "v / t": lambda v, t: v / t,
    "t ** v": lambda v, t: t**v,
    "v ** t": lambda v, t: v**t,
    "ufuncs": lambda v, t: np.add(np.maximum(v, t), np.multiply(t, np.exp(v))),
    "an array of values": lambda v, t: t + np.array([v, v * v]),
    "an array of values first": lambda v, t: np.array([v, 3.0]) * t,
    "a product": lambda v, t: t @ [v, v],
    "a concatenation": lambda v, t: np.concatenate([t, np.array([v])]) ** 2,
    "a selection": lambda v, t: np.where(np.array([True, False]), t, np.array([v, v])) * v,
    "a sum": lambda v, t: sum([v * t, v, t]),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("method", ARRAY_METHODS)
def test_every_method_agrees_with_differences(case: str, method: str) -> None:
    v, t = Value(1.25, name="v"), Tensor([0.5, 2.0], name="t")
    root = np.sum(np.tanh(CASES[case](v, t)))
    assert isinstance(root, Tensor)
    by_v, by_t = gradient(root, [v, t], method).values
    assert isinstance(by_v, float)
    point, step = np.array([1.25, 0.5, 2.0]), 1e-6
    expected = []
    for i in range(3):
        above, below = (
            np.sum(np.tanh(CASES[case](float(p[0]), p[1:]).astype(float)))
            for p in (point + step * np.eye(3)[i], point - step * np.eye(3)[i])
        )
        expected.append((above - below) / (2 * step))
    np.testing.assert_allclose([by_v, *by_t], expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("case", CASES)
def test_backward_reaches_both_kinds(case: str) -> None:
    v, t = Value(1.25), Tensor([0.5, 2.0])
    for times in (1, 2):
        root = np.sum(CASES[case](v, t))
        root.backward(retain_graph=times == 1)
        by_v, by_t = gradient(np.sum(CASES[case](v, t)), [v, t]).values
        assert v.grad == pytest.approx(times * by_v)
        np.testing.assert_allclose(t.grad, times * by_t)
    assert type(v.grad) is float


def test_precision_is_the_tensors_and_constants_stay_constants() -> None:
    t = Tensor(np.ones(2, np.float32))
    assert (t * Value(1.5)).dtype == np.float32
    with no_grad():
        assert (t * Value(1.5)).is_constant
    assert (t.detach() * values([1.0, 2.0])[0]).inputs  # a Value that moves
    assert (t.detach() + np.array([Value(1.0) * 2, 3.0])).inputs


def test_a_derivative_across_is_differentiated_again() -> None:
    v, t = Value(2.0), Tensor([1.0, 3.0])
    (slope,) = gradient(np.sum(v * v * v * t), [v], create_graph=True).values
    assert gradient(slope, [v]).values == [pytest.approx(48.0)]


def test_plain_numbers_are_values_within_transforms_and_arrays_are_tensors() -> None:
    seen: list[str] = []

    def f(a: Any, w: Any) -> Any:
        seen.extend((type(a).__name__, type(w).__name__))
        return np.sum(a**3 * w)

    value, (by_a, by_w) = value_and_grad(f, (0, 1))(2.0, np.array([1.0, 2.0]))
    assert seen == ["Value", "Tensor"]
    assert (value, by_a, type(value), type(by_a)) == (24.0, 36.0, float, float)
    np.testing.assert_array_equal(by_w, [8.0, 8.0])
    assert grad(lambda a: grad(f)(a, np.ones(2)))(2.0) == 24.0
    out, moved = jvp(lambda a, w: a * w, (3.0, np.ones(2)), (1.0, np.ones(2)))
    np.testing.assert_array_equal((out, moved), ([3.0, 3.0], [4.0, 4.0]))


def test_closed_over_tensors_and_arrays_meet_plain_numbers() -> None:
    w = Tensor([1.0, 2.0])
    assert grad(lambda v: np.sum(v * v * w))(3.0) == 18.0
    assert grad(grad(lambda v: np.sum(v * v * w)))(3.0) == 6.0
    assert hvp(lambda v: np.sum(v**3 * w), (3.0,), (1.0,)) == 54.0
    assert compile(value_and_grad(lambda v: np.sum(v * v * w)))(3.0) == (27.0, 18.0)
    assert not w.has_grad


def test_results_that_are_arrays_of_values_come_as_numpys() -> None:
    slopes = jacobian(lambda v: v * v * np.arange(3.0))(2.0)
    out, pullback = vjp(lambda v: v * np.arange(3.0), 2.0)
    for array in (slopes, out):
        assert array.dtype == np.float64
    np.testing.assert_array_equal((slopes, out), ([0, 4, 8], [0, 2, 4]))
    assert pullback(np.ones(3)) == (3.0,)
    assert hessian(lambda v: v[0] ** 2 * v[1])([2.0, 3.0]) == [[6.0, 4.0], [4.0, 0.0]]
    found = jacobian(lambda v: softmax([v, 2 * v, 0.0]))(0.0)
    np.testing.assert_allclose(found, [0.0, 1 / 3, -1 / 3], atol=1e-12)


def test_whole_numbers_and_truth_values_are_differentiated_as_floats() -> None:
    assert grad(lambda x: x**3)(2) == 12.0
    assert type(grad(lambda x: x * 2)(True)) is float


@pytest.mark.parametrize("method", ARRAY_METHODS)
def test_zeros_have_the_type_and_shape_of_what_the_result_does_not_depend_on(method: str) -> None:
    v, t, scalar, array = Value(2.0), Tensor([1.0, 3.0]), Value(5.0), Tensor([[1.0, 2.0, 3.0]])
    for root in (np.sum(v * t), v * v, np.sum(t * t)):
        found = gradient(root, [scalar, array, v, t], method).values
        assert type(found[0]) is float
        assert found[0] == 0
        assert (found[1].shape, found[1].any()) == ((1, 3), False)
        assert (type(found[2]), found[3].shape) == (float, (2,))


@pytest.mark.parametrize("name", ["lt", "le", "gt", "ge", "eq", "ne"])
def test_a_value_is_compared_with_each_element_of_a_tensor(name: str) -> None:
    compare, data = getattr(operator, name), np.array([0.5, 1.0, 2.0])
    assert compare(Value(1.0), Tensor(data)).tolist() == compare(1.0, data).tolist()
    assert compare(Tensor(data), Value(1.0)).tolist() == compare(data, 1.0).tolist()
    ledger = Ledger()
    assert compare(Counted(1.0, ledger), Counted(data, ledger)).tolist() == compare(1.0, data).tolist()


def test_a_selection_by_a_value_and_a_tensor() -> None:
    v, t = Value(1.0), Tensor([0.5, 1.5])
    np.sum(np.where(v > t, v, t * t)).backward()
    assert (v.grad, t.grad.tolist()) == (1, [0, 3])


@pytest.mark.parametrize("method", EXACT_ARRAY_METHODS)
def test_a_recorded_zero_is_of_the_kind_of_the_value(method: str) -> None:
    weight, unused, other = Tensor([1.0, 2.0]), Value(3.0), Tensor([1.0, 2.0, 3.0])
    root = np.sum(weight * weight)
    number, array = gradient(root, [unused, other], method, create_graph=True).values
    assert isinstance(number, Value)
    assert number.data == 0
    assert isinstance(array, Tensor)
    assert array.data.tolist() == [0.0, 0.0, 0.0]
