"""A slope from differences at shrinking steps, also close to a singularity or a sharp bend."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from autograd.differentiation.methods.finite_difference import step_size

__all__ = ["extrapolated_slope"]

Function = Callable[[float], Sequence[Any]]

# The most steps, each half the one before, and the most extrapolations of one.
LEVELS, COLUMNS = 48, 4
# An estimated error that is small enough, relative to slopes above 1 and absolute below.
ENOUGH = 1e-9


def extrapolated_slope(f: Function, x: float) -> list[Any]:
    """Return the derivative of every result of a function of one number.

    Central differences at the steps h, h/2, h/4, … are extrapolated to the step 0 (Ridders, "Accurate
    computation of F'(x) and F'(x) F''(x)", 1982). Each element takes the extrapolation whose estimated
    error, with rounding counted in, is the least. Steps at which the function is undefined are passed over.

    Args:
        f: gives a list of arrays.
        x: where to differentiate.
    """
    shapes = [np.shape(y) for y in f(x)]
    ends = [0, *accumulate(map(math.prod, shapes))]
    best = np.full(ends[-1], np.nan)
    error = np.full(best.shape, np.inf)
    # A balanced first step; if that fails, a large one, which rounds off less, and one within a tiny x.
    for largest in (step_size(x, 1.0, 1 / 3), step_size(x, 1.0, 1 / 16), abs(x) / 4):
        _improve(f, x, largest, best, error)
        if np.all(error <= ENOUGH * np.maximum(1.0, np.abs(best))):
            break
    return [best[i:j].reshape(shape) for (i, j), shape in zip(pairwise(ends), shapes, strict=True)]


def _improve(f: Function, x: float, largest: float, best: Any, error: Any) -> None:
    """Improve the slopes and their estimated errors, in place, from a largest step downwards."""
    last: list[Any] = []
    for level in range(LEVELS):
        step = largest / 2**level
        if step < 8 * np.spacing(abs(x)):
            return
        found = _central(f, x, step, best.size)
        if found is None:
            last = []
            continue
        slope, noise = found
        row = [slope]
        for j, before in enumerate(last[:COLUMNS], start=1):
            row.append(row[-1] + (row[-1] - before) / (4**j - 1))
            estimated = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - before)) + noise
            better = estimated < error
            best[better], error[better] = row[-1][better], estimated[better]
        last = row
        # Rounding grows as the step shrinks, and then leaves nothing to improve. A small slope is no sign of
        # convergence: steps over many waves give one.
        if np.all((error <= ENOUGH * np.abs(best)) | (noise > error)):
            return


def _central(f: Function, x: float, step: float, size: int) -> tuple[Any, Any] | None:
    """Return the central difference of the results and its rounding error; None where they are undefined."""
    try:
        above, below = _flat(f(x + step)), _flat(f(x - step))
    except (ArithmeticError, ValueError):
        return None
    if not above.size == below.size == size:
        return None
    width = (x + step) - (x - step)  # as it was rounded
    noise = sys.float_info.epsilon * (np.abs(above) + np.abs(below)) / width
    return (above - below) / width, noise


def _flat(results: Sequence[Any]) -> Any:
    return np.concatenate([np.ravel(np.asarray(y, float)) for y in results]) if len(results) else np.zeros(0)
