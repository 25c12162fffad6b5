"""The search for settings."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan, nan
from typing import Any

import numpy as np
import pytest

from nn.data import Data
from nn.search import cross_validate, grid, grid_search, random_search, sample


def test_a_grid_has_every_combination() -> None:
    found = grid(a=[1, 2], b=["", "y"], c=(None,))
    assert found == [{"a": a, "b": b, "c": None} for a in (1, 2) for b in ("", "y")]
    assert grid() == [{}]


def test_samples_are_of_their_distributions() -> None:
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


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: grid(rate=[]), r"rate has a list of choices, at least one, not \[\]"),
        (lambda: grid(rate=0.1), "rate has a list of choices"),  # type: ignore[arg-type]
        (lambda: grid(activation="tanh"), "activation has a list of choices"),
        (lambda: sample(0, np.random.default_rng(0)), "whole and from 1 on, not 0"),
        (lambda: sample(2, np.random.default_rng(0), rate=[]), "rate has a list"),
    ],
)
def test_what_is_refused(use: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        use()
