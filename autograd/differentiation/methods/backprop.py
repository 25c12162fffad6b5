"""Reverse accumulation: one sweep from the root, every edge once.

Linnainmaa 1970; Rumelhart, Hinton and Williams, "Learning representations by back-propagating
errors", 1986. Merging the paths makes it linear; going backwards serves every leaf at once.
"""

from typing import Any

from autograd.differentiation.linearization import Linearization
from autograd.differentiation.sweep import sweep


def backprop(linearization: Linearization) -> list[Any]:
    adjoints = {linearization.root: linearization.seed}
    edges = linearization.edges
    return linearization.gather(sweep(edges, range(len(edges)), adjoints))
