"""In a notebook, a value, a tensor or a graph shows itself as its picture."""

from __future__ import annotations

import sys
from typing import Any

from autograd import Graph, GraphError, Node
from viz.draw import draw
from viz.layout import LayoutError

__all__ = ["register", "svg"]


def svg(shown: Node | Graph) -> str | None:
    """The picture of a result or of a graph, as SVG; None where there is none, so that the text is shown.

    There is none without Graphviz, of a graph that takes too long to lay out or whose leaves have
    changed since, and of a graph of several results.
    """
    root = shown.root if isinstance(shown, Graph) else shown
    if isinstance(shown, Graph) and shown.nodes[-1] is not root:
        return None
    try:
        return draw(root).svg()
    except (GraphError, LayoutError):
        return None


def register() -> None:
    """Tell IPython about it, where it runs; without it nothing is imported and nothing happens."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None:
        formatter = shell.display_formatter.formatters["image/svg+xml"]
        formatter.for_type(Node, svg)
        formatter.for_type(Graph, svg)
