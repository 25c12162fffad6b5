"""The tree of all paths from a vertex, walked depth first: the one generator behind `paths` and `tree`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograd.differentiation.sweep import Edges

__all__ = ["path_tree"]


def path_tree(edges: Edges, root: int) -> Iterator[tuple[int, int, Any]]:
    """Yield every edge of the tree as (depth, vertex, local derivative); the root's edges have depth 1.

    A vertex comes once for every path from the root to it. The walk keeps one iterator per depth.
    """
    stack = [iter(edges[root])]
    while stack:
        edge = next(stack[-1], None)
        if edge is None:
            stack.pop()
            continue
        vertex, derivative = edge
        yield len(stack), vertex, derivative
        stack.append(iter(edges[vertex]))
