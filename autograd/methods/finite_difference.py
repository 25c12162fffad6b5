"""Finite differences: move one leaf, evaluate again, divide.

No derivative rule is used, only forward passes: P + 1 of them one-sided, 2 P central. The answer is
approximate. The steps balance truncation against rounding (Nocedal and Wright, *Numerical
Optimization*, 2nd ed., 2006, section 8.1).
"""

import sys
from typing import Any

from autograd.graph import Linearization

ONE_SIDED_STEP = sys.float_info.epsilon ** (1 / 2)
CENTRAL_STEP = sys.float_info.epsilon ** (1 / 3)


def finite_difference(linearization: Linearization) -> list[Any]:
    here = linearization.evaluate()
    derivatives = []
    for i, x in enumerate(linearization.point):
        step = _step(x, ONE_SIDED_STEP)
        derivatives.append((linearization.evaluate(i, x + step) - here) / step)
    return derivatives


def central_difference(linearization: Linearization) -> list[Any]:
    derivatives = []
    for i, x in enumerate(linearization.point):
        step = _step(x, CENTRAL_STEP)
        above, below = linearization.evaluate(i, x + step), linearization.evaluate(i, x - step)
        derivatives.append((above - below) / (2 * step))
    return derivatives


def _step(x: Any, relative: float) -> float:
    return relative * max(1.0, abs(float(x.data)))
