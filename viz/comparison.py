"""`compare`: two methods side by side, the same layout drawn twice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from autograd import Cost, Graph, Node
from autograd.costs.cost import readable
from autograd.differentiation.methods import Method
from viz.dot import Direction, Picture, blank, compact, finish, summary, tag
from viz.edge_uses import Uses, uses, widest
from viz.fold import NODE_BUDGET, Folding, fold
from viz.graph_picture import draw_folded
from viz.labels import plural, printable, shorten
from viz.layout import TIME_LIMIT, LayoutError
from viz.markup import Markup, element
from viz.style import FONT, kind_of
from viz.svg import Drawing, document
from viz.wrt import Wrt, grouped, indices, layers

__all__ = ["Comparison", "compare", "side_by_side"]

THICKEST = 7.0
# The most edges made by an elimination that are drawn one by one. A layout of 450 takes ten seconds.
MADE = 200
NAIVE, BACKPROP = "#D55E00", "#0072B2"
_HEADINGS = {"paths": "naive: every path walked", "backprop": "backprop: every edge walked once"}


@dataclass(frozen=True)
class Comparison:
    """Two methods side by side, in numbers and in pictures; by default the path sum beside backprop.

    Attributes:
        paths: the number of paths from ``wrt`` to the result.
        walked: the number of edges that the first method walks, repeats included.
        edges: the number of edges that the second method walks; backprop walks those on the paths once.
        naive: the cost of the first method; None if it is the path sum, too long to run and not to be
            predicted, as between tensors.
        backprop: the cost of the second method.
        measured: whether the cost of the first method was measured, not predicted.
        left: the graph with edges the thicker, the more often the first method multiplies by them.
        right: the same layout for the second method.
        uses: what each method does with every edge.
    """

    paths: int
    walked: int
    edges: int
    naive: Cost | None
    backprop: Cost | None
    measured: bool
    left: Picture
    right: Picture
    uses: tuple[Uses, Uses] = field(repr=False)

    @property
    def methods(self) -> tuple[str, str]:
        """The names of the methods."""
        return self.uses[0].method, self.uses[1].method

    @cached_property
    def svg(self) -> str:
        """Both pictures side by side as SVG, laid out under the default time limit."""
        return self.compose()

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg
        except LayoutError:  # a notebook then shows the text
            return None

    def captions(self) -> tuple[list[str], list[str]]:
        """The captions above the left and the right picture, line by line."""
        return _caption(self.uses[0], self.paths), _caption(self.uses[1], self.paths)

    def compose(self, *, timeout: float | None = TIME_LIMIT) -> str:
        """Both pictures side by side as SVG.

        Args:
            timeout: the time limit for each layout, in seconds; None: no limit.

        Raises:
            BackendMissingError: neither ``dot`` nor pygraphviz is installed.
            LayoutTimeoutError: a layout took longer than the limit.
            LayoutError: Graphviz refused a graph.
        """
        return side_by_side((self.left, self.right), self.captions(), timeout=timeout)


def _caption(uses: Uses, paths: int) -> list[str]:
    """What a method walks, and what it costs."""
    used = sum(n > 0 for row in uses.edges for n in row)
    made = f" and {readable(len(uses.made))} made by the elimination" if uses.made else ""
    what = plural(paths, "path") if uses.method == "paths" else plural(used, "edge") + made
    repeated = uses.method == "paths" or uses.walked != used
    if repeated and (uses.cost is None or uses.cost.multiplications != uses.walked):
        # Between tensors, where an edge takes many multiplications.
        what += f", {plural(uses.walked, 'edge')} walked"
    heading = _HEADINGS.get(uses.method, printable(shorten(uses.method)))
    return [heading, what, *([_operations(uses)] if uses.cost else [])]


def _operations(uses: Uses) -> str:
    cost = uses.cost
    if cost is None:
        return ""
    products = [plural(cost.multiply_adds, "multiply-add")] if cost.multiply_adds else []
    scalars = [plural(cost.multiplications, "multiplication"), plural(cost.additions, "addition")]
    return f"{', '.join(products + scalars)} ({'measured' if uses.measured else 'predicted'})"


def compare(
    root: Node,
    wrt: Wrt,
    *,
    methods: Sequence[str | Method] = ("paths", "backprop"),
    budget: int | None = NODE_BUDGET,
    direction: Direction = "LR",
) -> Comparison:
    """Compare two methods: by default the path sum, which walks every path, and backprop, every edge once.

    An edge is the thicker the more often the method multiplies by it, and its label counts that if it is
    more than once; edges that it never uses are dotted, and edges that an elimination makes are dashed.
    Between tensors an edge is a linear map of many operations, whose cost is measured, or left out for a path
    sum too long to run.

    A graph over the budget is folded as in `draw`; so is one where an elimination makes over 200 edges,
    unless there is no limit.

    Args:
        root: the result.
        wrt: the values to differentiate by.
        methods: two keys of `METHODS`, such as ``("eliminate-markowitz", "backprop")``, or functions of the
            same signature; the first is drawn on the left.
        budget: the most values to draw one by one; None: no limit.
        direction: where edges lead: "LR" to the right, "TB" down, "RL" to the left, "BT" up.

    Raises:
        BudgetError: a method other than the path sum takes more steps than can be drawn.
        CycleError: a value depends on itself.
        KeyError: there is no such method.
        MutatedError: the data of a leaf was replaced after use.
        TypeError: the root or something in ``wrt`` is not a `Value` or a `Tensor`, or ``methods`` is a text.
        ValueError: the budget is below 1, there are not two methods, or a local derivative is undefined at
            this point.
        ArithmeticError: a local derivative is infinite at this point.
    """
    if isinstance(methods, str):
        raise TypeError(f"methods has two names, not {methods!r:.40} alone: write ('paths', 'backprop')")
    if len(methods) != 2:
        raise ValueError(f"two methods are compared, not {len(methods)}: write ('paths', 'backprop')")
    graph = Graph(root)
    groups = grouped(wrt)
    targets = indices(graph, wrt)
    left, right = (uses(graph, groups, targets, method) for method in methods)
    room = widest([left, right])
    if budget is not None and len(room.made) > MADE:
        budget = min(budget, 1)
    folding = fold(graph, targets, budget, layers(graph, wrt))
    parts = (
        ("naive", "backprop") if (left.method, right.method) == ("paths", "backprop") else ("left", "right")
    )
    panels = [
        _panel(part, graph, folding, targets, found, room, colour, direction)
        for part, found, colour in zip(parts, (left, right), (NAIVE, BACKPROP), strict=True)
    ]
    return Comparison(
        paths=folding.paths,
        walked=left.walked,
        edges=right.walked,
        naive=left.cost,
        backprop=right.cost,
        measured=left.measured,
        left=panels[0],
        right=panels[1],
        uses=(left, right),
    )


def _panel(
    part: str,
    graph: Graph,
    folding: Folding,
    targets: set[int],
    found: Uses,
    room: Uses,
    colour: str,
    direction: Direction,
) -> Picture:
    """One of the two pictures; the edges and labels of both take the same room."""
    picture = blank(f"{part}: graph of {plural(len(graph), 'value')}", direction)
    for i in folding.drawn:
        picture.node(f"n{i}", **compact(graph, i, targets))
    notes = draw_folded(picture, folding)
    times, most_times = _bundled(graph, folding, found), _bundled(graph, folding, room)
    made = {edge for edge in most_times if edge[2] == _MADE}
    most = max(most_times.values(), default=1)
    for edge, widest_count in most_times.items():
        n = times.get(edge)
        pen = {"style": "invis"} if n is None else _pen(n, most, colour)
        if edge in made and n:
            pen |= {"style": "dashed"}
        picture.edge(*edge[:2], label=tag(_times(n or 0), _times(widest_count)), **pen)
    what = "on an edge: how often it is walked, if more than once"
    if 0 in times.values():
        what += "; dotted: never"
    if found.made:
        notes.append("dashed: made by the elimination")
    kinds = {kind_of(graph, i, targets) for i in folding.drawn}
    finish(picture, summary(graph, folding.paths), kinds - {"computed"}, what, *notes, part=f"-{part}")
    return picture


# The number, in place of an input's, of an edge that an elimination makes.
_MADE = -1


def _bundled(graph: Graph, folding: Folding, found: Uses) -> dict[tuple[str, str, int], int]:
    """The uses of each edge drawn, by its ends and a number that tells parallel edges apart.

    Parallel edges between two nodes stay apart; edges between two boxes are one bundle.
    """
    times: dict[tuple[str, str, int], int] = {}

    def add(source: int, user: int, k: int, n: int) -> None:
        tail, head = folding.home[source], folding.home[user]
        if tail == head:
            return
        nodes = folding.clusters[tail].single is not None and folding.clusters[head].single is not None
        key = _name(folding, tail), _name(folding, head), k
        if not nodes and (k != _MADE or (*key[:2], 0) in times):
            key = (*key[:2], 0)
        times[key] = times.get(key, 0) + n

    for i, row in enumerate(found.edges):
        for k, source in enumerate(graph.inputs(i)):
            add(source, i, k, row[k])
    for (source, user), n in found.made.items():
        add(source, user, _MADE, n)
    return times


def _name(folding: Folding, cluster: int) -> str:
    node = folding.clusters[cluster].single
    return f"f{cluster}" if node is None else f"n{node}"


def _pen(walked: int, most: int, colour: str) -> dict[str, str]:
    """A width that grows with the logarithm of the count, up to `THICKEST` for the greatest count."""
    if not walked:
        return {"style": "dotted", "color": "#999999"}
    unit = min(1.0, (THICKEST - 1) / math.log2(most)) if most > 1 else 1.0
    return {"penwidth": f"{1 + unit * math.log2(walked):.2f}", "color": colour}


def _times(walked: int) -> str:
    return f"×{readable(walked)}" if walked > 1 else ""


# In points: around the panels, for a line of a caption, and for a letter, plain and bold.
_MARGIN, _LINE, _GLYPH, _BOLD = 16, 18, 6.5, 8


def side_by_side(
    pictures: Sequence[Picture],
    captions: Sequence[Sequence[str]],
    *,
    timeout: float | None = TIME_LIMIT,
) -> str:
    """Compose pictures side by side in one SVG, with a caption above each; lengths in points.

    Args:
        pictures: pictures made by `draw`, `unfold` or `runs`.
        captions: a caption for each picture, line by line; the first line is its heading.
        timeout: the time limit for each layout, in seconds; None: no limit.

    Raises:
        BackendMissingError: neither ``dot`` nor pygraphviz is installed.
        LayoutTimeoutError: a layout took longer than the limit.
        LayoutError: Graphviz refused a graph.
        ValueError: there are no pictures, or not one caption for each.
    """
    if len(pictures) != len(captions) or not pictures:
        raise ValueError(
            "give at least one picture, and one caption for each: "
            f"not {plural(len(pictures), 'picture')} and {plural(len(captions), 'caption')}"
        )
    drawing = _beside([picture.drawing(timeout=timeout) for picture in pictures], captions)
    title = " beside ".join(lines[0] for lines in captions)
    words = ". ".join(["; ".join(lines) for lines in captions] + [pictures[0].words])
    return document(drawing, f"{pictures[0].identity}-beside", title, words)


def _beside(panels: Sequence[Drawing], captions: Sequence[Sequence[str]]) -> Drawing:
    """Drawings side by side, a caption above each."""
    top = _MARGIN + _LINE * max(map(len, captions))
    x, bottom = float(_MARGIN), 0.0
    drawn = [element("rect", {"width": "100%", "height": "100%", "fill": "white"})]
    for panel, lines in zip(panels, captions, strict=True):
        for i, line in enumerate(lines):
            place = {"x": x, "y": _LINE * (i + 1), "font-family": FONT, "font-size": 13}
            drawn.append(element("text", place | ({} if i else {"font-weight": "bold"}), line))
        drawn.append(panel.at(x, top))
        x += max(panel.width, _BOLD * len(lines[0]), _GLYPH * max(map(len, lines))) + 2 * _MARGIN
        bottom = max(bottom, top + panel.height)
    return Drawing(Markup("\n").join(drawn), x, bottom + _MARGIN)
