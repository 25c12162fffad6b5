"""`render`: write a picture to a file."""

from __future__ import annotations

from pathlib import Path

import graphviz

from autograd import Node
from autograd.files import check_target, write
from viz.comparison import Comparison
from viz.dot import Picture
from viz.graph_picture import draw
from viz.layout import TIME_LIMIT, layout

__all__ = ["render"]

_FORMATS = ("svg", "png", "pdf", "dot")


def render(
    picture: Node | graphviz.Digraph | Comparison, path: str | Path, *, timeout: float | None = TIME_LIMIT
) -> Path:
    """Write a picture to a file, in the format of its suffix: .svg, .png, .pdf or .dot.

    The file is written whole or not at all.

    Args:
        picture: a picture made by `draw`, `unfold` or `runs`; a comparison, as .svg only; or a result,
            which is then drawn. Any other graph of the graphviz package is written as Graphviz writes it.
        path: the file, which is replaced if it exists.
        timeout: the time limit for the layout, in seconds; None: no limit.

    Returns:
        the file.

    Raises:
        FileNotFoundError: the folder does not exist.
        BackendMissingError: neither ``dot`` nor pygraphviz is installed; a .dot file needs neither.
        LayoutTimeoutError: the layout took longer than the limit.
        LayoutError: Graphviz refused the graph.
        TypeError: this is not a picture.
        ValueError: the suffix is unknown, or not .svg for a comparison.
    """
    path = Path(path)
    form = path.suffix.lower().removeprefix(".")
    if form not in _FORMATS:
        raise ValueError(
            f"a picture is written as .svg, .png, .pdf or .dot: {path.name!r:.80} ends in none of them"
        )
    check_target(path)
    write(path, _content(draw(picture) if isinstance(picture, Node) else picture, form, timeout))
    return path


def _content(picture: graphviz.Digraph | Comparison, form: str, timeout: float | None) -> bytes:
    if isinstance(picture, Comparison):
        if form != "svg":
            raise ValueError(
                f"a comparison is written as .svg, not .{form}: change its name, or render .left or .right"
            )
        return picture.compose(timeout=timeout).encode()
    if not isinstance(picture, graphviz.Digraph):
        raise TypeError(
            f"a picture is made by draw, unfold, runs or compare; this is of type {type(picture).__name__}"
        )
    if form == "dot":
        source: str = picture.source
        return source.encode()
    if form == "svg" and isinstance(picture, Picture):
        return picture.svg(timeout=timeout).encode()
    return layout(picture.source, form, timeout=timeout)
