"""Finite differences: move one leaf, evaluate again, divide.

No derivative rule is used, only forward passes: P + 1 of them one-sided, 2 P central. The answer is
approximate. The steps balance truncation against rounding (Nocedal and Wright, *Numerical
Optimization*, 2nd ed., 2006, section 8.1).
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.differentiation.graph import Linearization, units


def finite_difference(linearization: Linearization) -> list[Any]:
    here = linearization.evaluate()

    def slope(i: int, x: Any, unit: Any) -> Any:
        step = _step(linearization.asked[i]._data, unit, 1 / 2)
        return (linearization.evaluate(i, x + step * unit) - here) / step

    return _slopes(linearization, slope)


def central_difference(linearization: Linearization) -> list[Any]:
    def slope(i: int, x: Any, unit: Any) -> Any:
        step = _step(linearization.asked[i]._data, unit, 1 / 3)
        above = linearization.evaluate(i, x + step * unit)
        below = linearization.evaluate(i, x - step * unit)
        return (above - below) / (2 * step)

    return _slopes(linearization, slope)


def _slopes(linearization: Linearization, slope: Callable[[int, Any, Any], Any]) -> list[Any]:
    """The slope along every direction of every value asked for."""
    return [
        linearization.assemble([slope(i, x, unit) for unit in units(node)], node)
        for i, (x, node) in enumerate(zip(linearization.point, linearization.asked, strict=True))
    ]


def _step(data: Any, unit: Any, order: float) -> float:
    at, epsilon = data, sys.float_info.epsilon
    if isinstance(data, np.ndarray):
        at, epsilon = np.sum(data * unit), float(np.finfo(data.dtype).eps)
    return float(epsilon**order) * max(1.0, abs(float(at)))
