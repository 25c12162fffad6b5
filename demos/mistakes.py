"""Wrong backprops: the mistakes learners keep making, each run beside the right one, and what catches it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from autograd import METHODS, Graph, Linearization, Node, Value
from autograd.differentiation.methods import Method
from autograd.differentiation.sweep import accumulate, sweep
from demos.answers import Answer, Code, Part, Picture, Table, alone
from demos.any_descent import Descent, descend, error_on_matrices
from viz import LayoutError, Run, report, runs, side_by_side

__all__ = [
    "MISTAKES",
    "Mistake",
    "adjoints",
    "answer",
    "chain",
    "diamond",
    "left_over",
    "step_through",
    "wrong",
]

# A relative error as small as this is that of another order of summation.
ROUNDING = 1e-9

# ---- the mistakes ---------------------------------------------------------------------------------


def without_order(linearization: Linearization) -> list[Any]:
    """No topological order: a value passes its adjoint on as soon as it is met, and only then.

    What arrives later, over another user, is added to it but never passed on. On a chain every value
    has one user, so nothing arrives later.
    """
    adjoints = {linearization.root: linearization.seed}
    met = {linearization.root}
    waiting = [linearization.root]
    while waiting:
        v = waiting.pop()
        for u, derivative in linearization.edges[v]:
            accumulate(adjoints, u, adjoints[v] * derivative)
            if u not in met:
                met.add(u)
                waiting.append(u)
    return linearization.gather(adjoints)


def overwrite(linearization: Linearization) -> list[Any]:
    """``=`` for ``+=``: each contribution replaces the one before, and the last one wins.

    On a chain there is one contribution to each value, and to replace nothing is to add to nothing.
    """
    adjoints = {linearization.root: linearization.seed}
    for v in reversed(range(len(linearization.edges))):
        for u, derivative in linearization.edges[v]:
            adjoints[u] = adjoints[v] * derivative
    return linearization.gather(adjoints)


def parents_in_a_set(linearization: Linearization) -> list[Any]:
    """The inputs of an operation in a set, or as the keys of a dict: one taken twice is there once.

    It loses an edge of ``x * x``. On a chain no operation has two inputs, and in most programs none
    has the same one twice.
    """
    adjoints = {linearization.root: linearization.seed}
    for v in reversed(range(len(linearization.edges))):
        for u, derivative in dict(linearization.edges[v]).items():
            accumulate(adjoints, u, adjoints[v] * derivative)
    return linearization.gather(adjoints)


def left_over(linearization: Linearization, calls: int = 2) -> list[Any]:
    """Adjoints kept from the last call: before the next one only those of the leaves are set to zero.

    Leaves are what an optimiser knows. The adjoints between are added to those of the call before and
    passed on again. At the first call nothing is left over, nor where all inputs are leaves.
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
    """At every arrival the sum so far is passed on, so that what came first is passed on twice.

    To pass on only what has arrived would be right, though exponential: it walks every path. On a
    chain there is one arrival at each value, and what has arrived is the sum.
    """
    adjoints = {linearization.root: linearization.seed}
    arrivals = [linearization.root]
    while arrivals:
        v = arrivals.pop()
        for u, derivative in linearization.edges[v]:
            accumulate(adjoints, u, adjoints[v] * derivative)
            arrivals.append(u)
    return linearization.gather(adjoints)


# ---- where they show ------------------------------------------------------------------------------


def diamond() -> Value:
    """The difference h² − h, with h = x²: two ways lead from h to the result, and x lies below them."""
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
    """The cube (x · x) · x: a value stands between the leaf and the result."""
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
        name: as tables call it.
        method: of the signature of `METHODS`.
        graph: records a small graph in exact numbers on which it shows.
        catch: how a test catches it.
    """

    name: str
    method: Method
    graph: Callable[[], Value]
    catch: str

    @property
    def methods(self) -> dict[str, Method]:
        """The right one, and this one beside it."""
        return {"backprop": METHODS["backprop"], self.name: self.method}


MISTAKES = {
    mistake.name: mistake
    for mistake in (
        Mistake(
            "no topological order",
            without_order,
            diamond,
            "by gradcheck on a diamond with something below it. The adjoint of h itself is right in the end, "
            "and only then: x had its share before. So a test must look at what lies below the values that "
            "are used twice.",
        ),
        Mistake(
            "= for +=",
            overwrite,
            diamond,
            "by gradcheck on anything that uses a value twice: x + x is enough, and so is a batch, whose "
            "examples all use the same weights.",
        ),
        Mistake(
            "parents in a set",
            parents_in_a_set,
            twice,
            "by gradcheck on x · x. The diamond of before does not show it: none of its operations takes a "
            "value twice.",
        ),
        Mistake(
            "left over",
            left_over,
            cube,
            "by calling backward twice on one graph, with the leaves set to zero between, and comparing: 27, "
            "and 27 again. gradcheck alone does not see it, if it differentiates every graph once. micrograd "
            "has this mistake: x³ at 3 has the slope 27 at the first call and 45 at the second.",
        ),
        Mistake(
            "passed on again",
            repropagate,
            diamond,
            "by gradcheck on a diamond with something below it. Again the adjoint of h is right in the end.",
        ),
    )
}


def adjoints(method: Method, root: Node) -> dict[Node, Any]:
    """The derivative of a result by every value it depends on but the constants, inputs first."""
    graph = Graph(root)
    nodes = [node for node in graph.nodes if not node.is_constant]
    return dict(zip(nodes, method(Linearization(graph, [nodes], recorded=False)), strict=True))


def wrong(method: Method, root: Node) -> list[Node]:
    """The values whose adjoint is wrong in the end, in the order in which backprop completes them.

    All that backprop completes before the first of them is right: that one is where to look.
    Record the graph in whole numbers or fractions: floats that were added in another order differ
    without being wrong.
    """
    right, found = adjoints(METHODS["backprop"], root), adjoints(method, root)
    return [node for node in reversed(right) if found[node] != right[node]]


# ---- the answer -----------------------------------------------------------------------------------


def answer(seed: int = 0, *, examples: int = 20, steps: int = 60, rate: float = 0.3) -> Answer:
    ways = {"backprop": METHODS["backprop"]} | {name: mistake.method for name, mistake in MISTAKES.items()}
    found = {name: descend(way, examples, steps, rate, seed) for name, way in ways.items()}
    of_matrices = {name: error_on_matrices(way, examples, seed) for name, way in ways.items()}
    gallery = [part for mistake in MISTAKES.values() for part in _shown(mistake)]
    return Answer(
        name="mistakes",
        numbers="15–17",
        title="Backprops that are wrong, and look right",
        question="What goes wrong when one writes backprop oneself, why is it not noticed, and which test "
        "finds it?",
        parts=[
            f"Here are {len(MISTAKES)} mistakes that are made again and again. Each is a function that is "
            "run like any other method, on a small graph that shows it, in whole numbers. Backprop "
            "completes one value after the other, from the result back. Up to the first whose adjoint is "
            "wrong all is right, so that one is where to look; what lies below is wrong because of it.",
            "Run alone, this answer also writes a page for each of them, mistake-1.html and so on, on which "
            "the wrong run and the right one can be stepped through side by side.",
            *gallery,
            *_on_a_chain(),
            "And on a network that learns? The 2-4-2 tanh network, recorded as scalars, goes down the mean "
            f"cross-entropy of {examples} points on two rings, {steps} steps at the rate {rate:g}, from the "
            "same weights with each of these gradients:",
            _network_table(found, of_matrices),
            _network_words(found),
            _matrix_words(of_matrices),
        ],
        slip="a loss that falls does not show that the gradient is right, only that the steps led down. A "
        "gradient is checked against differences, at one point, on a graph where values are used twice; and "
        "a second call is checked against the first.",
    )


def _shown(mistake: Mistake) -> list[Part]:
    """One mistake: its code, its adjoints beside the right ones, and how a test catches it."""
    root = mistake.graph()
    right, found = (adjoints(method, root) for method in mistake.methods.values())
    differences = adjoints(METHODS["central_difference"], root)
    marks = {node: "wrong" if k else "first wrong" for k, node in enumerate(wrong(mistake.method, root))}
    rows = [
        (str(node.name), right[node], found[node], f"{differences[node]:.6f}", marks.get(node, "right"))
        for node in reversed(right)
    ]
    headings = ["adjoint of", "backprop", mistake.name, "by differences", ""]
    caption = f"{inspect.getdoc(mistake.graph)} From the result back, as backprop completes them."
    return [
        f"The mistake “{mistake.name}”:",
        Code(inspect.getsource(mistake.method).rstrip()),
        Table(headings, rows, caption),
        *_picture(root, mistake, Run(right), Run(found, marks)),
        f"A test catches it {mistake.catch}",
    ]


def _picture(root: Node, mistake: Mistake, right: Run, found: Run) -> list[Picture]:
    """Both runs on one layout; nothing where Graphviz cannot lay them out."""
    pictures = runs(root, [right, found], wrt=Graph(root).leaves)
    try:
        svg = side_by_side(pictures, [[name] for name in mistake.methods])
    except LayoutError:
        return []
    told = ", ".join(
        f"{node.name} {found.adjoints[node]} for {right.adjoints[node]} ({mark})"
        for node, mark in found.marks.items()
    )
    return [
        Picture(
            svg,
            f"The same graph twice, with the adjoints of backprop and with those of the mistake: {told}.",
            f"Left backprop, right the mistake: {told}.",
            scrolls=True,
        )
    ]


def _on_a_chain() -> list[Part]:
    def slope(method: Method, root: Value) -> Any:
        (leaf,) = Graph(root).leaves
        return adjoints(method, root)[leaf]

    backprop = METHODS["backprop"]
    right = slope(backprop, chain())
    found = {name: slope(mistake.method, chain()) for name, mistake in MISTAKES.items()}
    rows = [
        (name, right, found[name], slope(backprop, mistake.graph()), slope(mistake.method, mistake.graph()))
        for name, mistake in MISTAKES.items()
    ]
    headings = ["slope at x", "chain, right", "chain, found", "above, right", "above, found"]
    unnoticed = sum(number == right for number in found.values())
    once = slope(partial(left_over, calls=1), chain())
    return [
        "Why are they not noticed? Because what one tries first is a chain, here (−x²)² at 2:",
        Table(headings, rows, "The slope at x on the chain, and on the graphs above."),
        f"On the chain {unnoticed} of {len(found)} give the right number. What is left over shows there too, "
        f"but not before the second call: the first gives {once}"
        + (", which is right." if once == right else "."),
    ]


def _network_table(found: dict[str, Descent], of_matrices: dict[str, float]) -> Table:
    rows = [
        (name, d.error, d.length, d.cosine, d.losses[0], d.losses[-1], of_matrices[name])
        for name, d in found.items()
    ]
    headings = ["", "error", "length", "cosine", "loss at first", "loss at last", "error, matrices"]
    caption = (
        "The first gradient: how far it is from the right one and how long it is, both over the length of "
        "the right one, and the cosine of the angle between them. Then the losses; and the error where the "
        "network is recorded as whole matrices. Left over calls backward twice for each step, as a "
        "program does that looks at the gradient before it uses it."
    )
    return Table(headings, rows, caption)


def _network_words(found: dict[str, Descent]) -> str:
    off = {name: descent for name, descent in found.items() if descent.error > ROUNDING}
    down = {name: descent for name, descent in off.items() if descent.losses[-1] < descent.losses[0]}
    lower = [name for name, descent in down.items() if descent.losses[-1] < found["backprop"].losses[-1]]
    harmless = [name for name in MISTAKES if name not in off]
    words = [f"{len(off)} of the {len(MISTAKES)} gradients are wrong here."]
    if down:
        words.append(f"The loss goes down all the same with {_list(down)}.")
    if lower:
        longer = all(off[name].length > 1 for name in lower)
        reason = ": such a gradient is also longer, which is like a higher rate." if longer else "."
        words.append(f"With {_list(lower)} it even ends lower than with the right gradient{reason}")
    if harmless:
        words.append(f"No harm is done by {_list(harmless)}, since no operation here takes a value twice.")
    return " ".join(words)


def _matrix_words(of_matrices: dict[str, float]) -> str:
    vanished = [name for name in MISTAKES if of_matrices[name] < ROUNDING]
    return (
        f"On matrices {len(vanished)} of the {len(MISTAKES)} vanish. From every parameter one path leads to "
        "the loss, so nothing meets: the sums over users are inside the products. They come back with the "
        "first weight that is used twice, and with the first connection that skips a layer."
    )


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def step_through(out: Path) -> list[Path]:
    """Write a page for each mistake, on which its run and backprop's can be stepped through."""
    return [
        report(
            root := mistake.graph(), Graph(root).leaves, out / f"mistake-{n}.html", methods=mistake.methods
        )
        for n, mistake in enumerate(MISTAKES.values(), 1)
    ]


if __name__ == "__main__":
    sys.exit(alone(answer, "mistakes", beside=step_through))
