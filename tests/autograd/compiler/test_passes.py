"""A simplified program is the program that a reader would write: each rewrite by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Value, compile, grad  # noqa: A004

A, B = np.array([[1.5, -0.5, 2.0], [0.25, 3.0, -1.0]]), np.linspace(-1, 1, 12).reshape(3, 4)
Program = Callable[..., Any]
# A program of the numbers x, y and z, and the same program simplified.
NUMBERS: dict[str, tuple[Program, Program]] = {
    "x + 0": (lambda x, y, z: (x + 0.0) * y, lambda x, y, z: x * y),
    "0 + x": (lambda x, y, z: (0.0 + x) * y, lambda x, y, z: x * y),
    "x - 0": (lambda x, y, z: (x - 0.0) * y, lambda x, y, z: x * y),
    "0 - x": (lambda x, y, z: (0.0 - x) / y, lambda x, y, z: (0.0 - x) / y),
    "x · 1": (lambda x, y, z: (x * 1.0) + y, lambda x, y, z: x + y),
    "1 · x": (lambda x, y, z: (1.0 * x) + y, lambda x, y, z: x + y),
    "x / 1": (lambda x, y, z: (x / 1.0) + y, lambda x, y, z: x + y),
    "1 / x": (lambda x, y, z: 1.0 / x + y, lambda x, y, z: 1.0 / x + y),
    "x + x": (lambda x, y, z: x + x, lambda x, y, z: 2.0 * x),
    "x + -y": (lambda x, y, z: x + -y, lambda x, y, z: x - y),
    "-x + y": (lambda x, y, z: -x + y, lambda x, y, z: y - x),
    "-x + -y": (lambda x, y, z: -x + -y, lambda x, y, z: -(x + y)),
    "x - -y": (lambda x, y, z: x - -y, lambda x, y, z: x + y),
    "-x - y": (lambda x, y, z: -x - y, lambda x, y, z: -(x + y)),
    "-x - -y": (lambda x, y, z: -x - -y, lambda x, y, z: y - x),
    "-x · y": (lambda x, y, z: -x * y, lambda x, y, z: -(x * y)),
    "x · -y": (lambda x, y, z: x * -y, lambda x, y, z: -(x * y)),
    "-x · -y": (lambda x, y, z: -x * -y, lambda x, y, z: x * y),
    "-x / y": (lambda x, y, z: -x / y, lambda x, y, z: -(x / y)),
    "x / -y": (lambda x, y, z: x / -y, lambda x, y, z: -(x / y)),
    "-x / -y": (lambda x, y, z: -x / -y, lambda x, y, z: x / y),
    "x · 3": (lambda x, y, z: x * 3.0, lambda x, y, z: 3.0 * x),
    "x · -1": (lambda x, y, z: x * -1.0, lambda x, y, z: -x),
    "2 · (3 · x)": (lambda x, y, z: 2.0 * (3.0 * x), lambda x, y, z: 6.0 * x),
    "-(-x)": (lambda x, y, z: -np.negative(x) * y, lambda x, y, z: x * y),
    "x · (y · z) where x · y is known": (
        lambda x, y, z: (x * y, x * (y * z)),
        lambda x, y, z: (m := x * y, m * z),
    ),
    "x · (z · y) where x · y is known": (
        lambda x, y, z: (x * y, x * (z * y)),
        lambda x, y, z: (m := x * y, m * z),
    ),
    "y · x where x · y is known": (lambda x, y, z: x * y + y * x, lambda x, y, z: 2.0 * (x * y)),
    "a function twice": (
        lambda x, y, z: np.sin(x) * np.sin(x),
        lambda x, y, z: (s := np.sin(x)) * s,
    ),
    "what is not used": (lambda x, y, z: (np.exp(x), y * z)[1], lambda x, y, z: y * z),
    "what is constant": (lambda x, y, z: Value(2.0) * 3.0 * y, lambda x, y, z: 6.0 * y),
}
# The same of matrices a (2, 3) and b (3, 4).
ARRAYS: dict[str, tuple[Program, Program]] = {
    "the transposed of the transposed": (lambda a, b: a.T.T @ b, lambda a, b: a @ b),
    "a transposed product": (lambda a, b: (a @ b).T, lambda a, b: b.T @ a.T),
    "zeros of its shape": (lambda a, b: (a + np.zeros((2, 3))) @ b, lambda a, b: a @ b),
    "zeros of another shape": (
        lambda a, b: a[0] + np.zeros((2, 3)),
        lambda a, b: a[0] + np.zeros((2, 3)),
    ),
    "minus ones of its shape": (lambda a, b: np.full((2, 3), -1.0) * a, lambda a, b: -a),
    "a row that is broadcast": (lambda a, b: a * np.broadcast_to(a[0], (2, 3)), lambda a, b: a * a[0]),
    "a row that decides the shape": (
        lambda a, b: np.broadcast_to(a[0], (2, 3)) * a[1],
        lambda a, b: np.broadcast_to(a[0], (2, 3)) * a[1],
    ),
    "equal numbers of its shape": (lambda a, b: np.full((2, 3), 2.5) - a, lambda a, b: 2.5 - a),
    "other numbers of its shape": (lambda a, b: A - a, lambda a, b: A - a),
    "minus ones of another shape": (
        lambda a, b: np.full((2, 3), -1.0) * a[0],
        lambda a, b: np.full((2, 3), -1.0) * a[0],
    ),
}


def lines(program: Program, *inputs: Any, simplify: bool) -> list[str]:
    """The lines of the compiled program without comments."""
    compiled = compile(program, simplify=simplify)
    compiled(*inputs)
    return [code for line in compiled.source.splitlines() if (code := line.partition("#")[0].rstrip())]


@pytest.mark.parametrize(("program", "wanted"), NUMBERS.values(), ids=NUMBERS)
def test_a_program_of_numbers_is_simplified(program: Program, wanted: Program) -> None:
    inputs = 1.25, -0.75, 3.5
    assert lines(program, *inputs, simplify=True) == lines(wanted, *inputs, simplify=False)


@pytest.mark.parametrize(("program", "wanted"), ARRAYS.values(), ids=ARRAYS)
def test_a_program_of_arrays_is_simplified(program: Program, wanted: Program) -> None:
    assert lines(program, A, B, simplify=True) == lines(wanted, A, B, simplify=False)


def test_a_truth_value_times_one_is_a_selection() -> None:
    assert lines(grad(np.abs), 1.5, simplify=True)[3:] == [
        "    v0 = x0 > 0.0",
        "    v1 = 1.0 if v0 else 0.0",
        "    v2 = x0 < 0.0",
        "    v3 = 1.0 if v2 else 0.0",
        "    v4 = v1 - v3",
        "    return v4",
    ]
