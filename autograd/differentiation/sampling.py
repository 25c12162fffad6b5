"""Random directions for estimates of a gradient, and the mean and the standard error of some estimates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import sqrt
from typing import Any

import numpy as np

from autograd.differentiation.linearization import Linearization, is_array
from autograd.differentiation.methods.options import whole
from autograd.numbers.number import unwrap

__all__ = ["Directions", "averaged", "standard_errors"]

Draw = Callable[[np.random.Generator, Any], Any]


class Directions:
    """Independent random directions in the space of all values to differentiate by.

    Args:
        linearization: of any graph.
        samples: the number of directions.
        seed: of the random numbers, as ``numpy.random.default_rng`` takes it.
        draw: ``draw(generator, shape)`` returns the components along one value.

    Raises:
        ValueError: there is less than one sample.
    """

    def __init__(self, linearization: Linearization, samples: int, seed: Any, draw: Draw) -> None:
        samples = whole(samples, "samples, the number of random directions,")
        self._of = linearization
        self._draw = draw
        self._samples = samples
        self._generator = np.random.default_rng(seed)

    def __iter__(self) -> Any:
        for _ in range(self._samples):
            yield {vertex: self._along(self._of.node(vertex)) for vertex in self._of.targets}

    def _along(self, node: Any) -> Any:
        if not is_array(node):
            return float(self._draw(self._generator, ()))
        return np.asarray(self._draw(self._generator, node.shape), node.dtype)


def averaged(estimates: Iterable[dict[int, Any]]) -> dict[int, Any]:
    """Return the mean of some estimates by vertex; a single one is returned unchanged."""
    total: dict[int, Any] = {}
    count = 0
    for estimate in estimates:
        count += 1
        total = {v: total[v] + x for v, x in estimate.items()} if total else estimate
    return {v: x / count for v, x in total.items()} if count > 1 else total


def standard_errors(estimates: Iterable[Any]) -> list[Any]:
    """Return the standard errors of the mean of independent estimates of a gradient, element by element.

    The mean of k estimates is what ``samples=k`` gives, but for the seeds.

    Args:
        estimates: at least two gradients, or their values, each by a seed of its own.

    Raises:
        ValueError: there are fewer than two, or they differ in length.

    Examples:
        >>> from autograd import Value, gradient, standard_errors
        >>> x = Value(2.0)
        >>> estimates = [gradient(x * x, [x], "forward_gradient", seed=i) for i in range(1000)]
        >>> f"{standard_errors(estimates)[0]:.1f}"  # the slope is 4; one estimate scatters by 4 √2
        '0.2'
    """
    rows = [
        list(found.values if isinstance(found, tuple) and hasattr(found, "values") else found)
        for found in estimates
    ]
    if len(rows) < 2:
        raise ValueError(f"a standard error needs at least 2 estimates, not {len(rows)}")
    if len(sizes := set(map(len, rows))) > 1:
        raise ValueError(f"the estimates are of the same values, not of {min(sizes)} and of {max(sizes)}")
    columns = zip(*rows, strict=True)
    spread = [np.std([unwrap(x) for x in column], axis=0, ddof=1) / sqrt(len(rows)) for column in columns]
    return [x if np.ndim(x) else float(x) for x in spread]
