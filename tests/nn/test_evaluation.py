"""Predictions, metrics and the loss of a model in evaluation."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, values
from nn.data import Data
from nn.evaluation import accuracy, evaluate, fraction_correct, predict
from nn.losses import cross_entropy, mse
from nn.mlp import MLP
from nn.module import Module
from tests.nn.examples import DATA, Flat, dropping


def test_predictions_do_not_depend_on_the_batches() -> None:
    model = dropping()
    whole = predict(model, DATA.inputs, None)
    assert whole.shape == (60, 3)
    np.testing.assert_allclose(predict(model, DATA.inputs, 7), whole, rtol=1e-12)
    assert model.training
    loss = cross_entropy(Tensor(whole), DATA.targets).item()
    assert evaluate(model, DATA, batch_size=7) == {"loss": pytest.approx(loss)}
    assert accuracy(model, DATA) == np.mean(whole.argmax(axis=1) == DATA.targets)


def test_predictions_record_nothing() -> None:
    model = Flat()
    predict(model, DATA.inputs)
    evaluate(model, Data(DATA.inputs, DATA.inputs[:, 0]), mse)
    assert model.weight.grad is None

    class Plain(Module):
        def forward(self, x: Any) -> Any:
            return x * 2

    assert predict(Plain(), [[1.0], [2.0]]).tolist() == [[2], [4]]
    for bad in ([], 1.0):
        with pytest.raises(ValueError, match=r"no examples|are a single number"):
            predict(Plain(), bad)


@pytest.mark.parametrize(
    ("outputs", "targets", "fraction"),
    [
        ([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0]], [1, 0, 0], 2 / 3),
        ([[1.0, 2.0], [3.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]], 1 / 2),
        ([-1.0, 2.0, 3.0, -1.0], [0, 1, 0, 0], 3 / 4),
        ([[-1.0], [2.0]], [[1], [1]], 1 / 2),
        ([[2.0], [-2.0], [3.0]], [1, 0, 1], 1),
    ],
)
def test_fraction_correct(outputs: Any, targets: Any, fraction: float) -> None:
    assert fraction_correct(np.array(outputs), np.array(targets)) == fraction


def test_the_accuracy_of_shapes_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"outputs \(3, 2\) needs classes of shape \(3,\) or one-hot rows"):
        fraction_correct(np.zeros((3, 2)), np.zeros(2))


def test_arguments_that_evaluation_refuses() -> None:
    model = MLP([2, 3])
    pair: Any = (DATA.inputs, DATA.targets)
    for use in (evaluate, accuracy):
        with pytest.raises(
            TypeError, match=r"the data must be examples, such as Data\(inputs, targets\), not tuple"
        ):
            use(model, pair)
    with pytest.raises(TypeError, match=r"one number, the mean over a batch, not of shape \(60,\)"):
        evaluate(model, DATA, lambda o, t: cross_entropy(o, t, reduction="none"))
    with pytest.raises(TypeError, match="a loss must be a function"):
        evaluate(model, DATA, "mse")  # type: ignore[arg-type]
    for metric in (lambda o, t: None, lambda o, t: np.ones(2), lambda o, t: "0.5 of them"):
        with pytest.raises(TypeError, match="the metric 'share' must give a number, not"):
            evaluate(model, DATA, metrics={"share": metric})
    with pytest.raises(ValueError, match="the metric 'share' raised ZeroDivisionError: division by zero"):
        evaluate(model, DATA, metrics={"share": lambda o, t: 1 / 0})
    with pytest.raises(
        ValueError, match="the inputs do not form an array: their rows have different lengths"
    ):
        predict(model, [[1.0], [1.0, 2.0]])


@pytest.mark.parametrize(
    ("outputs", "targets"),
    [
        ([[0.1, np.nan], [1.0, 0.0]], [0, 0]),
        ([np.nan, 1.0], [0, 1]),
        ([[np.nan], [1.0]], [0, 1]),
        ([[1.0, 0.0]], [[np.nan, 1.0]]),
    ],
)
def test_the_accuracy_of_nan_is_nan(outputs: Any, targets: Any) -> None:
    assert np.isnan(fraction_correct(outputs, targets))


def test_the_accuracy_of_a_model_that_diverged_is_nan() -> None:
    assert np.isnan(accuracy(MLP([2, 4, 2]), Data(np.full((4, 2), np.nan), np.zeros(4, int))))


@pytest.mark.parametrize(
    "outputs", [[[0.1, 0.9], [2, 1]], Tensor([[0.1, 0.9], [2.0, 1.0]]), values([[0.1, 0.9], [2.0, 1.0]])]
)
def test_metrics_take_lists_tensors_and_values(outputs: Any) -> None:
    assert fraction_correct(outputs, [1, 1]) == 0.5
    assert fraction_correct(outputs, ((0, 1), (1, 0))) == 1.0
    assert fraction_correct(outputs, Tensor([1.0, 0.0])) == 1.0


def test_the_accuracy_of_nothing() -> None:
    with pytest.raises(ValueError, match="the accuracy of no examples is undefined"):
        fraction_correct(np.empty((0, 2)), np.empty(0, int))
    with pytest.raises(TypeError, match="must be real numbers"):
        fraction_correct([["a", "b"]], [0])


def test_the_cross_entropy_of_one_output_is_no_measure() -> None:
    data = Data(np.zeros((4, 2)), np.zeros((4, 1)))
    for loss in (cross_entropy, partial(cross_entropy, label_smoothing=0.1)):
        with pytest.raises(ValueError, match="single output is 0"):
            evaluate(MLP([2, 4, 1]), data, loss)
