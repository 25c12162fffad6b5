"""The one topological sort."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["topological"]


def topological(*roots: Any, seen: set[Any] | None = None) -> list[Any]:
    """Return the roots' dependencies in topological order, inputs first; a single root comes last.

    An iterative depth-first search (Cormen et al., *Introduction to Algorithms*, section "Topological
    sort"), the same in every run. It does not visit nodes in ``seen``, and adds the others to them.
    """
    order: list[Any] = []
    seen = set() if seen is None else seen
    remaining: dict[Any, Iterator[Any]] = {}  # of a node with more than two inputs: those to visit
    stack: list[Any] = []
    pop, push, place, see = stack.pop, stack.append, order.append, seen.add
    for root in roots:
        if root in seen:
            continue
        see(root)
        push(root)
        while stack:
            v = stack[-1]
            a, b = v._a, v._b
            if a is not None and a not in seen:
                see(a)
                push(a)
                continue
            if b.__class__ is tuple:
                b = next((i for i in remaining.setdefault(v, iter(b)) if i not in seen), None)
            if b is not None and b not in seen:
                see(b)
                push(b)
                continue
            place(pop())
    return order
