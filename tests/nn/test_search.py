"""Search for settings, and cross-validation."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from math import isnan, nan
from typing import Any

import numpy as np
import pytest

import nn
from nn.data import Data
from nn.mlp import MLP
from nn.search import Score, cross_validate, grid, grid_search, random_search, sample
from nn.training import fit


def test_a_grid_has_every_combination() -> None:
    found = grid(a=[1, 2], b=["", "y"], c=(None,))
    assert found == [{"a": a, "b": b, "c": None} for a in (1, 2) for b in ("", "y")]
    assert grid() == [{}]
    assert grid(rate=(x / 2 for x in (1, 2))) == [{"rate": 0.5}, {"rate": 1.0}]
    once: Any = iter([1, 2])
    assert {s["a"] for s in sample(30, np.random.default_rng(0), a={1, 2}, b=once)} == {1, 2}


def test_samples_follow_their_distributions() -> None:
    settings: dict[str, Any] = {"width": [4, 8], "rate": lambda rng: 10 ** rng.uniform(-3, -1)}
    found = sample(50, np.random.default_rng(1), **settings)
    assert len(found) == 50
    assert {s["width"] for s in found} == {4, 8}
    assert all(1e-3 <= s["rate"] <= 1e-1 for s in found)
    assert len({s["rate"] for s in found}) == 50
    assert found == sample(50, np.random.default_rng(1), **settings)


def bowl(x: float, y: float) -> float:
    return nan if x == 3 else (x - 1) ** 2 + y


def test_a_grid_search_ranks() -> None:
    choices = {"x": [0, 3, 1], "y": [0.5, 0.0]}
    found = grid_search(bowl, choices)
    assert found[0].settings == {"x": 1, "y": 0.0}
    assert [t.score for t in found[:4]] == [0, 0.5, 1, 1.5]
    assert all(isnan(t.score) for t in found[4:])
    greatest = grid_search(bowl, choices, maximise=True)
    assert [t.score for t in greatest[:4]] == [1.5, 1, 0.5, 0]
    assert all(isnan(t.score) for t in greatest[4:])


def test_a_random_search_ranks() -> None:
    distributions = {"x": lambda rng: rng.uniform(), "y": [0.0]}
    found = random_search(bowl, distributions, 20, seed=3)
    assert [t.score for t in found] == sorted(bowl(**t.settings) for t in found)
    assert found == random_search(bowl, distributions, 20, seed=3)
    assert found != random_search(bowl, distributions, 20, seed=4)


def test_cross_validation_scores_every_fold() -> None:
    data = Data(np.arange(10.0)[:, np.newaxis], np.arange(10.0))
    seen: list[float] = []

    def score(train: Data, validation: Data) -> float:
        assert len(train) + len(validation) == 10
        seen.extend(validation.targets)
        return float(validation.targets.sum())

    found = cross_validate(score, data, 5, seed=2)
    assert sorted(seen) == list(range(10))
    assert len(found.folds) == 5
    assert found.mean == pytest.approx(9)
    assert found.deviation == pytest.approx((sum((s - 9) ** 2 for s in found.folds) / 4) ** 0.5)


def test_ctrl_c_stops_a_search() -> None:
    data, tried = Data(np.arange(20.0).reshape(10, 2), np.arange(10) % 2), []

    def score(train: Data = data, validation: Data = data, seed: int = 0) -> float:
        tried.append(seed)
        pressed = {"after_epoch": lambda epoch: os.kill(os.getpid(), signal.SIGINT)}
        return fit(MLP([2, 2]), train, epochs=3, **(pressed if len(tried) == 2 else {})).epochs[-1].loss

    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    uses: list[Callable[[], object]] = [
        lambda: grid_search(score, {"seed": [1, 2, 3]}),
        lambda: random_search(score, {"seed": [1, 2, 3]}, 5),
        lambda: cross_validate(score, data, 5),
    ]
    try:
        for use in uses:
            tried.clear()
            with pytest.raises(KeyboardInterrupt):
                use()
            assert len(tried) == 2
    finally:
        signal.signal(signal.SIGINT, usual)


def test_the_exported_names() -> None:
    assert nn.Score is Score


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: grid(rate=[]), r"rate needs a list of choices, at least one, not \[\]"),
        (lambda: grid(rate=0.1), "rate needs a list of choices"),  # type: ignore[arg-type]
        (lambda: grid(activation="tanh"), "activation needs a list of choices"),
        (lambda: sample(0, np.random.default_rng(0)), "a whole number, at least 1, not 0"),
        (lambda: sample(2, np.random.default_rng(0), rate=[]), "rate needs a list"),
    ],
)
def test_invalid_arguments(use: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        use()


DATA: Any = Data(np.zeros((4, 1)), [0, 1, 0, 1])
OTHER: Any = None


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: grid_search(OTHER, {"rate": [0.1]}), "score must be a function, not None"),
        (lambda: grid_search(abs, OTHER), "choices must be a dict of settings by name, as .*, not None"),
        (lambda: random_search(abs, {1: [1]}, 2), "distributions must be a dict of settings by name, as"),
        (lambda: cross_validate(OTHER, DATA, 2), "train_and_score must be a function, not None"),
        (lambda: nn.learning_curve(min, DATA, OTHER, 2), "sizes must be a list of numbers of training"),
    ],
)
def test_arguments_of_other_types(use: Callable[[], object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        use()


def test_a_setting_may_have_any_name() -> None:
    (trial,) = random_search(lambda n, rng: n + rng, {"n": [1], "rng": [2]}, 1)
    assert trial == nn.Trial({"n": 1, "rng": 2}, 3.0)
