"""Pictures of graphs: one graph, the naive method beside backprop, and the tree of all paths."""

from viz import notebook
from viz.compare import Comparison, compare
from viz.draw import draw
from viz.layout import BackendMissingError, LayoutError, LayoutTimeoutError
from viz.render import render
from viz.unfold import unfold

__all__ = [
    "BackendMissingError",
    "Comparison",
    "LayoutError",
    "LayoutTimeoutError",
    "compare",
    "draw",
    "render",
    "unfold",
]

notebook.register()
