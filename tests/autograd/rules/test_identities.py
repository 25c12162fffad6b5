"""Every identity of the table holds for numbers."""

from __future__ import annotations

import pytest

from autograd.rules.identities import IDENTITIES, Sides, place_of
from autograd.rules.primitive import Primitive

ROWS = pytest.mark.parametrize("row", IDENTITIES, ids=lambda row: row.name)
NUMBERS = (-2.5, 0.5, 3.0)


def with_number(row: Primitive, side: int, number: int, other: float) -> float:
    """The row's result for a number on one side, and another on the other side."""
    result: float = row.forward(*((number, other) if side == 0 else (other, number)))
    return result


def sides(numbers: Sides) -> list[tuple[int, int]]:
    return [(side, number) for side, number in enumerate(numbers) if number is not None]


@ROWS
def test_numbers_that_decide_a_result(row: Primitive) -> None:
    identities = IDENTITIES[row]
    for x in NUMBERS:
        assert all(with_number(row, side, number, x) == x for side, number in sides(identities.neutral))
        assert all(with_number(row, side, number, x) == -x for side, number in sides(identities.negating))
    for side, number in sides(identities.absorbing):
        assert len({with_number(row, side, number, x) for x in NUMBERS}) == 1


@ROWS
def test_signs(row: Primitive) -> None:
    identities = IDENTITIES[row]
    for a in NUMBERS:
        for b in NUMBERS:
            if identities.opposite is not None:
                assert identities.opposite.forward(a, b) == row.forward(a, -b)
            if identities.odd:
                assert row.forward(-a, b) == row.forward(a, -b) == -row.forward(a, b)


def test_the_operand_of_a_side_is_found() -> None:
    equal = lambda x, number: x == number  # noqa: E731
    assert place_of((0, 0), (0, 5), equal) == 0
    assert place_of((None, 0), (0, 0), equal) == 1
    assert place_of((None, 0), (0, 5), equal) is None
