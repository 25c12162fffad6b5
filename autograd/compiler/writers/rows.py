"""NumPy over a batch: every group of instructions is one call, on a matrix of numbers by examples.

A batch too large for the cache is gone through in parts. A layer of neurons, written in scalars, is a
product of matrices again: see `levels`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd.compiler.batch import BatchSource
from autograd.compiler.program import Variable
from autograd.compiler.schedule import Group, Levels, blocks, dot, progression
from autograd.compiler.writers.numpy import ELEMENTWISE, FUNCTIONS

__all__ = ["write"]

CACHE = 1_000_000  # bytes that the rows may take: more would be fetched from memory again and again


def write(source: BatchSource) -> None:
    """Write the groups of a scalar program, from the matrices with its arguments to that of its results."""
    source.namespace |= FUNCTIONS | {"einsum": np.einsum}
    batch, outputs = source.batch, source.program.outputs
    levels = Levels(source.program, source.shared, source.rows, reduced=batch.reduce is not None)
    n, width = batch.examples, min(batch.examples, 1 + CACHE // (8 * max(1, levels.counts[1])))
    shapes = ((levels.counts[0], 1), (levels.counts[1], width), (len(outputs), 1 if batch.reduce else n))
    cut = f"start:start + {width}" if width < n else ""
    source.borrow(f"shared, {'every' if cut else 'rows'}, results", partial(_allocate, shapes))
    writer = _Writer(source, levels)
    for group in levels.groups:
        if not group.differs:
            writer.group(group)
    if batch.reduce:
        source.write("results.fill(0)")
    if cut:
        source.write(f"for start in range(0, {n}, {width}):")
        writer.indent = "    "
        writer.write(f"rows = every[:, :{n} - start]")  # fewer at the end
    for line in source.fill(f"[{cut}]" if cut else ""):
        writer.write(line)
    for group in levels.groups:
        if group.differs:
            writer.group(group)
    if batch.reduce:
        writer.totals()
        writer.indent = ""
        writer.finish(batch.reduce, n)
    else:
        writer.results(cut)


def _allocate(shapes: Any) -> list[Any]:
    return [np.zeros(shape) for shape in shapes]


class _Writer:
    """Writes lines on the matrices of a function over a batch.

    Attributes:
        indent: what they begin with.
    """

    def __init__(self, source: BatchSource, levels: Levels) -> None:
        self.indent = ""
        self._source = source
        self._levels = levels

    def write(self, line: str, comment: str = "") -> None:
        self._source.write(self.indent + line, comment)

    def group(self, group: Group) -> None:
        line = self.dots(group) if group.primitive is dot else self.elementwise(group)
        self.write(line, f"{len(group.operands[0])} {group.primitive.name}")

    def elementwise(self, group: Group) -> str:
        row, out = group.primitive, self._out(group)
        operands = [self._operand(variables) for variables in group.operands]
        if row in ELEMENTWISE:
            return f"{ELEMENTWISE[row].__name__}({', '.join(operands)}, out={out})"
        if row.code is not None:
            return f"{out} = {row.code.format(*operands)}"
        # A rule for one number at a time.
        each = self._source.bind(np.frompyfunc(row.forward, len(operands), 1))
        return f"{out} = {each}({', '.join(operands)})"

    def dots(self, group: Group) -> str:
        """Sums of products; one product of matrices, if they are of the same rows."""
        half, out = len(group.operands) // 2, self._out(group)
        left, right = (list(zip(*group.operands[i : i + half], strict=True)) for i in (0, half))
        alike = len({tuple(map(id, rows)) for rows in right}) == 1
        distinct = len(set(right[0])) > 1  # one row alone is not repeated in a product of matrices
        if alike and distinct and self._differs(right[0][0]) and not self._differs(left[0][0]):
            return f"matmul({self._matrix(left)}, {self._operand(right[0])}, out={out})"
        i, j = ("kdn" if self._differs(side[0][0]) else "kd" for side in (left, right))
        to, column = ("kn", "") if group.differs else ("k", "[:, 0]")
        return f"einsum('{i},{j}->{to}', {self._matrix(left)}, {self._matrix(right)}, out={out}{column})"

    def totals(self) -> None:
        """Add up the outputs over the examples."""
        for how, totals in zip(("+=", "-="), self._levels.totals, strict=False):
            for places, left, right in blocks([total.products for total in totals]):
                each = "{} @ {}.T" if len(places) == len(left) * len(right) else "einsum('kn,kn->k', {}, {})"
                to = self._indexed("results", places, "results[{}]")
                added = each.format(self._operand(left), self._operand(right))
                self.write(f"{to} {how} ({added}).reshape(-1, 1)", f"{len(places)} products, added up")
            self._give("results", how, {i: x.rest for i, x in enumerate(totals)}, ".sum(1, keepdims=True)")

    def finish(self, reduce: str, examples: int) -> None:
        """Bring what was added up to the outputs, with what is the same for all examples."""
        if reduce == "mean":
            self.write(f"results /= {examples}")
        for how, totals in zip(("+=", "-="), self._levels.totals, strict=False):
            end = f" * {examples}" if reduce == "sum" else ""
            self._give("results", how, {i: x.shared for i, x in enumerate(totals)}, end)

    def results(self, cut: str) -> None:
        """Hand on the outputs, one number an example, of all or of a part."""
        if cut:
            self.write(f"some = results[:, {cut}]")
        self._give("some" if cut else "results", "=", dict(enumerate(self._source.program.outputs)), "")

    def _give(self, matrix: str, how: str, outputs: Mapping[int, Variable | None], end: str) -> None:
        for found in self._levels.alike(outputs):
            to = self._indexed(matrix, list(found), f"{matrix}[{{}}]")
            self.write(f"{to} {how} {self._operand(list(found.values()))}{end}")

    def _differs(self, variable: Variable) -> bool:
        return self._levels.places.get(id(variable), (False,))[0]

    def _out(self, group: Group) -> str:
        matrix = "rows" if group.differs else "shared"
        return f"{matrix}[{group.row}:{group.row + len(group.operands[0])}]"

    def _operand(self, variables: Sequence[Variable]) -> str:
        """An operand of all the instructions in a group, one below the other."""
        if variables[0].is_constant:
            numbers = np.array([[float(x.data)] for x in variables])
            return self._source.bind(numbers[0, 0] if (numbers == numbers[0]).all() else numbers)
        matrix = "rows" if self._differs(variables[0]) else "shared"
        return self._indexed(matrix, [self._levels.places[id(x)][1] for x in variables])

    def _indexed(self, matrix: str, places: Sequence[int], take: str = "") -> str:
        first, step = places[0], progression(places)
        if step == 0:
            return f"{matrix}[{first}:{first + 1}]"  # NumPy repeats it
        if step is not None and step > 0:
            return f"{matrix}[{first}:{places[-1] + 1}{f':{step}' if step > 1 else ''}]"
        return (take or f"{matrix}.take({{}}, 0)").format(self._source.bind(np.array(places)))

    def _matrix(self, factors: list[tuple[Variable, ...]]) -> str:
        """One factor of dots: a row for each, and a column for each of its terms."""
        if factors[0][0].is_constant:
            return self._source.bind(np.array([[float(x.data) for x in row] for row in factors]))
        matrix = "rows" if self._differs(factors[0][0]) else "shared"
        places = np.array([[self._levels.places[id(x)][1] for x in row] for row in factors])
        if matrix == "shared":
            for lying, end in ((places, ""), (places.T, ".T")):
                flat = lying.ravel().tolist()
                if progression(flat) == 1:
                    return f"shared[{flat[0]}:{flat[-1] + 1}].reshape{lying.shape}{end}"
        return f"{matrix}.take({self._source.bind(places)}{', 0' if matrix == 'rows' else ''})"
