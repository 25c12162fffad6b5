"""`render`: a picture written to a file."""

from __future__ import annotations

from pathlib import Path

import graphviz

from autograd import Node
from viz.comparison import Comparison
from viz.files import check_folder, write
from viz.graph_picture import draw
from viz.layout import TIME_LIMIT, layout
from viz.style import Picture

__all__ = ["render"]


def render(
    picture: Node | graphviz.Digraph | Comparison, path: str | Path, *, timeout: float | None = TIME_LIMIT
) -> Path:
    """Write a picture to a file, as its name ends: .svg, .png, .pdf or .dot; a comparison as .svg.

    The file is there whole or not at all.

    Args:
        picture: what `draw`, `unfold` or `compare` gave, or a result, which is then drawn. Any other graph
            of the graphviz package is written as Graphviz writes it.
        path: the file; one of that name is replaced.
        timeout: the most seconds the layout may take; None: any.

    Raises:
        FileNotFoundError: the folder does not exist.
        LayoutError: it could not be laid out, or not in time, or there is nothing to do it with.
        TypeError: it is not a picture.
        ValueError: the name ends in something else.
    """
    path = Path(path)
    form = path.suffix.lower().removeprefix(".")
    if form not in ("svg", "png", "pdf", "dot"):
        raise ValueError(
            f"a picture is written as .svg, .png, .pdf or .dot: {path.name!r:.80} ends in none of them"
        )
    check_folder(path)
    if isinstance(picture, Node):
        picture = draw(picture)
    if isinstance(picture, Comparison):
        if form != "svg":
            raise ValueError(
                f"a comparison is written as .svg, not .{form}: change its name, or render .left or .right"
            )
        content = picture.compose(timeout=timeout).encode()
    elif not isinstance(picture, graphviz.Digraph):
        raise TypeError(f"a picture is what draw, unfold or compare gave, not {type(picture).__name__}")
    elif form == "dot":
        content = picture.source.encode()
    elif form == "svg" and isinstance(picture, Picture):
        content = picture.svg(timeout=timeout).encode()
    else:
        content = layout(picture.source, form, timeout=timeout)
    write(path, content)
    return path
