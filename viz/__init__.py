"""Draw graphs, explain gradients: pictures, comparisons, runs side by side, derivations and reports.

``import viz`` is enough for a notebook to show values, tensors and graphs as pictures.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from whygrad import check_engine

check_engine(__name__)

from viz import notebook  # noqa: E402 (it may import the engine)

if TYPE_CHECKING:
    from viz.comparison import Comparison, compare, side_by_side
    from viz.derivation_lines import derivation, latex
    from viz.explanation import Explanation, explain
    from viz.graph_picture import draw
    from viz.layout import BackendMissingError, LayoutError, LayoutTimeoutError
    from viz.live_view import live
    from viz.rendering import render
    from viz.report_page import report, walk
    from viz.run_pictures import Run, runs
    from viz.unfolding import unfold

__all__ = [
    "BackendMissingError",
    "Comparison",
    "Explanation",
    "LayoutError",
    "LayoutTimeoutError",
    "Run",
    "compare",
    "derivation",
    "draw",
    "explain",
    "latex",
    "live",
    "render",
    "report",
    "runs",
    "side_by_side",
    "unfold",
    "walk",
]

# The public names, by the module that defines them. Each is imported at first use, which defers the load of
# the engine, NumPy and the graphviz package. A module that had the name of a function would replace it here.
_MODULES = {
    "comparison": ("Comparison", "compare", "side_by_side"),
    "derivation_lines": ("derivation", "latex"),
    "explanation": ("Explanation", "explain"),
    "graph_picture": ("draw",),
    "layout": ("BackendMissingError", "LayoutError", "LayoutTimeoutError"),
    "live_view": ("live",),
    "rendering": ("render",),
    "report_page": ("report", "walk"),
    "run_pictures": ("Run", "runs"),
    "unfolding": ("unfold",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

if not TYPE_CHECKING:  # a type checker would take every name for an attribute

    def __getattr__(name: str) -> Any:
        """Import a public name at first use (PEP 562)."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


notebook.register()
