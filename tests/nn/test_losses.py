"""Losses: values, reductions and errors; test_lowering compares Tensors and Values."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, gradient, values
from nn import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    max_margin,
    mse,
    squared_error,
)


def test_squared_error_is_the_sum_of_squares() -> None:
    outputs = [Value(1.0), Value(-2.0), Value(0.5)]
    loss = squared_error(outputs, [0.0, 1.0, 0.5])
    assert loss.data == 1 + 9
    assert gradient(loss, outputs).values == [2, -6, 0]
    assert squared_error(outputs[:1], [3.0]).data == 4
    assert loss.op == "+"


def test_targets_may_be_differentiated_too() -> None:
    for loss in (squared_error, mse):
        target = Value(2.0)
        assert gradient(loss([5.0], [target]), [target]).values == [-6]
        targets = Tensor([2.0])
        loss(np.array([5.0]), targets).backward()
        assert targets.grad.tolist() == [-6]


X = np.array([[1.0, 2.0, 4.0], [0.0, -1.0, 3.0]])
Y = np.array([[1.0, 0.0, 1.0], [2.0, -1.0, 2.0]])


def test_reductions_of_squares() -> None:
    assert mse(X, Y) == pytest.approx((4 + 9 + 4 + 1) / 6)
    assert mse(X, Y, "sum") == 18
    assert mse(X, Y, "none").tolist() == [[0, 4, 9], [4, 0, 1]]
    assert squared_error(X, Y) == 9
    assert squared_error(X, Y, "sum") == 18
    assert squared_error(X, Y, "none").tolist() == [13, 5]
    assert mse(Value(5.0), 2).data == 9
    assert mse(3, 5) == 4


def test_binary_cross_entropy_equals_its_definition() -> None:
    logits, targets = np.array([0.5, -2.0, 3.0]), np.array([1.0, 0.25, 0.0])
    p = 1 / (1 + np.exp(-logits))
    expected = -targets * np.log(p) - (1 - targets) * np.log(1 - p)
    loss = binary_cross_entropy_with_logits
    np.testing.assert_allclose(loss(logits, targets, "none"), expected, rtol=1e-12)
    assert loss(logits, targets, "sum") == pytest.approx(expected.sum(), rel=1e-12)
    assert loss(logits, targets) == pytest.approx(expected.mean(), rel=1e-12)
    assert loss([0.0], [True]) == pytest.approx(log(2))


@pytest.mark.parametrize(("logit", "target", "expected"), [(1000.0, 1, 0.0), (-1000.0, 1, 1000.0)])
def test_binary_cross_entropy_stays_finite(logit: float, target: int, expected: float) -> None:
    tensor = Tensor([logit])
    loss = binary_cross_entropy_with_logits(tensor, [target])
    assert loss.item() == expected
    loss.backward()
    assert tensor.grad.tolist() == [(logit > 0) - target]


def test_max_margin_equals_its_definition() -> None:
    scores = np.array([[2.0, 1.5, -1.0], [0.0, 3.0, 0.5]])
    expected = np.array([0.5, 2.5 + 3.5]) / 3
    np.testing.assert_allclose(max_margin(scores, [0, 2], "none"), [0.5 / 3, (0.5 + 3.5) / 3])
    assert max_margin(scores, [0, 2], "sum") == pytest.approx(4.5 / 3)
    assert max_margin(scores, [0, 2]) == pytest.approx(4.5 / 6)
    assert max_margin(scores[1], 2) == pytest.approx((0.5 + 3.5) / 3)
    assert expected[0] == pytest.approx(max_margin(scores[0], 0))
    assert max_margin([5, 1], 0) == 0
    np.testing.assert_allclose(max_margin(scores.reshape(2, 1, 3), [[0], [2]], "none"), [[0.5 / 3], [4 / 3]])


def test_max_margin_has_slope_0_at_the_margin() -> None:
    scores = Tensor([[1.0, 0.0, 0.5]])
    max_margin(scores, [0]).backward()
    np.testing.assert_allclose(scores.grad, [[-1 / 3, 0, 1 / 3]])


def test_cross_entropy_is_the_engines() -> None:
    assert cross_entropy is autograd.softmax_cross_entropy
    assert cross_entropy(np.zeros((2, 4)), [1, 3]) == pytest.approx(log(4))


@pytest.mark.parametrize("loss", [mse, squared_error, binary_cross_entropy_with_logits, max_margin])
@pytest.mark.parametrize("make", [np.asarray, values, Tensor])
def test_a_single_example_is_not_averaged(loss: Any, make: Any) -> None:
    target = 1 if loss is max_margin else [0.0, 1.0]
    result = loss(make([0.5, -0.25]), target)
    assert np.shape(result) == () if make is np.asarray else type(result) in (Value, Tensor)


@pytest.mark.parametrize("loss", [mse, squared_error, binary_cross_entropy_with_logits, cross_entropy])
def test_single_precision_stays_single(loss: Any) -> None:
    outputs = Tensor(X, dtype=np.float32)
    targets = {cross_entropy: [0, 2], binary_cross_entropy_with_logits: np.eye(3)[:2]}.get(loss, Y)
    result = loss(outputs, targets)
    assert result.dtype == np.float32
    result.backward()
    assert outputs.grad.dtype == np.float32


ELEMENTWISE = [mse, squared_error, binary_cross_entropy_with_logits]


@pytest.mark.parametrize("loss", ELEMENTWISE)
@pytest.mark.parametrize("make", [np.asarray, values, Tensor])
@pytest.mark.parametrize(
    ("outputs", "targets"), [([1.0], [1.0, 0.0]), (np.ones((3, 1)), np.ones(3)), (np.ones((2, 3)), 1.0)]
)
def test_targets_have_the_outputs_shape(loss: Any, make: Any, outputs: Any, targets: Any) -> None:
    with pytest.raises(ValueError, match=r"needs targets of the outputs' shape \(.*\), not \(.*\)"):
        loss(make(outputs), targets)


def test_targets_for_a_column_of_outputs() -> None:
    with pytest.raises(ValueError, match=r"\(3, 1\), not \(3,\): give targets\[\.\.\., None\]$"):
        mse(np.ones((3, 1)), np.ones(3))
    with pytest.raises(ValueError, match=r"\(3, 2\), not \(3,\)$"):
        mse(np.ones((3, 2)), np.ones(3))


@pytest.mark.parametrize("loss", ELEMENTWISE)
def test_bad_outputs_and_targets(loss: Any) -> None:
    with pytest.raises(ValueError, match=rf"{loss.__name__} needs at least one output, not the shape \(0,\)"):
        loss([], [])
    with pytest.raises(ValueError, match=rf"targets of {loss.__name__} do not form an array: their rows"):
        loss([[1.0]], [[1.0], [2.0, 3.0]])
    with pytest.raises(TypeError, match=rf"outputs of {loss.__name__} must be real numbers, not <U1"):
        loss(["a"], [1.0])


@pytest.mark.parametrize("loss", [*ELEMENTWISE, max_margin])
def test_an_unknown_reduction_is_named(loss: Any) -> None:
    with pytest.raises(ValueError, match="the reduction must be 'mean', 'sum' or 'none', not 'median'"):
        loss([0.5, 0.5], 1 if loss is max_margin else [1.0, 0.0], reduction="median")


def test_squared_error_of_a_single_number() -> None:
    with pytest.raises(ValueError, match="not a single number"):
        squared_error(1.0, 2.0)


@pytest.mark.parametrize("target", [-0.5, 1.5, float("nan")])
def test_the_targets_of_binary_cross_entropy_are_from_0_to_1(target: float) -> None:
    with pytest.raises(ValueError, match=f"must be from 0 to 1, not {target}"):
        binary_cross_entropy_with_logits([0.5, 0.5], [1.0, target])


def test_the_targets_of_binary_cross_entropy_must_be_plain() -> None:
    with pytest.raises(TypeError, match="must be real numbers, not object"):
        binary_cross_entropy_with_logits([0.5], [Value(1.0)])


@pytest.mark.parametrize(
    ("scores", "targets", "error", "message"),
    [
        (1.0, 0, ValueError, r"two or more classes for at least one example, not of shape \(\)"),
        ([[1.0]], [0], ValueError, r"not of shape \(1, 1\)"),
        (np.ones((0, 3)), [], ValueError, r"not of shape \(0, 3\)"),
        ([[1.0, 2.0]], 0, ValueError, r"scores \(1, 2\) needs classes of shape \(1,\), not \(\)"),
        ([[1.0, 2.0]], [[0]], ValueError, r"needs classes of shape \(1,\), not \(1, 1\)"),
        ([[1.0, 2.0]], [0.0], TypeError, r"the classes for max_margin must be whole numbers, not float64"),
        ([[1.0, 2.0]], [2], ValueError, r"the target 2 is not one of the classes 0 … 1"),
        ([1.0, 2.0], -1, ValueError, r"the target -1 is not one of the classes 0 … 1"),
    ],
)
def test_bad_margins(scores: Any, targets: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        max_margin(scores, targets)


@pytest.mark.parametrize("loss", [cross_entropy, max_margin])
def test_masked_classes_are_refused(loss: Any) -> None:
    masked = np.ma.array([0, 1], mask=[False, True])
    with pytest.raises((TypeError, ValueError), match="masked elements"):
        loss(Tensor([[1.0, 2.0], [3.0, 4.0]]), masked)
    with pytest.raises((TypeError, ValueError), match="masked elements"):
        loss(Tensor([[1.0, 2.0], [3.0, 4.0]]), [0, 1], sample_weight=masked)
    assert loss(Tensor([[1.0, 2.0], [3.0, 4.0]]), np.ma.array([0, 1])).shape == ()
