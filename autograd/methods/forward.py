"""Forward accumulation: one sweep of tangents for every leaf, along its own edges only.

R. E. Wengert, "A simple automatic derivative evaluation program", 1964. Paths are merged as in
backprop; what is missing is that one sweep serves every leaf.
"""

from typing import Any

from autograd.graph import Linearization
from autograd.methods.accumulate import accumulate


def forward(linearization: Linearization) -> list[Any]:
    edges = linearization.edges
    last_user = {u: v for v, inputs in enumerate(edges) for u, _ in inputs}
    derivatives: dict[int, Any] = {}
    for target in linearization.targets:
        tangents = {target: linearization.seed}
        for v in range(target + 1, len(edges)):
            for u, derivative in edges[v]:
                if u in tangents:
                    accumulate(tangents, v, tangents[u] * derivative)
            for u, _ in edges[v]:  # only the wavefront is kept
                if last_user[u] == v:
                    tangents.pop(u, None)
        derivatives[target] = tangents[linearization.root]
    return linearization.gather(derivatives)
