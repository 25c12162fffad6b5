"""Simultaneous perturbation: move all leaves at once, by ±c each, and evaluate twice, whatever P is.

J. C. Spall, "Multivariate stochastic approximation using a simultaneous perturbation gradient approximation",
IEEE Transactions on Automatic Control 37, 1992. Unbiased up to O(c²); its mean squared error is
(P - 1) |∇f|² / k for P parameters and k samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograd.differentiation.linearization import Linearization
from autograd.differentiation.sampling import Directions, averaged
from autograd.errors import GraphError

__all__ = ["simultaneous_perturbation"]


def simultaneous_perturbation(
    linearization: Linearization, samples: int = 1, seed: Any = 0, step: float = 1e-5
) -> list[Any]:
    """Estimate the gradient by central differences along random signs.

    Args:
        linearization: of any graph.
        samples: the directions to average over.
        seed: of the directions; the same one gives the same estimate.
        step: how far every value is moved.

    Raises:
        GraphError: one of the values is computed from another: they cannot all be moved.
        ValueError: there is less than one sample, or the step is not positive.
    """
    if not linearization.targets:
        return linearization.gather({})
    if not step > 0:
        raise ValueError(f"the step is a positive number, as 1e-5, not {step!r:.40}")
    if any(linearization.node(vertex).inputs for vertex in linearization.targets):
        raise GraphError("all values are moved at once, so each must be a leaf that no operation computed")
    signs = Directions(
        linearization, samples, seed, lambda generator, shape: generator.choice([-1, 1], shape)
    )
    return linearization.gather(averaged(_estimates(linearization, signs, step)))


def _estimates(linearization: Linearization, signs: Directions, step: float) -> Iterator[dict[int, Any]]:
    for direction in signs:
        above, below = (linearization.evaluate(_moved(linearization, direction, h)) for h in (step, -step))
        slope = (above - below) / (2 * step)
        yield {v: slope * along for v, along in direction.items()}  # a sign is its own reciprocal


def _moved(linearization: Linearization, direction: dict[int, Any], step: float) -> dict[Any, Any]:
    """Return every value that is moved, with the number that it is moved to."""
    point = dict(zip(linearization.wrt, linearization.point, strict=True))
    return {linearization.node(v): point[v] + step * along for v, along in direction.items()}
