"""`explain`: why a derivative is small or large, by the paths that carry it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from autograd import Graph, Node, Tensor
from autograd.differentiation.linearization import Linearization
from autograd.differentiation.methods.backprop import backprop
from autograd.differentiation.path_weights import Edge, Flow, flow, heaviest
from viz.dot import Direction, Picture, blank, compact, finish, summary, tag
from viz.labels import number, plural, printable, shorten
from viz.layout import LayoutError
from viz.markup import Markup, element
from viz.style import kind_of

__all__ = ["Explanation", "Factor", "RankedPath", "explain"]

# Blue where a step multiplies by more than 1, vermilion where it multiplies by less.
_GAIN, _LOSS, _KEPT = "#0072B2", "#D55E00", "#555555"
# The widest edge, in points.
_WIDEST = 6.0
# The paths are said to cancel if less than this fraction of their magnitudes is left.
_CANCELS = 0.1
# How many values a sentence names at most.
_NAMED = 3
# How many factors of a path a line shows at most.
_WRITTEN = 24


@dataclass(frozen=True)
class RankedPath:
    """A path from the value to the result, and its contribution to the derivative.

    Attributes:
        nodes: the values on the path, from the one differentiated by to the result.
        factors: the local derivative of each value by the one before it, without the first.
        share: the magnitude of its product as a fraction of the sum of the magnitudes of all paths.
    """

    nodes: Sequence[Node]
    factors: Sequence[float]
    share: float

    @property
    def product(self) -> float:
        """The product of the factors: the path's contribution to the derivative."""
        return math.prod(self.factors)

    @property
    def steps(self) -> list[tuple[Node, float]]:
        """The values where the magnitude changes, each with its factor, the largest change first."""
        pairs = zip(self.nodes[1:], self.factors, strict=True)
        return sorted((p for p in pairs if abs(p[1]) != 1), key=lambda p: -abs(math.log(abs(p[1]))))


@dataclass(frozen=True)
class Factor:
    """What one kind of operation contributes to a path: a mean over all paths, weighted by magnitude.

    Attributes:
        op: the symbol of the operation.
        times: the mean number of its edges on a path.
        factor: the geometric mean of the product of their magnitudes.
    """

    op: str
    times: float
    factor: float

    def __str__(self) -> str:
        times = f"{self.times:,.1f}".removesuffix(".0")
        steps = f"{times} {'step' if times == '1' else 'steps'}"
        return f"Along a path, {self.op} multiplies by {number(self.factor)} in {steps}."


@dataclass(frozen=True)
class Explanation:
    """Why a derivative has the size it has.

    The derivative is the sum, over all paths, of the products of local derivatives. With each path weighted
    by the magnitude of its product, this holds exactly except for rounding::

        |derivative| = left × effective × typical,     typical = Π factor

    Attributes:
        derivative: of the result by the value.
        paths: the number of paths.
        magnitude: the sum of the magnitudes of all products.
        effective: the number of paths of typical magnitude with the same sum.
        typical: the geometric mean of the magnitudes of the paths, each weighted by its share.
        factors: what each kind of operation contributes to a typical path, the greatest loss first.
        ranked: the paths of largest magnitude, largest first.
        zeros: values with a local derivative of exactly 0 on a path, which cuts the paths there.
        picture: the ranked paths; the more the paths through an edge carry, the wider it is.
    """

    derivative: float
    paths: int
    magnitude: float
    effective: float
    typical: float
    factors: Sequence[Factor]
    ranked: Sequence[RankedPath]
    zeros: Sequence[Node]
    picture: Picture

    @property
    def left(self) -> float:
        """The fraction of the magnitude left after cancelling: the inverse of the sum's condition number."""
        return abs(self.derivative) / self.magnitude if self.magnitude else 0.0

    @cached_property
    def sentences(self) -> list[str]:
        """The explanation in words."""
        found = [f"The derivative is {number(self.derivative)}, the sum over {plural(self.paths, 'path')}."]
        if not self.paths:
            return ["The derivative is 0: the result does not depend on this value."]
        if not self.ranked:
            return [*found, f"Every path has a factor 0, at {_names(self.zeros)}."]
        if self.left < _CANCELS:
            found.append(
                f"The paths cancel: their magnitudes add up to {number(self.magnitude)}, of which "
                f"{self.left:.1%} is left."
            )
        if self.paths > 1:
            found.append(
                f"A typical path carries {number(self.typical)}; about {number(round(self.effective, 1))} "
                "such paths would make the sum."
            )
        found += [str(factor) for factor in self.factors if not math.isclose(factor.factor, 1)]
        if self.zeros:
            found.append(f"Other paths are cut by a factor 0, as at {_names(self.zeros)}.")
        return found

    def __str__(self) -> str:
        lines = [*self.sentences, ""] if self.ranked else self.sentences
        for place, path in enumerate(self.ranked, start=1):
            lines.append(
                f"{place}. {number(path.product)}, {path.share:.1%} of the magnitude: {_route(path)}"
            )
        return "\n".join(lines)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        bundle = {"text/plain": str(self)}
        try:
            drawn = Markup(self.picture.svg())
        except LayoutError:  # without Graphviz the words remain
            drawn = Markup()
        words = [element("p", None, sentence) for sentence in self.sentences]
        bundle["text/html"] = element("div", None, *words, self._table(), drawn)
        return bundle

    def _table(self) -> Markup:
        head = [element("th", {"scope": "col"}, text) for text in ("path", "product", "share")]
        rows = [
            element(
                "tr",
                None,
                element("td", {"style": "text-align:left"}, _route(path)),
                element("td", None, number(path.product)),
                element("td", None, f"{path.share:.1%}"),
            )
            for path in self.ranked
        ]
        return element("table", None, element("tr", None, *head), *rows) if rows else Markup()


def explain(root: Node, value: Node, *, most: int = 5, direction: Direction = "LR") -> Explanation:
    """Explain the size of a derivative: the paths that carry most of it, and where they lose or gain.

    It is exact for any number of paths, since none is walked: it takes three sweeps, and about ``most`` more
    for the ranking.

    Args:
        root: the result, a `Value`.
        value: what to differentiate by, such as a weight, or any value on the way to the result.
        most: how many paths to rank and draw at most.
        direction: where edges lead in the picture: "LR" to the right, "TB" down, "RL" to the left, "BT" up.

    Raises:
        ArithmeticError, ValueError: a local derivative is not finite at this point.
        CycleError: a value depends on itself.
        MutatedError: the data of a leaf was replaced after use.
        TypeError: the root or the value is not a `Value`.
        ValueError: ``most`` is below 1, or there is no such direction.

    Examples:
        >>> from autograd import Value
        >>> x = Value(3.0, name="x")
        >>> print(explain((x * 0.5).tanh() * 0.1, x))
        The derivative is 0.009035, the sum over 1 path.
        Along a path, * multiplies by 0.05 in 2 steps.
        Along a path, tanh multiplies by 0.1807 in 1 step.
        <BLANKLINE>
        1. 0.009035, 100.0% of the magnitude: x · 0.5 (*) · 0.1807 (tanh) · 0.1 (*)
    """
    for node in (root, value):
        if isinstance(node, Tensor) or not isinstance(node, Node):
            raise TypeError(
                f"explain needs two Values, not a {type(node).__name__}: run the program on Values, as made "
                "by values(array)"
            )
    if most < 1:
        raise ValueError(f"most must be at least 1, the number of paths to rank, not {most}")
    graph = Graph(root)
    linearization = Linearization(graph, [[value]], recorded=False)
    if not linearization.targets:
        return Explanation(0.0, 0, 0.0, 0.0, 0.0, [], [], [], _draw(graph, value, [], Counter(), direction))
    edges = linearization.edges
    nodes = [linearization.node(v) for v in range(len(edges))]
    for node, inputs in zip(nodes, edges, strict=True):
        if not all(math.isfinite(derivative) for _, derivative in inputs):
            raise ValueError(
                f"a local derivative of {_name(node)} is not finite at this point, so paths have no weights: "
                "choose another point"
            )
    (target,) = linearization.targets
    carried = flow(edges, target)
    routes = [[(nodes[e.source], nodes[e.user], e) for e in path] for path in heaviest(edges, target, most)]
    ranked = [_ranked(value, route, carried) for route in routes]
    shares: Counter[Edge] = Counter()
    for edge, share in carried.shares:
        shares[edge] += share  # type: ignore[assignment]  # of parallel edges together
    return Explanation(
        derivative=float(backprop(linearization)[0]),
        paths=graph.count_paths(value),
        magnitude=carried.magnitude,
        effective=carried.effective,
        typical=carried.typical,
        factors=_factors(nodes, carried),
        ranked=ranked,
        zeros=[v for v, inputs in zip(nodes, edges, strict=True) if any(d == 0 for _, d in inputs)],
        picture=_draw(graph, value, routes, shares, direction),
    )


# A step of a path: an input, its user, and the edge between them.
Step = tuple[Node, Node, Edge]


def _ranked(value: Node, route: Sequence[Step], carried: Flow) -> RankedPath:
    share = math.exp(sum(edge.weight for *_, edge in route) - carried.weight)
    return RankedPath([value, *(v for _, v, _ in route)], [e.derivative for *_, e in route], share)


def _factors(nodes: Sequence[Node], carried: Flow) -> list[Factor]:
    """The mean factor of each kind of operation, the greatest loss first."""
    times: dict[str, float] = {}
    logarithms: dict[str, float] = {}
    for edge, share in carried.shares:
        op = printable(nodes[edge.user].op)
        times[op] = times.get(op, 0.0) + share
        logarithms[op] = logarithms.get(op, 0.0) + share * edge.weight
    return [
        Factor(op, times[op], math.exp(logarithms[op])) for op in sorted(times, key=logarithms.__getitem__)
    ]


def _name(node: Node) -> str:
    """The name of a value, or its operation."""
    return printable(shorten(node.name or node.op or number(node.data)))


def _names(nodes: Sequence[Node]) -> str:
    """The names of the first of some values."""
    shown = ", ".join(dict.fromkeys(map(_name, nodes[:_NAMED])))
    return shown if len(nodes) <= _NAMED else f"{shown} and {len(nodes) - _NAMED:,} more"


def _route(path: RankedPath) -> str:
    """A path in one line: its values and factors, without those that change nothing."""
    pairs = zip(path.nodes[1:], path.factors, strict=True)
    steps = [f"{number(factor)} ({_name(node)})" for node, factor in pairs if factor != 1]
    if len(steps) > _WRITTEN:
        half = _WRITTEN // 2
        steps[half:-half] = [f"… {len(steps) - 2 * half:,} more …"]
    return " · ".join([_name(path.nodes[0]), *steps])


# ---- the picture ----------------------------------------------------------------------------------


def _draw(
    graph: Graph,
    value: Node,
    routes: Sequence[Sequence[Step]],
    shares: Mapping[Edge, float],
    direction: Direction,
) -> Picture:
    """Draw the ranked paths, without values that pass on one input unchanged."""
    picture = blank(f"the {plural(len(routes), 'path')} that carry most", direction)
    lines = _lines(routes, {value, graph.root})
    ends = [value, *(v for line in lines for v in (line.source, line.user)), graph.root]
    places = {node: graph.index(node) for node in dict.fromkeys(ends) if node in graph}
    targets = {places[value]} if value in places else set()
    for i in places.values():
        picture.node(f"n{i}", **compact(graph, i, targets))
    for line in lines:
        factor = abs(line.edge.derivative)
        picture.edge(
            f"n{places[line.source]}",
            f"n{places[line.user]}",
            label=tag(number(line.edge.derivative)),
            color=_KEPT if factor == 1 else _GAIN if factor > 1 else _LOSS,
            penwidth=f"{1 + (_WIDEST - 1) * shares.get(line.edge, 0.0):.2f}",
        )
    kinds = {kind_of(graph, i, targets) for i in places.values()} - {"computed"}
    notes = [
        "on an edge: its local derivative; vermilion: magnitude below 1, blue: above",
        "wide: the paths through it carry much",
    ]
    if len(lines) < len({step for route in routes for step in route}):
        notes.append("values that pass on one input unchanged are left out")
    finish(picture, summary(graph, graph.count_paths(value) if value in graph else 0), kinds, *notes)
    return picture


@dataclass(frozen=True, slots=True)
class DrawnEdge:
    """A drawn edge: its ends, and the edge of the graph whose derivative and share it shows."""

    source: Node
    user: Node
    edge: Edge


def _lines(routes: Sequence[Sequence[Step]], kept: set[Node]) -> list[DrawnEdge]:
    """The edges of some paths, without the values that pass on one input unchanged to one user."""
    lines = [
        DrawnEdge(u, v, edge) for u, v, edge in dict.fromkeys(step for route in routes for step in route)
    ]
    into, out = Counter(line.user for line in lines), Counter(line.source for line in lines)
    before: dict[Node, Node] = {}  # a value that is left out, and its one input
    for line in lines:
        v = line.user
        if v not in kept and into[v] == out[v] == 1 and line.edge.derivative == 1:
            before[v] = line.source
    drawn = []
    for line in lines:
        if line.user in before:
            continue
        source = line.source
        while source in before:
            source = before[source]
        drawn.append(DrawnEdge(source, line.user, line.edge))
    return drawn
