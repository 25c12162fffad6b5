"""Show values, tensors and graphs as pictures in a notebook."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd import Graph, Node

__all__ = ["register", "svg"]


def svg(shown: Node | Graph) -> str | None:
    """Draw a result or a graph as SVG.

    Returns:
        The SVG, or None, on which a notebook shows the text instead: without Graphviz, when the layout
        takes too long, when a leaf was replaced after use, and for a graph of several results.
    """
    # Defers the load of the drawing code and the graphviz package until a picture is shown.
    from autograd import Graph, GraphError
    from viz.graph_picture import draw
    from viz.layout import LayoutError

    root = shown.root if isinstance(shown, Graph) else shown
    if isinstance(shown, Graph) and shown.nodes[-1] is not root:
        return None
    try:
        return draw(root).svg()
    except (GraphError, LayoutError):
        return None


def register() -> None:
    """Tell a running IPython how to show values, tensors and graphs; do nothing elsewhere."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return
    # Defers the load of the engine, which a program outside a notebook may not need.
    from autograd import Graph, Node

    formatter = shell.display_formatter.formatters["image/svg+xml"]
    formatter.for_type(Node, svg)
    formatter.for_type(Graph, svg)
