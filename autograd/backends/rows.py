"""NumPy over a batch: every group of instructions is one call, on a matrix of numbers by examples."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograd.backends.numpy import ELEMENTWISE, FUNCTIONS
from autograd.batch import BatchSource
from autograd.levels import Group, Levels, progression
from autograd.program import Variable

__all__ = ["write"]


def write(source: BatchSource) -> None:
    """Write the groups of a scalar program, from the matrices with its arguments to that of its results."""
    source.namespace |= FUNCTIONS
    program, batch = source.program, source.batch
    levels = Levels(program, source.shared, source.rows)
    columns = 1 if batch.reduce else batch.examples
    shapes = ((levels.counts[0], 1), (levels.counts[1], batch.examples), (len(program.outputs), columns))
    source.borrow("shared, rows, results", partial(_allocate, shapes))
    for group in levels.groups:
        source.write(_line(source, levels, group), f"{len(group.operands[0])} {group.primitive.name}")
    reduction = {None: "", "sum": ".sum(1, keepdims=True)", "mean": ".mean(1, keepdims=True)"}[batch.reduce]
    for differs, end in ((True, reduction), (False, f" * {batch.examples}" if batch.reduce == "sum" else "")):
        places = [i for i, x in enumerate(program.outputs) if levels.places.get(id(x), (None,))[0] is differs]
        if places:
            variables = tuple(program.outputs[i] for i in places)
            to = _indexed(source, "results", places, take="results[{}]")
            source.write(f"{to} = {_operand(source, levels, variables)}{end}")
    fixed = [i for i, x in enumerate(program.outputs) if x.is_constant]
    if fixed:
        scale = batch.examples if batch.reduce == "sum" else 1
        numbers = np.array([[float(program.outputs[i].data) * scale] for i in fixed])
        source.write(f"{_indexed(source, 'results', fixed, take='results[{}]')} = {source.bind(numbers)}")


def _allocate(shapes: Any) -> list[Any]:
    return [np.zeros(shape) for shape in shapes]


def _line(source: BatchSource, levels: Levels, group: Group) -> str:
    row, count = group.primitive, len(group.operands[0])
    out = f"{'rows' if group.differs else 'shared'}[{group.row}:{group.row + count}]"
    operands = [_operand(source, levels, variables) for variables in group.operands]
    if row in ELEMENTWISE:
        return f"{ELEMENTWISE[row].__name__}({', '.join(operands)}, out={out})"
    if row.code is not None:
        return f"{out} = {row.code.format(*operands)}"
    each = source.bind(np.frompyfunc(row.forward, len(operands), 1))  # a rule for one number at a time
    return f"{out} = {each}({', '.join(operands)})"


def _operand(source: BatchSource, levels: Levels, variables: tuple[Variable, ...]) -> str:
    """An operand of all the instructions in a group, one below the other."""
    if variables[0].is_constant:
        numbers = np.array([[float(x.data)] for x in variables])
        return source.bind(numbers[0, 0] if (numbers == numbers[0]).all() else numbers)
    matrix = "rows" if levels.places[id(variables[0])][0] else "shared"
    return _indexed(source, matrix, [levels.places[id(x)][1] for x in variables])


def _indexed(source: BatchSource, matrix: str, rows: list[int], take: str = "") -> str:
    first, step = rows[0], progression(rows)
    if step == 0:
        return f"{matrix}[{first}:{first + 1}]"  # NumPy repeats it
    if step is not None and step > 0:
        return f"{matrix}[{first}:{rows[-1] + 1}{f':{step}' if step > 1 else ''}]"
    return (take or f"{matrix}.take({{}}, 0)").format(source.bind(np.array(rows)))
