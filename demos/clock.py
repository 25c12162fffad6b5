"""What the clock says: every method as straight-line code, so that algorithms are timed and not interpreters.

Run as they are, methods differ in how they keep their books, in dicts, generators and stacks. Compiled
and not simplified, each of them is the operations that it does, a line of Python for each, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from time import perf_counter
from typing import Any

from autograd import Node, Value, compile  # noqa: A004 - what everybody calls it
from autograd.compiler.compiled import Compiled
from autograd.differentiation.graph import Graph, grouped
from autograd.differentiation.linearization import Linearization
from autograd.differentiation.methods import METHODS as ENGINE
from demos.study import METHODS, Clock, Layers, Problem, Row

__all__ = ["MOST", "is_short", "lines", "straight", "timed"]

# The most operations that are written out: it takes about 0.1 ms and some kB for each.
MOST = 20_000
# Python looks at what code does in its first few calls, and is faster from then on.
WARM, ROUNDS = 20, 100
ROUND = 5e-4  # seconds


def is_short(row: Row) -> bool:
    """Whether a row is timed: it ran, and its code is not too long."""
    return row.measured and row.cost.total <= MOST


def timed(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows, a problem at a time, with the clock for those that are short enough.

    In every round each method of a problem runs in turn, backprop among them, so that whatever else the
    machine does meets all of them; and as it only adds to a time, the least is taken.
    """
    for problem, group in groupby(rows, key=lambda row: row.problem):
        found = list(group)
        clocks = _clocks(problem, [row.method for row in found if is_short(row)])
        yield [replace(row, clock=clocks.get(row.method)) for row in found]


def straight(root: Node, layers: Layers, name: str, *, simplify: bool = False) -> Compiled:
    """A method on a recorded graph as code without arguments, which gives the derivatives, layer by layer.

    The result stands behind them if the method has worked it out: finite differences have not.
    """
    method = METHODS[name]
    wrt: Any = layers if method.by_layer else [parameter for layer in layers for parameter in layer]
    one = Value(1.0, name="seed")  # read at every call, as the parameters are: nothing is known beforehand

    def program() -> list[Any]:
        linearization = Linearization(Graph(root), grouped(wrt))
        linearization.seed = one
        slopes = ENGINE[method.engine](linearization)
        return [*slopes, root] if method.is_exact else slopes

    return compile(program, simplify=simplify)


def lines(code: Compiled) -> int:
    """How many operations compiled code does, a line each."""
    return len(re.findall(r"^ +v\d+ = ", code.source, re.MULTILINE))


def _clocks(problem: Problem, names: Sequence[str]) -> dict[str, Clock]:
    if not names:
        return {}
    root, layers = problem.record()
    codes = {name: straight(root, layers, name) for name in dict.fromkeys(["backprop", *names])}
    repeats = {name: max(1, round(ROUND / _warmed(code))) for name, code in codes.items()}
    rounds = [{name: _seconds(code, repeats[name]) for name, code in codes.items()} for _ in range(ROUNDS)]
    seconds = {name: min(times[name] for times in rounds) for name in codes}
    clocks = {}
    for name in names:
        simplified = straight(root, layers, name, simplify=True)
        simplified()
        clocks[name] = Clock(
            problem.form.costs[name].total,
            lines(codes[name]),
            lines(simplified),
            seconds[name],
            seconds[name] / seconds["backprop"],
        )
    return clocks


def _warmed(code: Callable[[], Any]) -> float:
    code()  # which makes it
    return _seconds(code, WARM)


def _seconds(code: Callable[[], Any], repeats: int) -> float:
    start = perf_counter()
    for _ in range(repeats):
        code()
    return (perf_counter() - start) / repeats
