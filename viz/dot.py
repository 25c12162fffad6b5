"""Write DOT: pictures and their HTML-like labels.

Every attribute that shows text is made here. Ids are numbers of nodes in topological order, so that the
same graph always gives the same DOT; a user's name is never an id or an attribute, only escaped text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, get_args

import graphviz

from autograd import Graph, Tensor
from viz.labels import Cell, brief, data_of, plural, printable, shorten
from viz.layout import TIME_LIMIT, BackendMissingError, LayoutError, layout
from viz.markup import Markup, element, escape
from viz.style import FONT, KINDS, kind_of
from viz.svg import Drawing, document

__all__ = [
    "Direction",
    "Picture",
    "blank",
    "box",
    "compact",
    "digest",
    "finish",
    "marked_box",
    "oval",
    "summary",
    "tag",
    "text",
]

# Where edges lead, as Graphviz names it: from left to right, from top to bottom, and back.
Direction = Literal["LR", "TB", "RL", "BT"]

# Vermilion, another colour of the safe palette; the text and the width of the border mark the box too.
MARK = "#D55E00"
# The room for a letter and for a line, in points.
_GLYPH, _LINE = 8, 18
_BARE = {"BORDER": 0, "CELLBORDER": 0, "CELLSPACING": 0}


class Picture(graphviz.Digraph):  # type: ignore[misc]  # graphviz comes without types
    """A graph in DOT. A notebook shows it laid out under the time limit, with or without ``dot``.

    Attributes:
        words: a description of the picture, for readers who do not see it.
    """

    words = ""

    @property
    def identity(self) -> str:
        """An id for the picture in a page, made from its content."""
        return f"whygrad-{digest(self.source + self.words)}"

    def copy(self) -> Picture:
        """Another picture with the same content."""
        other: Picture = super().copy()
        other.words = self.words
        return other

    def drawing(self, *, timeout: float | None = TIME_LIMIT) -> Drawing:
        """Lay the picture out, as a piece of SVG.

        Args:
            timeout: the time limit for the layout, in seconds; None: no limit.

        Raises:
            BackendMissingError: neither ``dot`` nor pygraphviz is installed.
            LayoutTimeoutError: the layout took longer than the limit.
            LayoutError: Graphviz refused the graph.
        """
        return Drawing.read(layout(self.source, "svg", timeout=timeout))

    def svg(self, *, timeout: float | None = TIME_LIMIT) -> str:
        """The picture as an SVG that describes itself, for light and for dark pages.

        Args:
            timeout: the time limit for the layout, in seconds; None: no limit.

        Raises:
            BackendMissingError: neither ``dot`` nor pygraphviz is installed.
            LayoutTimeoutError: the layout took longer than the limit.
            LayoutError: Graphviz refused the graph.
        """
        return document(self.drawing(timeout=timeout), self.identity, self.name, self.words)

    def pipe(self, *args: Any, **options: Any) -> Any:
        """Lay out as Graphviz does, which needs ``dot``; `viz.render` does not."""
        with _without_dot():
            return super().pipe(*args, **options)

    def render(self, *args: Any, **options: Any) -> Any:
        """Write files as Graphviz does, which needs ``dot``; `viz.render` does not."""
        with _without_dot():
            return super().render(*args, **options)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.name}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, str]:
        mime = "image/svg+xml"
        if (include is not None and mime not in include) or mime in (exclude or ()):
            return {}
        try:
            return {mime: self.svg()}
        except LayoutError as error:  # a notebook shows one sentence, not a traceback
            return {"text/plain": f"{self!r}\n{error}"}


@contextmanager
def _without_dot() -> Iterator[None]:
    try:
        yield
    except graphviz.ExecutableNotFound:
        raise BackendMissingError(
            "`dot` is not on the PATH, and the methods of the graphviz package need it: write "
            "viz.render(picture, 'picture.svg'), which does without, or picture.svg() for the text"
        ) from None


def blank(title: str, direction: Direction = "LR") -> Picture:
    """A picture with nothing in it yet.

    Args:
        title: what it shows.
        direction: where its edges lead.

    Raises:
        ValueError: there is no such direction.
    """
    if direction not in get_args(Direction):
        raise ValueError(f"the direction is one of {', '.join(get_args(Direction))}, not {direction!r:.40}")
    return Picture(
        title,
        graph_attr={"rankdir": direction, "nodesep": "0.2", "ranksep": "0.35", "fontname": FONT},
        node_attr={"shape": "plain", "fontname": FONT, "fontsize": "12"},
        edge_attr={"fontname": FONT, "fontsize": "10", "color": "#555555", "arrowsize": "0.6"},
    )


def finish(picture: Picture, shown: str, kinds: Collection[str], *notes: str, part: str = "") -> None:
    """Complete a picture: a legend with notes below it, a description, and ids.

    The ids are made from the content, so that two pictures in one page never share one.

    Args:
        picture: the picture, with all its nodes and edges.
        shown: what it shows, the first sentence of the description.
        kinds: the kinds of values in it, which the legend explains.
        notes: the lines below the legend.
        part: a suffix of the ids, which tells the parts of one picture apart.
    """
    boxes = [kind for kind in KINDS if kind in kinds]
    picture.attr(label=_legend(boxes, notes), labelloc="b", labeljust="l")
    borders = ", ".join(f"{kind} {KINDS[kind].border}" for kind in boxes)
    sentences = [note[:1].upper() + note[1:] for note in notes]
    picture.words = ". ".join([shown, f"Borders: {borders}", *sentences]) + "."
    picture.attr(id=f"whygrad-{digest(picture.source)}{part}")


def digest(content: str) -> str:
    """Hash a text, as twelve hexadecimal digits for an id."""
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def summary(graph: Graph, paths: int) -> str:
    """Describe a graph in one sentence: its size, its paths and its result.

    Args:
        graph: the graph.
        paths: the number of paths to its result from the values where paths begin.
    """
    edges = plural(sum(1 for _ in graph.edges), "edge")
    name = f" {printable(shorten(graph.root.name))}" if graph.root.name else ""
    return (
        f"{plural(len(graph), 'value')}, {edges} and {plural(paths, 'path')} "
        f"to the result{name} = {brief(data_of(graph.root))}"
    )


# ---- labels ---------------------------------------------------------------------------------------


def text(name: str) -> Markup:
    r"""Any text as part of a label that shows exactly this text, after `printable`."""
    # Graphviz replaces \N, \G and the like in every label, even when written as character references. A
    # backslash in an element of its own has no letter behind it.
    return Markup(escape(printable(name)).replace("\\", "<FONT>\\</FONT>"))


def box(kind: str, *rows: Sequence[Cell]) -> str:
    """The label of a value: rows of cells in the look of its kind."""
    return _label(_table(kind, rows))


def oval(*lines: str) -> dict[str, str]:
    """The attributes of the node of an operation."""
    return {
        "label": _label(_content(lines)),
        "shape": "ellipse",
        "margin": "0.03",
        "height": "0.4",
        "width": "0.4",
    }


def compact(graph: Graph, index: int, targets: Collection[int], *more: Cell) -> dict[str, str]:
    """The attributes of a node that shows a value and its operation as one: the symbol and the name.

    Args:
        graph: the graph.
        index: the index of the node in it.
        targets: the indices of the values differentiated by.
        more: further rows, which replace the shape that an array otherwise shows.
    """
    value, kind = graph.nodes[index], kind_of(graph, index, targets)
    lines = [line for line in (value.op, value.name) if line]
    if not lines or (isinstance(value, Tensor) and value.shape and not more):
        lines.append(brief(data_of(value)))
    if kind == "computed":
        return oval(*lines)
    return {"label": box(kind, *[[cell] for cell in (*lines, *more)])}


def tag(cell: Cell, room: str = "") -> str:
    """The label of an edge, on white.

    Args:
        cell: what it shows; an empty text without room gives no label.
        room: a text whose width the label takes at least.
    """
    if not cell and not room:
        return ""
    size: dict[str, str | int] = {}
    if isinstance(cell, str):
        size = {"FIXEDSIZE": "TRUE", "WIDTH": 6 * max(len(cell), len(room)) + 2}
    height = {"HEIGHT": 11} if size else {}
    ground = {"BGCOLOR": "#FFFFFF"} if cell else {}
    shown = text(cell) if isinstance(cell, str) else _content(cell)
    return _label(
        element(
            "TABLE",
            {**_BARE, "CELLPADDING": 0},
            _row(shown, size | height | ground),
            _row("", {**size, "HEIGHT": 4}),  # keeps the text off a thick edge
        )
    )


def marked_box(
    kind: str, lines: Sequence[str], adjoints: Sequence[str], marks: Sequence[str], run: int
) -> str:
    """The label of a value in one of several runs, of the same size in all of them.

    Args:
        kind: the kind of the value.
        lines: the operation and the name.
        adjoints: the adjoint in each run; empty where there is none.
        marks: the mark in each run, which thickens the border; empty where there is none.
        run: the index of the run to show.
    """
    rows = [_row(text(shorten(line)), {"WIDTH": 24}) for line in lines]
    mark = element("B", None, text(marks[run])) if marks[run] else Markup()
    reserved = _reserved(text(adjoints[run]), adjoints) + _reserved(mark, marks)
    if reserved:
        rows.append(Markup(reserved))
    inner = element("TABLE", KINDS[kind].attributes, element("HR").join(rows))
    # An unmarked box has padding of the width of the border, and so the same size.
    border = {"BORDER": 4, "CELLPADDING": 0, "COLOR": MARK} if marks[run] else {"BORDER": 0, "CELLPADDING": 4}
    return _label(element("TABLE", {**border, "CELLBORDER": 0, "CELLSPACING": 0}, _row(inner)))


def _reserved(shown: Markup, candidates: Sequence[str]) -> Markup:
    """A row as wide as the longest candidate needs; nothing if all are empty."""
    if not any(candidates):
        return Markup()
    width = _GLYPH * max(map(len, candidates)) + 8
    return _row(shown, {"FIXEDSIZE": "TRUE", "WIDTH": width, "HEIGHT": _LINE})


def _label(markup: Markup) -> str:
    return f"<{markup}>"


def _row(content: str, values: dict[str, Any] | None = None) -> Markup:
    """A table row of one cell."""
    return element("TR", None, element("TD", values, content))


def _table(kind: str, rows: Iterable[Sequence[Cell]]) -> Markup:
    """Rows of cells in the look of a kind."""
    cells = ([element("TD", _padding(cell), _content(cell)) for cell in row] for row in rows)
    lines = [element("TR", None, element("VR").join(row)) for row in cells]
    return element("TABLE", KINDS[kind].attributes, *lines)


def _padding(cell: Cell) -> dict[str, int]:
    return {"WIDTH": 16} if isinstance(cell, str) else {"WIDTH": 16, "CELLPADDING": 5}


def _content(cell: Cell) -> Markup:
    """A text, lines of text, or a matrix, as the content of a cell."""
    if isinstance(cell, str):
        return text(shorten(cell))
    if all(isinstance(line, str) for line in cell):
        return element("BR").join(map(_content, cell))
    rows = [[element("TD", {"ALIGN": "RIGHT"}, _content(number)) for number in row] for row in cell]
    return element("TABLE", {**_BARE, "CELLPADDING": 3}, *[element("TR", None, *row) for row in rows])


def _legend(kinds: Sequence[str], notes: Sequence[str]) -> str:
    samples = Markup().join(element("TD", None, _table(kind, [[kind]])) for kind in kinds)
    line = element("TABLE", {"BORDER": 0, "CELLSPACING": 4, "CELLPADDING": 0}, element("TR", None, samples))
    rows = [_row(shown, {"ALIGN": "LEFT"}) for shown in (line, *map(text, notes))]
    below = element("TABLE", {"BORDER": 0, "CELLSPACING": 0, "CELLPADDING": 2}, *rows)
    return _label(element("FONT", {"POINT-SIZE": 10}, below))
