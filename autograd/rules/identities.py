"""Algebraic identities of the rows, as a table: x + 0 = x, 0 · x = 0, a - (-b) = a + b and so on.

`Symbol` applies them to formulas, and the compiler to programs. An applier uses only the identities that
hold for its numbers: a program keeps 0 · x, which is NaN where x is infinite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd.rules.primitive import Primitive
from autograd.rules.scalars import add, div, mul, power, sub

__all__ = ["IDENTITIES", "Identities", "Sides", "place_of"]

Sides = tuple[int | None, int | None]  # a number for the left operand and one for the right; None for none
_NONE: Sides = (None, None)


class Identities(NamedTuple):
    """The identities of one row of two operands.

    Attributes:
        neutral: the number that leaves the other operand unchanged.
        absorbing: the number that decides the result, whatever the other operand.
        negating: the number that gives the other operand with a minus.
        opposite: the row that does the same to the negated right operand.
        odd: whether a minus in front of either operand is a minus in front of the result.
    """

    neutral: Sides = _NONE
    absorbing: Sides = _NONE
    negating: Sides = _NONE
    opposite: Primitive | None = None
    odd: bool = False


IDENTITIES: dict[Primitive, Identities] = {
    add: Identities(neutral=(0, 0), opposite=sub),
    sub: Identities(neutral=(None, 0), opposite=add),
    mul: Identities(neutral=(1, 1), absorbing=(0, 0), negating=(-1, -1), odd=True),
    div: Identities(neutral=(None, 1), absorbing=(0, None), odd=True),
    power: Identities(neutral=(None, 1), absorbing=(None, 0)),
}


def place_of(numbers: Sides, operands: Sequence[Any], is_number: Callable[[Any, int], bool]) -> int | None:
    """Find the operand that is the number for its side.

    Args:
        numbers: the number for each side.
        operands: the two operands.
        is_number: ``is_number(operand, number)`` tells whether an operand is always this number.

    Returns:
        its place, 0 or 1, or None.
    """
    for place, number in enumerate(numbers):
        if number is not None and is_number(operands[place], number):
            return place
    return None
