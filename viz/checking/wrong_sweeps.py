"""Sweeps as students get them wrong, in addition to the gallery, `viz.mistakes`.

Each takes a linearization and returns the wrong derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import Linearization
from autograd.differentiation.sweep import accumulate

__all__ = [
    "equal_taken_for_one",
    "forwards",
    "in_a_queue",
    "no_seed",
    "passed_on_twice",
    "preorder",
    "recursively",
    "seed_of_data",
    "seeded_again",
]


def in_a_queue(linearization: Linearization) -> list[Any]:
    """No topological order, first in first out."""
    adjoints = {linearization.root: linearization.seed}
    waiting = [linearization.root]
    for v in waiting:
        for u, derivative in linearization.edges[v]:
            accumulate(adjoints, u, adjoints[v] * derivative)
            if u not in waiting:
                waiting.append(u)
    return linearization.gather(adjoints)


def preorder(linearization: Linearization) -> list[Any]:
    """No topological order, by recursion: a value passes on at its first visit."""
    adjoints = {linearization.root: linearization.seed}
    visited: set[int] = set()

    def visit(v: int) -> None:
        if v in visited:
            return
        visited.add(v)
        for u, derivative in linearization.edges[v]:
            accumulate(adjoints, u, adjoints[v] * derivative)
        for u, _ in linearization.edges[v]:
            visit(u)

    visit(linearization.root)
    return linearization.gather(adjoints)


def recursively(at_once: bool, once_each: bool) -> Callable[[Linearization], list[Any]]:
    """Each arrival passes on the whole sum so far, by recursion.

    Args:
        at_once: whether an input passes on before the next input has its contribution.
        once_each: whether a repeated input passes on once, as from a set.
    """

    def method(linearization: Linearization) -> list[Any]:
        adjoints = {linearization.root: linearization.seed}

        def visit(v: int) -> None:
            for u, derivative in linearization.edges[v]:
                accumulate(adjoints, u, adjoints[v] * derivative)
                if at_once:
                    visit(u)
            inputs = [u for u, _ in linearization.edges[v]]
            for u in () if at_once else dict.fromkeys(inputs) if once_each else inputs:
                visit(u)

        visit(linearization.root)
        return linearization.gather(adjoints)

    return method


def seeded_again(linearization: Linearization) -> list[Any]:
    """Each value calls backward of its inputs, and each call sets the adjoint to 1."""
    adjoints: dict[int, Any] = {}

    def visit(v: int) -> None:
        adjoints[v] = linearization.seed
        for u, derivative in linearization.edges[v]:
            accumulate(adjoints, u, adjoints[v] * derivative)
        for u, _ in linearization.edges[v]:
            visit(u)

    visit(linearization.root)
    return linearization.gather(adjoints)


def forwards(linearization: Linearization) -> list[Any]:
    """The topological order is not reversed, so most values pass on before they have anything."""
    adjoints = {linearization.root: linearization.seed}
    for v in range(len(linearization.edges)):
        for u, derivative in linearization.edges[v]:
            accumulate(adjoints, u, adjoints.get(v, linearization.zero) * derivative)
    return linearization.gather(adjoints)


def no_seed(linearization: Linearization) -> list[Any]:
    """The adjoint of the result stays 0, and so does every other."""
    return linearization.gather({})


def seed_of_data(linearization: Linearization) -> list[Any]:
    """The adjoint of the result is its data instead of 1."""
    adjoints = {linearization.root: linearization.node(linearization.root).data}
    for v in reversed(range(len(linearization.edges))):
        for u, derivative in linearization.edges[v]:
            accumulate(adjoints, u, adjoints[v] * derivative)
    return linearization.gather(adjoints)


def passed_on_twice(linearization: Linearization) -> list[Any]:
    """Each value passes its adjoint on twice, once it is complete."""
    adjoints = {linearization.root: linearization.seed}
    for v in reversed(range(len(linearization.edges))):
        for u, derivative in linearization.edges[v]:
            accumulate(adjoints, u, 2 * derivative * adjoints[v])
    return linearization.gather(adjoints)


def equal_taken_for_one(linearization: Linearization) -> list[Any]:
    """Values with equal data count as one, so the sort leaves out all but the first that it reaches."""
    order: list[int] = []
    reached: set[float] = set()

    def visit(v: int) -> None:
        number = float(linearization.node(v).data)
        if number not in reached:
            reached.add(number)
            for u, _ in linearization.edges[v]:
                visit(u)
            order.append(v)

    visit(linearization.root)
    adjoints = {linearization.root: linearization.seed}
    for v in reversed(order):
        for u, derivative in linearization.edges[v]:
            accumulate(adjoints, u, adjoints.get(v, linearization.zero) * derivative)
    return linearization.gather(adjoints)
