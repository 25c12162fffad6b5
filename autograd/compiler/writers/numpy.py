"""NumPy: every instruction of a program of arrays is a call, which writes into an array that is there.

Arrays are used again as soon as nothing needs what is in them (liveness): a run allocates what it
returns and little else, and works in as little memory as it can. Two runs at once have arrays of their
own.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograd.compiler.conditions import COMPARISONS
from autograd.compiler.program import Program, Variable
from autograd.compiler.source import Source
from autograd.numbers.ufuncs import UFUNCS
from autograd.rules.arrays import ArrayPrimitive, columnwise, has_short_rows
from autograd.rules.linear_algebra import matmul_row
from autograd.rules.primitive import TABLE, Primitive
from autograd.rules.scalars import power

__all__ = ["ELEMENTWISE", "FUNCTIONS", "result", "write"]

# The rows that are NumPy's functions of elements, by the table of these in `numbers`.
ELEMENTWISE: dict[Primitive, Any] = {power: np.power}
for _name, _function in UFUNCS.items():
    if isinstance(_function, partial):
        ELEMENTWISE[_function.args[0]] = getattr(np, _name)
    elif _function in COMPARISONS:
        ELEMENTWISE[COMPARISONS[_function]] = getattr(np, _name)

FUNCTIONS: dict[str, Any] = {
    **{name: row.forward for name, row in TABLE.items()},
    **{function.__name__: function for function in ELEMENTWISE.values()},
    "columnwise": columnwise,
    "select": np.where,
    "matmul": np.matmul,
    "float32": np.float32,
    "float64": np.float64,
}


def write(source: Source) -> None:
    """Write the instructions of a program of arrays."""
    program = source.program
    source.namespace.update(FUNCTIONS)
    buffers = _Buffers(program)
    places = {id(variable): buffers.assign(place) for place, variable in enumerate(program.instructions)}
    if buffers.kinds:
        source.namespace |= {"free": [], "allocate": partial(_allocate, buffers.kinds)}
        for line in ("try:", "    buffers = free.pop()", "except IndexError:", "    buffers = allocate()"):
            source.write(line)
        source.write(f"{', '.join(f'b{i}' for i in range(len(buffers.kinds)))}, = buffers")

    def instruction(variable: Variable) -> str:
        operands = [source.name(x) for x in variable.inputs]
        code, place = _code(variable), places[id(variable)]
        if code is None:
            return f"{source.bind(variable.primitive.forward)}({', '.join(operands)})"
        return code.format(*operands, out="" if place is None else f", out=b{place}")

    source.write_instructions(instruction)
    if buffers.kinds:
        source.write("free.append(buffers)")


def result(source: Source, place: int) -> str:
    """An output as the caller gets it: a plain number, or an array that is nobody else's."""
    variable = source.program.outputs[place]
    if not variable.shape:
        return f"float({source.name(variable)})"
    code = None if variable.is_constant else _code(variable)
    once = sum(other is variable for other in source.program.outputs) == 1
    return source.name(variable) + ("" if once and code and "{out}" in code else ".copy()")


def _code(variable: Variable) -> str | None:
    """How an instruction is written; with ``{out}`` in it if it can write into an array."""
    row = variable.primitive
    if variable.shape and row in ELEMENTWISE:
        operands = ", ".join(f"{{{i}}}" for i in range(len(variable.inputs)))
        return f"{ELEMENTWISE[row].__name__}({operands}{{out}})"
    if row.code and _along_short_rows(variable):
        return row.code.replace("{0}", "columnwise({0})")
    if row is matmul_row and all(len(x.shape) == 2 for x in variable.inputs):
        return "{0}.dot({1}{out})"  # for small matrices it is called in half the time
    return row.code


def _along_short_rows(variable: Variable) -> bool:
    """Whether it adds up or compares along an axis of a matrix of many short rows."""
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
    """Which array an instruction writes into.

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
        self._held: dict[int, set[int]] = {}  # the arrays that a result lies in: it may be a view
        self._holders: list[int] = []  # for every array how many results lie in it that are still needed
        self._free: dict[Any, list[int]] = {}

    def assign(self, place: int) -> int | None:
        """The array that the instruction at a place writes into; None if it makes one of its own."""
        variable = self._instructions[place]
        code = _code(variable)
        writes = code is not None and "{out}" in code
        overlaps = writes and variable.primitive in ELEMENTWISE  # it may write over what it reads
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
            # An output is needed for ever, and what it is a view of.
            self._holders[i] += 1 + (id(variable) in self._outputs)
        if not overlaps:
            self._release(place)
        return array

    def _new(self, kind: tuple[tuple[int, ...], Any]) -> int:
        self.kinds.append(kind)
        self._holders.append(0)
        return len(self.kinds) - 1

    def _release(self, place: int) -> None:
        """Free the arrays that only this instruction still needed."""
        for x in {id(x) for x in self._instructions[place].inputs}:
            if self._last_use[x] != place:
                continue
            for i in self._held.get(x, ()):
                self._holders[i] -= 1
                if not self._holders[i]:
                    self._free.setdefault(self.kinds[i], []).append(i)
