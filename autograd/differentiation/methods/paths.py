"""The sum over all paths of the product along each: Bauer's formula, taken literally.

F. L. Bauer, "Computational graphs and rounding error", SIAM J. Numer. Anal. 11(1), 1974; the naive
chain rule of Goodfellow, Bengio and Courville, *Deep Learning*, 2016, section 6.5. Every product is
multiplied out from its start, so work shared between paths is done again for each.
"""

from typing import Any

from autograd.differentiation.graph import Linearization
from autograd.differentiation.methods.accumulate import accumulate


def paths(linearization: Linearization) -> list[Any]:
    targets = set(linearization.targets)
    derivatives: dict[int, Any] = {}
    along: list[Any] = []  # the local derivatives from the root to where the walk stands
    if linearization.root in targets:
        derivatives[linearization.root] = linearization.seed
    walk = [iter(linearization.edges[linearization.root])]
    while walk:
        edge = next(walk[-1], None)
        if edge is None:
            walk.pop()
            if along:
                along.pop()
            continue
        vertex, derivative = edge
        along.append(derivative)
        if vertex in targets:
            product = linearization.seed
            for factor in along:
                product = product * factor
            accumulate(derivatives, vertex, product)
        walk.append(iter(linearization.edges[vertex]))
    return linearization.gather(derivatives)
