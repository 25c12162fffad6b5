"""Formulas for the values and slopes of one operation: the right ones, and those that are often written."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from viz.checking.exercises import Exercise
from viz.checking.suspects import equal

__all__ = ["RIGHT", "named_slope", "named_value"]

Formula = Callable[[float, float, float, float], float]

# The right slope of each form by each of its inputs, as keys of `FORMULAS`.
RIGHT = {
    "a + b": ("1", "1"),
    "a - b": ("1", "-1"),
    "a * b": ("b", "a"),
    "a / b": ("1 / b", "-a / b**2"),
    "a + c": ("1",),
    "c + a": ("1",),
    "a - c": ("1",),
    "c - a": ("-1",),
    "a * c": ("c",),
    "c * a": ("c",),
    "a / c": ("1 / c",),
    "c / a": ("-c / a**2",),
    "a ** c": ("c * a**(c - 1)",),
    "-a": ("-1",),
    "a.relu()": ("1 if a > 0 else 0",),
    "a.tanh()": ("1 - out**2",),
    "a.exp()": ("out",),
    "a.log()": ("1 / a",),
}

# In terms of the inputs a and b, the plain number c and the result.
FORMULAS: dict[str, Formula] = {
    "0": lambda a, b, c, out: 0.0,
    "1": lambda a, b, c, out: 1.0,
    "-1": lambda a, b, c, out: -1.0,
    "a": lambda a, b, c, out: a,
    "b": lambda a, b, c, out: b,
    "c": lambda a, b, c, out: c,
    "out": lambda a, b, c, out: out,
    "-a": lambda a, b, c, out: -a,
    "-b": lambda a, b, c, out: -b,
    "-c": lambda a, b, c, out: -c,
    "-out": lambda a, b, c, out: -out,
    "a - b": lambda a, b, c, out: a - b,
    "b - a": lambda a, b, c, out: b - a,
    "a + b": lambda a, b, c, out: a + b,
    "a * b": lambda a, b, c, out: a * b,
    "a / b": lambda a, b, c, out: a / b,
    "b / a": lambda a, b, c, out: b / a,
    "a + c": lambda a, b, c, out: a + c,
    "a - c": lambda a, b, c, out: a - c,
    "c - a": lambda a, b, c, out: c - a,
    "a * c": lambda a, b, c, out: a * c,
    "a / c": lambda a, b, c, out: a / c,
    "c / a": lambda a, b, c, out: c / a,
    "1 / a": lambda a, b, c, out: 1 / a,
    "1 / b": lambda a, b, c, out: 1 / b,
    "1 / c": lambda a, b, c, out: 1 / c,
    "1 / out": lambda a, b, c, out: 1 / out,
    "a // b": lambda a, b, c, out: a // b,
    "a // c": lambda a, b, c, out: a // c,
    "1 / a**2": lambda a, b, c, out: 1 / a**2,
    "-1 / a**2": lambda a, b, c, out: -1 / a**2,
    "1 / b**2": lambda a, b, c, out: 1 / b**2,
    "-1 / b**2": lambda a, b, c, out: -1 / b**2,
    "a / b**2": lambda a, b, c, out: a / b**2,
    "-a / b**2": lambda a, b, c, out: -a / b**2,
    "-a / b": lambda a, b, c, out: -a / b,
    "c / a**2": lambda a, b, c, out: c / a**2,
    "-c / a**2": lambda a, b, c, out: -c / a**2,
    "-c / a": lambda a, b, c, out: -c / a,
    "a ** c": lambda a, b, c, out: a**c,
    "c ** a": lambda a, b, c, out: c**a,
    "c * a**(c - 1)": lambda a, b, c, out: c * a ** (c - 1),
    "a**(c - 1)": lambda a, b, c, out: a ** (c - 1),
    "c * a**c": lambda a, b, c, out: c * a**c,
    "(c - 1) * a**(c - 1)": lambda a, b, c, out: (c - 1) * a ** (c - 1),
    "(c - 1) * a**c": lambda a, b, c, out: (c - 1) * a**c,
    "1 if a > 0 else 0": lambda a, b, c, out: float(a > 0),
    "1 if a < 0 else 0": lambda a, b, c, out: float(a < 0),
    "abs(a)": lambda a, b, c, out: abs(a),
    "max(a, 0)": lambda a, b, c, out: max(a, 0.0),
    "min(a, 0)": lambda a, b, c, out: min(a, 0.0),
    "1 - out": lambda a, b, c, out: 1 - out,
    "1 - out**2": lambda a, b, c, out: 1 - out * out,
    "1 + out**2": lambda a, b, c, out: 1 + out * out,
    "1 - a**2": lambda a, b, c, out: 1 - a * a,
    "out * (1 - out)": lambda a, b, c, out: out * (1 - out),
    "1 / (1 + exp(-a))": lambda a, b, c, out: 1 / (1 + math.exp(-a)),
    "sinh(a)": lambda a, b, c, out: math.sinh(a),
    "tan(a)": lambda a, b, c, out: math.tan(a),
    "a * out": lambda a, b, c, out: a * out,
    "a * exp(a - 1)": lambda a, b, c, out: a * math.exp(a - 1),
    "exp(a)": lambda a, b, c, out: math.exp(a),
    "log2(a)": lambda a, b, c, out: math.log2(a),
    "log10(a)": lambda a, b, c, out: math.log10(a),
}


def _values(formula: Formula, exercise: Exercise, out: float) -> float:
    a, b = (*exercise.leaves, math.nan)[:2]
    c = exercise.operations[0].constant
    try:
        found = formula(a, b, math.nan if c is None else c, out)
    except (ArithmeticError, ValueError):
        return math.nan
    return found if isinstance(found, float | int) else math.nan


def named_slope(exercises: Sequence[Exercise], found: Sequence[Any], place: int) -> str:
    """Say which wrong slope of an operation a student's numbers are.

    Args:
        exercises: the operation alone, at several points.
        found: the slope by one of its inputs at each.
        place: of this input: 0 for a, 1 for b.

    Returns:
        a formula, a multiple of the right one, or an empty text if neither is known.
    """
    right = [exercise.gradient[place] for exercise in exercises]
    ways = [
        [_values(formula, exercise, exercise.data[-1]) for exercise in exercises]
        for formula in FORMULAS.values()
    ]
    return _named(found, right, ways, f"{RIGHT[exercises[0].operations[0].form][place]}")


def named_value(exercises: Sequence[Exercise], found: Sequence[Any]) -> str:
    """Say which wrong value of an operation a student's numbers are, as `named_slope` does."""
    right = [exercise.data[-1] for exercise in exercises]
    ways = [[_values(f, exercise, math.nan) for exercise in exercises] for f in FORMULAS.values()]
    return _named(found, right, ways, "the right value")


def _named(
    found: Sequence[Any], right: Sequence[float], ways: Sequence[Sequence[float]], correct: str
) -> str:
    for text, way in zip(FORMULAS, ways, strict=True):
        if all(equal(x, y) for x, y in zip(found, way, strict=True)):
            return text
    ratios = [x / y for x, y in zip(found, right, strict=True) if isinstance(x, float) and y]
    if ratios and all(equal(x, ratios[0] * y) for x, y in zip(found, right, strict=True)):
        return f"{ratios[0]:.4g} times {correct}"
    return ""
