"""Ctrl-C ends a training after the current update."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nn.checkpoints import load
from nn.data import Data
from nn.history import Epoch, History
from nn.losses import cross_entropy
from nn.mlp import MLP
from nn.optimisers import SGD
from nn.training import fit
from tests.nn.examples import DATA, VALIDATION, dropping, numbers


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """Python's own handler, which a shell disables for background jobs."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_ends_training_after_the_update(tmp_path: Path) -> None:
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
    # The parameters after 9 updates: the current one was completed.
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


def test_ctrl_c_in_the_last_update_of_an_epoch_completes_it() -> None:
    calls: list[int] = []

    def loss(outputs: Any, targets: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:  # after one call to check the loss: in the only update of epoch 2
            interrupt()
        return cross_entropy(outputs, targets)

    history = fit(MLP([2, 3]), DATA, epochs=3, batch_size=None, loss=loss)
    assert history.interrupted
    assert len(history.epochs) == 2


def test_ctrl_c_in_the_last_epoch_has_no_effect() -> None:
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


def test_the_second_ctrl_c_ends_training_at_once() -> None:
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


def test_another_handler_is_left_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
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
