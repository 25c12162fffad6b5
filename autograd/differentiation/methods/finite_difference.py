"""Finite differences: move one leaf, evaluate again, divide.

No derivative rule is used, only forward passes: P + 1 of them one-sided, 2 P central. The result is
approximate. The steps balance truncation against rounding (Nocedal and Wright, *Numerical
Optimization*, 2nd ed., 2006, section 8.1).
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.differentiation.linearization import Linearization, directions

__all__ = ["central_difference", "central_slope", "finite_difference", "step_size"]


def finite_difference(linearization: Linearization) -> list[Any]:
    here = linearization.evaluate()

    def slope(f: Callable[[Any], Any], x: Any, direction: Any, data: Any) -> Any:
        step = step_size(data, direction, 1 / 2)
        return (f(x + step * direction) - here) / step

    return _slopes(linearization, slope)


def central_difference(linearization: Linearization) -> list[Any]:
    def slope(f: Callable[[Any], Any], x: Any, direction: Any, data: Any) -> Any:
        return central_slope(f, x, direction, step_size(data, direction, 1 / 3))

    return _slopes(linearization, slope)


def central_slope(f: Callable[[Any], Any], x: Any, direction: Any, step: float) -> Any:
    """Return ``(f(x + h d) - f(x - h d)) / 2h`` for a direction d and a step h."""
    above, below = f(x + step * direction), f(x - step * direction)
    return (above - below) / (2 * step)


def step_size(data: Any, direction: Any, order: float) -> float:
    """Return ``epsilon**order``, scaled by the element of the data that the direction moves."""
    at, epsilon = data, sys.float_info.epsilon
    if isinstance(data, np.ndarray):
        at, epsilon = np.sum(data * direction), float(np.finfo(data.dtype).eps)
    return float(epsilon**order) * max(1.0, abs(float(at)))


def _slopes(linearization: Linearization, slope: Callable[..., Any]) -> list[Any]:
    """Return the slopes along every direction of every value of ``wrt``."""
    found = []
    for x, node in zip(linearization.point, linearization.asked, strict=True):

        def f(to: Any, node: Any = node) -> Any:
            return linearization.evaluate({node: to})

        slopes = [slope(f, x, direction, node._data) for direction in directions(node)]
        found.append(linearization.assemble(slopes, node))
    return found
