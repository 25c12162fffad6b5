"""Training: the updates it makes, early stopping, and the record of its epochs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn.data import Data
from nn.evaluation import accuracy, evaluate, fraction_correct, predict
from nn.history import Epoch, History
from nn.layers import Linear
from nn.losses import cross_entropy, mse
from nn.mlp import MLP
from nn.optimisers import SGD, Adam
from nn.schedules import cosine, exponential
from nn.training import fit
from tests.nn.examples import DATA, VALIDATION, Flat, dropping, numbers


def test_a_network_learns() -> None:
    model = MLP([2, 8, 3])
    history = fit(model, DATA, epochs=40, optimiser=Adam(model.parameters(), 0.02), validation=VALIDATION)
    assert accuracy(model, VALIDATION) > 0.9
    last = history.epochs[-1]
    assert last.validation == evaluate(model, VALIDATION, metrics={"accuracy": fraction_correct})
    assert last.validation["accuracy"] == accuracy(model, VALIDATION)
    assert last.loss < history.epochs[0].loss / 3
    assert [e.epoch for e in history.epochs] == list(range(1, 41))
    assert [e.examples for e in history.epochs[:3]] == [60, 120, 180]
    assert all(e.seconds > 0 for e in history.epochs)
    assert not history.interrupted


@pytest.mark.parametrize("batch_size", [None, 60, 1, 25])
def test_the_updates_equal_a_loop_by_hand(batch_size: int | None) -> None:
    model, other = MLP([2, 4, 3]), MLP([2, 4, 3])
    factors = exponential(0.9)
    optimiser = SGD(model.parameters(), 0.1)
    history = fit(
        model, DATA, epochs=2, optimiser=optimiser, batch_size=batch_size, schedule=factors, clip=0.5, seed=3
    )
    rng, step, losses = np.random.default_rng(3), 0, []
    for _ in range(2):
        order = np.arange(60) if batch_size is None else rng.permutation(60)
        size, total = batch_size or 60, 0.0
        for start in range(0, 60, size):
            part = order[start : start + size]
            other.zero_grad()
            loss = cross_entropy(other(DATA.inputs[part]), DATA.targets[part])
            loss.backward()
            length = np.sqrt(sum(np.sum(p.grad**2) for p in other.parameters()))
            for p in other.parameters():
                p.data = p.data - 0.1 * 0.9**step * p.grad * min(1, 0.5 / length)
            total += loss.item() * len(part)
            step += 1
        losses.append(total / 60)
    np.testing.assert_allclose([e.loss for e in history.epochs], losses, rtol=1e-10)
    for name, array in other.state_dict().items():
        np.testing.assert_allclose(model.state_dict()[name], array, rtol=1e-8, atol=1e-12)
    assert history.epochs[-1].rate == pytest.approx(0.1 * 0.9 ** (step - 1))
    assert optimiser.rate == 0.1


def test_values_learn_as_tensors_do() -> None:
    data, results = DATA.take(slice(12)), []
    for granularity in ("matrix", "scalar", "neuron"):
        model = MLP([2, 3, 3], granularity=granularity)
        history = fit(model, data, epochs=2, batch_size=5, validation=data, clip=1.0)
        results.append([history.epochs[-1].loss, *history.epochs[-1].validation.values()])
        assert predict(model, data.inputs).dtype == np.float64
    np.testing.assert_allclose(results[1:], [results[0]] * 2, rtol=1e-9)


def test_a_regression_has_no_accuracy() -> None:
    data = Data(DATA.inputs, DATA.inputs[:, :1] * 2)
    model = Linear(2, 1, seed=np.random.default_rng(0))
    history = fit(model, data, epochs=30, loss=mse, optimiser=SGD(model.parameters(), 0.1), validation=data)
    assert history.epochs[-1].validation.keys() == {"loss"}
    assert history.epochs[-1].validation["loss"] < 1e-4
    counts = Data(DATA.inputs, DATA.targets.astype(int))
    assert fit(Flat(), counts, epochs=1, loss=mse, validation=counts).epochs[0].validation.keys() == {"loss"}


def test_user_defined_metrics() -> None:
    model = MLP([2, 3])
    metrics = {"greatest": lambda outputs, targets: outputs.max() + 0 * targets[0]}
    history = fit(model, DATA, epochs=1, validation=VALIDATION, metrics=metrics)
    assert history.epochs[0].validation["greatest"] == predict(model, VALIDATION.inputs).max()
    assert history.epochs[0].validation.keys() == {"loss", "greatest"}


def test_only_the_parameters_of_the_optimiser_move() -> None:
    model = MLP([2, 3, 3])
    before = model.state_dict()
    fit(model, DATA, epochs=1, optimiser=SGD(model.layers[1].parameters(), 0.1))
    after = model.state_dict()
    moved = {name for name in before if not np.array_equal(before[name], after[name])}
    assert moved == {"layers.1.weight", "layers.1.bias"}


def test_the_mode_of_each_module_is_restored() -> None:
    model = dropping().eval()
    model.layers[1].training = True
    seen = []

    def loss(outputs: Any, targets: Any) -> Any:
        seen.append(model.layers[2].training)
        return cross_entropy(outputs, targets)

    fit(model, DATA, epochs=2, loss=loss, batch_size=None, validation=VALIDATION)
    assert seen == [False, False, True, False, True, False]
    assert [module.training for module in model.modules()] == [False, False, True, False, False]


def test_a_schedule_may_fall_to_0() -> None:
    model = MLP([2, 3])
    fit(model, DATA, epochs=3, batch_size=None, schedule=cosine(1))
    other = MLP([2, 3])
    fit(other, DATA, epochs=1, batch_size=None)
    assert numbers(model) == numbers(other)


# Early stopping


def test_patience_ends_training_with_the_best_parameters() -> None:
    wrong = Data(VALIDATION.inputs, (VALIDATION.targets + 1) % 3)
    model = MLP([2, 8, 3], seed=1)
    states = []
    history = fit(
        model,
        DATA,
        epochs=50,
        validation=wrong,
        patience=4,
        optimiser=Adam(model.parameters(), 0.01),
        after_epoch=lambda epoch: states.append(numbers(model)),
    )
    losses = [e.validation["loss"] for e in history.epochs]
    best = int(np.argmin(losses))
    assert len(losses) == best + 1 + 4 < 50
    assert history.best is history.epochs[best]
    assert numbers(model) == states[best] != states[-1]


def test_a_nan_validation_loss_is_never_the_best() -> None:
    def epoch(number: int, loss: float) -> Epoch:
        return Epoch(number, 1, 1.0, 1.0, 1.0, {"loss": loss})

    history = History([epoch(1, np.nan), epoch(2, 2.0), epoch(3, np.nan), epoch(4, 2.0)])
    assert history.best is history.epochs[1]
    assert history.stale == 2
    assert History(history.epochs[:1]).best is None
    assert History(history.epochs[:1]).stale == 1
    assert History([history.epochs[0]._replace(validation={})]).best is None
    history.add(epoch(5, 1.0))
    assert history.best is history.epochs[4]
    assert history.stale == 0


@pytest.mark.parametrize(
    ("granularity", "loss"),
    [
        ("matrix", cross_entropy),
        ("scalar", cross_entropy),
        ("neuron", cross_entropy),
        ("matrix", lambda z, y: 2 * cross_entropy(z, y)),
    ],
)
@pytest.mark.parametrize("targets", [np.zeros(60, int), np.arange(60)[:, None] % 2, np.ones((60, 1))])
def test_cross_entropy_of_one_output(granularity: str, targets: Any, loss: Any) -> None:
    model = MLP([2, 2, 1], granularity=granularity)
    with pytest.raises(ValueError, match=r"single output is 0 .* loss=nn.binary"):
        fit(model, Data(DATA.inputs, targets), loss=loss, epochs=2)


def test_one_feature_in_one_axis() -> None:
    with pytest.raises(ValueError, match=r"do not fit the model and the loss: .* give x\[:, None\]"):
        fit(MLP([1, 3]), Data(DATA.inputs[:, 0], DATA.targets), epochs=1)


def test_the_rate_may_be_set_after_an_epoch() -> None:
    for compiled in (None, False):
        model = MLP([2, 4, 3])
        sgd = SGD(model.parameters(), 0.1)

        def slower(epoch: Epoch, sgd: SGD = sgd) -> None:
            sgd.rate *= 0.1

        history = fit(model, DATA, epochs=3, optimiser=sgd, after_epoch=slower, compiled=compiled)
        assert [e.rate for e in history.epochs] == pytest.approx([0.1, 0.01, 0.001])
        assert sgd.rate == pytest.approx(1e-4)


def test_a_rate_that_is_set_is_that_before_the_schedule() -> None:
    model = MLP([2, 4, 3])
    sgd = SGD(model.parameters(), 0.1)
    seen = []

    def halve(epoch: Epoch) -> None:
        seen.append(sgd.rate)
        if epoch.epoch == 2:
            sgd.rate /= 2

    schedule = exponential(0.9)
    history = fit(model, DATA, epochs=4, batch_size=None, optimiser=sgd, schedule=schedule, after_epoch=halve)
    assert seen == [0.1, 0.1, 0.05, 0.05]
    factors = 0.9 ** np.arange(4)
    np.testing.assert_allclose([e.rate for e in history.epochs], [0.1, 0.1, 0.05, 0.05] * factors)


@pytest.mark.parametrize(
    ("schedule", "found"),
    [
        (exponential(1e200), "raises OverflowError at update 2"),
        (lambda step: 1 / (1 - step), "raises ZeroDivisionError at update 1"),
        (lambda step: -1.0, "gives -1.0 at update 0"),
        (lambda step: float("nan"), "gives nan at update 0"),
        (lambda step: None, "gives None at update 0"),
    ],
)
def test_a_schedule_that_gives_no_factor(schedule: Any, found: str) -> None:
    with pytest.raises(ValueError, match=f"the schedule {found}: it must give a factor of at least 0"):
        fit(MLP([2, 4, 3]), DATA, epochs=9, batch_size=None, schedule=schedule)


@pytest.mark.parametrize("patience", [None, 10])
def test_after_epoch_ends_the_training(patience: int | None, tmp_path: Path) -> None:
    def stop(epoch: Epoch) -> None:
        if epoch.epoch == 3:
            raise StopIteration

    def trained(**options: Any) -> tuple[MLP, History]:
        model = MLP([2, 3])
        sgd = SGD(model.parameters(), 1.0)
        return model, fit(
            model, DATA, optimiser=sgd, validation=VALIDATION, patience=patience, progress=False, **options
        )

    model, history = trained(epochs=9, after_epoch=stop, checkpoint=tmp_path / "a.safetensors")
    three, _ = trained(epochs=3)
    assert [epoch.epoch for epoch in history.epochs] == [1, 2, 3]
    assert not history.interrupted
    assert numbers(model) == numbers(three)
    resumed, history = trained(epochs=9, checkpoint=tmp_path / "a.safetensors")
    assert len(history.epochs) == 9
    assert numbers(resumed) == numbers(trained(epochs=9)[0])
