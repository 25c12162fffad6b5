"""The rows as text: for a terminal, for a spreadsheet, for a program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from functools import partial
from itertools import groupby

from rich.console import Console
from rich.table import Table

from autograd.cost import readable
from demos.growth import Growth, growth
from demos.study import METHODS, Row, by_method

__all__ = [
    "COLUMNS",
    "answer",
    "count",
    "error",
    "grown",
    "times",
    "to_csv",
    "to_json",
    "to_terminal",
]

# Every column of the tables, in words.
COLUMNS = {
    "multiplications": "One for every edge a method walks, by the local derivative on it; the one by the "
    "seed 1 at the start is among them. For finite differences, the divisions.",
    "additions": "One where two contributions to the same derivative meet; the first to arrive is free. "
    "For finite differences, moving the parameter and subtracting.",
    "partials": "Operations to evaluate the local derivatives, once, shared by all exact methods; finite "
    "differences use none.",
    "forward": "Operations of all forward passes: one for the exact methods, P + 1 or 2 P for finite "
    "differences with P parameters.",
    "total": "The four together, so that methods which are all forward passes can be compared with the rest.",
    "÷ backprop": "The total over that of backprop on the same graph.",
    "counts": "Measured: it ran, and the numbers counted themselves. Predicted: it was over the budget, and "
    "this is what the closed form gives.",
    "max error": "The greatest distance of a derivative from backprop's. The exact methods differ by "
    "rounding alone; finite differences are approximate, and this is the price beside their cost.",
}
# Beyond so many digits a table shows the leading ones; CSV and JSON show all.
count = partial(readable, digits=13)
# A terminal that is narrower wraps the lines itself, and a file keeps them whole.
_WIDE = 160


def to_json(rows: Sequence[Row]) -> str:
    """A list with one object per row."""
    return json.dumps([row.record() for row in rows], indent=2) + "\n"


def to_csv(rows: Sequence[Row]) -> str:
    """One line per row under a header; sizes as the option ``--sizes`` takes them."""
    text = io.StringIO()
    records = [row.record() | {"sizes": ",".join(map(str, row.problem.sizes))} for row in rows]
    writer = csv.DictWriter(text, list(records[0]) if records else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def times(row: Row) -> str:
    """A row's total over backprop's, to three digits at least."""
    ratio = row.over_backprop
    return count(int(ratio)) if ratio >= 1000 else f"{float(ratio):.3g}"


def error(row: Row) -> str:
    """A row's distance from backprop's gradient, to one digit; empty if it was not measured."""
    return "" if row.max_error is None else f"{row.max_error:.1g}"


def grown(rows: Sequence[Row]) -> dict[str, Growth]:
    """How each method's measured totals grow, for those measured at two depths or more."""
    measured = by_method(row for row in rows if row.measured)
    return {
        method: growth([row.cost.total for row in points])
        for method, points in measured.items()
        if len(points) > 1
    }


def answer(rows: Sequence[Row]) -> list[str]:
    """What the study found, a sentence each; the first ones answer how the cost grows with depth."""
    growths = grown(rows)
    if growths:
        return [
            f"{METHODS[method].title}: {found.kind}: {found.words}; the last steps are {found.evidence}."
            for method, found in growths.items()
        ]
    return [
        f"{row.problem.title}, {METHODS[row.method].title}: {count(row.cost.total)} operations, "
        f"{times(row)} times backprop{'' if row.measured else ' (predicted)'}."
        for row in rows
    ]


def to_terminal(rows: Sequence[Row], conventions: str) -> str:
    """The answer, then every row, as plain text."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("layers", justify="right")
    for heading in ("graph", "method"):
        table.add_column(heading, no_wrap=True)
    for heading in COLUMNS:
        table.add_column(heading, justify="right", no_wrap=True)
    for problem, group in groupby(rows, key=lambda row: row.problem):
        table.add_section()
        for i, row in enumerate(group):
            cost = row.cost
            counts = (cost.multiplications, cost.additions, cost.partials, cost.forward, cost.total)
            table.add_row(
                str(problem.layers) if i == 0 else "",
                problem.title if i == 0 else "",
                METHODS[row.method].title,
                *map(count, counts),
                times(row),
                "measured" if row.measured else "predicted",
                error(row),
            )
    text = io.StringIO()
    console = Console(file=text, width=_WIDE, color_system=None)
    console.print("How the cost of one gradient grows with the number of layers", end="\n\n")
    for sentence in answer(rows):
        console.print(f"  {sentence}", highlight=False, markup=False)
    console.print()
    console.print(table)
    console.print()
    for heading, words in COLUMNS.items():
        console.print(f"{heading}: {words}", highlight=False, markup=False, soft_wrap=True)
    console.print()
    console.print(conventions, highlight=False, markup=False, soft_wrap=True)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
