"""Slopes at kinks, and how often a network meets one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Value, relu
from demos.page.data_sets import circles

__all__ = ["NEAR", "kinks", "sums_on_a_kink"]

# Distance from a kink at which the slopes on both sides are taken.
NEAR = 1e-6
KINKS: dict[str, Callable[[Value], Any]] = {
    "relu(x)": relu,
    "abs(x)": abs,
    "max(x, 0)": lambda x: x.maximum(0.0),
    "max(x, −x)": lambda x: x.maximum(-x),
}


def kinks(near: float = NEAR) -> dict[str, tuple[float, float, float]]:
    """The slopes of functions with a kink at 0: at ``-near``, at 0 and at ``near``."""

    def slope(function: Callable[[Value], Any], at: float) -> float:
        x = Value(at)
        function(x).backward()
        return float(x.grad)

    return {
        name: (slope(function, -near), slope(function, 0.0), slope(function, near))
        for name, function in KINKS.items()
    }


def sums_on_a_kink(seed: int) -> tuple[int, int]:
    """Count the weighted sums of 16 hidden neurons on 1,000 points: those exactly 0, and all."""
    inputs = circles(1000, seed).inputs
    rng = np.random.default_rng(seed)
    sums = inputs @ rng.normal(size=(2, 16)) + rng.normal(size=16)
    return int((sums == 0).sum()), sums.size
