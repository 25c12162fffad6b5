"""Recursion from the root without a memo: the graph unfolded into the tree of its paths.

Paths share the product of their common beginning, but a vertex is visited once for every path that
leads to it. Backprop differs only in that it waits until a vertex's adjoint is complete.
"""

from typing import Any

from autograd.differentiation.linearization import Linearization
from autograd.differentiation.path_tree import path_tree
from autograd.differentiation.sweep import accumulate


def tree(linearization: Linearization) -> list[Any]:
    targets = set(linearization.targets)
    derivatives: dict[int, Any] = {}
    if linearization.root in targets:
        derivatives[linearization.root] = linearization.seed
    products = [linearization.seed]  # from the root to every vertex on the current path
    for depth, vertex, derivative in path_tree(linearization.edges, linearization.root):
        del products[depth:]
        products.append(products[-1] * derivative)
        if vertex in targets:
            accumulate(derivatives, vertex, products[-1])
    return linearization.gather(derivatives)
