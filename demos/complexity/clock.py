"""The time of every method, as straight-line code, so that algorithms are timed and not interpreters.

Run directly, methods differ in their bookkeeping: dicts, generators and stacks. Compiled without
simplification, each is a sequence of its operations, one line of Python per operation, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from time import perf_counter
from typing import Any

from autograd import Node, Value, compile  # noqa: A004 - the usual name
from autograd.compiler.compiled import Compiled
from autograd.compiler.tracer import on_leaves, trace
from autograd.differentiation.graph import Graph, grouped
from autograd.differentiation.linearization import Linearization
from autograd.differentiation.methods import METHODS as ENGINE
from autograd.differentiation.methods import with_options
from demos.complexity.problems import Layers, Problem
from demos.complexity.study import METHODS, Clock, Row

__all__ = ["MOST", "is_short", "lines", "operations_left", "straight", "timed"]

# The most operations of a method that is timed: each takes about 0.1 ms and some kB to write out.
MOST = 20_000
# CPython specialises code during its first few calls, and runs it faster afterwards.
WARM, ROUNDS = 20, 100
ROUND = 5e-4  # seconds


def is_short(row: Row) -> bool:
    """Whether a row can be timed: it ran, its code is short enough, and its numbers are real."""
    return row.measured and row.cost.total <= MOST and row.method != "complex_step"


def timed(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield the rows of one problem at a time, with a clock if they are short enough.

    Every round runs all methods of a problem in turn, backprop included, so that other work on the
    machine meets all of them. It can only add to a time, so the least time is taken.
    """
    for problem, group in groupby(rows, key=lambda row: row.problem):
        found = list(group)
        clocks = _clocks(problem, {row.method: row.cost.total for row in found if is_short(row)})
        yield [replace(row, clock=clocks.get(row.method)) for row in found]


def straight(root: Node, layers: Layers, name: str, *, simplify: bool = False) -> Compiled:
    """A method on a recorded graph as code without arguments that returns the derivatives, layer by layer.

    The result follows them if the method computes it, which finite differences do not.
    """
    return compile(_program(root, layers, name), simplify=simplify)


def operations_left(root: Node, layers: Layers, name: str) -> int:
    """The number of operations left of a method when its code is simplified.

    Long code is written with several operations in a line, so lines are not counted.
    """
    program, _ = trace(_program(root, layers, name), *on_leaves(()), simplify=True)
    return len(program.instructions)


def _program(root: Node, layers: Layers, name: str) -> Callable[[], list[Any]]:
    variant = METHODS[name]
    wrt: Any = variant.wrt(layers)
    # A variable rather than the constant 1, so that the code reads it at every call, as the parameters.
    one = Value(1.0, name="seed")

    def program() -> list[Any]:
        linearization = Linearization(Graph(root), grouped(wrt))
        linearization.seed = one
        method, options = with_options(variant.engine, {})
        slopes = ENGINE[method](linearization, **options)
        return [*slopes, root] if variant.evaluates else slopes

    return program


def lines(code: Compiled) -> int:
    """The number of operations in compiled code, one per line."""
    return len(re.findall(r"^ +v\d+ = ", code.source, re.MULTILINE))


def _clocks(problem: Problem, operations: Mapping[str, int]) -> dict[str, Clock]:
    """Time methods, given the operations of each."""
    if not operations:
        return {}
    root, layers = problem.record()
    codes = {name: straight(root, layers, name) for name in dict.fromkeys(["backprop", *operations])}
    repeats = {name: max(1, round(ROUND / _warmed(code))) for name, code in codes.items()}
    rounds = [{name: _seconds(code, repeats[name]) for name, code in codes.items()} for _ in range(ROUNDS)]
    seconds = {name: min(times[name] for times in rounds) for name in codes}
    clocks = {}
    for name, counted in operations.items():
        clocks[name] = Clock(
            counted,
            lines(codes[name]),
            operations_left(root, layers, name),
            seconds[name],
            seconds[name] / seconds["backprop"],
        )
    return clocks


def _warmed(code: Callable[[], Any]) -> float:
    code()  # compiles it
    return _seconds(code, WARM)


def _seconds(code: Callable[[], Any], repeats: int) -> float:
    start = perf_counter()
    for _ in range(repeats):
        code()
    return (perf_counter() - start) / repeats
