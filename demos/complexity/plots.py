"""The growth plots, as SVG that takes its ink from the page it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10
from statistics import median
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from demos.complexity.report import law, unit
from demos.complexity.study import Row, by_method
from demos.page.plotting import INK, PAPER, STYLE, Layout, Plot, legend

__all__ = ["clock_plot", "cost_plot", "law_plot", "ratio_plot"]

# Okabe and Ito's colour-blind-safe hues, evened out to stand on white and on black; and a marker
# each, so that no line is told by colour alone.
_LOOKS = {
    "backprop": ("#2b7fc4", "o"),
    "layer": ("#1a9c78", "s"),
    "restart": ("#8f7ad1", "P"),
    "forward": ("#8f7ad1", "^"),
    "tree": ("#cf8a00", "v"),
    "paths": ("#d9541e", "D"),
    "finite_difference": ("#c26aa0", "X"),
    "central_difference": ("#7c7c7c", "h"),
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
}
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class _Line:
    """What one or more methods do, point by point; where their numbers agree they share a line."""

    methods: list[str]
    depths: list[int]
    heights: list[float]
    measured: list[bool]

    @property
    def label(self) -> str:
        return "\n= ".join(_SHORT[method] for method in self.methods)


def cost_plot(rows: Sequence[Row]) -> Plot:
    """The work against depth, on a logarithmic scale; predicted points are hollow."""
    lines = _lines(
        (method, [(r.problem.layers, log10(r.work), r.measured) for r in points])
        for method, points in by_method(rows).items()
    )
    low = floor(min(min(line.heights) for line in lines))
    high = ceil(max(max(line.heights) for line in lines))

    def draw(layout: Layout) -> Figure:
        with mpl.rc_context(STYLE):
            figure, axes = _axes(layout, f"{unit(rows)} per gradient", lines)
            axes.set_yticks(range(low, high + 1, max(1, (high - low) // 8)))
            axes.yaxis.set_major_formatter(lambda power, _: _power(round(power)))
            axes.set_ylim(low, high)
            _name_lines(axes, lines)
        return figure

    return Plot("cost", draw)


def ratio_plot(rows: Sequence[Row]) -> Plot:
    """The factor by which one more layer multiplies the work; 1 in the long run unless it is exponential."""
    lines = _lines(
        (
            method,
            [(b.problem.layers, b.work / a.work, a.measured and b.measured) for a, b in pairwise(points)],
        )
        for method, points in by_method(rows).items()
    )

    def draw(layout: Layout) -> Figure:
        with mpl.rc_context(STYLE):
            figure, axes = _axes(layout, "what one more layer multiplies the cost by", lines)
            axes.set_ylim(0.6, max(max(line.heights) for line in lines) * 1.06)
            axes.axhline(1, color=INK, linewidth=0.8, zorder=0)
            axes.yaxis.set_major_formatter(_times)
            _name_lines(axes, lines)
        return figure

    return Plot("ratio", draw)


def law_plot(rows: Sequence[Row]) -> Plot:
    """The sweeps of the chain rule per layer over backprop's, on the curve that predicts them.

    Args:
        rows: some at least of networks of Tensors of one width; counted in multiply-adds.
    """
    found = law(rows)
    depths, ratios = [point.layers for point in found], [point.found for point in found]
    per_layer = _Line(["layer"], depths, ratios, [point.measured for point in found])
    backprop = _Line(["backprop"], depths, [1.0] * len(found), per_layer.measured)
    middle = int(0.6 * len(found))

    def draw(layout: Layout) -> Figure:
        with mpl.rc_context(STYLE):
            figure, axes = _axes(layout, "multiply-adds of the sweeps, over backprop’s", [], depths)
            axes.set_ylim(0, max(ratios) * 1.12)
            axes.yaxis.set_major_formatter(_times)
            axes.plot(depths, [point.formula for point in found], color=INK, linewidth=1)
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


def _lines(series: Iterable[tuple[str, list[tuple[int, float, bool]]]]) -> list[_Line]:
    merged: dict[tuple[tuple[int, float, bool], ...], list[str]] = {}
    for method, points in series:
        merged.setdefault(tuple(points), []).append(method)
    return [
        _Line(methods, [p[0] for p in points], [p[1] for p in points], [p[2] for p in points])
        for points, methods in merged.items()
        if points
    ]


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
    depths = depths or sorted({depth for line in lines for depth in line.depths})
    axes.set_xticks(depths[:: ceil(len(depths) / 12)])
    axes.set_xlim(depths[0] - 0.3, depths[-1] + 0.3)
    for line in lines:
        _draw_line(axes, line)
    return figure, axes


def _draw_line(axes: Any, line: _Line, *, joined: bool = True) -> None:
    color, marker = _LOOKS[line.methods[0]]
    points = list(zip(line.depths, line.heights, line.measured, strict=True))
    for (x, y, here), (x_next, y_next, there) in pairwise(points if joined else []):
        axes.plot([x, x_next], [y, y_next], color=color, linestyle="-" if here and there else "--")
    for x, y, measured in points:
        fill = color if measured else PAPER
        axes.plot(x, y, marker=marker, color=color, markerfacecolor=fill, markeredgewidth=1.4, zorder=3)


def _name_lines(axes: Any, lines: Sequence[_Line]) -> None:
    """Write each line's name beside its end, moved up or down where names would overlap."""
    size = mpl.rcParams["font.size"] * 0.92
    low, high = axes.get_ylim()
    height = axes.get_window_extent().height * 72 / axes.figure.dpi / (high - low)  # points per unit
    ends = sorted(lines, key=lambda line: line.heights[-1])
    rooms = [size * 1.3 * len(line.methods) for line in ends]
    places = _spread([(line.heights[-1] - low) * height for line in ends], rooms, (high - low) * height)
    right = axes.get_xlim()[1]
    for line, place in zip(ends, places, strict=True):
        color, _ = _LOOKS[line.methods[0]]
        axes.annotate(
            line.label,
            xy=(line.depths[-1], line.heights[-1]),
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
    """Ascending places moved apart until each has its room; the last stays below the top if it can."""
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


def _power(exponent: int) -> str:
    if 0 <= exponent <= 3:
        return f"{10**exponent:,}"
    return f"10{str(exponent).translate(_SUPERSCRIPT)}"
