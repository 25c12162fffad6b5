"""Reverse accumulation: one sweep from the root, every edge once.

Linnainmaa 1970; Rumelhart, Hinton and Williams, "Learning representations by back-propagating
errors", 1986. A vertex is left only after all its users, when its adjoint is complete: that is what
merges the paths, and going backwards is what serves every leaf at once.
"""

from typing import Any

from autograd.graph import Linearization
from autograd.methods.accumulate import accumulate


def backprop(linearization: Linearization) -> list[Any]:
    adjoints = sweep(linearization, range(len(linearization.edges)))
    return linearization.gather(adjoints)


def sweep(linearization: Linearization, vertices: range | list[int]) -> dict[int, Any]:
    """The adjoint of each of these vertices, from the edges between them; the root is the last."""
    within = vertices if isinstance(vertices, range) else set(vertices)
    adjoints = {linearization.root: linearization.seed}
    for v in reversed(vertices):
        for u, derivative in linearization.edges[v]:
            if u in within:
                accumulate(adjoints, u, adjoints[v] * derivative)
    return adjoints
