"""Draw graphs, explain gradients: pictures, comparisons, runs side by side, derivations and reports.

``import viz`` is enough for a notebook to show values, tensors and graphs as pictures.
"""

from importlib import import_module

from viz import notebook

# As in `typing`, whose import takes longer than that of this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from viz.comparison import Comparison, compare, side_by_side
    from viz.derivation_lines import derivation, latex
    from viz.graph_picture import draw
    from viz.layout import BackendMissingError, LayoutError, LayoutTimeoutError
    from viz.rendering import render
    from viz.report_page import report
    from viz.run_pictures import Run, runs
    from viz.unfolding import unfold

__all__ = [
    "BackendMissingError",
    "Comparison",
    "LayoutError",
    "LayoutTimeoutError",
    "Run",
    "compare",
    "derivation",
    "draw",
    "latex",
    "render",
    "report",
    "runs",
    "side_by_side",
    "unfold",
]

# The module of each public name, imported at first use: this defers the load of the engine, NumPy and
# the graphviz package. No module has the name of a function, which it would replace here.
_MODULES = {
    "BackendMissingError": "layout",
    "Comparison": "comparison",
    "LayoutError": "layout",
    "LayoutTimeoutError": "layout",
    "Run": "run_pictures",
    "compare": "comparison",
    "derivation": "derivation_lines",
    "draw": "graph_picture",
    "latex": "derivation_lines",
    "render": "rendering",
    "report": "report_page",
    "runs": "run_pictures",
    "side_by_side": "comparison",
    "unfold": "unfolding",
}


def __getattr__(name: str) -> "Any":
    """Import a public name at first use (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module 'viz' has no attribute {name!r}")
    value = getattr(import_module(f"viz.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


notebook.register()
