"""Forward accumulation: one sweep of tangents for every leaf, along its own edges only.

R. E. Wengert, "A simple automatic derivative evaluation program", 1964. Paths are merged as in
backprop, but one sweep serves a single leaf.
"""

from typing import Any

from autograd.differentiation.linearization import Linearization
from autograd.differentiation.sweep import accumulate


def forward(linearization: Linearization) -> list[Any]:
    root = linearization.root
    derivatives: dict[int, Any] = {}
    for target in linearization.targets:
        tangents = linearization.unit_tangents(target)
        slopes = [push(linearization, {target: tangent}, {root})[root] for tangent in tangents]
        derivatives[target] = linearization.assemble(slopes, linearization.node(target))
    return linearization.gather(derivatives)


def push(linearization: Linearization, tangents: dict[int, Any], results: set[int]) -> dict[int, Any]:
    """Carry tangents forward to some results.

    Only the wavefront is kept: vertices with a user still to come.
    """
    edges, last_user = linearization.edges, linearization.last_user
    for v in range(min(tangents, default=0) + 1, len(edges)):
        for u, derivative in edges[v]:
            if u in tangents:
                accumulate(tangents, v, derivative * tangents[u])
        if v in tangents:  # it is the last user of some
            for u, _ in edges[v]:
                if last_user[u] == v and u not in results:
                    tangents.pop(u, None)
    return tangents
