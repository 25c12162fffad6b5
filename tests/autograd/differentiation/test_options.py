"""The options of the methods: what is taken, and what `gradient` and `predict` refuse in the same words."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, gradient, predict

SAMPLED = ("forward_gradient", "simultaneous_perturbation")
REFUSED: list[tuple[str, str, list[Any], str]] = [
    *[
        (
            name,
            "samples",
            [0, -1, 2.0, True, "3", None, np.ones(2, int), np.True_],
            "must be a whole number of at least 1, not",
        )
        for name in SAMPLED
    ],
    *[(name, "seed", [-1, 1.5, "a"], "the seed must be a whole number of at least 0") for name in SAMPLED],
    ("simultaneous_perturbation", "step", [0, -1, True, "a", np.inf, np.nan, 1e-320], "a number above 0"),
    ("complex_step", "step", [0, 1, None, "a", np.nan, 1e-320], "a number from 1e-200 to 1"),
    ("checkpoint", "states", [0, 2.0, True, "2"], "must be a whole number of at least 1, not"),
    ("checkpoint", "schedule", ["revolve", None, ["uniform"]], "the schedule must be binomial or uniform"),
    ("eliminate", "most", [0, -1, 2.5, None, "a"], "must be a whole number of at least 1, not"),
]


@pytest.mark.parametrize(("method", "option", "given", "message"), REFUSED)
def test_what_is_refused(method: str, option: str, given: list[Any], message: str) -> None:
    x = Value(2.0)
    for value in given:
        for call in (gradient, predict):
            with pytest.raises(ValueError, match=message):
                call(x * x, [x], method, **{option: value})


def test_whole_numbers_of_numpy_and_steps_of_any_kind_are_taken() -> None:
    x = Value(2.0)
    y = x * x
    assert predict(y, [x], "forward_gradient", samples=np.int64(3)) == predict(y, [x], "forward_gradient-3")
    assert gradient(y, [x], "checkpoint", states=np.int8(1)).values == [4.0]
    assert gradient(y, [x], "complex_step", step=Fraction(1, 10**20)).values == [4.0]
    assert gradient(y, [x], "complex_step-1e-10").values == [4.0]
    assert gradient(y, [x], "eliminate", order=iter([y])).values == [4.0]


@pytest.mark.parametrize("method", SAMPLED)
def test_an_estimate_by_nothing_costs_what_is_predicted(method: str) -> None:
    x = Value(2.0)
    for wrt in ([], [Value(1.0)]):
        cost = gradient(x * x, wrt, method, samples=2).cost
        assert cost._replace(stored=None) == predict(x * x, wrt, method, samples=2)


def test_a_step_that_rounding_would_lose_is_refused() -> None:
    large = Value(1e12)
    with pytest.raises(
        ValueError, match=r"a step of 1e-05 is lost in rounding at 1e\+12: give a larger step"
    ):
        gradient(large * large, [large], "simultaneous_perturbation")
    (found,) = gradient(large * large, [large], "simultaneous_perturbation", step=1e5).values
    assert found == pytest.approx(2e12)
    endless = Value(np.inf)
    assert np.isnan(gradient(endless - 1, [endless], "simultaneous_perturbation").values[0])


def test_in_single_precision_the_step_is_larger() -> None:
    x = Tensor(np.array([30.0, -20.0], np.float32))
    found = gradient(np.sum(x * x), [x], "simultaneous_perturbation", samples=400).values[0]
    assert found.dtype == np.float32
    assert found == pytest.approx([60.0, -40.0], abs=6)  # 1e-5 moves 30 by 8 or 11 of its rounding units
