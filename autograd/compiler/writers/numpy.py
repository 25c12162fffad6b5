"""NumPy: every instruction of a program of arrays is a call, which writes into an existing array.

An array is reused as soon as nothing needs its numbers (liveness analysis). So a run allocates little more
than it returns, and works in as little memory as it can. Calls that run at once use arrays of their own.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograd.compiler.conditions import select
from autograd.compiler.languages import has_code
from autograd.compiler.program import Program
from autograd.compiler.source import Source
from autograd.compiler.variable import Variable
from autograd.numbers.ufuncs import UFUNCS
from autograd.rules.arrays import ArrayPrimitive, columnwise, has_short_rows
from autograd.rules.linear_algebra import matmul_row
from autograd.rules.primitive import TABLE
from autograd.rules.selection import without
from autograd.transforms.containers import Structure

__all__ = ["FUNCTIONS", "write"]

FUNCTIONS: dict[str, Any] = {
    **{name: row.forward for name, row in TABLE.items() if has_code(row)},
    **{name: getattr(np, name) for name in UFUNCS if isinstance(getattr(np, name, None), np.ufunc)},
    "columnwise": columnwise,
    "select": np.where,
    "without": without,
    "matmul": np.matmul,
    "float32": np.float32,
    "float64": np.float64,
}


def write(source: Source, structure: Structure) -> None:
    """Write a program of arrays, which returns its outputs in containers of this structure."""
    program = source.program
    source.namespace.update(FUNCTIONS)
    buffers = _Buffers(program)
    places = {id(variable): buffers.assign(place) for place, variable in enumerate(program.instructions)}
    if buffers.kinds:
        source.write_borrowing(partial(_allocate, buffers.kinds))
        source.write(f"{', '.join(f'b{i}' for i in range(len(buffers.kinds)))}, = buffers")

    def instruction(variable: Variable) -> str:
        operands = [source.name(x) for x in variable.inputs]
        code, place = _code(variable), places[id(variable)]
        if code is None:
            return f"{source.bind(variable.primitive.forward)}({', '.join(operands)})"
        return code.format(*operands, out="" if place is None else f", out=b{place}")

    source.write_instructions((x, instruction(x)) for x in program.instructions)
    if buffers.kinds:
        source.write("free.append(buffers)")
    source.give(structure, partial(_result, source))


def _result(source: Source, place: int) -> str:
    """An output as the caller gets it: a plain number, or an array that the caller alone holds."""
    variable = source.program.outputs[place]
    if not variable.shape:
        return f"float({source.name(variable)})"
    code = None if variable.is_constant else _code(variable)
    once = sum(other is variable for other in source.program.outputs) == 1
    return source.name(variable) + ("" if once and code and "{out}" in code else ".copy()")


def _code(variable: Variable) -> str | None:
    """The text of an instruction, with ``{out}`` if it can write into an array; None for a plain call."""
    row = variable.primitive
    if row is matmul_row and all(len(x.shape) == 2 for x in variable.inputs):
        return "{0}.dot({1}{out})"  # small matrices take half the time
    if row is select and variable.shape and variable.inputs[1].is_all(0):
        return "without({0}, {2}{out})"
    code = row.code.get("numpy")
    if code and _along_short_rows(variable):
        return code.replace("{0}", "columnwise({0})")
    return code if variable.shape else row.code.get("number", code)


def _along_short_rows(variable: Variable) -> bool:
    """Whether it is a reduction along an axis of a matrix with many short rows."""
    fold = variable.primitive.fold if isinstance(variable.primitive, ArrayPrimitive) else None
    return (
        fold is not None
        and fold.axis is not None
        and len(variable.inputs) == 1
        and has_short_rows(variable.inputs[0].shape)
    )


def _allocate(kinds: list[tuple[tuple[int, ...], Any]]) -> list[Any]:
    return [np.empty(shape, dtype) for shape, dtype in kinds]


class _Buffers:
    """Assigns arrays to the instructions that write into one.

    Attributes:
        kinds: shape and precision of every array.
    """

    def __init__(self, program: Program) -> None:
        self.kinds: list[tuple[tuple[int, ...], Any]] = []
        self._instructions = program.instructions
        self._outputs = set(map(id, program.outputs))
        self._last_use = {
            id(x): i for i, variable in enumerate(program.instructions) for x in variable.inputs
        }
        self._held: dict[int, set[int]] = {}  # the arrays that hold a result, which may be a view
        self._holders: list[int] = []  # for every array, how many needed results it holds
        self._free: dict[Any, list[int]] = {}

    def assign(self, place: int) -> int | None:
        """The array that the instruction at a place writes into; None if NumPy allocates one."""
        variable = self._instructions[place]
        code = _code(variable)
        writes = code is not None and "{out}" in code
        overlaps = writes and variable.primitive.elementwise  # may overwrite its operands
        if overlaps:
            self._release(place)
        array = None
        held: set[int] = set()
        if writes and id(variable) not in self._outputs:
            kind = (variable.shape, variable.dtype)
            array = self._free[kind].pop() if self._free.get(kind) else self._new(kind)
            held = {array}
        elif not writes and (code is None or isinstance(variable.primitive, ArrayPrimitive)):
            held = {i for x in variable.inputs for i in self._held.get(id(x), ())}
        self._held[id(variable)] = held
        for i in held:
            # The array of an output is never free again, nor the array that it is a view of.
            self._holders[i] += 1 + (id(variable) in self._outputs)
        if not overlaps:
            self._release(place)
        return array

    def _new(self, kind: tuple[tuple[int, ...], Any]) -> int:
        self.kinds.append(kind)
        self._holders.append(0)
        return len(self.kinds) - 1

    def _release(self, place: int) -> None:
        """Free the arrays that no later instruction needs."""
        for x in dict.fromkeys(map(id, self._instructions[place].inputs)):  # in order, whatever the ids
            if self._last_use[x] != place:
                continue
            for i in self._held.get(x, ()):
                self._holders[i] -= 1
                if not self._holders[i]:
                    self._free.setdefault(self.kinds[i], []).append(i)
