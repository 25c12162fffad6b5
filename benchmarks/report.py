"""Tables of results, for the terminal and as Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.markup import escape
from rich.table import Table as RichTable

from benchmarks.race import OURS, Board

__all__ = ["ResultTable", "machine", "markdown", "ranking", "shown", "time"]


class ResultTable(NamedTuple):
    """A table of results, as text.

    Attributes:
        title: the heading.
        columns: the column titles.
        rows: for each row, a text for each column.
        bold: the indices of rows that stand out.
        notes: lines to show below the table.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    bold: Sequence[int] = ()
    notes: Sequence[str] = ()


def ranking(board: Board) -> ResultTable:
    """The results of a workload, fastest first, with the ratio to each of our ways."""
    lanes = board.finished
    ours = [lane for lane in lanes if lane.ours]
    return ResultTable(
        board.title,
        ["", "time", *(f"÷ {lane.name.removeprefix(OURS + ', ')}" for lane in ours), "error"],
        [
            [lane.name, time(lane.time), *(f"{lane.ratio(other):.3g}" for other in ours), _error(lane.error)]
            for lane in lanes
        ],
        [i for i, lane in enumerate(lanes) if lane.ours],
        [f"{lane.name}: {lane.reason}" for lane in board.lanes if lane.reason],
    )


def time(seconds: float) -> str:
    """Format seconds with three digits and a unit.

    Examples:
        >>> time(0.00123)
        '1.23 ms'
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return (
                f"{seconds / size:.3g} {unit}" if seconds < 1000 * size else f"{seconds / size:,.0f} {unit}"
            )
    return f"{seconds * 1e9:.3g} ns"


def _error(error: float) -> str:
    return f"{error:.0e}" if error else "0"


def machine(versions: Mapping[str, str]) -> list[str]:
    """What times depend on besides the programs: processor, cores, system, Python and package versions."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = dict(line.split(":", 1) for line in info.read_text().splitlines() if ":" in line)
        model = next((text.strip() for name, text in lines.items() if name.strip() == "model name"), model)
    return [
        f"{model}, {os.cpu_count()} cores, {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}; one thread",
        ", ".join(f"{name} {version}" for name, version in versions.items()),
    ]


def shown(table: ResultTable) -> RichTable:
    """Format a table for the terminal."""
    found = RichTable(title=escape(table.title), caption="\n".join(map(escape, table.notes)) or None)
    found.title_justify = found.caption_justify = "left"
    for i, column in enumerate(table.columns):
        found.add_column(escape(column), justify="right" if i else "left")
    for i, row in enumerate(table.rows):
        found.add_row(*map(escape, row), style="bold" if i in table.bold else None)
    return found


def markdown(head: Iterable[str], tables: Iterable[ResultTable]) -> str:
    """Format all tables as a Markdown page."""
    lines = ["# Benchmarks", ""]
    for line in head:
        lines += [line, ""]
    for table in tables:
        lines += [f"## {table.title}", ""]
        lines += [_row(table.columns), _row(["---", *["---:"] * (len(table.columns) - 1)])]
        for i, row in enumerate(table.rows):
            lines.append(_row([f"**{cell}**" if i in table.bold and cell else cell for cell in row]))
        lines += ["", *(f"- {note}" for note in table.notes), *([""] if table.notes else [])]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
