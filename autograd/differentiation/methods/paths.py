"""The sum over all paths of the product along each: Bauer's formula, taken literally.

F. L. Bauer, "Computational graphs and rounding error", SIAM J. Numer. Anal. 11(1), 1974; the naive
chain rule of Goodfellow, Bengio and Courville, *Deep Learning*, 2016, section 6.5. Every product is
multiplied out from its start, so work shared between paths is repeated for each.
"""

from typing import Any

from autograd.differentiation.linearization import Linearization
from autograd.differentiation.path_tree import path_tree
from autograd.differentiation.sweep import accumulate


def paths(linearization: Linearization) -> list[Any]:
    targets = set(linearization.targets)
    derivatives: dict[int, Any] = {}
    along: list[Any] = []  # the local derivatives from the root to the current vertex
    if linearization.root in targets:
        derivatives[linearization.root] = linearization.seed
    for depth, vertex, derivative in path_tree(linearization.edges, linearization.root):
        along[depth - 1 :] = [derivative]
        if vertex in targets:
            product = linearization.seed
            for factor in along:
                product = product * factor
            accumulate(derivatives, vertex, product)
    return linearization.gather(derivatives)
