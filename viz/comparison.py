"""`compare`: the naive method beside backprop, on one layout drawn twice."""

from __future__ import annotations

import html
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from autograd import Cost, Graph, Node, Tensor, gradient, predict
from autograd.cost import readable
from viz.fold import NODE_BUDGET, Folding, fold
from viz.graph_picture import draw_folded
from viz.labels import plural
from viz.layout import TIME_LIMIT, LayoutError
from viz.style import FONT, Picture, blank, compact, finish, kind_of, summary, tag
from viz.svg import Drawing, document
from viz.wrt import Wrt, grouped, layers, places

__all__ = ["Comparison", "compare", "side_by_side", "walks"]

# The most operations of a path sum that are run for a picture; a longer one is predicted. One of
# tensors may take this many times the steps of backprop, however big they are.
MEASURED = 10**5
TIMES_BACKPROP = 100
THICKEST = 7.0
NAIVE, BACKPROP = "#D55E00", "#0072B2"


@dataclass(frozen=True)
class Comparison:
    """The path sum beside backprop, in numbers and in a picture.

    Attributes:
        paths: how many paths lead from the values asked for to the result.
        walked: how many edges the path sum walks, repeats included.
        edges: how many there are to walk, which is how many backprop walks.
        naive: the cost of the path sum; None where it is too long to run and cannot be predicted, as
            that of tensors.
        backprop: the cost of backprop, measured.
        measured: whether the cost of the path sum was measured too; if not, it was predicted.
        left: the graph with every edge as thick as the naive method walks it often.
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
        """The two side by side as SVG, laid out under the default time limit."""
        return self.compose()

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg
        except LayoutError:  # a notebook then shows the text
            return None

    def captions(self) -> tuple[list[str], list[str]]:
        """What stands above the left and the right picture, line by line."""

        def costs(cost: Cost, origin: str) -> str:
            products = [plural(cost.multiply_adds, "multiply-add")] if cost.multiply_adds else []
            scalars = [plural(cost.multiplications, "multiplication"), plural(cost.additions, "addition")]
            return f"{', '.join(products + scalars)} ({origin})"

        left, right = [plural(self.paths, "path")], [plural(self.edges, "edge")]
        if self.naive is None or self.naive.multiplications != self.walked:
            # Of tensors: one edge is many multiplications.
            left[0] += f", {plural(self.walked, 'edge')} walked"
        if self.naive is not None:
            left.append(costs(self.naive, "measured" if self.measured else "predicted"))
        right.append(costs(self.backprop, "measured"))
        return ["naive: every path walked", *left], ["backprop: every edge walked once", *right]

    def compose(self, *, timeout: float | None = TIME_LIMIT) -> str:
        """The two side by side as SVG.

        Args:
            timeout: the most seconds each layout may take; None: any.

        Raises:
            LayoutError: one could not be laid out, or not in time, or there is nothing to do it with.
        """
        return side_by_side((self.left, self.right), self.captions(), timeout=timeout)


def compare(root: Node, wrt: Wrt, *, budget: int | None = NODE_BUDGET) -> Comparison:
    """The path sum (every path walked) beside backprop (every edge walked once), on the same layout.

    On the left an edge is the thicker the more often it is walked, and says how often if not once;
    edges that neither walks are dotted. Between tensors an edge is a linear map, which takes many
    operations: what they cost is measured, or, of a path sum too long to run, left out.

    Above the budget, values are folded as in `draw`.

    Args:
        root: the result.
        wrt: the values to differentiate by.
        budget: the most values to draw one by one; None: any number.

    Raises:
        CycleError: a value depends on itself.
        TypeError: the root or something in ``wrt`` is not a `Value` or a `Tensor`.
        ValueError: the budget is below 1, or a local derivative is undefined at this point.
        ArithmeticError: a local derivative is infinite at this point.
    """
    graph = Graph(root)
    groups = grouped(wrt)
    asked = places(graph, wrt)
    folding = fold(graph, asked, budget, layers(graph, wrt))
    naive = walks(graph, asked)
    once = [[int(n > 0) for n in row] for row in naive]
    walked, edges = sum(map(sum, naive)), sum(map(sum, once))
    cost, measured = _path_sum(root, groups, walked, edges)
    return Comparison(
        paths=sum(folding.paths),
        walked=walked,
        edges=edges,
        naive=cost,
        backprop=gradient(root, groups, "backprop").cost,
        measured=measured,
        left=_panel("naive", graph, folding, asked, naive, naive, NAIVE),
        right=_panel("backprop", graph, folding, asked, once, naive, BACKPROP),
    )


def _path_sum(root: Node, wrt: list[list[Node]], walked: int, edges: int) -> tuple[Cost | None, bool]:
    """The cost of the path sum, and whether it was run to measure it."""
    if isinstance(root, Tensor):
        # A prediction counts an edge as one operation, which between arrays it is not.
        short = walked <= min(MEASURED, TIMES_BACKPROP * edges)
        return (gradient(root, wrt, "paths").cost, True) if short else (None, False)
    cost = predict(root, wrt, "paths")
    short = cost.multiplications + cost.additions <= MEASURED
    return (gradient(root, wrt, "paths").cost if short else cost), short


def walks(graph: Graph, asked: set[int]) -> list[list[int]]:
    """For every node and each of its inputs, how often the path sum walks the edge between them.

    That is the number of ways on from the node to the result, times the number of ways there from
    the values asked for; their sum over all edges is the path sum's number of multiplications.

    Args:
        graph: the graph.
        asked: the places of the values asked for.
    """
    onward = graph.path_counts()
    arrivals = [0] * len(graph)
    table = []
    for i in range(len(graph)):
        inputs = graph.inputs(i)
        arrivals[i] = (i in asked) + sum(arrivals[source] for source in inputs)
        table.append([onward[i] * arrivals[source] for source in inputs])
    return table


def _panel(
    part: str,
    graph: Graph,
    folding: Folding,
    asked: set[int],
    walked: list[list[int]],
    widest: list[list[int]],
    colour: str,
) -> Picture:
    """One of the two pictures; ``widest`` holds the counts that the labels leave room for, in both."""
    picture = blank(f"{part}: graph of {plural(len(graph), 'value')}")
    kinds = {kind_of(graph, i, asked) for i in folding.drawn}
    for i in folding.drawn:
        picture.node(f"n{i}", **compact(graph, i, asked))
    notes = draw_folded(picture, folding)
    # Parallel edges between two values stay apart; those that touch a folded box are one bundle.
    times: Counter[tuple[str, str, int]] = Counter()
    room: Counter[tuple[str, str, int]] = Counter()
    for i in range(len(graph)):
        for k, source in enumerate(graph.inputs(i)):
            tail, head = folding.home[source], folding.home[i]
            if tail != head:
                single = folding.node(tail) is not None and folding.node(head) is not None
                edge = (_name(folding, tail), _name(folding, head), k if single else 0)
                times[edge] += walked[i][k]
                room[edge] += widest[i][k]
    most = max(room.values(), default=1)
    for edge, n in times.items():
        picture.edge(*edge[:2], label=tag(_times(n), _times(room[edge])), **_pen(n, most, colour))
    key = "on an edge: how often it is walked, if more than once"
    if 0 in times.values():
        key += "; dotted: never"
    shown = summary(graph, sum(folding.paths))
    finish(picture, shown, kinds - {"computed"}, key, *notes, part=f"-{part}")
    return picture


def _name(folding: Folding, box: int) -> str:
    node = folding.node(box)
    return f"f{box}" if node is None else f"n{node}"


def _pen(walked: int, most: int, colour: str) -> dict[str, str]:
    """Thicker with the logarithm of the count; never thicker than the edge walked most often may be."""
    if not walked:
        return {"style": "dotted", "color": "#999999"}
    unit = min(1.0, (THICKEST - 1) / math.log2(most)) if most > 1 else 1.0
    return {"penwidth": f"{1 + unit * math.log2(walked):.2f}", "color": colour}


def _times(walked: int) -> str:
    return f"×{readable(walked)}" if walked > 1 else ""


_MARGIN, _LINE, _GLYPH = 16, 18, 6.5


def side_by_side(
    pictures: Sequence[Picture],
    captions: Sequence[Sequence[str]],
    *,
    timeout: float | None = TIME_LIMIT,
) -> str:
    """Pictures beside each other in one SVG, a caption above each; lengths in points.

    Args:
        pictures: what `draw`, `unfold` or `runs` gave.
        captions: of each picture, line by line; the first line is its heading.
        timeout: the most seconds each layout may take; None: any.

    Raises:
        LayoutError: one could not be laid out, or not in time, or there is nothing to do it with.
        ValueError: there are not as many captions as pictures, or there are none.
    """
    if len(pictures) != len(captions) or not pictures:
        raise ValueError(
            "each picture has one caption, and there is at least one: "
            f"not {plural(len(pictures), 'picture')} and {plural(len(captions), 'caption')}"
        )
    drawing = _beside([picture.drawing(timeout=timeout) for picture in pictures], captions)
    title = " beside ".join(lines[0] for lines in captions)
    words = ". ".join(["; ".join(lines) for lines in captions] + [pictures[0].words])
    return document(drawing, f"{pictures[0].identity}-beside", title, words)


def _beside(panels: Sequence[Drawing], captions: Sequence[Sequence[str]]) -> Drawing:
    """Drawings beside each other in one, a caption above each."""
    top = _MARGIN + _LINE * max(map(len, captions))
    x, bottom, drawn = float(_MARGIN), 0.0, ['<rect width="100%" height="100%" fill="white"/>']
    for panel, lines in zip(panels, captions, strict=True):
        for i, line in enumerate(lines):
            weight = ' font-weight="bold"' if i == 0 else ""
            drawn.append(
                f'<text x="{x:g}" y="{_LINE * (i + 1):g}" font-family="{FONT}" font-size="13"{weight}>'
                f"{html.escape(line)}</text>"
            )
        drawn.append(panel.at(x, top))
        x += max(panel.width, _GLYPH * max(map(len, lines))) + 2 * _MARGIN
        bottom = max(bottom, top + panel.height)
    return Drawing("\n".join(drawn), x, bottom + _MARGIN)
