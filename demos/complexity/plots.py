"""The plots of the study: cost, ratio, law and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10
from statistics import median
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from demos.complexity.columns import unit
from demos.complexity.law import law
from demos.complexity.study import Row, by_method
from demos.page.plotting import INK, PAPER, STYLE, Layout, Plot, legend

__all__ = ["clock_plot", "cost_plot", "law_plot", "power", "ratio_plot"]

# A colour per method after Okabe and Ito, and a marker too, so that no line differs by colour alone.
_LOOKS = {
    "backprop": ("#2b7fc4", "o"),
    "layer": ("#1a9c78", "s"),
    "restart": ("#8f7ad1", "P"),
    "forward": ("#8f7ad1", "^"),
    "tree": ("#cf8a00", "v"),
    "paths": ("#d9541e", "D"),
    "finite_difference": ("#c26aa0", "X"),
    "central_difference": ("#7c7c7c", "h"),
    "eliminate-reverse": ("#2b7fc4", "<"),
    "eliminate-forward": ("#8f7ad1", ">"),
    "eliminate-markowitz": ("#1a9c78", "d"),
    "checkpoint": ("#cf8a00", "p"),
    "complex_step": ("#c26aa0", "*"),
    "forward_gradient": ("#d9541e", "H"),
    "simultaneous_perturbation": ("#7c7c7c", "8"),
}
_SHORT = {
    "backprop": "backprop",
    "layer": "per layer",
    "restart": "per parameter",
    "forward": "forward mode",
    "tree": "tree recursion",
    "paths": "sum over paths",
    "finite_difference": "finite diff.",
    "central_difference": "central diff.",
    "eliminate-reverse": "elim. reverse",
    "eliminate-forward": "elim. forward",
    "eliminate-markowitz": "Markowitz",
    "checkpoint": "checkpointing",
    "complex_step": "complex step",
    "forward_gradient": "fwd. gradient",
    "simultaneous_perturbation": "perturbation",
}
# From this ratio on, ratios are on a logarithmic scale.
_STEEP = 100
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class _Mark:
    depth: int
    height: float
    measured: bool


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the plot; methods whose numbers agree share one.

    Attributes:
        methods: keys of `METHODS`.
        points: from the shallowest to the deepest.
    """

    methods: list[str]
    points: tuple[_Mark, ...]

    @property
    def label(self) -> str:
        return "\n= ".join(_SHORT[method] for method in self.methods)


def cost_plot(rows: Sequence[Row]) -> Plot:
    """The work against depth, on a logarithmic scale; predicted points are hollow."""
    lines = _lines(
        {
            method: [_Mark(row.problem.layers, log10(row.work), row.measured) for row in found]
            for method, found in by_method(rows).items()
        }
    )
    low = floor(min(point.height for line in lines for point in line.points))
    high = ceil(max(point.height for line in lines for point in line.points))

    def draw(layout: Layout) -> Figure:
        with mpl.rc_context(STYLE):
            figure, axes = _axes(layout, f"{unit(rows)} per gradient", lines)
            axes.set_xlabel(f"{rows[0].problem.step}s")
            axes.set_yticks(range(low, high + 1, max(1, (high - low) // 8)))
            axes.yaxis.set_major_formatter(lambda exponent, _: power(round(exponent)))
            axes.set_ylim(low, high)
            _name_lines(axes, lines)
        return figure

    return Plot("cost", draw)


def ratio_plot(rows: Sequence[Row]) -> Plot:
    """The factor by which one more layer multiplies the work; 1 in the long run unless it is exponential."""
    series = by_method(rows)
    high = max(b.work / a.work for found in series.values() for a, b in pairwise(found))
    scale = log10 if high >= _STEEP else float
    lines = _lines(
        {
            method: [
                _Mark(b.problem.layers, scale(b.work / a.work), a.measured and b.measured)
                for a, b in pairwise(found)
            ]
            for method, found in series.items()
        }
    )

    def draw(layout: Layout) -> Figure:
        with mpl.rc_context(STYLE):
            step = rows[0].problem.step
            figure, axes = _axes(layout, f"what one more {step} multiplies the cost by", lines)
            axes.set_xlabel(f"{step}s")
            if high < _STEEP:
                axes.set_ylim(0.6, high * 1.06)
                axes.yaxis.set_major_formatter(_times)
            else:
                axes.set_ylim(log10(0.6), log10(high) * 1.06)
                axes.yaxis.set_major_formatter(lambda exponent, _: f"×{power(round(exponent))}")
                axes.yaxis.set_major_locator(MaxNLocator(integer=True))
            axes.axhline(1 if high < _STEEP else 0, color=INK, linewidth=0.8, zorder=0)
            _name_lines(axes, lines)
        return figure

    return Plot("ratio", draw)


def law_plot(rows: Sequence[Row]) -> Plot:
    """The sweeps of the chain rule per layer over backprop's, on the curve that predicts them.

    Args:
        rows: some at least of networks of Tensors of one width; counted in multiply-adds.
    """
    found = law(rows)
    depths, ratios = [entry.layers for entry in found], [entry.found for entry in found]
    per_layer = _Line(["layer"], tuple(_Mark(entry.layers, entry.found, entry.measured) for entry in found))
    backprop = _Line(["backprop"], tuple(_Mark(entry.layers, 1.0, entry.measured) for entry in found))
    middle = int(0.6 * len(found))

    def draw(layout: Layout) -> Figure:
        with mpl.rc_context(STYLE):
            figure, axes = _axes(layout, "multiply-adds of the sweeps, over backprop’s", [], depths)
            axes.set_ylim(0, max(ratios) * 1.12)
            axes.yaxis.set_major_formatter(_times)
            axes.plot(depths, [entry.formula for entry in found], color=INK, linewidth=1)
            for line in (per_layer, backprop):
                _draw_line(axes, line, joined=False)
            _name_lines(axes, [per_layer, backprop])
            axes.annotate(
                "L(L+1) / (2(2L−1))",
                (depths[middle], found[middle].formula),
                xytext=(6, -14),
                textcoords="offset points",
            )
        return figure

    return Plot("law", draw)


def clock_plot(rows: Sequence[Row]) -> Plot:
    """The time against the operations on logarithmic scales, with the line of equal pace.

    Args:
        rows: some at least timed.
    """
    timed = {method: [row.clock for row in points if row.clock] for method, points in by_method(rows).items()}
    pace = median(clock.nanoseconds for clocks in timed.values() for clock in clocks)

    def draw(layout: Layout) -> Figure:
        figure, axes = layout.subplots(height=layout.choose(4.7, 4.8))
        names = {}
        for method, clocks in timed.items():
            color, marker = _LOOKS[method]
            x, y = [clock.operations for clock in clocks], [clock.seconds * 1e6 for clock in clocks]
            if clocks:
                (names[_SHORT[method]],) = axes.loglog(x, y, color=color, marker=marker, linestyle="none")
        ends = axes.get_xlim()
        axes.plot(ends, [n * pace / 1000 for n in ends], color=INK, linewidth=0.8, zorder=0)
        axes.set_xlim(ends)
        words = f"line: {pace:.0f} ns an operation"
        axes.text(0.98, 0.04, words, transform=axes.transAxes, ha="right", color=INK)
        axes.set_xlabel("operations per gradient")
        axes.set_title("µs per gradient", loc="left", fontsize=mpl.rcParams["font.size"])
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(LogLocator(subs=(1, 3)))
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(lambda number, _: f"{number:,.10g}")
        legend(figure, names, layout.choose(4, 2))
        return figure

    return Plot("clock", draw)


def _lines(series: dict[str, list[_Mark]]) -> list[_Line]:
    """One line per distinct series; methods without points have none."""
    merged: dict[tuple[_Mark, ...], list[str]] = {}
    for method, points in series.items():
        merged.setdefault(tuple(points), []).append(method)
    return [_Line(methods, points) for points, methods in merged.items() if points]


def _axes(
    layout: Layout, title: str, lines: Sequence[_Line], depths: Sequence[int] = ()
) -> tuple[Figure, Any]:
    figure = Figure(figsize=(layout.width, layout.choose(4.7, 4.4)))
    # The room on the right is for the names at the ends of the lines.
    axes = figure.add_axes(layout.choose((0.07, 0.11, 0.73, 0.81), (0.12, 0.11, 0.57, 0.81)))
    size = mpl.rcParams["font.size"]
    axes.set_title(title, loc="left", fontsize=size, x=layout.choose(-0.08, -0.14), pad=12)
    axes.set_xlabel("layers")
    axes.grid(axis="y", color=INK, alpha=0.12, linewidth=0.8)
    axes.tick_params(length=0)
    depths = depths or sorted({point.depth for line in lines for point in line.points})
    axes.set_xticks(depths[:: ceil(len(depths) / 12)])
    axes.set_xlim(depths[0] - 0.3, depths[-1] + 0.3)
    for line in lines:
        _draw_line(axes, line)
    return figure, axes


def _draw_line(axes: Any, line: _Line, *, joined: bool = True) -> None:
    color, marker = _LOOKS[line.methods[0]]
    for a, b in pairwise(line.points if joined else ()):
        style = "-" if a.measured and b.measured else "--"
        axes.plot([a.depth, b.depth], [a.height, b.height], color=color, linestyle=style)
    for point in line.points:
        fill = color if point.measured else PAPER
        look = {"marker": marker, "color": color, "markerfacecolor": fill, "markeredgewidth": 1.4}
        axes.plot(point.depth, point.height, zorder=3, **look)


def _name_lines(axes: Any, lines: Sequence[_Line]) -> None:
    """Write each line's name beside its end, shifted up or down where names would overlap."""
    size = mpl.rcParams["font.size"] * 0.92
    low, high = axes.get_ylim()
    height = axes.get_window_extent().height * 72 / axes.figure.dpi / (high - low)  # points per unit
    ends = sorted(lines, key=lambda line: line.points[-1].height)
    rooms = [size * 1.3 * len(line.methods) for line in ends]
    places = _spread([(line.points[-1].height - low) * height for line in ends], rooms, (high - low) * height)
    right = axes.get_xlim()[1]
    for line, place in zip(ends, places, strict=True):
        color, _ = _LOOKS[line.methods[0]]
        axes.annotate(
            line.label,
            xy=(line.points[-1].depth, line.points[-1].height),
            xytext=(right + (right - axes.get_xlim()[0]) * 0.03, low + place / height),
            annotation_clip=False,
            va="center",
            fontsize=size,
            linespacing=1.1,
            arrowprops={
                "arrowstyle": "-",
                "color": color,
                "linewidth": 0.8,
                "relpos": (0, 0.5),
                "shrinkA": 1,
                "shrinkB": 4,
            },
        )


def _spread(places: Sequence[float], rooms: Sequence[float], top: float) -> list[float]:
    """Ascending places, moved apart until each has its room; the last stays below the top if possible."""
    gaps = [(a + b) / 2 for a, b in pairwise(rooms)]
    up = list(places[:1])
    for place, gap in zip(places[1:], gaps, strict=True):
        up.append(max(place, up[-1] + gap))
    down = [min(up[-1], max(top, sum(gaps)))]
    for place, gap in zip(reversed(up[:-1]), reversed(gaps), strict=True):
        down.append(min(place, down[-1] - gap))
    return down[::-1]


def _times(ratio: float, _: int) -> str:
    return f"×{ratio:g}"


def power(exponent: int) -> str:
    """A power of ten as text: ``1,000``, ``10⁶``."""
    if 0 <= exponent <= 3:
        return f"{10**exponent:,}"
    return f"10{str(exponent).translate(_SUPERSCRIPT)}"
