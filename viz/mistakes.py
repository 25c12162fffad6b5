"""Wrong backprops, one function each, and the small graphs on which they show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograd import METHODS, Graph, Linearization, Node, Value
from autograd.differentiation.methods import Method
from autograd.differentiation.sweep import accumulate, sweep

__all__ = [
    "MISTAKES",
    "Mistake",
    "adjoints",
    "chain",
    "cube",
    "diamond",
    "left_over",
    "overwrite",
    "parents_in_a_set",
    "repropagate",
    "twice",
    "without_order",
    "wrong",
]

BACKPROP = METHODS["backprop"]

# ---- the mistakes ---------------------------------------------------------------------------------


def without_order(linearization: Linearization) -> list[Any]:
    """No topological order: a value passes its adjoint on as soon as it is reached, and only once.

    Contributions that arrive later, through another user, are added to the adjoint but never passed on.
    On a chain every value has one user, so nothing arrives later.
    """
    adjoints = {linearization.root: linearization.seed}
    reached = {linearization.root}
    waiting = [linearization.root]
    while waiting:
        v = waiting.pop()
        for u, derivative in linearization.edges[v]:
            accumulate(adjoints, u, adjoints[v] * derivative)
            if u not in reached:
                reached.add(u)
                waiting.append(u)
    return linearization.gather(adjoints)


def overwrite(linearization: Linearization) -> list[Any]:
    """``=`` instead of ``+=``: each contribution overwrites the one before, and the last one remains.

    On a chain every value gets a single contribution, so nothing is overwritten.
    """
    adjoints = {linearization.root: linearization.seed}
    for v in reversed(range(len(linearization.edges))):
        for u, derivative in linearization.edges[v]:
            adjoints[u] = adjoints[v] * derivative
    return linearization.gather(adjoints)


def parents_in_a_set(linearization: Linearization) -> list[Any]:
    """The inputs of an operation kept in a set or as the keys of a dict: a repeated input counts once.

    This loses one of the two edges of ``x * x``. On a chain no operation has two inputs, and in most
    programs no operation has the same input twice.
    """
    adjoints = {linearization.root: linearization.seed}
    for v in reversed(range(len(linearization.edges))):
        for u, derivative in dict(linearization.edges[v]).items():
            accumulate(adjoints, u, adjoints[v] * derivative)
    return linearization.gather(adjoints)


def left_over(linearization: Linearization, calls: int = 2) -> list[Any]:
    """Adjoints left over from the last call: only the adjoints of the leaves are set to zero in between.

    An optimiser knows the leaves and resets them. Interior adjoints are added to the values of the
    previous call and passed on again. The first call is right, and so is a graph without interior values.
    """
    leaves = [v for v, inputs in enumerate(linearization.edges) if not inputs]
    adjoints: dict[int, Any] = {}
    for _ in range(calls):
        for leaf in leaves:
            adjoints.pop(leaf, None)
        adjoints[linearization.root] = linearization.seed
        sweep(linearization.edges, range(len(linearization.edges)), adjoints)
    return linearization.gather(adjoints)


def repropagate(linearization: Linearization) -> list[Any]:
    """Each arrival passes on the whole sum so far, so early contributions are passed on more than once.

    Passing on only the new contribution would be right but exponential: it walks every path. On a
    chain each value has one arrival, and the sum equals that contribution.
    """
    adjoints = {linearization.root: linearization.seed}
    arrivals = [linearization.root]
    while arrivals:
        v = arrivals.pop()
        for u, derivative in linearization.edges[v]:
            accumulate(adjoints, u, adjoints[v] * derivative)
            arrivals.append(u)
    return linearization.gather(adjoints)


# ---- small graphs on which they show --------------------------------------------------------------


def diamond() -> Value:
    """The difference h² − h with h = x²: two paths lead from h to the result, and x lies below h."""
    x = Value(2, name="x")
    h = x.square()
    s = h.square()
    y = s - h
    h.name, s.name, y.name = "h", "s", "y"
    return y


def twice() -> Value:
    """The product x · x: one operation with two edges to the same input."""
    x = Value(3, name="x")
    y = x * x
    y.name = "y"
    return y


def cube() -> Value:
    """The cube (x · x) · x: one value lies between the leaf and the result."""
    x = Value(3, name="x")
    h = x * x
    y = h * x
    h.name, y.name = "h", "y"
    return y


def chain() -> Value:
    """The square (−x²)²: every value has one user."""
    return (-Value(2, name="x").square()).square()


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong backprop.

    Attributes:
        name: its row in the tables.
        method: the algorithm, with the signature of the methods in `METHODS`.
        graph: records a small graph, in exact numbers, on which the mistake shows.
        catch: how a test catches it.
    """

    name: str
    method: Method
    graph: Callable[[], Value]
    catch: str

    @property
    def methods(self) -> dict[str, Method]:
        """Backprop, and this mistake beside it."""
        return {"backprop": BACKPROP, self.name: self.method}


MISTAKES = {
    mistake.name: mistake
    for mistake in (
        Mistake(
            "no topological order",
            without_order,
            diamond,
            "with gradcheck on a diamond that has something below it. The adjoint of h itself is right in "
            "the end, but too late: x has already received its share. So a test must look below the values "
            "that are used twice.",
        ),
        Mistake(
            "= for +=",
            overwrite,
            diamond,
            "with gradcheck on anything that uses a value twice: x + x is enough. So is a batch, because all "
            "of its examples use the same weights.",
        ),
        Mistake(
            "parents in a set",
            parents_in_a_set,
            twice,
            "with gradcheck on x · x. The diamond above does not show it, because none of its operations "
            "takes the same value twice.",
        ),
        Mistake(
            "left over",
            left_over,
            cube,
            "by calling backward twice on one graph, with the leaves set to zero in between, and comparing: "
            "27, and 27 again. gradcheck alone misses it if it differentiates every graph once. micrograd "
            "makes this mistake: at x = 3 the slope of x³ is 27 at the first call and 45 at the second.",
        ),
        Mistake(
            "passed on again",
            repropagate,
            diamond,
            "with gradcheck on a diamond that has something below it. Again the adjoint of h is right in the "
            "end.",
        ),
    )
}


def adjoints(method: Method, root: Node) -> dict[Node, Any]:
    """The derivative of a result by each node except constants, in topological order, inputs first."""
    graph = Graph(root)
    nodes = [node for node in graph.nodes if not node.is_constant]
    return dict(zip(nodes, method(Linearization(graph, [nodes], recorded=False)), strict=True))


def wrong(method: Method, root: Node) -> list[Node]:
    """The nodes whose final adjoint is wrong, in the order in which backprop completes them.

    Everything that backprop completes before the first of them is right, so the bug is at the first.
    Record the graph in integers or fractions: floats summed in another order differ without being wrong.
    """
    right, found = adjoints(BACKPROP, root), adjoints(method, root)
    return [node for node in reversed(right) if found[node] != right[node]]
