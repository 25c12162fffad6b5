"""Recursion from the root without a memo: the graph unfolded into the tree of its paths.

Paths share the product of their common beginning, but a vertex is visited once for every path that
leads to it. What backprop adds is only that it waits until a vertex's adjoint is complete.
"""

from typing import Any

from autograd.differentiation.graph import Linearization
from autograd.differentiation.methods.accumulate import accumulate


def tree(linearization: Linearization) -> list[Any]:
    targets = set(linearization.targets)
    derivatives: dict[int, Any] = {}
    if linearization.root in targets:
        derivatives[linearization.root] = linearization.seed
    walk = [(iter(linearization.edges[linearization.root]), linearization.seed)]
    while walk:
        edges, product = walk[-1]
        edge = next(edges, None)
        if edge is None:
            walk.pop()
            continue
        vertex, derivative = edge
        below = product * derivative
        if vertex in targets:
            accumulate(derivatives, vertex, below)
        walk.append((iter(linearization.edges[vertex]), below))
    return linearization.gather(derivatives)
