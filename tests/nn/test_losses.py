"""The squared error."""

from __future__ import annotations

import pytest

from autograd import Value, gradient
from nn import squared_error


def test_squared_error_is_the_sum_of_squares() -> None:
    outputs = [Value(1.0), Value(-2.0), Value(0.5)]
    loss = squared_error(outputs, [0.0, 1.0, 0.5])
    assert loss.data == 1 + 9
    assert gradient(loss, outputs).values == [2, -6, 0]
    assert squared_error(outputs[:1], [3.0]).data == 4
    assert loss.op == "+"


def test_targets_may_be_differentiated_too() -> None:
    target = Value(2.0)
    loss = squared_error([5.0], [target])
    assert gradient(loss, [target]).values == [-6]


@pytest.mark.parametrize(("outputs", "targets"), [([1.0], []), ([], []), ([1.0], [1.0, 2.0])])
def test_there_are_as_many_targets_as_outputs(outputs: list[float], targets: list[float]) -> None:
    with pytest.raises(ValueError, match=f"not {len(targets)} and {len(outputs)}"):
        squared_error([Value(x) for x in outputs], targets)
