"""Reverse accumulation: one sweep from the root, every edge once.

Linnainmaa 1970; Rumelhart, Hinton and Williams, "Learning representations by back-propagating
errors", 1986. A vertex is left only after all its users, when its adjoint is complete: that is what
merges the paths, and going backwards is what serves every leaf at once.
"""

from typing import Any

from autograd.differentiation.graph import Linearization
from autograd.differentiation.methods.accumulate import accumulate


def backprop(linearization: Linearization) -> list[Any]:
    adjoints = {linearization.root: linearization.seed}
    return linearization.gather(sweep(linearization, range(len(linearization.edges)), adjoints))


def sweep(
    linearization: Linearization, vertices: range | list[int], adjoints: dict[int, Any]
) -> dict[int, Any]:
    """Complete the adjoints, from those of the results on, over the edges between these vertices."""
    within = vertices if isinstance(vertices, range) else set(vertices)
    for v in reversed(vertices):
        if v not in adjoints:  # no result depends on it
            continue
        for u, derivative in linearization.edges[v]:
            if u in within:
                accumulate(adjoints, u, adjoints[v] * derivative)
    return adjoints
