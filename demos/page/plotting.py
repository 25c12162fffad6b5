"""How plots look: one style, as SVG that takes its ink from the page it stands in."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

__all__ = ["COLORS", "INK", "MARKERS", "PAPER", "STYLE", "legend", "plot", "to_svg"]

# Okabe and Ito's colour-blind-safe hues, evened out to stand on white and on black; and a marker
# each, so that nothing is told by colour alone.
COLORS = ("#2b7fc4", "#d9541e", "#1a9c78", "#cf8a00", "#8f7ad1", "#c26aa0", "#7c7c7c")
MARKERS = ("o", "D", "s", "v", "^", "X", "h")
# Colours that nothing is drawn in: they are replaced by the page's own.
INK, PAPER = "#010203", "#fdfeff"
STYLE: Any = {
    "svg.fonttype": "path",
    "svg.hashsalt": "whygrad",
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 6,
}
_METADATA = ("Creator", "Date", "Format", "Type")


def plot(rows: int = 1, columns: int = 1, *, width: float = 8.4, height: float = 4.4) -> tuple[Figure, Any]:
    """A figure in this style and its axes, as `matplotlib.pyplot.subplots` gives them; inches.

    Hand it to `to_svg` when it is drawn. Text of your own takes ``color=INK``, or a colour of a line.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots(rows, columns)
        for a in figure.axes:
            a.grid(axis="y", color=INK, alpha=0.12, linewidth=0.8)
            a.set_axisbelow(True)
            a.tick_params(length=0)
    return figure, axes


def legend(figure: Figure, lines: Mapping[str, Any], columns: int) -> None:
    """Name lines above the plots, where their ends move too much to be named there."""
    figure.legend(
        lines.values(),
        lines,
        loc="outside upper left",
        ncols=columns,
        frameon=False,
        labelcolor=INK,
        columnspacing=1.2,
    )


def to_svg(figure: Figure, name: str) -> str:
    """The figure as an element for a page: its own ids, the page's ink, no date, nothing to fetch.

    Args:
        figure: what was drawn.
        name: unlike that of any other picture on the page.
    """
    text = io.StringIO()
    with mpl.rc_context(STYLE):
        figure.savefig(text, format="svg", transparent=True, metadata=dict.fromkeys(_METADATA))
    svg = text.getvalue()
    svg = re.sub(r"<defs>\s*<style.*?</defs>", "", svg[svg.index("<svg") :], count=1, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    return svg.replace(INK, "currentColor").replace(PAPER, "var(--paper, white)")
