"""The chain rule computed again for every leaf, or for every layer, from the loss down.

This is how derivatives are often derived on a blackboard: one layer after the other, each time
starting at the loss. Within one chain the paths are merged; work shared between chains is repeated.
"""

from typing import Any

from autograd.differentiation.linearization import Linearization
from autograd.differentiation.sweep import sweep


def restart(linearization: Linearization) -> list[Any]:
    derivatives: dict[int, Any] = {}
    for group in linearization.groups:
        adjoints = {linearization.root: linearization.seed}
        sweep(linearization.edges, dependents(linearization, group), adjoints)
        derivatives.update((v, adjoints[v]) for v in group)
    return linearization.gather(derivatives)


def dependents(linearization: Linearization, group: list[int]) -> list[int]:
    """Return the vertices that depend on one of the group, in topological order."""
    found, edges = set(group), linearization.edges
    for v in range(min(group, default=0), len(edges)):
        for u, _ in edges[v]:
            if u in found:
                found.add(v)
                break
    return sorted(found)
