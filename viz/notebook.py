"""Show values, tensors and graphs as pictures in a notebook, and costs as tables."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd import Cost, Gradient, Graph, Node
    from viz.markup import Markup

__all__ = ["cost_table", "gradient_tables", "register", "svg"]

# The most derivatives in a table, and the most elements of an array written out there.
SHOWN, FEW = 10, 6


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


def cost_table(cost: Cost) -> Markup:
    """Return a table of the operations that are not 0, and of the total."""
    # Defers the load of the engine until a cost is shown.
    from autograd.costs.cost import readable

    rows = [(name.replace("_", " "), n) for name, n in cost._asdict().items() if n and name != "stored"]
    lines = [(name, readable(n)) for name, n in (*rows, ("total", cost.total))]
    if cost.stored is not None:
        lines.append(("numbers stored at once", readable(cost.stored)))
    return _table("cost of one gradient", ("operations", "count"), lines)


def gradient_tables(found: Gradient) -> Markup:
    """Return a table of the first derivatives, and a table of the cost."""
    rows = [(str(i), _brief(x)) for i, x in enumerate(found.values[:SHOWN])]
    if len(found.values) > SHOWN:
        rows.append(("…", f"{len(found.values) - SHOWN:,} more"))
    # Defers the load of the markup writer until a table is shown.
    from viz.markup import Markup

    derivatives = _table(f"gradient by {found.method}", ("value asked for", "derivative"), rows)
    return Markup(derivatives + cost_table(found.cost))


def _table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """Return a table whose first cell names the row."""
    # Defers the load of the markup writer until a table is shown.
    from viz.markup import element

    head = [element("th", {"scope": "col"}, heading) for heading in headings]
    body = [
        element(
            "tr",
            None,
            element("th", {"scope": "row"}, first),
            *[element("td", {"style": "text-align:right"}, cell) for cell in cells],
        )
        for first, *cells in rows
    ]
    return element(
        "table",
        None,
        element("caption", None, caption),
        element("thead", None, element("tr", None, *head)),
        element("tbody", None, *body),
    )


def _brief(derivative: Any) -> str:
    """Write a derivative in four digits; a large array by its shape."""
    if hasattr(derivative, "shape"):
        # Defers the load of NumPy until an array is shown.
        from numpy import array2string

        few = derivative.size <= FEW
        return array2string(derivative, precision=4) if few else f"array of shape {derivative.shape}"
    return f"{derivative:.4g}" if isinstance(derivative, float) else f"{derivative!s:.60}"


@dataclass(frozen=True, slots=True)
class _Shown:
    """Something as marimo shows it.

    Attributes:
        mime: the type of the content.
        content: the text or markup.
    """

    mime: str
    content: str

    def _mime_(self) -> tuple[str, str]:
        return self.mime, self.content


def register() -> None:
    """Tell a running IPython or marimo how to show values, tensors, graphs and costs; else do nothing."""
    if "marimo" in sys.modules:
        _register_marimo()
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return
    # Defers the load of the engine, which a program outside a notebook may not need.
    from autograd import Cost, Gradient, Graph, Node

    formatters = shell.display_formatter.formatters
    for kind in (Node, Graph):
        formatters["image/svg+xml"].for_type(kind, svg)
    formatters["text/html"].for_type(Cost, cost_table)
    formatters["text/html"].for_type(Gradient, gradient_tables)


def _register_marimo() -> None:
    """Give what is shown as a picture or a table the method that marimo asks first."""
    # Defers the load of the engine, which a program outside a notebook may not need.
    from autograd import Cost, Gradient, Graph, Node

    def picture(shown: Any) -> _Shown:
        drawn = svg(shown)
        return _Shown("text/plain", repr(shown)) if drawn is None else _Shown("text/html", str(drawn))

    kinds: Any = (Node, Graph)
    for kind in kinds:
        kind._display_ = picture
    tables: Any = ((Cost, cost_table), (Gradient, gradient_tables))
    for kind, table in tables:
        kind._display_ = lambda shown, table=table: _Shown("text/html", str(table(shown)))
