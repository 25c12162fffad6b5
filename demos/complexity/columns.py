"""The columns of the tables: what each means, and the cells of a row."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from autograd.costs.cost import readable
from demos.complexity.study import Clock, Row

__all__ = ["CLOCK_COLUMNS", "cells", "clock_cells", "columns", "count", "digits", "times", "unit"]

SCALAR_COLUMNS = {
    "multiplications": "One per edge that a method walks, by the edge's local derivative; the initial "
    "multiplication by the seed 1 counts. For finite differences, the divisions; for elimination, one per "
    "pair of edges that meet at a dropped vertex.",
    "additions": "One where two contributions to the same derivative meet; the first to arrive is free. "
    "For finite differences, the shifts of the parameter and the subtractions.",
    "partials": "Operations that evaluate the local derivatives: once, shared by all exact methods. Methods "
    "made of forward passes use none.",
    "forward": "Operations of all forward passes: one pass for the exact methods, P + 1 or 2 P passes for "
    "finite differences with P parameters, P complex ones for complex steps, 2 for simultaneous "
    "perturbation. Checkpointing repeats part of the pass.",
    "total": "The sum of the four, so that methods made of forward passes can be compared too.",
    "÷ backprop": "The total divided by backprop's on the same graph.",
    "counts": "Measured: the method ran, and its numbers counted their own operations. Predicted: it was "
    "over the budget, and the closed form is shown, or the count over the graph.",
    "max error": "The greatest distance of a derivative from backprop's. Exact methods differ by rounding "
    "only. Finite differences and complex steps are approximate, forward gradients and simultaneous "
    "perturbation are estimates from one random direction; this is their price besides their cost.",
}
# For networks of Tensors, where one operation is on a whole array.
MATRIX_COLUMNS = {
    "sweeps": "Multiply-adds of the matrix products in the method itself, without forward passes.",
    "forward": "Multiply-adds of the matrix products in all forward passes: one pass for the exact methods, "
    "P + 1 or 2 P passes for finite differences with P numbers in all parameters, 2 for simultaneous "
    "perturbation. Checkpointing repeats part of the pass.",
    "multiply-adds": "The sum of the two, so that methods made of forward passes can be compared too.",
    "÷ backprop": "The multiply-adds divided by backprop's on the same graph.",
    "sweeps ÷ backprop": "The sweeps divided by backprop’s, without the forward pass on either side.",
    "other operations": "All operations outside matrix products, counted per element: biases, activations, "
    "the loss, their local derivatives, and sums over the batch.",
    "counts": SCALAR_COLUMNS["counts"],
    "max error": SCALAR_COLUMNS["max error"],
}
# For the rows that were timed.
CLOCK_COLUMNS = {
    "operations": "The total, as counted.",
    "÷ backprop": SCALAR_COLUMNS["÷ backprop"],
    "µs": "The time of one gradient, by the method as straight-line Python with one line per operation.",
    "µs ÷ backprop": "The time divided by backprop's on the same graph.",
    "ns each": "The time divided by the operations.",
    "lines": "The lines of that code: one per operation. Where one vertex stands for several operations (the "
    "cross-entropy, a neuron), its derivatives repeat some of them.",
    "simplified": "The operations left when repeated ones and ones without effect are removed.",
}
# Tables shorten numbers of more digits; CSV and JSON show them in full.
count = partial(readable, digits=13)


def unit(rows: Sequence[Row]) -> str:
    """The unit of the work of these rows, all of one kind."""
    return "operations" if rows[0].problem.batch is None else "multiply-adds"


def columns(rows: Sequence[Row]) -> dict[str, str]:
    """The headings of a table of these rows, each with its meaning."""
    return SCALAR_COLUMNS if rows[0].problem.batch is None else MATRIX_COLUMNS


def cells(row: Row) -> list[str]:
    """A row of a table, one cell per column of `columns`."""
    cost = row.cost
    if row.problem.batch is None:
        kinds = [cost.multiplications, cost.additions, cost.partials, cost.forward]
        numbers = [*map(count, [*kinds, row.work]), times(row)]
    else:
        kinds = [cost.multiply_adds, cost.forward_multiply_adds]
        numbers = [*map(count, [*kinds, row.work]), times(row), _over_sweep(row)]
        numbers.append(count(cost.total - row.work))
    # One digit says whether a method is exact or approximate.
    error = "" if row.max_error is None else f"{row.max_error:.1g}"
    return [*numbers, "measured" if row.measured else "predicted", error]


def clock_cells(row: Row, clock: Clock) -> list[str]:
    """A row of a table of times, one cell per column of `CLOCK_COLUMNS`."""
    numbers = [clock.seconds * 1e6, clock.over_backprop, clock.nanoseconds]
    lines = [clock.lines, clock.simplified]
    return [count(clock.operations), times(row), *map(digits, numbers), *map(count, lines)]


def times(row: Row) -> str:
    """A row's work over backprop's, to at least three digits."""
    return digits(row.over_backprop)


def digits(number: Decimal | float) -> str:
    """A number to at least three digits."""
    return count(int(number)) if number >= 1000 else f"{float(number):.3g}"


def _over_sweep(row: Row) -> str:
    sweep = row.problem.form.costs["backprop"].multiply_adds
    return digits(Decimal(row.cost.multiply_adds) / sweep) if row.cost.multiply_adds else ""
