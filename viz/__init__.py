"""Pictures of graphs: one graph, the naive method beside backprop, and the tree of all paths; and
the gradient derived line by line.
"""

from viz.compare import Comparison, compare
from viz.derivation import derivation, latex
from viz.draw import draw
from viz.layout import BackendMissingError, LayoutError, LayoutTimeoutError
from viz.render import render
from viz.report import report
from viz.unfold import unfold

__all__ = [
    "BackendMissingError",
    "Comparison",
    "LayoutError",
    "LayoutTimeoutError",
    "compare",
    "derivation",
    "draw",
    "latex",
    "render",
    "report",
    "unfold",
]
