"""Forward gradient: the slope along a random direction, times the direction, by one forward sweep.

Baydin, Pearlmutter, Syme, Wood and Torr, "Gradients without backpropagation", arXiv:2202.08587, 2022. With
normal directions the estimate is unbiased; its mean squared error is (P + 1) |∇f|² / k for P parameters and k
samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograd.differentiation.linearization import Linearization
from autograd.differentiation.methods.forward import push
from autograd.differentiation.sampling import Directions, averaged

__all__ = ["forward_gradient"]


def forward_gradient(linearization: Linearization, samples: int = 1, seed: Any = 0) -> list[Any]:
    """Estimate the gradient by slopes along normal directions.

    Args:
        linearization: of any graph.
        samples: the directions to average over.
        seed: of the directions; the same one gives the same estimate.

    Raises:
        ValueError: there is less than one sample.
    """
    directions = Directions(
        linearization, samples, seed, lambda generator, shape: generator.normal(size=shape)
    )
    if not linearization.targets:
        return linearization.gather({})
    return linearization.gather(averaged(_estimates(linearization, directions)))


def _estimates(linearization: Linearization, directions: Directions) -> Iterator[dict[int, Any]]:
    root = linearization.root
    for direction in directions:
        tangents = {v: linearization.tangent(v, along) for v, along in direction.items()}
        found = push(linearization, dict(tangents), {root})
        yield {v: tangent * found[root] for v, tangent in tangents.items()} if root in found else {}
