"""Training that meets infinite numbers or NaN stops, says where, and restores the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from autograd import Tensor
from nn.checkpoints import load
from nn.data import Data
from nn.evaluation import evaluate
from nn.losses import cross_entropy, mse
from nn.mlp import MLP
from nn.optimisers import SGD, Adam
from nn.training import fit
from tests.nn.examples import DATA, VALIDATION, numbers


def test_a_nan_loss_ends_training() -> None:
    model = MLP([2, 3])
    before = numbers(model)
    with pytest.raises(
        FloatingPointError, match=r"epoch 1, batch 2: the loss is .*lower the rate.*it began with"
    ):
        fit(
            model,
            DATA,
            epochs=1,
            loss=lambda o, t: mse(o, o.data * 0),
            optimiser=SGD(model.parameters(), 1e200),
        )
    assert numbers(model) == before


def test_after_divergence_the_model_has_the_parameters_of_the_last_epoch() -> None:
    model = MLP([2, 3])
    states: list[bytes] = []
    with pytest.raises(FloatingPointError, match=r"epoch 3, batch 1: .* its parameters of epoch 2"):
        fit(
            model,
            DATA,
            epochs=5,
            loss=lambda o, t: cross_entropy(o, t) * (np.inf if len(states) == 2 else 1.0),
            after_epoch=lambda epoch: states.append(numbers(model)),
        )
    assert numbers(model) == states[1] != states[0]


def test_after_divergence_with_patience_the_model_has_the_best_parameters() -> None:
    model = MLP([2, 3])
    wrong = Data(VALIDATION.inputs, (VALIDATION.targets + 1) % 3)
    states: list[bytes] = []
    before = evaluate(model, wrong)["loss"]
    with pytest.raises(FloatingPointError, match=r"epoch 3, batch 1: .* its parameters of epoch 1"):
        fit(
            model,
            DATA,
            epochs=5,
            optimiser=SGD(model.parameters(), 0.5),
            loss=lambda o, t: cross_entropy(o, t) * (np.nan if len(states) == 2 else 1.0),
            validation=wrong,
            patience=4,
            after_epoch=lambda epoch: states.append(numbers(model)),
        )
    assert numbers(model) == states[0] != states[1]
    assert before != evaluate(model, wrong)["loss"]


def test_a_nan_gradient_updates_nothing() -> None:
    model = MLP([2, 3])
    before = numbers(model)
    with pytest.raises(FloatingPointError, match="the loss is 0, but its gradient is not finite"):
        fit(model, DATA, epochs=1, loss=lambda o, t: np.sqrt((o - o.data).square().sum()))
    assert numbers(model) == before


def test_an_update_that_overflows_is_reported_in_its_epoch(tmp_path: Path) -> None:
    model, path = MLP([2, 3]), tmp_path / "a"
    before, data = numbers(model), Data(DATA.inputs * 1e5, DATA.targets)
    optimiser = SGD(model.parameters(), 1e308)
    with pytest.raises(FloatingPointError, match=r"epoch 1, batch 1: the update made parameters infinite"):
        fit(model, data, epochs=1, batch_size=None, optimiser=optimiser, checkpoint=path)
    assert numbers(model) == before
    assert optimiser.rate == 1e308
    assert load(path).metadata["epochs"] == []


def test_parameters_that_are_not_updated_may_be_infinite() -> None:
    model = MLP([2, 3])
    model.mask = Tensor([-np.inf])  # type: ignore[attr-defined]
    assert len(fit(model, DATA, epochs=1, optimiser=Adam(model.layers[0].parameters())).epochs) == 1


def test_a_validation_that_overflows() -> None:
    model = MLP([2, 3, 3], granularity="neuron", activation="exp")
    before, far = numbers(model), Data(VALIDATION.inputs * 1e4, VALIDATION.targets)
    with pytest.raises(FloatingPointError, match=r"failed in epoch 1, validation: .*exp.* it began with"):
        fit(model, DATA, epochs=1, validation=far, batch_size=None)
    assert numbers(model) == before


def test_values_that_overflow() -> None:
    model = MLP([2, 3], granularity="scalar")
    with pytest.raises(FloatingPointError, match=r"epoch 1, batch 1: exp\(.*\) is undefined"):
        fit(model, DATA, epochs=1, loss=lambda o, t: np.sum(np.exp(o * o * 1e5)))


@pytest.mark.parametrize("part", ["inputs", "targets"])
def test_nan_in_the_data_is_reported(part: str) -> None:
    inputs, targets = DATA.inputs.copy(), DATA.inputs.copy()
    {"inputs": inputs, "targets": targets}[part][7, 0] = np.nan
    with pytest.raises(FloatingPointError, match=f"the {part} there hold NaN or infinite numbers"):
        fit(MLP([2, 2]), Data(inputs, targets), epochs=1, loss=mse, batch_size=None)


@pytest.mark.parametrize("patience", [None, 3])
@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_validation_that_is_not_finite_ends_training(patience: int | None, number: float) -> None:
    model = MLP([2, 4, 3])
    before = numbers(model)
    bad = Data(np.full((4, 2), number), np.array([0, 1, 0, 1]))
    with pytest.raises(FloatingPointError, match=r"epoch 1, validation: .* the inputs there hold NaN"):
        fit(model, DATA, epochs=9, validation=bad, patience=patience)
    assert numbers(model) == before


def test_an_error_of_a_users_function_is_no_divergence() -> None:
    model = MLP([2, 3])
    before = numbers(model)

    def failing(update: object) -> None:
        1 / 0  # noqa: B018

    with pytest.raises(ZeroDivisionError, match="division by zero"):
        fit(model, DATA, epochs=1, after_update=failing)
    assert numbers(model) != before
