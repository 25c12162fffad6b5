"""Schedules: factors of the learning rate."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.schedules import constant, cosine, exponential, step_decay, warm_up


def test_constant() -> None:
    assert [constant()(step) for step in (0, 1, 10**6)] == [1, 1, 1]
    assert constant(0.5)(7) == 0.5


def test_steps_down() -> None:
    schedule = step_decay(3, 0.5)
    assert [schedule(step) for step in range(8)] == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]


@given(factor=st.floats(0.5, 1.5), step=st.integers(0, 100))
def test_exponential_is_a_geometric_sequence(factor: float, step: int) -> None:
    schedule = exponential(factor)
    assert schedule(0) == 1
    assert schedule(step + 1) == pytest.approx(schedule(step) * factor)


@given(total=st.integers(1, 500), floor=st.floats(0, 1))
def test_cosine_falls_from_1_to_its_floor(total: int, floor: float) -> None:
    schedule = cosine(total, floor)
    factors = [schedule(step) for step in range(total + 1)]
    assert factors[0] == 1
    assert factors[-1] == pytest.approx(floor)
    assert schedule(10 * total) == factors[-1]
    assert all(a >= b for a, b in pairwise(factors))
    # A half period is antisymmetric about its middle.
    for a, b in zip(factors, reversed(factors), strict=True):
        assert a + b == pytest.approx(1 + floor)


@given(steps=st.integers(1, 50), total=st.integers(1, 50))
def test_warm_up_continues_with_another_schedule(steps: int, total: int) -> None:
    after = cosine(total)
    schedule = warm_up(steps, after)
    rises = [schedule(step) for step in range(steps + 1)]
    assert rises[0] > 0
    differences = [b - a for a, b in pairwise(rises)]
    assert differences == pytest.approx([rises[0]] * steps)
    assert rises[-1] == 1
    assert [schedule(steps + step) for step in range(total)] == [after(step) for step in range(total)]


def test_warm_up_alone_stays_at_1() -> None:
    assert [warm_up(1)(step) for step in range(4)] == [0.5, 1, 1, 1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: constant(0), "the factor .* greater than 0, not 0"),
        (lambda: constant(inf), "the factor"),
        (lambda: exponential(nan), "the factor"),
        (lambda: exponential("1"), "the factor"),  # type: ignore[arg-type]
        (lambda: step_decay(0), "every must be a whole number of updates, at least 1, not 0"),
        (lambda: step_decay(2, -1), "the factor"),
        (lambda: cosine(2.5), "the total .* not 2.5"),  # type: ignore[arg-type]
        (lambda: cosine(5, 2), "the floor .* from 0 to 1, not 2"),
        (lambda: cosine(5, nan), "the floor"),
        (lambda: warm_up(0), "the number of steps"),
    ],
)
def test_invalid_arguments(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
