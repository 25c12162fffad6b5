"""The rows as text: for a terminal, for a spreadsheet, for a program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import groupby

from rich.console import Console
from rich.table import Table

from autograd.cost import readable
from demos.growth import Growth, growth
from demos.study import METHODS, Row, by_method

__all__ = [
    "COLUMNS",
    "MATRIX_COLUMNS",
    "answer",
    "cells",
    "columns",
    "count",
    "grown",
    "law",
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
    return _ratio(row.over_backprop)


def _over_sweep(row: Row) -> str:
    sweep = row.problem.form.costs["backprop"].multiply_adds
    return _ratio(Decimal(row.cost.multiply_adds) / sweep) if row.cost.multiply_adds else ""


def _ratio(ratio: Decimal) -> str:
    return count(int(ratio)) if ratio >= 1000 else f"{float(ratio):.3g}"


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


def to_terminal(rows: Sequence[Row], conventions: str) -> str:
    """The answer, then every row, as plain text."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("layers", justify="right")
    for heading in ("graph", "method"):
        table.add_column(heading, no_wrap=True)
    for heading in columns(rows):
        table.add_column(heading, justify="right", no_wrap=True)
    for problem, group in groupby(rows, key=lambda row: row.problem):
        table.add_section()
        for i, row in enumerate(group):
            table.add_row(
                str(problem.layers) if i == 0 else "",
                problem.title if i == 0 else "",
                METHODS[row.method].title,
                *cells(row),
            )
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
    console.print()
    console.print(table)
    console.print()
    for heading, words in columns(rows).items():
        console.print(f"{heading}: {words}", highlight=False, markup=False, soft_wrap=True)
    console.print()
    console.print(conventions, highlight=False, markup=False, soft_wrap=True)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
