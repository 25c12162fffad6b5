"""NumPy over a batch: every group of instructions is one call, on a matrix of numbers by examples.

A batch too large for the cache is computed in parts. A layer of neurons, written in scalars, becomes a
product of matrices: see `schedule`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd.compiler.affine import Affine
from autograd.compiler.batch import BatchSource
from autograd.compiler.schedule import Group, Levels, blocks, dot
from autograd.compiler.variable import Variable
from autograd.compiler.writers.numpy import FUNCTIONS
from autograd.transforms.containers import Structure

__all__ = ["write"]

CACHE = 1_000_000  # bytes for the rows: more would be fetched from memory again and again


def write(source: BatchSource, structure: Structure) -> None:
    """Write the groups of a scalar program, reading and writing the matrices of `BatchSource`."""
    source.namespace |= FUNCTIONS | {"einsum": np.einsum}
    batch, outputs = source.batch, source.program.outputs
    levels = Levels(source.program, source.shared, source.rows, reduced=batch.reduce is not None)
    n, width = batch.examples, min(batch.examples, 1 + CACHE // (8 * max(1, levels.counts[1])))
    shapes = ((levels.counts[0], 1), (levels.counts[1], width), (len(outputs), 1 if batch.reduce else n))
    part = f"start:start + {width}" if width < n else ""
    source.borrow(f"shared, {'every' if part else 'rows'}, results", partial(_allocate, shapes))
    calls = _GroupCalls(source, levels)
    for group in levels.groups:
        if not group.differs:
            calls.group(group)
    if batch.reduce:
        source.write("results.fill(0)")
    if part:
        source.write(f"for start in range(0, {n}, {width}):")
        calls.indent = "    "
        calls.write(f"rows = every[:, :{n} - start]")  # the last part may be smaller
    for line in source.fill(f"[{part}]" if part else ""):
        calls.write(line)
    for group in levels.groups:
        if group.differs:
            calls.group(group)
    if batch.reduce:
        calls.totals()
        calls.indent = ""
        calls.finish(batch.reduce, n)
    else:
        calls.results(part)
        calls.indent = ""
    source.give_results(structure)


def _allocate(shapes: Any) -> list[Any]:
    return [np.zeros(shape) for shape in shapes]


class _GroupCalls:
    """Writes groups as calls on the matrices of a function over a batch.

    Attributes:
        indent: the start of every line.
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
        if code := row.code.get("numpy"):
            written = code.format(*operands, out=f", out={out}")
            return written if "{out}" in code else f"{out} = {written}"
        # A rule for one number at a time.
        each = self._source.bind(np.frompyfunc(row.forward, len(operands), 1))
        return f"{out} = {each}({', '.join(operands)})"

    def dots(self, group: Group) -> str:
        """Sums of products; one product of matrices if all have the same rows on the right."""
        half, out = len(group.operands) // 2, self._out(group)
        left, right = (list(zip(*group.operands[i : i + half], strict=True)) for i in (0, half))
        alike = len({tuple(map(id, rows)) for rows in right}) == 1
        distinct = len(set(right[0])) > 1  # a product of matrices does not repeat a single row
        if alike and distinct and self._differs(right[0][0]) and not self._differs(left[0][0]):
            return f"matmul({self._matrix(left)}, {self._operand(right[0])}, out={out})"
        i, j = ("kdn" if self._differs(side[0][0]) else "kd" for side in (left, right))
        to, column = ("kn", "") if group.differs else ("k", "[:, 0]")
        return f"einsum('{i},{j}->{to}', {self._matrix(left)}, {self._matrix(right)}, out={out}{column})"

    def totals(self) -> None:
        """Add up the outputs over the examples."""
        for how, totals in zip(("+=", "-="), self._levels.totals, strict=False):
            for block in blocks([total.products for total in totals]):
                each = "{} @ {}.T" if block.is_outer else "einsum('kn,kn->k', {}, {})"
                to = self._indexed("results", block.places, "results[{}]")
                added = each.format(self._operand(block.left), self._operand(block.right))
                self.write(f"{to} {how} ({added}).reshape(-1, 1)", f"{len(block.places)} products, added up")
            self._give("results", how, {i: x.rest for i, x in enumerate(totals)}, ".sum(1, keepdims=True)")

    def finish(self, reduce: str, examples: int) -> None:
        """Scale the totals, and add the terms that are the same for all examples."""
        if reduce == "mean":
            self.write(f"results /= {examples}")
        for how, totals in zip(("+=", "-="), self._levels.totals, strict=False):
            end = f" * {examples}" if reduce == "sum" else ""
            self._give("results", how, {i: x.shared for i, x in enumerate(totals)}, end)

    def results(self, part: str) -> None:
        """Store the outputs per example, of the batch or of a part of it."""
        if part:
            self.write(f"some = results[:, {part}]")
        self._give("some" if part else "results", "=", dict(enumerate(self._source.program.outputs)), "")

    def _give(self, matrix: str, how: str, outputs: Mapping[int, Variable | None], end: str) -> None:
        for found in self._levels.alike(outputs):
            to = self._indexed(matrix, list(found), f"{matrix}[{{}}]")
            self.write(f"{to} {how} {self._operand(list(found.values()))}{end}")

    def _differs(self, variable: Variable) -> bool:
        return id(variable) in self._levels.places and self._levels.places[id(variable)].differs

    def _out(self, group: Group) -> str:
        matrix = "rows" if group.differs else "shared"
        return f"{matrix}[{group.row}:{group.row + len(group.operands[0])}]"

    def _operand(self, variables: Sequence[Variable]) -> str:
        """An operand of all the instructions in a group, one row each."""
        if variables[0].is_constant:
            numbers = np.array([[float(x.data)] for x in variables])
            return self._source.bind(numbers[0, 0] if (numbers == numbers[0]).all() else numbers)
        matrix = "rows" if self._differs(variables[0]) else "shared"
        return self._indexed(matrix, [self._levels.places[id(x)].row for x in variables])

    def _indexed(self, matrix: str, places: Sequence[int], take: str = "") -> str:
        """Rows of a matrix, as a slice if possible, else by ``take``."""
        affine = Affine.of(places)
        if affine is not None and (taken := affine.slice(len(places))) is not None:
            return f"{matrix}[{taken}]"
        return (take or f"{matrix}.take({{}}, 0)").format(self._source.bind(np.array(places)))

    def _matrix(self, factors: list[tuple[Variable, ...]]) -> str:
        """One factor of dots: a row for each dot, and a column for each of its terms."""
        if factors[0][0].is_constant:
            return self._source.bind(np.array([[float(x.data) for x in row] for row in factors]))
        matrix = "rows" if self._differs(factors[0][0]) else "shared"
        places = np.array([[self._levels.places[id(x)].row for x in row] for row in factors])
        if matrix == "shared":
            for lying, end in ((places, ""), (places.T, ".T")):
                affine = Affine.of(lying.ravel())
                if affine is not None and affine.steps == (1,):
                    return f"shared[{affine.slice(lying.size)}].reshape{lying.shape}{end}"
        return f"{matrix}.take({self._source.bind(places)}{', 0' if matrix == 'rows' else ''})"
