"""Pictures of graphs: one graph, the naive method beside backprop, the tree of all paths, and runs side
by side; and the gradient derived line by line.
"""

from viz import notebook
from viz.compare import Comparison, compare, side_by_side
from viz.derivation import derivation, latex
from viz.draw import draw
from viz.layout import BackendMissingError, LayoutError, LayoutTimeoutError
from viz.render import render
from viz.report import report
from viz.runs import Run, runs
from viz.unfold import unfold

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

notebook.register()
