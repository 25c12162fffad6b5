"""Training: what it does to a model, how it ends, and that it resumes to the bit."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value
from nn.checkpoints import load, save, save_model
from nn.data import Data
from nn.evaluation import accuracy, evaluate, fraction_correct, predict
from nn.fit import fit
from nn.history import Epoch, History
from nn.layers import Dropout, Linear, Sequential, Tanh
from nn.losses import cross_entropy, max_margin, mse
from nn.mlp import MLP
from nn.module import Module
from nn.optimisers import SGD, Adam, AdamW
from nn.progress import progress_bar
from nn.schedules import cosine, exponential

ROOT = Path(__file__).parents[2]


def clouds(count: int = 60, seed: int = 0) -> Data:
    """Three classes, each about a corner of its own."""
    rng = np.random.default_rng(seed)
    targets = np.arange(count) % 3
    corners = np.array([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])
    return Data(corners[targets] + 0.5 * rng.normal(size=(count, 2)), targets)


DATA, VALIDATION = clouds(), clouds(30, seed=1)


def dropping(dtype: Any = np.float64) -> Sequential:
    rng = np.random.default_rng(5)
    return Sequential(
        Linear(2, 6, seed=rng, dtype=dtype), Tanh(), Dropout(0.3, seed=1), Linear(6, 3, seed=rng, dtype=dtype)
    )


def numbers(model: Module) -> bytes:
    return b"".join(array.tobytes() for array in model.state_dict().values())


def timeless(history: History) -> list[Epoch]:
    return [epoch._replace(seconds=0) for epoch in history.epochs]


# What training does


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
def test_the_updates_are_those_of_a_loop_by_hand(batch_size: int | None) -> None:
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


class Flat(Module):
    """One number for an example, in an array with one axis."""

    def __init__(self) -> None:
        self.weight = Tensor([0.5, 0.25])

    def forward(self, x: Any) -> Any:
        return x @ self.weight


def test_metrics_of_ones_own() -> None:
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


def test_each_module_gets_its_mode_back() -> None:
    model = dropping().eval()
    model.layers[1].training = True
    seen = []

    def loss(outputs: Any, targets: Any) -> Any:
        seen.append(model.layers[2].training)
        return cross_entropy(outputs, targets)

    fit(model, DATA, epochs=2, loss=loss, batch_size=None, validation=VALIDATION)
    assert seen == [False, False, True, False, True, False]
    assert [module.training for module in model.modules()] == [False, False, True, False, False]


def test_a_schedule_may_come_down_to_0() -> None:
    model = MLP([2, 3])
    fit(model, DATA, epochs=3, batch_size=None, schedule=cosine(1))
    other = MLP([2, 3])
    fit(other, DATA, epochs=1, batch_size=None)
    assert numbers(model) == numbers(other)


# Early stopping


def test_patience_ends_it_with_the_best_parameters() -> None:
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


def test_a_validation_loss_that_is_no_number_is_never_the_best() -> None:
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


# Divergence


def test_a_loss_that_is_no_number_ends_it() -> None:
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


def test_after_divergence_the_model_is_that_of_the_last_epoch() -> None:
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


def test_after_divergence_with_patience_the_model_is_the_best() -> None:
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


def test_a_gradient_that_is_no_number_moves_nothing() -> None:
    model = MLP([2, 3])
    before = numbers(model)
    with pytest.raises(FloatingPointError, match="the loss is 0, but its gradient not finite"):
        fit(model, DATA, epochs=1, loss=lambda o, t: np.sqrt((o - o.data).square().sum()))
    assert numbers(model) == before


def test_an_update_that_overflows_is_told_in_its_epoch(tmp_path: Path) -> None:
    model, path = MLP([2, 3]), tmp_path / "a"
    before, data = numbers(model), Data(DATA.inputs * 1e5, DATA.targets)
    optimiser = SGD(model.parameters(), 1e308)
    with pytest.raises(FloatingPointError, match=r"epoch 1, batch 1: the update made parameters infinite"):
        fit(model, data, epochs=1, batch_size=None, optimiser=optimiser, checkpoint=path)
    assert numbers(model) == before
    assert optimiser.rate == 1e308
    assert load(path).metadata["epochs"] == []


def test_what_is_not_updated_may_be_infinite() -> None:
    model = MLP([2, 3])
    model.mask = Tensor([-np.inf])  # type: ignore[attr-defined]
    assert len(fit(model, DATA, epochs=1, optimiser=Adam(model.layers[0].parameters())).epochs) == 1


def test_a_validation_that_overflows_is_told_as_well() -> None:
    model = MLP([2, 3, 3], granularity="neuron", activation="exp")
    before, far = numbers(model), Data(VALIDATION.inputs * 1e4, VALIDATION.targets)
    with pytest.raises(FloatingPointError, match=r"failed in epoch 1, validation: .*exp.* it began with"):
        fit(model, DATA, epochs=1, validation=far, batch_size=None)
    assert numbers(model) == before


def test_values_that_overflow_are_told_as_well() -> None:
    model = MLP([2, 3], granularity="scalar")
    with pytest.raises(FloatingPointError, match=r"epoch 1, batch 1: exp\(.*\) is undefined"):
        fit(model, DATA, epochs=1, loss=lambda o, t: np.sum(np.exp(o * o * 1e5)))


@pytest.mark.parametrize("part", ["inputs", "targets"])
def test_data_with_holes_is_told(part: str) -> None:
    inputs, targets = DATA.inputs.copy(), DATA.inputs.copy()
    {"inputs": inputs, "targets": targets}[part][7, 0] = np.nan
    with pytest.raises(FloatingPointError, match=f"the {part} there hold NaN or infinite numbers"):
        fit(MLP([2, 2]), Data(inputs, targets), epochs=1, loss=mse, batch_size=None)


# Ctrl-C


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """As Python sets it up; but a shell that starts something in the background turns it off."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_ends_it_after_the_update(tmp_path: Path) -> None:
    model, other = dropping(), dropping()
    calls = 0

    def schedule(step: int) -> float:
        nonlocal calls
        calls += step == 8
        if step == 8:
            interrupt()
        return 1.0

    path = tmp_path / "a.safetensors"
    history = fit(model, DATA, epochs=5, batch_size=10, schedule=schedule, checkpoint=path)
    assert calls == 1
    assert history.interrupted
    assert len(history.epochs) == 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    # As 9 updates by hand: the one under way was made.
    states = []
    fit(
        other,
        DATA,
        epochs=2,
        batch_size=10,
        loss=lambda o, t: (states.append(numbers(other)), cross_entropy(o, t))[1],
    )
    assert numbers(model) == states[1 + 9]
    assert load(path).metadata["epochs"][0]["epoch"] == 1
    resumed = fit(model, DATA, epochs=2, batch_size=10, schedule=lambda step: 1.0, checkpoint=path)
    assert not resumed.interrupted
    assert numbers(model) == numbers(other)


def test_ctrl_c_in_the_last_update_of_an_epoch_lets_it_end() -> None:
    calls: list[int] = []

    def loss(outputs: Any, targets: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:  # one to try, so in the only update of the second epoch
            interrupt()
        return cross_entropy(outputs, targets)

    history = fit(MLP([2, 3]), DATA, epochs=3, batch_size=None, loss=loss)
    assert history.interrupted
    assert len(history.epochs) == 2


def test_ctrl_c_in_the_last_epoch_comes_too_late() -> None:
    model = MLP([2, 8, 3], seed=1)
    wrong = Data(VALIDATION.inputs, (VALIDATION.targets + 1) % 3)
    states: list[bytes] = []

    def after_epoch(epoch: Epoch) -> None:
        states.append(numbers(model))
        if epoch.epoch == 3:
            interrupt()

    options: dict[str, Any] = {"optimiser": SGD(model.parameters(), 0.5), "validation": wrong}
    history = fit(model, DATA, epochs=3, patience=3, after_epoch=after_epoch, **options)
    assert history.best is history.epochs[0]
    assert not history.interrupted
    assert numbers(model) == states[0] != states[-1]


def test_ctrl_c_between_epochs() -> None:
    history = fit(MLP([2, 3]), DATA, epochs=3, after_epoch=lambda epoch: interrupt())
    assert history.interrupted
    assert len(history.epochs) == 1


def test_the_second_ctrl_c_is_obeyed_at_once() -> None:
    model = MLP([2, 3])

    def schedule(step: int) -> float:
        interrupt()
        interrupt()
        return 1.0

    before = numbers(model)
    with pytest.raises(KeyboardInterrupt):
        fit(model, DATA, epochs=1, schedule=schedule)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert numbers(model) == before
    assert model.training


def test_another_handler_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[int] = []

    def handler(number: int, frame: object) -> None:
        noted.append(number)

    usual = signal.signal(signal.SIGINT, handler)
    try:
        history = fit(MLP([2, 3]), DATA, epochs=2, after_epoch=lambda epoch: interrupt())
    finally:
        signal.signal(signal.SIGINT, usual)
    assert len(noted) == len(history.epochs) == 2
    assert not history.interrupted


def test_training_in_a_thread() -> None:
    histories: list[History] = []
    thread = threading.Thread(target=lambda: histories.append(fit(MLP([2, 3]), DATA, epochs=1)))
    thread.start()
    thread.join()
    assert len(histories[0].epochs) == 1


# Resuming


class Broken(Exception):  # noqa: N818 - no error, but what breaks a training off
    pass


def values() -> MLP:
    return MLP([2, 3, 3], granularity="neuron")


def plain(dtype: Any = np.float64) -> Sequential:
    """The same without dropping, so that its updates can be compiled."""
    first, activation, _, last = dropping(dtype)
    return Sequential(first, activation, last)


def column_major(make: Callable[[], Sequential] = dropping) -> Sequential:
    model = make()
    for layer in (model.layers[0], model.layers[-1]):
        layer.weight.data = np.asfortranarray(layer.weight.data)
    return model


CASES: dict[str, tuple[Callable[[], Module], Callable[[Module], dict[str, Any]]]] = {
    "defaults": (dropping, lambda m: {}),
    "classic": (dropping, lambda m: {"batch_size": None, "optimiser": SGD(m.parameters(), 0.1)}),
    "momentum": (dropping, lambda m: {"optimiser": SGD(m.parameters(), 0.1, momentum=0.9, nesterov=True)}),
    "online": (dropping, lambda m: {"batch_size": 1, "optimiser": AdamW(m.parameters(), 0.01)}),
    "schedule": (dropping, lambda m: {"schedule": cosine(20), "clip": 0.1}),
    "patience": (dropping, lambda m: {"validation": VALIDATION, "patience": 2}),
    "stops early": (
        dropping,
        lambda m: {
            "validation": Data(VALIDATION.inputs, (VALIDATION.targets + 1) % 3),
            "patience": 2,
            "optimiser": SGD(m.parameters(), 0.5),
        },
    ),
    "float32": (lambda: dropping(np.float32), lambda m: {}),
    "values": (values, lambda m: {"batch_size": 30}),
    "column-major": (column_major, lambda m: {"batch_size": 7}),
    "compiled": (plain, lambda m: {"batch_size": 7, "clip": 0.1, "schedule": cosine(40)}),
    "compiled, online": (
        plain,
        lambda m: {"batch_size": 1, "optimiser": SGD(m.parameters(), 0.1, momentum=0.9)},
    ),
    "compiled, column-major": (partial(column_major, plain), lambda m: {"batch_size": 8}),
    "compiled, float32": (lambda: plain(np.float32), lambda m: {"batch_size": 8}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_training_broken_off_ends_with_the_same_bits(case: str, tmp_path: Path) -> None:
    make, options = CASES[case]
    path = tmp_path / "a.safetensors"
    model = make()
    undisturbed = fit(model, DATA, epochs=5, **options(model))
    again: Module = make()
    for last in (1, 3, None, None):

        def stop(epoch: Epoch, last: int | None = last) -> None:
            if epoch.epoch == last:
                raise Broken

        again = make()
        broken = pytest.raises(Broken) if last else nullcontext()
        with broken:
            history = fit(again, DATA, epochs=5, checkpoint=path, after_epoch=stop, **options(again))
    assert timeless(history) == timeless(undisturbed)
    assert numbers(again) == numbers(model)
    assert again.extra_state() == model.extra_state()


PROGRAM = """
import os, signal, sys
import numpy as np
from nn.checkpoints import save
from nn.losses import cross_entropy
from nn.fit import fit
from tests.nn.test_fit import DATA, VALIDATION, dropping

when, path = sys.argv[1], sys.argv[2]
kill = lambda: os.kill(os.getpid(), signal.SIGKILL)
def deadly(moment, call, function):
    calls = 0
    def counted(*args):
        nonlocal calls
        calls += 1
        if when == moment and calls == call:
            kill()
        return function(*args)
    return counted
os.fsync = deadly("before a sync", 3, os.fsync)  # the first is at the start
os.replace = deadly("before a rename", 3, os.replace)
loss = deadly("within an epoch", 2 + 2 + 1 + 1, cross_entropy)  # two to try, an epoch with its validation
loss.__qualname__ = "loss"
after_epoch = deadly("after an epoch", 2, lambda epoch: None)
model = dropping()
history = fit(model, DATA, epochs=7, loss=loss, validation=VALIDATION, patience=3, checkpoint=path,
              after_epoch=after_epoch)
save(sys.argv[3], model.state_dict(), {"epochs": [e._replace(seconds=0) for e in history.epochs],
                                       "generators": model.extra_state()})
"""


def test_a_training_killed_at_any_moment_ends_with_the_same_bits(tmp_path: Path) -> None:
    def run(when: str, checkpoint: str) -> tuple[int, bytes]:
        result = tmp_path / f"result of {checkpoint}"
        arguments = [sys.executable, "-c", PROGRAM, when, str(tmp_path / checkpoint), str(result)]
        ended = subprocess.run(arguments, cwd=ROOT, capture_output=True, check=False)
        assert ended.stderr == b""
        return ended.returncode, result.read_bytes() if result.exists() else b""

    code, undisturbed = run("never", "whole")
    assert code == 0
    done = []
    for when in ("after an epoch", "within an epoch", "before a sync", "before a rename"):
        assert run(when, "broken")[0] == -signal.SIGKILL
        done.append(len(load(tmp_path / "broken").metadata["epochs"]))
    assert done == [2, 3, 4, 5]
    assert (tmp_path / ".broken.tmp").exists()
    assert run("never", "broken") == (0, undisturbed)
    assert not list(tmp_path.glob(".*"))


def test_more_epochs_can_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a"
    model, other = dropping(), dropping()
    fit(model, DATA, epochs=2, checkpoint=path)
    assert len(fit(model, DATA, epochs=4, checkpoint=str(path)).epochs) == 4
    fit(other, DATA, epochs=4)
    assert numbers(model) == numbers(other)
    with pytest.raises(ValueError, match="holds 4 epochs, more than the 3 asked for"):
        fit(model, DATA, epochs=3, checkpoint=path)
    assert len(fit(dropping(), DATA, epochs=3, checkpoint=path, resume=False).epochs) == 3
    assert len(load(path).metadata["epochs"]) == 3


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("model", {"model": MLP([2, 5, 3])}),
        ("model", {"model": MLP([2, 4, 3], activation="relu")}),
        ("data", {"data": clouds(60, seed=9)}),
        ("validation", {"validation": None}),
        ("loss", {"loss": mse, "data": Data(DATA.inputs, np.eye(3)[DATA.targets])}),
        ("batch_size", {"batch_size": 16}),
        ("schedule", {"schedule": exponential(0.9)}),
        ("clip", {"clip": 2.0}),
        ("metrics", {"metrics": {}}),
        ("patience", {"patience": 3}),
        ("seed", {"seed": 1}),
    ],
)
def test_a_training_with_other_settings_is_not_resumed(
    tmp_path: Path, what: str, change: dict[str, Any]
) -> None:
    path = tmp_path / "a"
    usual: dict[str, Any] = {"epochs": 1, "checkpoint": path, "validation": VALIDATION}
    fit(MLP([2, 4, 3]), DATA, **usual)
    before = path.read_bytes()
    model = change.pop("model", None) or MLP([2, 4, 3])
    data = change.pop("data", DATA)
    if what == "loss":
        what, usual["validation"] = "data", None
    with pytest.raises(ValueError, match=f"a holds a training with another {what}, .* or resume=False"):
        fit(model, data, **{**usual, **change})
    assert path.read_bytes() == before


def test_a_training_with_another_optimiser_is_not_resumed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    model = MLP([2, 3])
    fit(model, DATA, epochs=1, checkpoint=path, optimiser=Adam(model.parameters()))
    for optimiser in (
        SGD(model.parameters(), 1e-3),
        AdamW(model.parameters()),
        Adam(model.parameters(), 2e-3),
        Adam(model.parameters(), epsilon=1e-7),
    ):
        with pytest.raises(ValueError, match="another optimiser"):
            fit(model, DATA, epochs=1, checkpoint=path, optimiser=optimiser)


def test_a_training_of_other_parameters_is_not_resumed(tmp_path: Path) -> None:
    path = tmp_path / "a"

    def train(choose: Callable[[MLP], list[Any]], loss: Any = cross_entropy, **options: Any) -> None:
        model = MLP([2, 3, 3], **options)
        before = numbers(model)
        try:
            fit(model, DATA, epochs=1, checkpoint=path, optimiser=SGD(choose(model), 0.1), loss=loss)
        except ValueError:
            assert numbers(model) == before
            raise

    train(lambda model: model.layers[0].parameters())
    for choose in (lambda m: m.layers[1].parameters(), lambda m: m.layers[0].parameters()[::-1]):
        with pytest.raises(ValueError, match="another choice of parameters"):
            train(choose)
    with pytest.raises(ValueError, match=r"another model, .* not .*float32"):
        train(lambda model: model.layers[0].parameters(), dtype=np.float32)
    path.unlink()
    train(MLP.parameters, partial(cross_entropy))
    with pytest.raises(ValueError, match="another loss"):
        train(MLP.parameters, partial(max_margin))


def test_a_count_with_an_underscore_makes_no_other_model(tmp_path: Path) -> None:
    class Counting(MLP):
        def __init__(self) -> None:
            super().__init__([2, 3])
            self._calls = 0

        def forward(self, x: Any) -> Any:
            self._calls += 1
            return super().forward(x)

    model = Counting()
    for epochs in (1, 2):
        assert len(fit(model, DATA, epochs=epochs, checkpoint=tmp_path / "a").epochs) == epochs


def test_settings_may_be_numpys(tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "batch_size": np.int64(20),
        "patience": np.int64(3),
        "validation": VALIDATION,
        "seed": np.int64(1),
        "clip": np.float32(0.5),
        "schedule": lambda step: np.float32(0.5),
        "checkpoint": tmp_path / "a",
    }
    for epochs in (1, 2):
        assert len(fit(MLP([2, 3]), DATA, epochs=np.int64(epochs), **options).epochs) == epochs  # type: ignore[arg-type]


@pytest.mark.parametrize("schedule", [[1.0, 0.5, 0.25].__getitem__, exponential(1.1)])
def test_a_schedule_is_asked_for_the_updates_alone(tmp_path: Path, schedule: Any) -> None:
    for epochs in (2, 3):
        options = {"batch_size": None, "schedule": schedule, "checkpoint": tmp_path / "a"}
        assert len(fit(MLP([2, 3]), DATA, epochs=epochs, **options).epochs) == epochs


def test_what_cannot_be_written_is_told_before_training(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError, match="folder"):
        fit(MLP([2, 3]), DATA, epochs=1, checkpoint=tmp_path / "folder", after_epoch=pytest.fail)
    model = MLP([2, 3])
    optimiser = Adam(model.parameters())
    optimiser.betas = ({1}, {2})  # type: ignore[assignment]
    with pytest.raises(TypeError, match="plain data that JSON can write"):
        fit(model, DATA, epochs=1, optimiser=optimiser, checkpoint=tmp_path / "b", after_epoch=pytest.fail)


def test_a_resumption_that_fails_changes_nothing(tmp_path: Path) -> None:
    path, model = tmp_path / "a", dropping()
    fit(model, DATA, epochs=1, checkpoint=path, validation=VALIDATION, patience=2)
    arrays, metadata = load(path)
    spoiled = [
        ({**arrays, "optimiser.0.first_moment": np.zeros(9)}, metadata),
        ({**arrays, "best.more": np.zeros(9)}, metadata),
        ({name: array for name, array in arrays.items() if not name.startswith("model.")}, metadata),
        (arrays, {**metadata, "generators": {}}),
        *((arrays, {k: v for k, v in metadata.items() if k != gone}) for gone in ("settings", "epochs")),
        (arrays, {**metadata, "shuffling": 3}),
    ]
    for content in spoiled:
        save(path, *content)
        other = dropping()
        before = numbers(other), other.extra_state()
        with pytest.raises(ValueError, match="a does not hold a whole training: "):
            fit(other, DATA, epochs=2, checkpoint=path, validation=VALIDATION, patience=2)
        assert (numbers(other), other.extra_state()) == before


def test_a_tensor_that_forward_keeps_is_no_parameter() -> None:
    class Keeping(MLP):
        def forward(self, x: Any) -> Any:
            self.x = Tensor(x)
            return super().forward(self.x)

    model = Keeping([2, 3])
    for _ in range(2):  # the second time it is there from the first
        with pytest.raises(ValueError, match="forward stores the Tensor 'x' on the module, where it counts"):
            fit(model, DATA, epochs=1)


def test_a_checkpoint_that_holds_no_training(tmp_path: Path) -> None:
    path, model = tmp_path / "a", MLP([2, 3])
    save_model(path, model)
    with pytest.raises(ValueError, match="a holds no training to resume"):
        fit(model, DATA, epochs=1, checkpoint=path)
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match="a is no file of safetensors"):
        fit(model, DATA, epochs=1, checkpoint=path)
    assert path.read_bytes() == b"something else"
    with pytest.raises(FileNotFoundError, match=r"the folder of .*b is missing"):
        fit(model, DATA, epochs=1, checkpoint=tmp_path / "none" / "b")


def test_a_checkpoint_that_lacks_something(tmp_path: Path) -> None:
    path, model = tmp_path / "a", MLP([2, 3])
    fit(model, DATA, epochs=1, checkpoint=path)
    arrays, metadata = load(path)
    for name in ("model.layers.0.bias", "optimiser.0.steps"):
        save(path, {key: array for key, array in arrays.items() if key != name}, metadata)
        with pytest.raises(ValueError, match="a does not hold a whole training: "):
            fit(MLP([2, 3]), DATA, epochs=2, checkpoint=path)
    save(path, {**arrays, "else": np.zeros(1)}, metadata)
    with pytest.raises(ValueError, match="a does not hold a whole training: 'else'"):
        fit(MLP([2, 3]), DATA, epochs=2, checkpoint=path)


def test_the_package_for_checkpoints_is_asked_for_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("safetensors", "safetensors.numpy"):
        monkeypatch.setitem(sys.modules, name, None)
    fit(MLP([2, 3]), DATA, epochs=1)
    with pytest.raises(ImportError, match="pip install"):
        fit(MLP([2, 3]), DATA, epochs=1, checkpoint=tmp_path / "a", after_epoch=pytest.fail)


# What is refused before training starts


def constant_loss(outputs: Any, targets: Any) -> float:
    return 1.0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"model": MLP}, TypeError, "fit trains a Module"),
        ({"data": DATA.inputs}, TypeError, r"the data are examples as Data\(inputs, targets\), not ndarray"),
        ({"validation": 3}, TypeError, "the validation data are examples as Data"),
        ({"epochs": 0}, ValueError, "epochs is a number of epochs, whole and from 1 on, not 0"),
        ({"epochs": 1.5}, ValueError, "epochs is a number"),
        ({"patience": 0, "validation": DATA}, ValueError, "patience is a number of epochs"),
        ({"patience": 2}, ValueError, "patience looks at the loss on validation data"),
        ({"clip": -1}, ValueError, "a norm greater than 0, not -1"),
        ({"clip": "1"}, ValueError, "a norm greater than 0"),
        ({"seed": -1}, ValueError, "the seed is a whole number from 0 on, not -1"),
        ({"schedule": 0.5}, TypeError, "schedule is a function, not 0.5"),
        ({"after_epoch": 1}, TypeError, "after_epoch is a function, not 1"),
        ({"loss": "mse"}, TypeError, "a loss is a function of outputs and targets, as nn.mse, not 'mse'"),
        ({"metrics": [fraction_correct]}, TypeError, "metrics are functions .* by name"),
        ({"metrics": {"a": 1}}, TypeError, "metrics are functions .* by name"),
        (
            {"loss": lambda o, t: cross_entropy(o, t).reshape(1)},
            TypeError,
            "a loss is one Tensor or Value.*not Tensor",
        ),
        ({"metrics": {"loss": fraction_correct}}, ValueError, "another name than 'loss'"),
        ({"batch_size": 0}, ValueError, "the size of a batch"),
        ({"optimiser": 0.1}, TypeError, r"an optimiser is as Adam\(model.parameters\(\)\), not 0.1"),
        ({"optimiser": SGD([Tensor([1.0])], 1)}, ValueError, "parameters that are not the model's"),
        ({"loss": constant_loss}, TypeError, "a loss is one Tensor or Value.*not float 1.0"),
        ({"loss": lambda o, t: o}, TypeError, "a loss is one Tensor or Value.*not Tensor"),
        (
            {"data": Data(np.ones((9, 4)), np.zeros(9, int))},
            ValueError,
            r"the data, inputs of shape \(9, 4\) and targets of shape \(9,\), do not fit .* 2 inputs, not 4",
        ),
        (
            {"data": Data(DATA.inputs, DATA.targets + 1)},
            ValueError,
            "do not fit the model and the loss: the target 3 is not one of the classes 0 … 2",
        ),
        (
            {"validation": Data(DATA.inputs, DATA.targets * -1)},
            ValueError,
            "the validation data, .* do not fit the model and the loss: the target -2",
        ),
        (
            {"loss": mse},
            ValueError,
            r"mse takes targets of the outputs' shape \(2, 3\), not \(2,\)",
        ),
    ],
)
def test_what_is_refused(options: dict[str, Any], error: type[Exception], message: str) -> None:
    usual: dict[str, Any] = {"model": MLP([2, 3]), "data": DATA, "epochs": 1, "after_epoch": pytest.fail}
    with pytest.raises(error, match=message):
        fit(**{**usual, **options})


# Evaluation


def test_predictions_do_not_depend_on_the_batches() -> None:
    model = dropping()
    whole = predict(model, DATA.inputs, None)
    assert whole.shape == (60, 3)
    np.testing.assert_allclose(predict(model, DATA.inputs, 7), whole, rtol=1e-12)
    assert model.training
    loss = cross_entropy(Tensor(whole), DATA.targets).item()
    assert evaluate(model, DATA, batch_size=7) == {"loss": pytest.approx(loss)}
    assert accuracy(model, DATA) == np.mean(whole.argmax(axis=1) == DATA.targets)


def test_predictions_are_kept_apart_from_the_graph() -> None:
    model = Flat()
    predict(model, DATA.inputs)
    evaluate(model, Data(DATA.inputs, DATA.inputs[:, 0]), mse)
    assert model.weight.grad is None

    class Plain(Module):
        def forward(self, x: Any) -> Any:
            return x * 2

    assert predict(Plain(), [[1.0], [2.0]]).tolist() == [[2], [4]]
    for bad in ([], 1.0):
        with pytest.raises(ValueError, match=r"no examples|are one number"):
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
def test_the_fraction_that_is_correct(outputs: Any, targets: Any, fraction: float) -> None:
    assert fraction_correct(np.array(outputs), np.array(targets)) == fraction


def test_no_accuracy_of_shapes_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"outputs \(3, 2\) takes classes of shape \(3,\) or one-hot rows"):
        fraction_correct(np.zeros((3, 2)), np.zeros(2))


def test_only_what_fits_is_evaluated() -> None:
    model = MLP([2, 3])
    pair: Any = (DATA.inputs, DATA.targets)
    for use in (evaluate, accuracy):
        with pytest.raises(TypeError, match=r"the data are examples as Data\(inputs, targets\), not tuple"):
            use(model, pair)
    with pytest.raises(TypeError, match=r"one number, the mean over a batch, not of shape \(60,\)"):
        evaluate(model, DATA, lambda o, t: cross_entropy(o, t, reduction="none"))
    with pytest.raises(TypeError, match="a loss is a function"):
        evaluate(model, DATA, "mse")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the inputs are no array: their rows have different lengths"):
        predict(model, [[1.0], [1.0, 2.0]])


# The bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return screen


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    screen = terminal(monkeypatch)
    fit(MLP([2, 3]), DATA, epochs=3, validation=VALIDATION)
    assert "/3" in screen.getvalue()


def test_a_bar_that_is_shown_seldom_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    screen = terminal(monkeypatch)
    for clock, expected in (([5.0, 5.0, 5.05], "first [words]"), ([5.0, 5.0, 5.2, 5.2], "second [words]")):
        monkeypatch.setattr("nn.progress.monotonic", iter(clock).__next__)
        with progress_bar(10) as show:
            show(1, "first [words]")
            show(2, "second [words]")
        assert expected in screen.getvalue()
        assert ("second" in screen.getvalue()) == (expected == "second [words]")


def test_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    fit(MLP([2, 3]), DATA, epochs=1, progress=False)
    for name in ("rich", "rich.console", "rich.progress"):
        monkeypatch.setitem(sys.modules, name, None)
    fit(MLP([2, 3]), DATA, epochs=1)
    assert screen.getvalue() == ""


def test_no_bar_outside_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    fit(MLP([2, 3]), DATA, epochs=1)
    assert capfd.readouterr() == ("", "")


def test_a_name_is_the_same_in_every_run() -> None:
    from nn.resumption import name_of

    class Function:
        def __call__(self, x: Any) -> Any:
            return x

    one, two = Sequential(Function(), np.tanh), Sequential(Function(), np.tanh)
    assert name_of(one) == name_of(two) != name_of(Sequential(np.tanh))
    assert name_of(Function()).endswith("Function object>")
    assert name_of(mse) == "<function mse>"
    assert name_of(partial(mse, reduction="sum")) == "functools.partial(<function mse>, reduction='sum')"
    assert isinstance(MLP([2, 3], granularity="scalar").parameters()[0], Value)
