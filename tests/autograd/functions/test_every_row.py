"""Every row that a call of the tables reaches, or its first and second derivative: checked by itself.

A method takes a derivative one way; here each row is pushed forward and pulled back, whatever reached it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from autograd import Graph, Tensor, gradient
from autograd.rules.arrays import local_map
from autograd.rules.primitive import Primitive
from tests.autograd.functions.programs import CALLS, Call, close, difference, quiet, without_values

# Rows whose derivative is one among symmetric matrices only.
SYMMETRIC = ("cholesky", "eigh")
# Rows that no difference describes: a basis of a space may be any, and equal values are refused a derivative.
FREE = ("complement", "once")
SINGLE = 1e-6  # of a row that rounds to single precision
SAMPLES = 3  # of one row, or of the rows of one family and name


class Sample(NamedTuple):
    """A row with the numbers that a program gave it."""

    row: Primitive
    inputs: tuple[Any, ...]

    @property
    def kind(self) -> Any:
        """The row, or its family and its name if it has a family."""
        made = self.row.made
        return self.row if made is None else (made.func, self.row.name)

    def __str__(self) -> str:
        return f"{self.row.name} of {', '.join(str(np.shape(x)) for x in self.inputs)}"


def samples(root: Any) -> Iterator[Sample]:
    for node in Graph(root).nodes if isinstance(root, Tensor) else ():
        if node.primitive is not None:
            yield Sample(node.primitive, tuple(x.data for x in node.inputs))


def derivatives(call: Call) -> Iterator[Any]:
    """The total of a call, and totals of its first and second derivatives."""
    x = Tensor(call.data)
    total = call.total(x)
    direction = np.random.default_rng(4).normal(size=x.shape)
    for _ in range(3):
        yield total
        if not isinstance(total, Tensor) or total.is_constant:
            return
        (slope,) = gradient(total, [x], create_graph=True).values
        total = np.sum(slope * direction)


@cache
def found() -> list[Sample]:
    """A few samples of every row; derivatives are taken of calls with a row that no earlier call has."""
    seen: dict[Any, list[Sample]] = {}
    called: set[Any] = set()
    for calls in CALLS.values():
        for call in calls:
            for order, total in enumerate(derivatives(call)):
                here = list(samples(total))
                for sample in here:
                    if all(str(sample) != str(other) for other in seen.setdefault(sample.kind, [])):
                        seen[sample.kind].append(sample)
                if order == 0:
                    before = len(called)
                    called |= {sample.kind for sample in here}
                    if len(called) == before:
                        break
    return [sample for several in seen.values() for sample in several[:SAMPLES]]


def check(sample: Sample) -> None:
    inputs = [np.asarray(x) for x in sample.inputs]
    row = sample.row
    out = np.asarray(row.forward(*inputs))
    rng = np.random.default_rng(5)
    adjoint = rng.normal(size=out.shape)
    for i, (x, slope) in enumerate(zip(inputs, row.partials(out, *inputs), strict=True)):
        if x.dtype.kind != "f" or out.dtype.kind != "f":
            continue
        tangent = rng.normal(size=x.shape)
        if row.name in SYMMETRIC:
            tangent = tangent + np.swapaxes(tangent, -1, -2)
        both = local_map(slope, x, out)
        pushed, pulled = both.push(tangent), both.pull(adjoint)
        assert (np.shape(pushed), np.shape(pulled)) == (out.shape, x.shape)
        rounds = row.name.startswith("astype")
        close(np.sum(adjoint * pushed), np.sum(pulled * tangent), SINGLE if rounds else 1e-10)
        if row.name not in FREE and not rounds:
            before, after = inputs[:i], inputs[i + 1 :]
            line = lambda k, x=x, t=tangent, a=before, b=after: row.forward(*a, x + 1e-3 * k * t, *b)  # noqa: E731
            close(pushed, difference(line, 1e-3), 1e-7)


@without_values
def test_every_row_moves_as_its_derivative_says_and_is_pulled_back_by_the_transpose() -> None:
    with quiet():
        every = found()
        assert len({sample.kind for sample in every}) > 100
        failures = []
        for sample in every:
            try:
                check(sample)
            except Exception as error:
                error.add_note(str(sample))
                failures.append(error)
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(every)} samples fail", failures)
