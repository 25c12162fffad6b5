"""Forward accumulation: one sweep of tangents for every leaf, along its own edges only.

R. E. Wengert, "A simple automatic derivative evaluation program", 1964. Paths are merged as in
backprop; what is missing is that one sweep serves every leaf.
"""

from typing import Any

from autograd.graph import Linearization
from autograd.methods.accumulate import accumulate


def forward(linearization: Linearization) -> list[Any]:
    last_user = {u: v for v, inputs in enumerate(linearization.edges) for u, _ in inputs}
    derivatives: dict[int, Any] = {}
    for target in linearization.targets:
        tangents = linearization.unit_tangents(target)
        slopes = [push(linearization, {target: tangent}, last_user) for tangent in tangents]
        derivatives[target] = linearization.assemble(slopes, linearization.node(target))
    return linearization.gather(derivatives)


def push(linearization: Linearization, tangents: dict[int, Any], last_user: dict[int, int]) -> Any:
    """The root's tangent, from those that some vertices start with.

    Of the vertices between only the wavefront is kept: those with a user still to come.
    """
    for v in range(min(tangents) + 1, len(linearization.edges)):
        inputs = linearization.edges[v]
        for u, derivative in inputs:
            if u in tangents:
                accumulate(tangents, v, derivative * tangents[u])
        for u, _ in inputs:
            if last_user[u] == v:
                tangents.pop(u, None)
    return tangents[linearization.root]
