"""Plots in one style, as SVG that takes its ink from the page.

A plot is described once and drawn for a wide and for a narrow window. Describe it by a function that takes
a `Layout` and returns a figure; `Plot` draws it in both sizes::

    def descent_plot(losses: Sequence[float]) -> Plot:
        def draw(layout: Layout) -> Figure:
            figure, (left, right) = layout.subplots(2, height=layout.choose(4.0, 7.2))
            (line,) = left.plot(losses, color=COLORS[0])
            right.semilogy(losses, color=COLORS[0])
            legend(figure, {"loss": line}, layout.choose(3, 2))
            return figure

        return Plot("descent", draw)

    part = descent_plot(losses).illustration(words="The loss falls.", caption="The loss after each step.")

`Layout.subplots` puts the panels side by side in a wide window and below each other in a narrow one.
`Layout.choose` picks whatever else differs. Neither the lesson nor the page handles the sizes by name.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import matplotlib as mpl
from matplotlib.figure import Figure

from demos.page.parts import Illustration

__all__ = [
    "COLORS",
    "INK",
    "MARKERS",
    "NARROW",
    "PAPER",
    "STYLE",
    "WIDE",
    "Layout",
    "Plot",
    "legend",
    "on_white",
    "to_svg",
]

Choice = TypeVar("Choice")

# Colour-blind-safe hues after Okabe and Ito, adjusted for contrast on white and on black; and a marker
# for each, so that nothing differs by colour alone.
COLORS = ("#2b7fc4", "#d9541e", "#1a9c78", "#cf8a00", "#8f7ad1", "#c26aa0", "#7c7c7c")
MARKERS = ("o", "D", "s", "v", "^", "X", "h")
# Placeholders, replaced in the SVG by the page's own colours.
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


@dataclass(frozen=True, slots=True)
class Layout:
    """The window that a plot is drawn for: `WIDE` or `NARROW`.

    Attributes:
        name: ``wide`` or ``narrow``.
        width: of the figure, in inches.
    """

    name: str
    width: float

    def choose(self, wide: Choice, narrow: Choice) -> Choice:
        """The first argument in a wide window, the second in a narrow one."""
        return wide if self.name == "wide" else narrow

    def subplots(
        self, panels: int = 1, *, height: float = 4.4, columns: int | None = None
    ) -> tuple[Figure, Any]:
        """A figure in the house style, and its axes as `matplotlib.pyplot.subplots` returns them.

        Text that you add takes ``color=INK`` or the colour of a line.

        Args:
            panels: how many axes; one gives the axes themselves, more an array.
            height: of the figure, in inches; ``layout.choose(wide, narrow)`` where it differs.
            columns: by default, all panels side by side in a wide window and one column in a narrow one.
        """
        columns = columns or self.choose(panels, 1)
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(self.width, height), layout="constrained")
            axes = figure.subplots(-(-panels // columns), columns)
            for each in figure.axes:
                each.grid(axis="y", color=INK, alpha=0.12, linewidth=0.8)
                each.set_axisbelow(True)
                each.tick_params(length=0)
        return figure, axes


WIDE, NARROW = Layout("wide", 8.4), Layout("narrow", 3.9)


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot described once.

    Attributes:
        name: unique on the page; it prefixes the ids in the SVG.
        draw: called once for each `Layout`; returns the figure.
    """

    name: str
    draw: Callable[[Layout], Figure]

    def svg(self, layout: Layout = WIDE) -> str:
        """The plot as an SVG element for one window."""
        return to_svg(self.draw(layout), f"{self.name}-{layout.name}")

    def illustration(self, *, words: str, caption: str) -> Illustration:
        """The plot in both sizes, as a part of a page.

        Args:
            words: what it shows, for a reader who cannot see it.
            caption: what to look at.
        """
        return Illustration(self.svg(WIDE), words, caption, narrow=self.svg(NARROW))


def legend(figure: Figure, lines: Mapping[str, Any], columns: int) -> None:
    """Name lines above the plots, where their ends leave no room for names."""
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
    """The figure as an SVG element: unique ids, the page's colours, no date, no external references.

    Args:
        figure: with everything drawn.
        name: unique on the page.
    """
    text = io.StringIO()
    with mpl.rc_context(STYLE):
        figure.savefig(text, format="svg", transparent=True, metadata=dict.fromkeys(_METADATA))
    svg = text.getvalue()
    svg = re.sub(r"<defs>\s*<style.*?</defs>", "", svg[svg.index("<svg") :], count=1, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    return svg.replace(INK, "currentColor").replace(PAPER, "var(--paper, white)")


def on_white(svg: str) -> str:
    """The drawing for a file of its own, where there is no page to take colours from: black on white."""
    svg = re.sub(r"<svg[^>]*>", r'\g<0><rect width="100%" height="100%" fill="white"/>', svg, count=1)
    return svg.replace("currentColor", "black").replace("var(--paper, white)", "white")
