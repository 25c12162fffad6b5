"""In-place arithmetic: a step of descent within no_grad, and recorded elsewhere."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

from autograd import MutatedError, Tensor, Value, no_grad, values

OPERATORS = [operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ipow]


@pytest.mark.parametrize("make", [Value, Tensor])
@pytest.mark.parametrize("apply_in_place", OPERATORS)
def test_a_leaf_is_updated(make: Any, apply_in_place: Any) -> None:
    leaf = make(2.0)
    with no_grad():
        result = apply_in_place(leaf, 3.0)
    assert result is leaf
    assert leaf.primitive is None
    assert leaf.data == apply_in_place(2.0, 3.0)


def test_descent_on_a_tensor() -> None:
    w = Tensor([1.0, 2.0], name="w")
    for _ in range(2):
        (w * w).sum().backward()
        with no_grad():
            w -= 0.1 * w.grad
        w.grad = None
    np.testing.assert_allclose(w.data, [0.64, 1.28])
    assert w.name == "w"


def test_descent_on_values() -> None:
    parameters = list(values([1.0, 2.0]))
    for _ in range(2):
        np.sum(np.array(parameters) ** 2).backward()
        with no_grad():
            for p in parameters:
                p -= 0.1 * p.grad
                p.grad = 0
    assert [p.data for p in parameters] == pytest.approx([0.64, 1.28])


def test_precision_stays() -> None:
    w = Tensor([1.0, 2.0], dtype=np.float32)
    with no_grad():
        w -= np.array([0.25, 0.5])
    assert w.dtype == np.float32
    assert w.data.tolist() == [0.75, 1.5]


def test_another_shape_is_refused() -> None:
    w = Tensor([1.0, 2.0])
    with no_grad(), pytest.raises(ValueError, match="make a new Tensor for another shape"):
        w -= np.ones((3, 2))
    assert w.data.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("make", [Value, Tensor])
@pytest.mark.parametrize("apply_in_place", OPERATORS)
def test_elsewhere_it_is_recorded(make: Any, apply_in_place: Any) -> None:
    with no_grad():
        pass
    leaf = make(2.0)
    result = apply_in_place(leaf, 3.0)
    assert result is not leaf
    assert leaf.data == 2.0
    assert result.inputs[0] is leaf
    assert result.data == apply_in_place(2.0, 3.0)


@pytest.mark.parametrize("make", [Value, Tensor])
def test_a_sum_that_starts_at_a_parameter_does_not_change_it(make: Any) -> None:
    bias, weight = make(1.0), make(2.0)
    with no_grad():
        total = bias
        for x in (3.0, 4.0):
            total += weight * x
    assert total.data == 15.0
    assert bias.data == 1.0


def test_results_and_constants_are_not_changed() -> None:
    with no_grad():
        total = result = Value(2.0) * 3
        total += 1.0
    assert (result.data, total.data) == (6.0, 7.0)


def test_what_was_computed_before_is_out_of_date() -> None:
    w = Tensor([1.0, 2.0])
    y = (w * w).sum()
    with no_grad():
        w *= 2.0
    with pytest.raises(MutatedError):
        y.backward()


def test_what_is_no_number_is_refused() -> None:
    for leaf in (Value(1.0), Tensor(1.0)):
        with no_grad(), pytest.raises(TypeError, match="unsupported operand"):
            leaf -= "a"
