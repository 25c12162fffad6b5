"""Pictures of graphs: drawn, naive beside backprop, as the tree of paths, and run beside run."""

from viz.compare import Comparison, compare, side_by_side
from viz.draw import draw
from viz.layout import BackendMissingError, LayoutError, LayoutTimeoutError
from viz.render import render
from viz.runs import Run, runs
from viz.unfold import unfold

__all__ = [
    "BackendMissingError",
    "Comparison",
    "LayoutError",
    "LayoutTimeoutError",
    "Run",
    "compare",
    "draw",
    "render",
    "runs",
    "side_by_side",
    "unfold",
]
