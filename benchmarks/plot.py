"""A plot of the race: a panel for each workload, a bar for each way to do it, on a logarithmic axis."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from benchmarks.race import Board
from benchmarks.report import time
from demos.page.plotting import COLORS, INK, STYLE, on_white, to_svg

__all__ = ["plot"]

OURS, THEIRS = COLORS[0], COLORS[-1]
COLUMNS = 2
BAR = 0.26  # inches


def plot(boards: Sequence[Board]) -> str:
    """The bars of all boards that have times, as SVG with a description in words."""
    boards = [board for board in boards if board.finished]
    rows = [boards[i : i + COLUMNS] for i in range(0, len(boards), COLUMNS)]
    places = [max(len(board.finished) for board in row) for row in rows]
    heights = [bars * BAR + 0.9 for bars in places]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(12, max(1, sum(heights))), layout="constrained")
        panels = figure.subfigures(len(rows), COLUMNS, squeeze=False, height_ratios=heights) if rows else ()
        for row, bars, across in zip(rows, places, panels, strict=True):
            for board, panel in zip(row, across, strict=False):
                panel.suptitle(board.title, x=0.02, horizontalalignment="left")
                _draw(panel.subplots(), board, bars)
        svg = to_svg(figure, "benchmarks")
    title = "Times of whygrad and its rivals"
    words = " ".join(map(_words, boards))
    labels = f"<title>{html.escape(title)}</title><desc>{html.escape(words)}</desc>"
    return re.sub(r"<svg([^>]*)>", rf'<svg\1 role="img">{labels}', on_white(svg), count=1)


def _words(board: Board) -> str:
    found = "; ".join(f"{lane.name} {time(lane.time)}" for lane in board.finished)
    return f"{board.title}: {found}."


def _draw(axes: Any, board: Board, places: int) -> None:
    lanes = board.finished
    times = [lane.time * 1e6 for lane in lanes]
    left, right = floor(log10(min(times)) - 0.1), ceil(log10(max(times)) + 0.1)
    axes.set_xscale("log")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(10.0**left, 10.0**right)
    axes.barh(range(len(lanes)), times, height=0.72, color=[OURS if lane.ours else THEIRS for lane in lanes])
    axes.set_ylim(places - 0.4, -0.6)
    axes.set_yticks(range(len(lanes)), [lane.name for lane in lanes])
    for i, (lane, label) in enumerate(zip(lanes, axes.get_yticklabels(), strict=True)):
        label.set_fontweight("bold" if lane.ours else "normal")
        axes.annotate(
            time(lane.time), (times[i], i), xytext=(4, 0), textcoords="offset points", va="center", fontsize=9
        )
    axes.set_xlabel("µs", loc="right")
    axes.grid(axis="x", color=INK, alpha=0.12, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, which="both")
