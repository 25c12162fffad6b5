"""How a picture looks: one style for each kind of value, told apart by colour and by border."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import graphviz

from autograd import Graph, Tensor
from viz.labels import Cell, brief, data_of, escape, plural, printable, shorten
from viz.layout import TIME_LIMIT, LayoutError, layout
from viz.svg import Drawing, document

__all__ = ["Picture", "blank", "box", "compact", "finish", "kind_of", "oval", "summary", "table", "tag"]

FONT = "Helvetica,Arial,sans-serif"

# Colours after Okabe and Ito, "Color universal design", 2008: safe for colour-blind readers. The
# borders alone tell the kinds apart too, on paper without colour. What stands for a colour on a dark
# page is in `viz.svg.DARK`.
STYLES = {
    "input": 'BORDER="1" CELLBORDER="0" CELLSPACING="0" STYLE="ROUNDED" COLOR="#0072B2" BGCOLOR="#DCEBF7"',
    "parameter": 'BORDER="3" CELLBORDER="0" CELLSPACING="0" COLOR="#E69F00" BGCOLOR="#FDF1D8"',
    "constant": 'BORDER="1" CELLBORDER="0" CELLSPACING="0" STYLE="DASHED" COLOR="#555555" BGCOLOR="#EEEEEE"',
    "computed": 'BORDER="1" CELLBORDER="0" CELLSPACING="0" COLOR="#222222" BGCOLOR="#FFFFFF"',
    "result": 'BORDER="1" CELLBORDER="1" CELLSPACING="2" COLOR="#009E73" BGCOLOR="#D9F1E8"',
    "folded": 'BORDER="2" CELLBORDER="0" CELLSPACING="0" STYLE="DOTTED" COLOR="#CC79A7" BGCOLOR="#F8EBF2"',
}


# The same borders in words, for those who do not see the picture.
BORDERS = {
    "input": "rounded",
    "parameter": "thick",
    "constant": "dashed",
    "computed": "thin",
    "result": "double",
}


class Picture(graphviz.Digraph):  # type: ignore[misc]  # graphviz comes without types
    """A graph in DOT. Notebooks show it laid out under the time limit, with or without ``dot``.

    Attributes:
        words: what it shows, for those who do not see it.
    """

    words = ""

    @property
    def identity(self) -> str:
        """An id for the picture in a page, made from what it shows."""
        return f"whygrad-{_digest(self.source + self.words)}"

    def copy(self) -> Picture:
        """Another picture of the same content."""
        other: Picture = super().copy()
        other.words = self.words
        return other

    def drawing(self, *, timeout: float | None = TIME_LIMIT) -> Drawing:
        """The picture laid out, as a piece of SVG.

        Args:
            timeout: the most seconds the layout may take; None: any.

        Raises:
            LayoutError: it could not be laid out, or not in time, or there is nothing to do it with.
        """
        return Drawing.read(layout(self.source, "svg", timeout=timeout))

    def svg(self, *, timeout: float | None = TIME_LIMIT) -> str:
        """The picture as SVG that says what it shows, for a light and for a dark page.

        Args:
            timeout: the most seconds the layout may take; None: any.

        Raises:
            LayoutError: it could not be laid out, or not in time, or there is nothing to do it with.
        """
        return document(self.drawing(timeout=timeout), self.identity, self.name, self.words)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.name}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, str]:
        kind = "image/svg+xml"
        if (include is not None and kind not in include) or kind in (exclude or ()):
            return {}
        try:
            return {kind: self.svg()}
        except LayoutError as error:  # in a notebook a sentence, not a traceback
            return {"text/plain": f"{self!r}\n{error}"}


def blank(title: str) -> Picture:
    """A picture with nothing in it yet."""
    return Picture(
        title,
        graph_attr={"rankdir": "LR", "nodesep": "0.2", "ranksep": "0.35", "fontname": FONT},
        node_attr={"shape": "plain", "fontname": FONT, "fontsize": "12"},
        edge_attr={"fontname": FONT, "fontsize": "10", "color": "#555555", "arrowsize": "0.6"},
    )


def finish(picture: Picture, shown: str, kinds: Collection[str], *notes: str, part: str = "") -> None:
    """Put a sample of each kind and lines of text below a picture, and give it words and ids of its own.

    The ids are made from the content, so that two pictures in one page do not collide, nor do the
    parts of one.

    Args:
        picture: with all that it shows.
        shown: what that is, in words.
        kinds: the kinds of values in it.
        notes: the lines below it.
        part: the end of its ids.
    """
    boxes = [kind for kind in STYLES if kind in kinds]
    picture.attr(label=_legend(boxes, notes), labelloc="b", labeljust="l")
    borders = ", ".join(f"{kind} {BORDERS[kind]}" for kind in boxes)
    picture.words = ". ".join([shown, f"Borders: {borders}", *map(_sentence, notes)]) + "."
    picture.attr(id=f"whygrad-{_digest(picture.source)}{part}")


def summary(graph: Graph, paths: int) -> str:
    """How big a graph is, and what it gives, in words.

    Args:
        graph: the graph.
        paths: how many lead to its result, from the values where paths begin.
    """
    edges = plural(sum(1 for _ in graph.edges), "edge")
    name = f" {printable(shorten(graph.root.name))}" if graph.root.name else ""
    return (
        f"{plural(len(graph), 'value')}, {edges} and {plural(paths, 'path')} "
        f"to the result{name} = {brief(data_of(graph.root))}"
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _sentence(note: str) -> str:
    return note[:1].upper() + note[1:]


def _legend(kinds: Sequence[str], notes: Sequence[str]) -> str:
    samples = "".join(f"<TD>{table(kind, [[kind]])}</TD>" for kind in kinds)
    lines = "".join(f'<TR><TD ALIGN="LEFT">{escape(note)}</TD></TR>' for note in notes)
    return (
        '<<FONT POINT-SIZE="10"><TABLE BORDER="0" CELLSPACING="0" CELLPADDING="2"><TR><TD ALIGN="LEFT">'
        f'<TABLE BORDER="0" CELLSPACING="4" CELLPADDING="0"><TR>{samples}</TR></TABLE></TD></TR>'
        f"{lines}</TABLE></FONT>>"
    )


def kind_of(graph: Graph, index: int, asked: Collection[int]) -> str:
    """The style of a node: ``asked`` holds the places of the values differentiated by."""
    value = graph.nodes[index]
    if value is graph.root:
        return "result"
    if index in asked:
        return "parameter"
    if value.is_constant:
        return "constant"
    return "input" if value.primitive is None else "computed"


def table(kind: str, rows: Iterable[Sequence[Cell]]) -> str:
    """Rows of cells in the style of a kind, as a piece of an HTML-like label."""
    cells = ([f'<TD WIDTH="16"{_padding(cell)}>{_content(cell)}</TD>' for cell in row] for row in rows)
    return f"<TABLE {STYLES[kind]}>" + "".join(f"<TR>{'<VR/>'.join(row)}</TR>" for row in cells) + "</TABLE>"


def _padding(cell: Cell) -> str:
    return "" if isinstance(cell, str) else ' CELLPADDING="5"'


def _content(cell: Cell) -> str:
    """A text, lines of text, or a matrix, as what stands in a cell of an HTML-like label."""
    if isinstance(cell, str):
        return escape(shorten(cell))
    if all(isinstance(line, str) for line in cell):
        return "<BR/>".join(map(_content, cell))
    rows = ("".join(f'<TD ALIGN="RIGHT">{_content(text)}</TD>' for text in row) for row in cell)
    grid = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3">{grid}</TABLE>'


def box(kind: str, *cells: Cell) -> str:
    """One row of cells as a label."""
    return f"<{table(kind, [cells])}>"


def oval(*lines: str) -> dict[str, str]:
    """The attributes of the node of an operation."""
    label = _content(lines)
    return {"label": f"<{label}>", "shape": "ellipse", "margin": "0.03", "height": "0.4", "width": "0.4"}


def tag(text: Cell, room: str = "") -> str:
    """The label of an edge, on white; it takes at least the room of another text."""
    if not text and not room:
        return ""
    if not isinstance(text, str):
        return (
            '<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'
            f'<TR><TD BGCOLOR="#FFFFFF">{_content(text)}</TD></TR><TR><TD HEIGHT="4"></TD></TR></TABLE>>'
        )
    ground = ' BGCOLOR="#FFFFFF"' if text else ""
    width = 6 * max(len(text), len(room)) + 2
    # The empty row below keeps the text off a thick edge.
    return (
        '<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'
        f'<TR><TD FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="11"{ground}>{escape(text)}</TD></TR>'
        f'<TR><TD FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="4"></TD></TR></TABLE>>'
    )


def compact(graph: Graph, index: int, asked: Collection[int], *more: Cell) -> dict[str, str]:
    """The attributes of a node where a value and its operation are one: the symbol, and the name if any.

    An array also has its shape there, or ``more`` cells below its name.
    """
    value, kind = graph.nodes[index], kind_of(graph, index, asked)
    texts = [text for text in (value.op, value.name) if text]
    if not texts or (isinstance(value, Tensor) and value.shape and not more):
        texts.append(brief(data_of(value)))
    if kind == "computed":
        return oval(*texts)
    return {"label": f"<{table(kind, [[cell] for cell in (*texts, *more)])}>"}
