"""`gradient`: values and costs for every method, budgets, and what is refused."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest

from autograd import METHODS, BudgetError, Graph, Value, gradient, neuron
from tests.cases import CLOSE_METHODS, EXACT_METHODS
from tests.graphs import ladder

every_method = pytest.mark.parametrize("method", CLOSE_METHODS)
exact_method = pytest.mark.parametrize("method", EXACT_METHODS)


def test_the_methods() -> None:
    assert list(METHODS) == [
        "backprop",
        "paths",
        "tree",
        "forward",
        "restart",
        "eliminate",
        "checkpoint",
        "finite_difference",
        "central_difference",
        "complex_step",
        "forward_gradient",
        "simultaneous_perturbation",
    ]


@every_method
def test_one_derivative_per_value_in_order(method: str) -> None:
    x, y = Value(2.0), Value(3.0)
    result = gradient(x * x * y, [y, x], method)
    assert result.values == pytest.approx([4, 12], rel=1e-6)
    assert result.method == method


@every_method
def test_the_derivative_by_an_unrelated_value_is_zero(method: str) -> None:
    x, unused = Value(2.0), Value(3.0)
    assert gradient(x * x, [unused, x], method).values == pytest.approx([0, 4], rel=1e-6)
    assert gradient(x * x, [unused], method).values == [0]


@every_method
def test_empty_wrt_gives_no_derivatives(method: str) -> None:
    assert gradient(Value(2.0) * 3, [], method).values == []
    assert gradient(Value(2.0) * 3, [[], []], method).values == []


@every_method
def test_the_derivative_by_itself_is_one(method: str) -> None:
    x = Value(2.0)
    y = x * x
    assert gradient(y, [y], method).values == pytest.approx([1], rel=1e-6)
    assert gradient(x, [x], method).values == pytest.approx([1], rel=1e-6)


@every_method
def test_a_repeated_wrt_gives_a_repeated_derivative(method: str) -> None:
    x = Value(3.0)
    y = x * x
    assert gradient(y, [x, x], method).values == pytest.approx([6, 6], rel=1e-5)
    assert gradient(y, [[x, x], x], method).values == pytest.approx([6, 6, 6], rel=1e-5)


@every_method
def test_paths_to_a_leaf_pass_through_other_values_of_wrt(method: str) -> None:
    x = Value(3.0)
    h = x * x
    assert gradient(h * x, [x, h], method).values == pytest.approx([27, 3], rel=1e-5)
    assert gradient(h * x, [h, x], method).values == pytest.approx([3, 27], rel=1e-5)


@every_method
def test_grouped_wrt_gives_a_flat_list(method: str) -> None:
    x, y, z = Value(2.0), Value(3.0), Value(5.0)
    assert gradient(x * y * z, [[x, y], z], method).values == pytest.approx([15, 10, 6], rel=1e-5)
    assert gradient(x * y * z, ((x,), (y, z)), method).values == pytest.approx([15, 10, 6], rel=1e-5)


@exact_method
def test_both_edges_of_one_input_count(method: str) -> None:
    x = Value(3.0)
    assert gradient(x * x, [x], method).values == [6]
    assert gradient(x + x, [x], method).values == [2]
    assert gradient(neuron(x, [x], [x]), [x], method).values == [7]


@exact_method
def test_constants_are_not_differentiated(method: str) -> None:
    x = Value(3.0)
    assert gradient(2 * x + 10, [x], method).cost.multiplications == 2


@exact_method
def test_numbers_keep_their_type(method: str) -> None:
    for make in (int, Fraction, float):
        x, unused = Value(make(3)), Value(make(1))
        values = gradient(x * x + x, [x, unused], method).values
        assert values == [7, 0]
        assert all(type(v) is make for v in values)


@exact_method
def test_gradient_leaves_the_recording_unchanged(method: str) -> None:
    x = Value(3.0)
    y = x * x
    gradient(y, [x], method)
    assert (x.has_grad, y.has_grad, y.data) == (False, False, 9)


@exact_method
def test_derivatives_can_be_differentiated_again(method: str) -> None:
    x, y = Value(0.5), Value(-2.0)
    root = (x * y).tanh() * x
    first = gradient(root, [x, y], method, create_graph=True)
    t, s = math.tanh(-1), 1 - math.tanh(-1) ** 2
    assert [v.data for v in first.values] == pytest.approx([t + x.data * y.data * s, 0.25 * s])
    # d²/dx dy of x·tanh(xy), in both orders: 2x s - 2 x² y t s
    mixed = 2 * 0.5 * s - 2 * 0.25 * -2 * t * s
    assert gradient(first.values[0], [y], method).values == pytest.approx([mixed])
    assert gradient(first.values[1], [x], method).values == pytest.approx([mixed])
    assert first.cost == gradient(root, [x, y], method).cost


def test_third_derivatives() -> None:
    x = Value(0.7)
    y = x.sin()
    for expected in (math.cos(0.7), -math.sin(0.7), -math.cos(0.7), math.sin(0.7)):
        (y,) = gradient(y, [x], create_graph=True).values
        assert y.data == pytest.approx(expected)


@exact_method
def test_with_create_graph_every_derivative_is_a_value(method: str) -> None:
    # Constant and zero derivatives too, so that callers can treat all of them alike.
    x, unused = Value(2.0), Value(3.0)
    for root, expected in ((x + 1, [1, 0]), (x * 3, [3, 0]), (x, [1, 0]), (-x, [-1, 0])):
        values = gradient(root, [x, unused], method, create_graph=True).values
        assert all(isinstance(v, Value) for v in values)
        assert [v.data for v in values] == expected
        assert gradient(values[0], [x], method).values == [0]


def test_the_budget_is_checked_before_anything_runs() -> None:
    y, x = ladder(200, at=1.0)
    for method, operations in (("paths", 200 * 2**200 + 2**200 - 1), ("tree", 2**201 - 2 + 2**200 - 1)):
        with pytest.raises(BudgetError) as caught:
            gradient(y, [x], method)
        assert caught.value.predicted == operations
        assert caught.value.budget == 10**7
        for part in (f"{operations:,}", "10,000,000", method, "backprop"):
            assert part in str(caught.value)
    assert gradient(y, [x]).values == [2.0**200]
    assert gradient(y, [x], "forward").values == [2.0**200]


def test_the_budget_counts_multiplications_and_additions() -> None:
    y, x = ladder(5, at=1.0)
    total = 5 * 2**5 + 2**5 - 1
    assert gradient(y, [x], "paths", budget=total).values == [32]
    with pytest.raises(BudgetError):
        gradient(y, [x], "paths", budget=total - 1)
    assert gradient(y, [x], "paths", budget=None).values == [32]
    assert gradient(y, [x], budget=0).values == [32]  # only exponential methods have a budget


def test_generators_in_wrt_do_not_evade_the_budget() -> None:
    y, x = ladder(12, at=1.0)
    with pytest.raises((BudgetError, TypeError)):
        gradient(y, (v for v in (x,)), "paths", budget=10)  # type: ignore[arg-type]
    with pytest.raises((BudgetError, TypeError)):
        gradient(y, [(v for v in (x,))], "paths", budget=10)  # type: ignore[list-item]


def test_an_unknown_method_is_named() -> None:
    x = Value(1.0)
    with pytest.raises(KeyError, match=r"'magic'.*backprop"):
        gradient(x, [x], "magic")


@every_method
def test_what_is_not_a_value_is_refused(method: str) -> None:
    x = Value(1.0)
    with pytest.raises(TypeError, match="not float"):
        gradient(3.0, [x], method)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"wrt\[1\].*str"):
        gradient(x, [x, "w"], method)  # type: ignore[list-item]
    with pytest.raises(TypeError, match=r"\[x\]"):
        gradient(x, x, method)  # type: ignore[arg-type]


@exact_method
def test_an_undefined_derivative_is_an_error(method: str) -> None:
    x = Value(0.0)
    with pytest.raises(ZeroDivisionError):
        gradient(x.sqrt(), [x], method)


def test_edges_outside_wrt_need_no_defined_derivative() -> None:
    x, y = Value(0.0), Value(2.0)
    assert gradient(x.sqrt() + y, [y]).values == [1]
    assert gradient(x.sqrt(), [y]).values == [0]


@pytest.mark.parametrize("at", [0.0, 1.0, -3.0, 1e6])
def test_difference_steps_follow_the_size_of_the_number(at: float) -> None:
    x = Value(at)
    expected: Any = pytest.approx([2 * at], rel=1e-6, abs=1e-6)
    assert gradient(x * x, [x], "finite_difference").values == expected
    assert gradient(x * x, [x], "central_difference").values == expected


def test_differences_need_no_derivative_rule() -> None:
    x = Value(0.0)
    y = (x + 1e-300).maximum(0.0)
    assert gradient(y, [x], "central_difference").cost.partials == 0


def test_create_graph_leaves_the_original_graph_unchanged() -> None:
    x = Value(2.0)
    y = x * x
    before = len(Graph(y))
    gradient(y, [x], create_graph=True)
    assert len(Graph(y)) == before


@pytest.mark.parametrize("budget", [-1, "1000", float("nan")])
def test_a_budget_is_a_number_of_operations(budget: Any) -> None:
    x = Value(2.0)
    with pytest.raises(
        ValueError, match="the budget must be a number of operations, at least 0, or None, not"
    ):
        gradient(x * x, [x], "paths", budget=budget)
