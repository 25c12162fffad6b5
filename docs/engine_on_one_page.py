"""The whole idea of whygrad on one page: record a function once, differentiate it in two ways, count both.

Run ``python docs/engine_on_one_page.py`` to see what each way pays. Only the standard library is imported.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

# 1. The table. Each operation stands here once: its output, and the derivative of the output by each input.
#    Both are plain arithmetic, so a row runs on every kind of number below.


class Row(NamedTuple):
    forward: Callable[..., Any]  # forward(*inputs) is the output
    partials: Callable[..., tuple[Any, ...]]  # partials(output, *inputs): one local derivative per input
    counts_as: str = "multiplications"


ADD = Row(lambda a, b: a + b, lambda out, a, b: (1, 1), "additions")
SUB = Row(lambda a, b: a - b, lambda out, a, b: (1, -1), "additions")
MUL = Row(lambda a, b: a * b, lambda out, a, b: (b, a))
EXP = Row(lambda a: a.exp() if isinstance(a, Number) else math.exp(a), lambda out, a: (out,))
TANH = Row(lambda a: a.tanh() if isinstance(a, Number) else math.tanh(a), lambda out, a: (1 - out * out,))

# 2. Numbers. An operator only names its row. A kind of number says what running a row means.


def operator(row: Row) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The two methods of an operator: for `self + other`, and for `other + self` with a plain other."""
    return lambda self, other: self.run(row, self, other), lambda self, other: self.run(row, other, self)


class Number:
    run: Callable[..., Any]  # run(row, *inputs); each kind of number has its own
    __add__, __radd__ = operator(ADD)
    __sub__, __rsub__ = operator(SUB)
    __mul__, __rmul__ = operator(MUL)

    def exp(self) -> Any:
        return self.run(EXP, self)

    def tanh(self) -> Any:
        return self.run(TANH, self)


class Value(Number):
    """A number that records: it keeps the row and the inputs that it was computed from."""

    def __init__(self, data: float, row: Row | None = None, inputs: Sequence[Value] = ()) -> None:
        self.data, self.row, self.inputs = data, row, inputs

    def run(self, row: Row, *inputs: Any) -> Value:
        nodes = [x if isinstance(x, Value) else Value(x) for x in inputs]
        return Value(row.forward(*(x.data for x in nodes)), row, nodes)


class Ledger(Counter[str]):
    phase: str | None = None  # the entry that operations go to; None: each row knows


class Counted(Number):
    """A number that counts: it enters each operation in a ledger, so running a method measures its cost."""

    def __init__(self, data: float, ledger: Ledger) -> None:
        self.data, self.ledger = data, ledger

    def run(self, row: Row, *inputs: Any) -> Counted:
        self.ledger[self.ledger.phase or row.counts_as] += 1
        return Counted(row.forward(*(getattr(x, "data", x) for x in inputs)), self.ledger)


# 3. The sort: all that a result depends on, each node after its inputs. A stack instead of recursion, so
#    that a graph may be a million nodes deep.


def topological(result: Value) -> list[Value]:
    order, seen, stack = [], {result}, [(result, iter(result.inputs))]
    while stack:
        node, inputs = stack[-1]
        unplaced = next((i for i in inputs if i not in seen), None)
        if unplaced is None:
            order.append(node)
            stack.pop()
        else:
            seen.add(unplaced)
            stack.append((unplaced, iter(unplaced.inputs)))
    return order


# 4. Two ways to differentiate. Both see only edges: for each vertex a list of (input, local derivative), the
#    result last. They multiply and add whatever numbers stand on the edges.

Edges = list[list[tuple[int, Any]]]


def accumulate(sums: dict[int, Any], vertex: int, term: Any) -> None:
    sums[vertex] = sums[vertex] + term if vertex in sums else term


def backprop(edges: Edges, seed: Any, variables: Collection[int]) -> dict[int, Any]:
    """One sweep from the result down. A vertex passes on its adjoint once, when all users gave theirs."""
    adjoints = {len(edges) - 1: seed}
    for vertex in reversed(range(len(edges))):
        for source, derivative in edges[vertex]:
            accumulate(adjoints, source, adjoints[vertex] * derivative)
    return adjoints


def paths(edges: Edges, seed: Any, variables: Collection[int]) -> dict[int, Any]:
    """The chain rule taken literally: the product along each path to a variable, summed over all paths."""
    sums: dict[int, Any] = {}
    walks: list[tuple[int, tuple[Any, ...]]] = [(len(edges) - 1, ())]
    while walks:
        vertex, along = walks.pop()
        if vertex in variables:
            product = seed
            for derivative in along:
                product = product * derivative
            accumulate(sums, vertex, product)
        walks += [(source, (*along, derivative)) for source, derivative in reversed(edges[vertex])]
    return sums


# 5. The gradient: run the graph again on numbers that count, put the local derivatives on its edges, and hand
#    the edges to a method. Run on Values instead, the gradient is recorded and can be differentiated again.


def gradient(
    result: Value,
    wrt: Sequence[Value],
    method: Callable[..., dict[int, Any]] = backprop,
    record: bool = False,
) -> tuple[list[Any], Ledger]:
    """The derivative of a result by each variable in `wrt`, and the operations that it took."""
    ledger = Ledger(forward=0, partials=0, multiplications=0, additions=0)
    outputs: dict[Value, Any] = {}
    vertices: dict[Value, int] = {}  # the nodes that depend on a variable, numbered in order
    edges: Edges = []

    def lift(leaf: Value) -> Any:
        return leaf if record else Counted(leaf.data, ledger)

    for node in topological(result):
        inputs = [outputs[i] for i in node.inputs]
        ledger.phase = "forward"
        outputs[node] = node.row.forward(*inputs) if node.row else lift(node)
        ledger.phase = "partials"
        partials: tuple[Any, ...] = ()
        if node.row and any(i in vertices for i in node.inputs):
            partials = node.row.partials(outputs[node], *inputs)
        if partials or node in wrt or node is result:
            pairs = zip(node.inputs, partials, strict=bool(partials))
            edges.append([(vertices[i], derivative) for i, derivative in pairs if i in vertices])
            vertices[node] = len(vertices)
    ledger.phase = None
    found = method(edges, lift(Value(1.0)), {vertices[x] for x in wrt if x in vertices})
    derivatives = [found[vertices[x]] if vertices.get(x) in found else lift(Value(0.0)) for x in wrt]
    return derivatives if record else [d.data for d in derivatives], ledger


# 6. What it shows. Each block x + tanh(x) doubles the paths, so the path sum is exponential in the depth.
#    Backprop merges the paths where they meet and stays linear. The derivative is the same.


def main() -> None:
    print("                 multiplications by")
    print("blocks  paths     path sum   backprop   derivative by each")
    for depth in (1, 2, 4, 8, 12):
        y = x = Value(0.5)
        for _ in range(depth):
            y = y + y.tanh()
        (slope,), cost = gradient(y, [x])
        (same,), naive = gradient(y, [x], paths)
        counts = f"{2**depth:6,} {naive['multiplications']:12,} {cost['multiplications']:10}"
        print(f"{depth:6} {counts}   {slope:.9f}  {same:.9f}")
    (slope,), _ = gradient(y, [x], record=True)
    (curvature,), _ = gradient(slope, [x])
    print(f"The last gradient, recorded and differentiated again: {curvature:.9f}")


if __name__ == "__main__":
    main()
