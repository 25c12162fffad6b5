"""Strategies: random graphs, written as programs that run on any number type."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from autograd import Graph, Value, apply, neuron, softmax_cross_entropy
from autograd.rules import scalars as p

Operation = Callable[..., Any]

# How many inputs an operation takes, and what it does with them.
OPERATIONS: dict[str, tuple[tuple[int, ...], Operation]] = {
    "add": ((2,), lambda a, b: a + b),
    "sub": ((2,), lambda a, b: a - b),
    "mul": ((2,), lambda a, b: a * b),
    "div": ((2,), lambda a, b: a / (b * b + 1)),
    "neg": ((1,), lambda a: -a),
    "shift": ((1,), lambda a: 2 + a),
    "scale": ((1,), lambda a: a * 3),
    "square": ((1,), lambda a: apply(p.square, a)),
    "cube": ((1,), lambda a: a**3),
    "sin": ((1,), lambda a: apply(p.sin, a)),
    "tanh": ((1,), lambda a: apply(p.tanh, a)),
    "sigmoid": ((1,), lambda a: apply(p.sigmoid, a)),
    "sum": ((3, 5, 7), lambda b, *wx: neuron(b, wx[: len(wx) // 2], wx[len(wx) // 2 :])),
    "neuron": ((3, 5, 7), lambda b, *wx: neuron(b, wx[: len(wx) // 2], wx[len(wx) // 2 :], "tanh")),
    "cross_entropy": ((1, 2, 3, 4), lambda *z: softmax_cross_entropy(z, len(z) - 1)),
}
ALL = tuple(OPERATIONS)
EXACT = ("add", "sub", "mul", "neg", "shift", "scale", "square", "cube", "sum")
CHEAP = ("add", "sub", "mul", "square", "sin", "tanh")


@dataclass(frozen=True)
class Program:
    """Leaves, and steps that each apply an operation to earlier results, repeats allowed."""

    leaves: tuple[Any, ...]
    steps: tuple[tuple[str, tuple[int, ...]], ...]

    def run(self, numbers: Sequence[Any]) -> list[Any]:
        """Every result, the leaves first, on numbers of any type."""
        results = list(numbers)
        for name, arguments in self.steps:
            results.append(OPERATIONS[name][1](*(results[i] for i in arguments)))
        return results

    def record(self) -> tuple[Value, list[Value], list[Value]]:
        """The last result, the leaves, and every result."""
        leaves = [Value(x, name=f"x{i}") for i, x in enumerate(self.leaves)]
        results = self.run(leaves)
        return results[-1], leaves, results


floats = st.floats(-1, 1, allow_subnormal=False).map(lambda x: round(x, 3))
fractions = st.fractions(-2, 2, max_denominator=7)


@st.composite
def programs(
    draw: st.DrawFn,
    operations: Sequence[str] = ALL,
    numbers: st.SearchStrategy[Any] = floats,
    max_steps: int = 10,
    max_paths: int = 1000,
) -> Program:
    """A program of moderate numbers, with few enough paths that each of them can be walked."""
    leaves = draw(st.lists(numbers, min_size=1, max_size=4))
    steps: list[tuple[str, tuple[int, ...]]] = []
    for _ in range(draw(st.integers(0, max_steps))):
        name = draw(st.sampled_from(operations))
        arity = draw(st.sampled_from(OPERATIONS[name][0]))
        latest = len(leaves) + len(steps) - 1
        # Counting back from the latest result makes deep graphs likely.
        back = draw(st.lists(st.integers(0, latest), min_size=arity, max_size=arity))
        longer = (*steps, (name, tuple(latest - i for i in back)))
        root, values, results = Program(tuple(leaves), longer).record()
        graph = Graph(root)
        tame = all(math.isfinite(r.data) and abs(r.data) <= 100 for r in results)
        if tame and sum(map(graph.count_paths, values)) <= max_paths:
            steps = list(longer)
    return Program(tuple(leaves), tuple(steps))


def enumerate_paths(graph: Graph, source: int) -> list[list[int]]:
    """Every path from a node to the root, one by one: the places of the nodes along it."""
    users: list[list[int]] = [[] for _ in graph.nodes]
    for i, j in graph.edges:
        users[i].append(j)
    finished, open_ = [], [[source]]
    while open_:
        path = open_.pop()
        if path[-1] == len(graph) - 1:
            finished.append(path)
        open_.extend([*path, user] for user in users[path[-1]])
    return finished
