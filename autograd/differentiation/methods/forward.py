"""Forward accumulation: one sweep of tangents for every leaf, along its own edges only.

R. E. Wengert, "A simple automatic derivative evaluation program", 1964. Paths are merged as in
backprop; what is missing is that one sweep serves every leaf.
"""

from typing import Any

from autograd.differentiation.graph import Linearization
from autograd.differentiation.methods.accumulate import accumulate


def forward(linearization: Linearization) -> list[Any]:
    root = linearization.root
    derivatives: dict[int, Any] = {}
    for target in linearization.targets:
        units = linearization.unit_tangents(target)
        slopes = [push(linearization, {target: unit}, {root})[root] for unit in units]
        derivatives[target] = linearization.assemble(slopes, linearization.node(target))
    return linearization.gather(derivatives)


def push(linearization: Linearization, tangents: dict[int, Any], results: set[int]) -> dict[int, Any]:
    """Carry tangents on from the vertices that have one to these results.

    Of the vertices between only the wavefront is kept: those with a user still to come.
    """
    for v in range(min(tangents, default=0) + 1, len(linearization.edges)):
        inputs = linearization.edges[v]
        for u, derivative in inputs:
            if u in tangents:
                accumulate(tangents, v, derivative * tangents[u])
        for u, _ in inputs:
            if linearization.last_user[u] == v and u not in results:
                tangents.pop(u, None)
    return tangents
