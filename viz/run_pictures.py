"""`runs`: what several ways of differentiating gave, node by node, on one layout drawn once for each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd import BudgetError, Graph, Node
from autograd.cost import readable
from viz.derivatives import edge_labels, key, local_derivatives
from viz.fold import NODE_BUDGET
from viz.labels import brief, data_of, escape, shorten
from viz.style import STYLES, Picture, blank, finish, kind_of, summary, tag
from viz.wrt import Wrt, places

__all__ = ["Run", "runs"]

# Vermilion, of the same safe colours as the kinds; the words and the width of the border say it too.
MARK = "#D55E00"
_GLYPH, _LINE = 8, 18  # points: the room of a letter, and of a line


@dataclass(frozen=True)
class Run:
    """What one way of differentiating gave.

    Attributes:
        adjoints: the derivative of the result by each node; where there is none, the box stays empty.
        marks: a word or two about a node, as "wrong": they stand in its box, which has a thick border.
    """

    adjoints: Mapping[Node, Any]
    marks: Mapping[Node, str] = field(default_factory=dict)


def runs(
    root: Node,
    given: Sequence[Run],
    *,
    wrt: Wrt = (),
    budget: int | None = NODE_BUDGET,
) -> list[Picture]:
    """One picture a run, all of the same layout, for `side_by_side`.

    A box has the operation, the name and the adjoint; constants, which have none, their number. An
    edge carries its local derivative, as in `draw`.

    Args:
        root: the result.
        given: the runs; adjoints of nodes that the result does not depend on are left out.
        wrt: the values shown as parameters.
        budget: the most values to draw; None: any number.

    Raises:
        BudgetError: the graph has more values than the budget; nothing was drawn.
        CycleError: a value depends on itself.
        TypeError: the root or something in ``wrt`` is not a `Value` or a `Tensor`.
    """
    graph = Graph(root)
    asked = places(graph, wrt)
    if budget is not None and len(graph) > budget:
        raise BudgetError(
            f"a run is drawn value by value, and the graph has {readable(len(graph))}, over the budget of "
            f"{budget:,}: take a smaller graph, or raise the budget",
            predicted=len(graph),
            budget=budget,
        )
    pictures = [_picture(graph, asked, given, place) for place in range(len(given))]
    kinds = {kind_of(graph, i, asked) for i in range(len(graph))}
    counts = graph.path_counts()
    shown = summary(graph, sum(counts[i] for i in asked))
    what = "operation, name and adjoint; on each edge its local derivative"
    # The same run may stand beside others elsewhere in a page, so its id depends on these too.
    together = hashlib.sha256("".join(picture.source for picture in pictures).encode()).hexdigest()[:12]
    for place, picture in enumerate(pictures):
        finish(picture, shown, kinds, what, *key(graph), part=f"-{together}-{place}")
    return pictures


def _picture(graph: Graph, asked: set[int], given: Sequence[Run], place: int) -> Picture:
    picture = blank(f"run {place + 1}: the adjoints of {readable(len(graph))} values")
    for i, node in enumerate(graph.nodes):
        picture.node(f"n{i}", label=_label(graph, i, asked, given, place))
        for j, text in zip(graph.inputs(i), edge_labels(node, local_derivatives(node)), strict=True):
            picture.edge(f"n{j}", f"n{i}", label=tag(text))
    return picture


def _label(graph: Graph, index: int, asked: set[int], given: Sequence[Run], place: int) -> str:
    """A box with room for what any run says there, so that the layout is the same for all of them."""
    node = graph.nodes[index]
    lines = [text for text in (node.op, node.name) if text] or [brief(data_of(node))]
    adjoints = ["" if node not in run.adjoints else brief(run.adjoints[node]) for run in given]
    marks = [shorten(run.marks.get(node, "")) for run in given]
    rows = [f'<TR><TD WIDTH="24">{escape(shorten(line))}</TD></TR>' for line in lines]
    said = _row(adjoints, place) + _row(marks, place, "<B>", "</B>")
    style = STYLES[kind_of(graph, index, asked)]
    box = f"<TABLE {style}>{'<HR/>'.join(rows + [said] * bool(said))}</TABLE>"
    # Where there is no border there is as much room.
    border = f'BORDER="4" CELLPADDING="0" COLOR="{MARK}"' if marks[place] else 'BORDER="0" CELLPADDING="4"'
    return f'<<TABLE {border} CELLBORDER="0" CELLSPACING="0"><TR><TD>{box}</TD></TR></TABLE>>'


def _row(texts: Sequence[str], place: int, before: str = "", after: str = "") -> str:
    """The text of one run, in a cell with room for that of any; no row if none says anything."""
    width = _GLYPH * max(map(len, texts)) + 8
    text = f"{before}{escape(texts[place])}{after}" if texts[place] else ""
    return f'<TR><TD FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{_LINE}">{text}</TD></TR>' if any(texts) else ""
