"""The rows as text: for a terminal, for a spreadsheet, for a program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import groupby
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from autograd.costs.cost import readable
from demos.growth import Growth, growth
from demos.study import METHODS, Clock, Row, by_method

__all__ = [
    "CLOCK_COLUMNS",
    "COLUMNS",
    "MATRIX_COLUMNS",
    "answer",
    "cells",
    "clock_cells",
    "clocked",
    "clocks",
    "columns",
    "count",
    "digits",
    "grown",
    "law",
    "pace",
    "simplified",
    "times",
    "to_csv",
    "to_json",
    "to_terminal",
    "unit",
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
# The same of networks of Tensors, where an operation is on a whole array.
MATRIX_COLUMNS = {
    "sweeps": "Multiply-adds of the matrix products that the method itself does; finite differences do none.",
    "forward": "Multiply-adds of the matrix products in all forward passes: one pass for the exact methods, "
    "P + 1 or 2 P for finite differences with P numbers in all W and b.",
    "multiply-adds": "The two together, so that methods which are all forward passes can be compared with "
    "the rest.",
    "÷ backprop": "The multiply-adds over those of backprop on the same graph.",
    "sweeps ÷ backprop": "The sweeps alone over backprop’s, the forward pass left out on both sides.",
    "other operations": "Everything that is not a matrix product, counted element by element: biases, tanh, "
    "the loss, their local derivatives, and sums over the batch.",
    "counts": COLUMNS["counts"],
    "max error": COLUMNS["max error"],
}
# The same of the rows that were timed.
CLOCK_COLUMNS = {
    "operations": "The total, as it is counted.",
    "÷ backprop": COLUMNS["÷ backprop"],
    "µs": "The time of one gradient, by the method as straight-line Python with a line for every operation.",
    "µs ÷ backprop": "The time over that of backprop on the same graph.",
    "ns each": "The time over the operations.",
    "lines": "Of that code: the operations, and where one vertex is several of them (the cross-entropy, a "
    "neuron) those that its derivatives do once more.",
    "simplified": "The lines that are left if nothing is done twice, and nothing that changes nothing.",
}
# Beyond so many digits a table shows the leading ones; CSV and JSON show all.
count = partial(readable, digits=13)
# A terminal that is narrower wraps the lines itself, and a file keeps them whole.
_WIDE = 160


def to_json(rows: Sequence[Row]) -> str:
    """A list with one object per row."""
    return json.dumps(_records(rows), indent=2) + "\n"


def to_csv(rows: Sequence[Row]) -> str:
    """One line per row under a header; sizes as the option ``--sizes`` takes them."""
    text = io.StringIO()
    records = [record | {"sizes": ",".join(map(str, record["sizes"]))} for record in _records(rows)]
    writer = csv.DictWriter(text, list(records[0]) if records else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def _records(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows as plain data, all with the same keys."""
    records = [row.record() for row in rows]
    keys = {key: None for record in records for key in record}
    return [keys | record for record in records]


def unit(rows: Sequence[Row]) -> str:
    """What the work of these rows is counted in; the rows of a study are all of one kind."""
    return "operations" if rows[0].problem.batch is None else "multiply-adds"


def columns(rows: Sequence[Row]) -> dict[str, str]:
    """The columns of a table of these rows, with what they mean."""
    return COLUMNS if rows[0].problem.batch is None else MATRIX_COLUMNS


def cells(row: Row) -> list[str]:
    """A row of a table, a cell for every column."""
    cost = row.cost
    if row.problem.batch is None:
        kinds = [cost.multiplications, cost.additions, cost.partials, cost.forward]
        numbers = [*map(count, [*kinds, row.work]), times(row)]
    else:
        kinds = [cost.multiply_adds, cost.forward_multiply_adds]
        numbers = [*map(count, [*kinds, row.work]), times(row), _over_sweep(row)]
        numbers.append(count(cost.total - row.work))
    # Exact methods differ by rounding alone; finite differences are approximate: one digit says it.
    error = "" if row.max_error is None else f"{row.max_error:.1g}"
    return [*numbers, "measured" if row.measured else "predicted", error]


def times(row: Row) -> str:
    """A row's work over backprop's, to three digits at least."""
    return digits(row.over_backprop)


def _over_sweep(row: Row) -> str:
    sweep = row.problem.form.costs["backprop"].multiply_adds
    return digits(Decimal(row.cost.multiply_adds) / sweep) if row.cost.multiply_adds else ""


def digits(number: Decimal | float) -> str:
    """A number to three digits at least."""
    return count(int(number)) if number >= 1000 else f"{float(number):.3g}"


@dataclass(frozen=True, slots=True)
class Law:
    """The sweeps of the chain rule per layer over that of backprop, in multiply-adds.

    Attributes:
        layers: L, all of one width.
        per_layer, backprop: their multiply-adds.
        measured: whether both ran.
    """

    layers: int
    per_layer: int
    backprop: int
    measured: bool

    @property
    def found(self) -> float:
        return self.per_layer / self.backprop

    @property
    def formula(self) -> float:
        """``L(L+1) / 2`` products against ``2L - 1``: the first layer has no inputs to pass on to."""
        return self.layers * (self.layers + 1) / (2 * (2 * self.layers - 1))


def law(rows: Sequence[Row]) -> list[Law]:
    """For every depth at which both methods stand: of networks of Tensors of one width; else none."""
    series = by_method(row for row in rows if row.problem.batch is not None)
    return [
        Law(
            layer.problem.layers,
            layer.cost.multiply_adds,
            backprop.cost.multiply_adds,
            layer.measured and backprop.measured,
        )
        for layer in series.get("layer", [])
        for backprop in series.get("backprop", [])
        if layer.problem == backprop.problem and len(set(layer.problem.sizes)) == 1
    ]


def grown(rows: Sequence[Row]) -> dict[str, Growth]:
    """How each method's measured work grows, for those measured at two depths or more."""
    measured = by_method(row for row in rows if row.measured)
    return {
        method: growth([row.work for row in points]) for method, points in measured.items() if len(points) > 1
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
        f"{row.problem.title}, {METHODS[row.method].title}: {count(row.work)} {unit(rows)}, "
        f"{times(row)} times backprop{'' if row.measured else ' (predicted)'}."
        for row in rows
    ]


def clocked(rows: Sequence[Row]) -> list[tuple[Row, Clock]]:
    """What was timed of one problem: of those of which most methods were timed the deepest."""
    problems = [clocks(list(group)) for _, group in groupby(rows, key=lambda row: row.problem)]
    return max(
        problems, key=lambda timed: (len(timed), max((row.problem.layers for row, _ in timed), default=0))
    )


def clocks(rows: Sequence[Row]) -> list[tuple[Row, Clock]]:
    """The rows that were timed, with what the clock said."""
    return [(row, row.clock) for row in rows if row.clock]


def clock_cells(row: Row, clock: Clock) -> list[str]:
    """A row of a table of times, a cell for every column."""
    numbers = [clock.seconds * 1e6, clock.over_backprop, clock.nanoseconds]
    lines = [clock.lines, clock.simplified]
    return [count(clock.operations), times(row), *map(digits, numbers), *map(count, lines)]


def pace(rows: Sequence[Row]) -> list[str]:
    """What the clock said, a sentence each; none if it was not asked."""
    paces = [clock.nanoseconds for _, clock in clocks(rows)]
    if not paces:
        return []
    row, clock = max(clocked(rows), key=lambda timed: timed[1].operations)
    return [
        f"By the clock an operation takes about {median(paces):.0f} ns, from {min(paces):.0f} to "
        f"{max(paces):.0f}, whichever the method.",
        f"{METHODS[row.method].title} at {row.problem.title}: {digits(clock.over_backprop)} times as long as "
        f"backprop, for {times(row)} times the operations.",
    ]


def simplified(rows: Sequence[Row]) -> dict[int, list[str]]:
    """Which methods are left with so many lines, of the problem of `clocked`, from the shortest on."""
    left: dict[int, list[str]] = {}
    for row, clock in clocked(rows):
        left.setdefault(clock.simplified, []).append(METHODS[row.method].title)
    return dict(sorted(left.items()))


def to_terminal(rows: Sequence[Row], conventions: str) -> str:
    """The answer, then every row, as plain text."""
    tables = [(columns(rows), [(row, cells(row)) for row in rows])]
    if timed := clocks(rows):
        tables.append((CLOCK_COLUMNS, [(row, clock_cells(row, clock)) for row, clock in timed]))
    text = io.StringIO()
    console = Console(file=text, width=_WIDE, color_system=None)
    console.print("How the cost of one gradient grows with the number of layers", end="\n\n")
    for sentence in answer(rows):
        console.print(f"  {sentence}", highlight=False, markup=False)
    for found in law(rows)[-1:]:
        console.print(
            f"  chain rule per layer ÷ backprop at {found.layers} layers, the sweeps alone: "
            f"{found.found:.4g}{'' if found.measured else ' (predicted)'}; "
            f"L(L+1) / (2(2L-1)) = {found.formula:.4g}.",
            highlight=False,
            markup=False,
        )
    for sentence in pace(rows):
        console.print(f"  {sentence}", highlight=False, markup=False)
    console.print()
    for headings, lines in tables:
        console.print(_table(headings, lines))
        console.print()
        for heading, words in headings.items():
            console.print(f"{heading}: {words}", highlight=False, markup=False, soft_wrap=True)
        console.print()
    console.print(conventions, highlight=False, markup=False, soft_wrap=True)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def _table(headings: Iterable[str], lines: Sequence[tuple[Row, list[str]]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("layers", justify="right")
    for heading in ("graph", "method"):
        table.add_column(heading, no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for problem, group in groupby(lines, key=lambda line: line[0].problem):
        table.add_section()
        for i, (row, texts) in enumerate(group):
            table.add_row(
                str(problem.layers) if i == 0 else "",
                problem.title if i == 0 else "",
                METHODS[row.method].title,
                *texts,
            )
    return table
