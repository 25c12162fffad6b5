"""One algorithm, two directions, and the ways between: the same graph eliminated in different orders.

To eliminate a vertex is to multiply every edge into it by every edge out of it, put the products past it, and
drop it. Backprop and forward mode are two orders of dropping all the vertices.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from autograd import Graph, Value, gradient, walk
from autograd.costs.jacobians import jacobian_by
from demos.complexity.problems import Problem
from demos.page.lesson import Lesson
from demos.page.parts import Illustration, Part, Table, Verbatim
from nn import MLP
from viz import LayoutError, compare, side_by_side

__all__ = ["LESSON", "OrdersFound", "answer", "measure", "tell"]

ORDERS = {
    "reverse": "reverse order: backprop",
    "forward": "topological order: forward mode",
    "markowitz": "Markowitz order: the cheapest vertex next",
    "optimal": "the best order: an exact search",
}
# Orders that take little time on a graph of any size.
DIRECTIONS = ("reverse", "forward", "markowitz")
# What is drawn side by side.
_PAIRS = (("reverse", "forward"), ("markowitz", "optimal"))
NETWORKS = ((2, 4, 2), (2, 2, 2, 2), (4, 4, 4, 3))


@dataclass(frozen=True, slots=True)
class Count:
    """What one order takes on one graph.

    Attributes:
        multiplications, additions: as measured.
    """

    multiplications: int
    additions: int

    @property
    def total(self) -> int:
        """Both together."""
        return self.multiplications + self.additions

    def __str__(self) -> str:
        return f"{self.multiplications:,} ×, {self.additions:,} +"


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """The counts of one graph.

    Attributes:
        title: of the graph.
        orders: by the order; without ``optimal`` where the search would take too long.
        backprop, forward: the methods of these names on the same graph.
    """

    title: str
    orders: dict[str, Count]
    backprop: Count
    forward: Count


@dataclass(frozen=True, slots=True)
class OrdersFound:
    """How the order of an elimination decides its cost.

    Attributes:
        small: on the graph of the pictures, on which neither direction is the best order.
        drops: for each order, the vertices of that graph as they are dropped, with what each takes.
        pictures: SVG of all orders on it, in pairs; none if Graphviz cannot lay them out.
        networks: on networks with one loss.
        jacobian: multiplications and additions of the Jacobian of a network 8-2-8, by order.
        random_graphs: the number of random graphs on which the directions were compared.
        equal: how many of them had the same counts by reverse elimination as by backprop, and by forward
            elimination as by forward mode but for products with a tangent of 1.
    """

    small: OrderCounts
    drops: dict[str, list[tuple[str, int]]]
    pictures: list[str]
    networks: list[OrderCounts]
    jacobian: dict[str, Count]
    random_graphs: int
    equal: int


# ---- measurement ----------------------------------------------------------------------------------


def measure(seed: int = 0, *, random_graphs: int = 50) -> OrdersFound:
    """Eliminate the same graphs in every order, and count.

    Args:
        seed: of the weights, the flower and the random graphs.
        random_graphs: on how many the two directions are compared.
    """
    root, wrt = small_graph()
    problems = [Problem.perceptron(sizes, "ce", "scalar", seed) for sizes in NETWORKS]
    networks = [_counted(f"network {problem.title}", *_flat(problem), DIRECTIONS) for problem in problems]
    return OrdersFound(
        small=_counted("the graph above", root, wrt, list(ORDERS)),
        drops={order: _drops(root, wrt, order) for order in ORDERS},
        pictures=_pictures(root, wrt),
        networks=networks,
        jacobian=_jacobian((8, 2, 8), seed),
        random_graphs=random_graphs,
        equal=sum(_directions_agree(*random_graph(seed + i)) for i in range(random_graphs)),
    )


def small_graph() -> tuple[Value, list[Value]]:
    """A graph on which neither direction is the best order (after Naumann 2004)."""
    p = Value(0.6, name="p")
    a, b = p.sin(), p.cos()
    a.name, b.name = "a", "b"
    c = a.sin()
    c.name = "c"
    d = a - c
    d.name = "d"
    y = b * d
    y.name = "y"
    return y, [p]


def random_graph(seed: int, *, steps: int = 20) -> tuple[Value, list[Value]]:
    """A random graph without parallel edges: these are merged first, which saves multiplications."""
    rng = random.Random(seed)
    leaves = [Value(rng.uniform(0.5, 1.5), name=f"x{i}") for i in range(3)]
    values = list(leaves)
    for _ in range(steps):
        a, b = rng.sample(values, 2)
        values.append(rng.choice([a + b, a * b, a.tanh()]))
    return sum(values[-3:], start=values[0] * values[1]), leaves


def _flat(problem: Problem) -> tuple[Value, list[Value]]:
    root, layers = problem.record()
    return root, [parameter for layer in layers for parameter in layer]


def _counted(title: str, root: Value, wrt: list[Value], orders: Sequence[str]) -> OrderCounts:
    return OrderCounts(
        title,
        {order: _count(root, wrt, f"eliminate-{order}") for order in orders},
        _count(root, wrt, "backprop"),
        _count(root, wrt, "forward"),
    )


def _count(root: Value, wrt: list[Value], method: str) -> Count:
    cost = gradient(root, wrt, method, budget=None).cost
    return Count(cost.multiplications, cost.additions)


def _directions_agree(root: Value, wrt: list[Value]) -> bool:
    """Whether each direction has the counts of its method.

    Forward mode multiplies the tangent 1 of a leaf by each of its edges; an elimination multiplies the one
    edge that is left of a leaf by the seed.
    """
    found = _counted("", root, wrt, ["reverse", "forward"])
    graph = Graph(root)
    leaves = [graph.index(x) for x in wrt if x in graph]
    by_one = sum(source in leaves for source, _ in graph.edges) - len(leaves)
    forward = found.orders["forward"]
    return found.orders["reverse"] == found.backprop and found.forward == Count(
        forward.multiplications + by_one, forward.additions
    )


def _drops(root: Value, wrt: list[Value], order: str) -> list[tuple[str, int]]:
    """The inner vertices in the order they are dropped in, each with its multiplications."""
    graph = Graph(root)
    dropped: dict[str, int] = {}
    for step in walk(root, wrt, f"eliminate-{order}").steps:
        if step.kind in ("bypass", "walk") and step.ends:
            vertex = graph.nodes[step.node if step.kind == "bypass" else step.ends[1]]
            dropped[vertex.name or vertex.op] = dropped.get(vertex.name or vertex.op, 0) + 1
    return list(dropped.items())


def _pictures(root: Value, wrt: list[Value]) -> list[str]:
    """The graph by the two directions, then by the two orders between them."""
    try:
        found = []
        for pair in _PAIRS:
            compared = compare(root, wrt, methods=[f"eliminate-{order}" for order in pair])
            captions = [[ORDERS[o], *c[1:]] for o, c in zip(pair, compared.captions(), strict=True)]
            found.append(side_by_side((compared.left, compared.right), captions))
    except LayoutError:
        return []
    return found


def _jacobian(sizes: Sequence[int], seed: int) -> dict[str, Count]:
    inputs = [Value(0.1 * i - 0.3, name=f"x{i}") for i in range(sizes[0])]
    outputs = list(MLP(sizes, seed=seed, granularity="scalar")(inputs))
    costs = {order: jacobian_by(outputs, inputs, f"eliminate-{order}").cost for order in DIRECTIONS}
    return {order: Count(cost.multiplications, cost.additions) for order, cost in costs.items()}


# ---- report ---------------------------------------------------------------------------------------


def tell(found: OrdersFound) -> list[Part]:
    """Show the one step, then what its order costs."""
    return [
        "In short: backprop and forward mode are the same algorithm, vertex elimination, in two orders. "
        f"On {found.equal} of {found.random_graphs} random graphs each takes exactly as many operations as "
        "its order, except for products with 1. Other orders lie between, and some are cheaper.",
        "Write the local derivative on every edge of the graph. To drop a vertex, multiply each edge into it "
        "by each edge out of it. The product is an edge past the vertex; where there is one already, add it. "
        "When all inner vertices are dropped, the edges left are the derivatives. The result has one more "
        "edge, to a seed 1, so every order begins and ends at the same graph.",
        Verbatim(_program()),
        *_illustrations(found),
        *_tables(found),
        _jacobian_words(found.jacobian),
        "The best order is hard to find: the problem is NP-complete (Naumann, Math. Program. 112, 2008). The "
        "search here tries all sets of dropped vertices, on graphs with up to ten inner vertices. "
        "Elimination: Griewank and Reese 1991; Griewank and Walther, Evaluating Derivatives, 2008, chapters "
        "9 and 10.",
        "To step through an elimination in a browser, edge by edge:",
        Verbatim('viz.report(y, [p], "orders.html", methods=["eliminate-markowitz", "eliminate-reverse"])'),
    ]


def _illustrations(found: OrdersFound) -> list[Part]:
    small = found.small.orders
    return [
        Illustration(
            svg,
            "",
            "One graph in two orders: "
            + " and ".join(
                f"{small[o].multiplications} multiplications in {ORDERS[o].partition(':')[0]}" for o in pair
            )
            + ". Dashed edges are made by the elimination.",
            scrolls=True,
        )
        for svg, pair in zip(found.pictures, (("reverse", "forward"), ("markowitz", "optimal")), strict=False)
    ]


def _tables(found: OrdersFound) -> list[Part]:
    return [
        Table(
            ["order", "vertices dropped, each with its multiplications", "multiplications", "additions"],
            [
                (
                    order,
                    ", ".join(f"{name} {n}" for name, n in found.drops[order]),
                    count.multiplications,
                    count.additions,
                )
                for order, count in found.small.orders.items()
            ],
            "y = b·(a − c) with a = sin p, b = cos p, c = sin a. A vertex takes the product of its edges in "
            "and its edges out. Every drop changes the edges of the vertices that are left.",
        ),
        Table(
            ["graph", "reverse", "backprop", "forward", "forward mode", "Markowitz"],
            [
                (
                    counted.title,
                    str(counted.orders["reverse"]),
                    str(counted.backprop),
                    str(counted.orders["forward"]),
                    str(counted.forward),
                    str(counted.orders["markowitz"]),
                )
                for counted in (found.small, *found.networks)
            ],
            "Multiplications (×) and additions (+), with respect to all parameters. Reverse order never "
            "makes an edge past a vertex: only the number at each vertex, its edge to the seed. The greedy "
            "order of Markowitz can cost more than reverse order.",
        ),
    ]


def _program() -> str:
    return (
        "for v in order:  # reverse: backprop; topological: forward mode\n"
        "    for u in inputs(v):\n"
        "        for w in users(v):\n"
        "            edge[u, w] += edge[u, v] * edge[v, w]\n"
        "    drop(v)"
    )


def _jacobian_words(jacobian: dict[str, Count]) -> str:
    reverse, forward, markowitz = (jacobian[order] for order in DIRECTIONS)
    return (
        "With several results, neither direction need be good. The Jacobian of a network 8-2-8 takes "
        f"{reverse.total:,} multiplications and additions in reverse order, {forward.total:,} in topological "
        f"order, and {markowitz.total:,} in Markowitz order, which works from the narrow layer outwards."
    )


LESSON = Lesson(
    name="orders",
    numbers="Between",
    title="One algorithm, two directions, and the ways between",
    question=(
        "Backprop goes from the result back, forward mode from the inputs on. Are they two algorithms, and "
        "is one of them always the best?"
    ),
    measure=measure,
    tell=tell,
    slip=(
        "Reverse order is not always the best for a gradient. It costs at most a few forward passes on any "
        "graph, which is what makes it useful; the best order can take fewer multiplications."
    ),
)
answer = LESSON.answer

if __name__ == "__main__":
    sys.exit(LESSON.main())
