"""Walk the paths of a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

__all__ = ["paths_of"]

Edge = TypeVar("Edge")


def paths_of(
    start: int, steps: Callable[[int], Iterable[tuple[int, Edge]]]
) -> Iterator[tuple[int, list[Edge]]]:
    """Walk every path that begins at a vertex, depth first and without recursion.

    Args:
        start: the vertex.
        steps: for a vertex, the vertices one step on, each with the edge to it.

    Yields:
        For every path, the empty one first and each before its continuations, the vertex where it ends
        and its edges. The list of edges is reused: copy it to keep it.
    """
    along: list[Edge] = []
    yield start, along
    ahead = [iter(steps(start))]
    while ahead:
        step = next(ahead[-1], None)
        if step is None:
            ahead.pop()
            if along:
                along.pop()
            continue
        vertex, edge = step
        along.append(edge)
        yield vertex, along
        ahead.append(iter(steps(vertex)))
