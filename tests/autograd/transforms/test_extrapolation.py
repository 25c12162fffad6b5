"""Slopes from differences alone: how close they come, and from how many evaluations."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from autograd.transforms.extrapolation import extrapolated_slope


class Curve(NamedTuple):
    """A function, its derivative, a point, the error relative to the slope, and the evaluations."""

    f: Callable[[float], float]
    slope: Callable[[float], float]
    x: float
    error: float
    evaluations: int


CURVES = {
    "a sine": Curve(math.sin, math.cos, 1.0, 5e-11, 5),
    "a cube": Curve(lambda x: x**3, lambda x: 3 * x**2, 2.0, 5e-11, 5),
    "a square at 0": Curve(lambda x: x * x + x, lambda x: 2 * x + 1, 0.0, 1e-15, 5),
    "a constant": Curve(lambda x: 3.0, lambda x: 0.0, 1.0, 0.0, 7),
    "a small slope of a large number": Curve(lambda x: 1e8 + x, lambda x: 1.0, 1.0, 1e-9, 19),
    "a small slope of a large number at 0": Curve(lambda x: 1e8 + x, lambda x: 1.0, 0.0, 1e-6, 13),
    "a sine far out": Curve(math.sin, math.cos, 1e6, 1e-11, 17),
    "a tiny exponential": Curve(math.exp, math.exp, -700.0, 1e-13, 7),
    "close to the logarithm's pole": Curve(math.log, lambda x: 1 / x, 1e-6, 5e-13, 21),
    "closer": Curve(math.log, lambda x: 1 / x, 1e-9, 5e-13, 41),
    "a root": Curve(math.sqrt, lambda x: 0.5 / math.sqrt(x), 1e-12, 5e-13, 61),
    "a root at a tiny number": Curve(math.sqrt, lambda x: 0.5 / math.sqrt(x), 1e-30, 5e-13, 203),
    "a pole": Curve(lambda x: 1 / (x - 3), lambda x: -1 / (x - 3) ** 2, 3 - 1e-6, 5e-13, 25),
    "short waves": Curve(lambda x: math.sin(3e4 * x), lambda x: 3e4 * math.cos(3e4 * x), 0.7, 5e-10, 9),
    "a sharp bend": Curve(
        lambda x: math.tanh(1e5 * x), lambda x: 1e5 / math.cosh(1e5 * x) ** 2, 1e-6, 5e-13, 13
    ),
    "a narrow bell": Curve(
        lambda x: math.exp(-1e8 * x * x), lambda x: -2e8 * x * math.exp(-1e8 * x * x), 1e-4, 5e-13, 9
    ),
    "close to a kink": Curve(abs, lambda x: -1.0, -1e-9, 0.0, 31),
}


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_a_slope_is_close_after_few_evaluations(curve: Curve) -> None:
    points: list[float] = []

    def f(x: float) -> list[Any]:
        points.append(x)
        return [curve.f(x)]

    (found,) = extrapolated_slope(f, curve.x)
    wanted = curve.slope(curve.x)
    assert abs(found - wanted) <= curve.error * abs(wanted)
    assert len(points) <= curve.evaluations
    assert len(set(points)) == len(points)


def test_every_element_takes_its_own_best_step() -> None:
    x = 1e-6
    curves = [curve for curve in CURVES.values() if curve.x == x]
    (found,) = extrapolated_slope(lambda t: [np.array([curve.f(t) for curve in curves])], x)
    np.testing.assert_allclose(found, [curve.slope(x) for curve in curves], rtol=5e-13)


def test_where_a_function_is_undefined_on_either_side_the_slope_is_nan() -> None:
    (found,) = extrapolated_slope(lambda x: [math.sqrt(-abs(x - 1))], 1.0)
    assert math.isnan(found)


def test_results_keep_their_shapes() -> None:
    first, second, third = extrapolated_slope(lambda x: [np.full((2, 3), x * x), x, np.zeros((0, 4))], 1.5)
    np.testing.assert_allclose(first, np.full((2, 3), 3.0), rtol=1e-10)
    np.testing.assert_allclose(second, 1.0, rtol=1e-10)
    assert third.shape == (0, 4)
    assert extrapolated_slope(lambda x: [], 1.5) == []
