"""Forward accumulation: one sweep of tangents for every leaf, along its own edges only.

R. E. Wengert, "A simple automatic derivative evaluation program", 1964. Paths are merged as in
backprop; what is missing is that one sweep serves every leaf.
"""

from typing import Any

from autograd.graph import Linearization
from autograd.methods.accumulate import accumulate


def forward(linearization: Linearization) -> list[Any]:
    derivatives: dict[int, Any] = {}
    for target in linearization.targets:
        tangents = {target: linearization.seed}
        for v in range(target + 1, len(linearization.edges)):
            for u, derivative in linearization.edges[v]:
                if u in tangents:
                    accumulate(tangents, v, tangents[u] * derivative)
        if linearization.root in tangents:
            derivatives[target] = tangents[linearization.root]
    return linearization.gather(derivatives)
