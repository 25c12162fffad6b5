"""Simultaneous perturbation: move all leaves at once, by ±c each, and evaluate twice, whatever P is.

J. C. Spall, "Multivariate stochastic approximation using a simultaneous perturbation gradient approximation",
IEEE Transactions on Automatic Control 37, 1992. Unbiased up to O(c²); its mean squared error is
(P - 1) |∇f|² / k for P parameters and k samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.differentiation.linearization import Linearization
from autograd.differentiation.methods.options import shift
from autograd.differentiation.sampling import Directions, averaged
from autograd.errors import GraphError

__all__ = ["check_leaves", "simultaneous_perturbation"]


def simultaneous_perturbation(
    linearization: Linearization, samples: int = 1, seed: Any = 0, step: float | None = None
) -> list[Any]:
    """Estimate the gradient by central differences along random signs.

    Args:
        linearization: of any graph.
        samples: the directions to average over.
        seed: of the directions; the same one gives the same estimate.
        step: how far every value is moved; by default 1e-5, or 5e-3 if one of them is in single precision.

    Raises:
        GraphError: one of the values is computed from another: they cannot all be moved.
        ValueError: there is less than one sample, the step is not positive, or a value is so large that
            rounding changes the step by over a hundredth.
    """
    signs = Directions(
        linearization, samples, seed, lambda generator, shape: generator.choice([-1, 1], shape)
    )
    if not linearization.targets:
        return linearization.gather({})
    check_leaves(linearization)
    step = _default(linearization) if step is None else shift(step, "1e-5")
    for vertex in linearization.targets:
        _check(linearization.node(vertex)._data, step)
    return linearization.gather(averaged(_estimates(linearization, signs, step)))


def check_leaves(linearization: Linearization) -> None:
    """Refuse values that are computed from others: `GraphError`."""
    if any(linearization.node(vertex).inputs for vertex in linearization.targets):
        raise GraphError("all values are moved at once, so each must be a leaf that no operation computed")


def _default(linearization: Linearization) -> float:
    single = any(getattr(v._data, "dtype", None) == np.float32 for v in linearization.asked)
    return 5e-3 if single else 1e-5


def _check(data: Any, step: float) -> None:
    """Refuse a step that is lost, or nearly, where it is added to a large number."""
    lost = abs(data + step - data - step) > step / 100
    if np.any(lost):
        at = np.asarray(data)[lost].flat[0]
        raise ValueError(f"a step of {step:g} is lost in rounding at {float(at):g}: give a larger step")


def _estimates(linearization: Linearization, signs: Directions, step: float) -> Iterator[dict[int, Any]]:
    for direction in signs:
        above, below = (linearization.evaluate(_moved(linearization, direction, h)) for h in (step, -step))
        slope = (above - below) / (2 * step)
        yield {v: slope * along for v, along in direction.items()}  # a sign is its own reciprocal


def _moved(linearization: Linearization, direction: dict[int, Any], step: float) -> dict[Any, Any]:
    """Return every value that is moved, with the number that it is moved to."""
    point = dict(zip(linearization.wrt, linearization.point, strict=True))
    return {linearization.node(v): point[v] + step * along for v, along in direction.items()}
