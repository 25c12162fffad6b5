"""The one reverse sweep: backprop on numbers, path counts on ones, path lengths on ones from the counts.

A vertex is left after all its users, when its adjoint is complete: that is what merges the paths.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol

__all__ = ["accumulate", "sweep"]


class Edges(Protocol):
    """For every vertex, its inputs with repeats, as pairs (vertex, local derivative)."""

    def __getitem__(self, vertex: int, /) -> Iterable[tuple[int, Any]]: ...


def accumulate(sums: dict[int, Any], vertex: int, contribution: Any) -> None:
    """Add a contribution to a vertex; the first one is free, every later one is an addition."""
    sums[vertex] = sums[vertex] + contribution if vertex in sums else contribution


def sweep(
    edges: Edges, vertices: Sequence[int], adjoints: dict[int, Any], kept: Collection[int] | None = None
) -> dict[int, Any]:
    """Complete the adjoints over the edges between some vertices.

    Args:
        edges: the inputs of every vertex.
        vertices: in topological order. A range is taken to hold the inputs of all its vertices.
        adjoints: the adjoints to start from; the others are added.
        kept: the vertices whose adjoints are wanted, if not all; others are released once passed on.
    """
    whole = isinstance(vertices, range)
    within: Collection[int] = () if whole else set(vertices)
    for v in reversed(vertices):
        if v not in adjoints:  # no result depends on it
            continue
        adjoint = adjoints[v] if kept is None or v in kept else adjoints.pop(v)
        for u, derivative in edges[v]:
            if whole or u in within:  # `accumulate`, without a call
                adjoints[u] = adjoints[u] + adjoint * derivative if u in adjoints else adjoint * derivative
    return adjoints
