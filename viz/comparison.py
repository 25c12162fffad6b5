"""`compare`: the naive method beside backprop, the same layout drawn twice."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from autograd import Cost, Graph, Node, Tensor, gradient, predict
from autograd.costs.cost import readable
from viz.dot import Direction, Picture, blank, compact, finish, summary, tag
from viz.fold import NODE_BUDGET, Folding, fold
from viz.graph_picture import draw_folded
from viz.labels import plural
from viz.layout import TIME_LIMIT, LayoutError
from viz.markup import Markup, element
from viz.style import FONT, kind_of
from viz.svg import Drawing, document
from viz.wrt import Wrt, grouped, indices, layers

__all__ = ["Comparison", "compare", "side_by_side", "walk_counts"]

# The most operations of a path sum that is run for a picture; the cost of a longer one is predicted.
# Between tensors, where it cannot be predicted, the path sum may walk this many times backprop's edges.
MEASURED = 10**5
TIMES_BACKPROP = 100
THICKEST = 7.0
NAIVE, BACKPROP = "#D55E00", "#0072B2"


@dataclass(frozen=True)
class Comparison:
    """The path sum beside backprop, in numbers and in pictures.

    Attributes:
        paths: the number of paths from ``wrt`` to the result.
        walked: the number of edges that the path sum walks, repeats included.
        edges: the number of edges on these paths, each of which backprop walks once.
        naive: the cost of the path sum; None if it is too long to run and cannot be predicted, as
            between tensors.
        backprop: the measured cost of backprop.
        measured: whether the cost of the path sum was measured, not predicted.
        left: the graph with edges the thicker, the more often the naive method walks them.
        right: the same layout with every edge walked once.
    """

    paths: int
    walked: int
    edges: int
    naive: Cost | None
    backprop: Cost
    measured: bool
    left: Picture
    right: Picture

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
        left, right = [plural(self.paths, "path")], [plural(self.edges, "edge")]
        if self.naive is None or self.naive.multiplications != self.walked:
            # Between tensors, where an edge takes many multiplications.
            left[0] += f", {plural(self.walked, 'edge')} walked"
        if self.naive is not None:
            left.append(_operations(self.naive, "measured" if self.measured else "predicted"))
        right.append(_operations(self.backprop, "measured"))
        return ["naive: every path walked", *left], ["backprop: every edge walked once", *right]

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


def _operations(cost: Cost, origin: str) -> str:
    products = [plural(cost.multiply_adds, "multiply-add")] if cost.multiply_adds else []
    scalars = [plural(cost.multiplications, "multiplication"), plural(cost.additions, "addition")]
    return f"{', '.join(products + scalars)} ({origin})"


def compare(
    root: Node, wrt: Wrt, *, budget: int | None = NODE_BUDGET, direction: Direction = "LR"
) -> Comparison:
    """Compare the path sum, which walks every path, with backprop, which walks every edge once.

    On the left, an edge is the thicker the more often it is walked, and its label counts the walks if
    there are several; edges that neither method walks are dotted. Between tensors an edge is a linear map
    of many operations, whose cost is measured, or left out for a path sum too long to run.

    A graph over the budget is folded as in `draw`.

    Args:
        root: the result.
        wrt: the values to differentiate by.
        budget: the most values to draw one by one; None: no limit.
        direction: where edges lead: "LR" to the right, "TB" down, "RL" to the left, "BT" up.

    Raises:
        CycleError: a value depends on itself.
        MutatedError: the data of a leaf was replaced after use.
        TypeError: the root or something in ``wrt`` is not a `Value` or a `Tensor`.
        ValueError: the budget is below 1, or a local derivative is undefined at this point.
        ArithmeticError: a local derivative is infinite at this point.
    """
    graph = Graph(root)
    groups = grouped(wrt)
    targets = indices(graph, wrt)
    folding = fold(graph, targets, budget, layers(graph, wrt))
    naive = walk_counts(graph, targets)
    once = [[int(n > 0) for n in row] for row in naive]
    walked, edges = sum(map(sum, naive)), sum(map(sum, once))
    cost, measured = _path_sum(root, groups, walked, edges)
    return Comparison(
        paths=folding.paths,
        walked=walked,
        edges=edges,
        naive=cost,
        backprop=gradient(root, groups, "backprop").cost,
        measured=measured,
        left=_panel("naive", graph, folding, targets, naive, naive, NAIVE, direction),
        right=_panel("backprop", graph, folding, targets, once, naive, BACKPROP, direction),
    )


def _path_sum(root: Node, wrt: list[list[Node]], walked: int, edges: int) -> tuple[Cost | None, bool]:
    """The cost of the path sum, and whether it was run to measure it."""
    if isinstance(root, Tensor):
        # No prediction: `predict` counts an edge as one operation, which between arrays it is not.
        short = walked <= min(MEASURED, TIMES_BACKPROP * edges)
        return (gradient(root, wrt, "paths").cost, True) if short else (None, False)
    cost = predict(root, wrt, "paths")
    short = cost.multiplications + cost.additions <= MEASURED
    return (gradient(root, wrt, "paths").cost if short else cost), short


def walk_counts(graph: Graph, targets: set[int]) -> list[list[int]]:
    """For every node and each of its inputs, how often the path sum walks the edge between them.

    This is the number of paths from the node to the result, times the number of paths to the input
    from the targets. The sum over all edges is the path sum's number of multiplications.

    Args:
        graph: the graph.
        targets: the indices of the values to differentiate by.
    """
    onward = graph.path_counts()
    arrivals = [0] * len(graph)
    table = []
    for i in range(len(graph)):
        inputs = graph.inputs(i)
        arrivals[i] = (i in targets) + sum(arrivals[source] for source in inputs)
        table.append([onward[i] * arrivals[source] for source in inputs])
    return table


def _panel(
    part: str,
    graph: Graph,
    folding: Folding,
    targets: set[int],
    walked: list[list[int]],
    widest: list[list[int]],
    colour: str,
    direction: Direction,
) -> Picture:
    """One of the two pictures; the labels of both leave room for the counts in ``widest``."""
    picture = blank(f"{part}: graph of {plural(len(graph), 'value')}", direction)
    for i in folding.drawn:
        picture.node(f"n{i}", **compact(graph, i, targets))
    notes = draw_folded(picture, folding)
    times, room = _bundled(graph, folding, walked), _bundled(graph, folding, widest)
    most = max(room.values(), default=1)
    for edge, n in times.items():
        picture.edge(*edge[:2], label=tag(_times(n), _times(room[edge])), **_pen(n, most, colour))
    what = "on an edge: how often it is walked, if more than once"
    if 0 in times.values():
        what += "; dotted: never"
    kinds = {kind_of(graph, i, targets) for i in folding.drawn}
    finish(picture, summary(graph, folding.paths), kinds - {"computed"}, what, *notes, part=f"-{part}")
    return picture


def _bundled(graph: Graph, folding: Folding, walked: list[list[int]]) -> Counter[tuple[str, str, int]]:
    """The walks over each edge drawn, by its ends and a number that tells parallel edges apart.

    Parallel edges between two nodes stay apart; edges between two boxes are one bundle.
    """
    times: Counter[tuple[str, str, int]] = Counter()
    for i, row in enumerate(walked):
        for k, source in enumerate(graph.inputs(i)):
            tail, head = folding.home[source], folding.home[i]
            if tail == head:
                continue
            nodes = folding.clusters[tail].single is not None and folding.clusters[head].single is not None
            times[_name(folding, tail), _name(folding, head), k if nodes else 0] += row[k]
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


# In points: around the panels, for a line of a caption, and for a letter.
_MARGIN, _LINE, _GLYPH = 16, 18, 6.5


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
        x += max(panel.width, _GLYPH * max(map(len, lines))) + 2 * _MARGIN
        bottom = max(bottom, top + panel.height)
    return Drawing(Markup("\n").join(drawn), x, bottom + _MARGIN)
