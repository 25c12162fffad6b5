"""The study as plain text for a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table as TerminalTable

from demos.complexity.columns import CLOCK_COLUMNS, cells, clock_cells, columns
from demos.complexity.findings import answer, clocks, pace
from demos.complexity.law import law
from demos.complexity.study import METHODS, Row

__all__ = ["to_terminal"]

# A narrower terminal wraps the lines itself; a file keeps them whole.
_WIDE = 200


def to_terminal(rows: Sequence[Row], conventions: str) -> str:
    """The answer, then every row, then the conventions."""
    text = io.StringIO()
    console = Console(file=text, width=_WIDE, color_system=None, highlight=False, markup=False)
    console.print(
        f"How the cost of one gradient grows with the number of {rows[0].problem.step}s", end="\n\n"
    )
    for sentence in [*answer(rows), *_law_sentence(rows), *pace(rows)]:
        console.print(f"  {sentence}")
    console.print()
    _print_table(console, columns(rows), [(row, cells(row)) for row in rows])
    if timed := clocks(rows):
        _print_table(console, CLOCK_COLUMNS, [(row, clock_cells(row, clock)) for row, clock in timed])
    console.print(conventions, soft_wrap=True)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def _law_sentence(rows: Sequence[Row]) -> list[str]:
    """The law at the deepest network; empty if there is none."""
    return [
        f"chain rule per layer ÷ backprop at {found.layers} layers, the sweeps alone: "
        f"{found.found:.4g}{'' if found.measured else ' (predicted)'}; "
        f"L(L+1) / (2(2L-1)) = {found.formula:.4g}."
        for found in law(rows)[-1:]
    ]


def _print_table(console: Console, headings: dict[str, str], lines: Sequence[tuple[Row, list[str]]]) -> None:
    """A table, then what its columns mean."""
    console.print(_table(headings, lines))
    console.print()
    for heading, words in headings.items():
        console.print(f"{heading}: {words}", soft_wrap=True)
    console.print()


def _table(headings: Iterable[str], lines: Sequence[tuple[Row, list[str]]]) -> TerminalTable:
    table = TerminalTable(box=None, pad_edge=False, header_style="bold")
    table.add_column(f"{lines[0][0].problem.step}s", justify="right", no_wrap=True)
    for heading in ("graph", "method"):
        table.add_column(heading, no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for problem, group in groupby(lines, key=lambda line: line[0].problem):
        table.add_section()
        for i, (row, texts) in enumerate(group):
            place = [str(problem.layers), problem.title] if i == 0 else ["", ""]
            table.add_row(*place, METHODS[row.method].title, *texts)
    return table
