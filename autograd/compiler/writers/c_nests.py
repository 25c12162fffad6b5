"""Nests of loops in C over arrays, and the memory that they read and write.

A nest computes one array. The index of every operand is an affine formula of the loop indices, or comes from
a table. The innermost loop is the one that steps through memory in the shortest steps (Carr, McKinley and
Tseng, "Compiler optimizations for improving data locality", ASPLOS 1994).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.affine import Index, numbered
from autograd.compiler.variable import Variable
from autograd.compiler.writers import UnavailableError
from autograd.compiler.writers.c import expression, literal
from autograd.rules import scalars as p
from autograd.rules.arrays import ArrayPrimitive
from autograd.rules.primitive import Primitive

__all__ = ["TYPES", "CArray", "Memory", "Nest", "dtype_of", "filled", "number_of", "type_of"]

VECTORS = 16  # terms of a sum from which on it is computed in vectors

TYPES = {np.dtype(np.float64): "double", np.dtype(np.float32): "float", np.dtype(bool): "npy_bool"}
_CASTS = {np.dtype(np.float64): "{}", np.dtype(np.float32): "(float)({})", np.dtype(bool): "({} != 0)"}
_START = {p.add: "0", p.maximum: "-INFINITY", p.minimum: "INFINITY"}


class CArray(NamedTuple):
    """An array in C: its name and the type of its elements."""

    name: str
    type: str


class Memory:
    """The arrays that loops read and write.

    Names are ``x`` and a number for inputs, ``y`` for outputs, ``b`` for buffers, ``k`` for constants and
    tables, and ``t`` for the local result of an instruction within a loop.

    Args:
        inputs: the program's inputs and the leaves that it reads.
        instructions: its instructions.
        moves: for each instruction that only moves elements, by id, the places that it takes them from.
        whole: the inputs that are arrays of ``int64_t``.

    Attributes:
        bound: the constants and tables, with the type of their elements.
        starts: the start of each buffer in one block of memory.
        size: how many doubles that block has.
    """

    def __init__(
        self,
        inputs: Sequence[Variable],
        instructions: Sequence[Variable],
        moves: Mapping[int, Any],
        whole: Collection[Variable] = (),
    ) -> None:
        self.bound: dict[str, tuple[str, Any]] = {}
        self.starts: list[int] = []
        self.size = 0
        self._arrays = {
            id(x): CArray(f"x{i}", "int64_t" if x in whole else TYPES[dtype_of(x)])
            for i, x in enumerate(inputs)
        }
        self._places = {id(x): i for i, x in enumerate(instructions)}
        self._moves = moves
        self._free: dict[int, list[str]] = defaultdict(list)

    def bind(self, type_: str, array: Any) -> str:
        """Declare a constant or a table, and give its name."""
        name = f"k{len(self.bound)}"
        self.bound[name] = type_, array
        return name

    def table(self, places: Any) -> str:
        """Declare a table of places, and give its name."""
        return self.bind("int", np.array(places, np.intc, order="C"))

    def buffer(self, size: int) -> str:
        """The name of a buffer that no other array uses now."""
        if self._free[size]:
            return self._free[size].pop()
        self.starts.append(self.size)
        self.size += size
        return f"b{len(self.starts) - 1}"

    def store(self, x: Variable, array: CArray) -> None:
        """Note where an instruction's result lies from now on."""
        self._arrays[id(x)] = array

    def release(self, x: Variable) -> None:
        """Let others use the buffer of a result that is not needed any more."""
        self._free[np.size(x.data)].append(self._arrays[id(x)].name)

    def lies_in(self, x: Variable) -> str:
        """The name of the array that a result lies in, or an empty text."""
        return self._arrays[id(x)].name if id(x) in self._arrays else ""

    def source(self, x: Variable, at: Any) -> tuple[Variable, Any]:
        """Follow moves back to the variable that elements are taken from, and to their places there."""
        while id(x) not in self._arrays and id(x) in self._moves:
            at = self._moves[id(x)].ravel()[at]
            x = x.inputs[0]
        return x, at

    def array(self, x: Variable) -> CArray | None:
        """The array that an operand lies in, or None if it is local to this loop."""
        if x.is_constant and id(x) not in self._arrays:
            data = np.asarray(x.data)
            if data.dtype.kind not in "biuf":
                raise UnavailableError(f"loops are of real numbers, and there is {data.dtype} among them")
            name = self.bind("double", np.array(data, np.float64, order="C"))
            self._arrays[id(x)] = CArray(name, "double")
        return self._arrays.get(id(x))

    def local(self, x: Variable) -> str:
        """The name of an instruction's result within a loop."""
        return f"t{self._places[id(x)]}"


class Nest:
    """One nest of loops. Its indices are chosen once all its operands are known.

    Args:
        memory: what it reads and writes.
        shape: how far each of its indices runs.
        within: the instructions that it may compute on the way, the last one first.
    """

    def __init__(self, memory: Memory, shape: tuple[int, ...], within: Sequence[Variable] = ()) -> None:
        self.shape = shape
        self._memory = memory
        self._within = within
        self._places: list[Any] = []  # the places that each access reads or writes, one array per access
        self._here: dict[int, Any] = {}  # the places at which it computes instructions of `within`

    def operand(self, x: Variable, at: Any) -> str:
        """An operand's elements at these places, as an expression."""
        x, at = self._memory.source(x, at)
        if x.is_constant and np.size(x.data) == 1:
            return number_of(x)
        array = self._memory.array(x)
        if array is None:
            self._here[id(x)] = at
            return self._memory.local(x)
        return f"{'' if array.type == 'double' else '(double)'}{array.name}[{self._gap(at)}]"

    def place(self, start: Any, steps: Sequence[tuple[int, Any]], places: Sequence[Variable]) -> str:
        """A place that depends on numbers, as an expression; arguments as `Gather.route` returns them."""
        numbers = (self.operand(x, at) for x, (_, at) in zip(places, steps, strict=True))
        terms = (f"{step} * (long){number}" for (step, _), number in zip(steps, numbers, strict=True))
        return " + ".join([self._gap(start), *terms])

    def formula(self, x: Variable, at: Any) -> str:
        """An elementwise instruction at these places, as an expression."""
        operands = []
        for y in x.inputs:
            if np.size(y.data) != np.size(x.data):
                operands.append(self.operand(y, np.broadcast_to(numbered(y.shape), x.shape).ravel()[at]))
            else:
                operands.append(self.operand(y, at))
        if isinstance(x.primitive, ArrayPrimitive):
            return _CASTS[dtype_of(x)].format(*operands)
        return expression(x.primitive, operands)

    def elementwise(self, to: str, element: str, at: Any, remark: str, sign: str = "=") -> list[str]:
        """The loops that store every element at its place, given as an array or as by `place`."""
        target = f"{to}[{at if isinstance(at, str) else self._gap(at)}]"
        lines = [*self._lines(), f"{target} {sign} {element};{remark}"]
        loops, indices = self._loops()
        return _nested(loops, _filled_in(lines, indices))

    def fold(self, to: str, size: int, row: Primitive, term: str, at: Any, remark: str) -> list[str]:
        """The loops that fold elements by a row; in a local number if the folded indices are innermost.

        Args:
            to: the array of results.
            size: how many results there are.
            row: combines two elements.
            term: one element.
            at: the place of its result.
            remark: a comment.
        """
        gap, lines = self._gap(at), self._lines()
        loops, indices = self._loops()
        target_index = indices[int(gap[1:-1])]
        (target, *lines) = _filled_in([f"{to}[{gap}]", *lines, term], indices)
        kept = [loop for loop, step in zip(loops, target_index.affine.steps, strict=True) if step]
        is_local = loops[: len(kept)] == kept and at.size > 0
        total = "s" if is_local else target
        lines[-1] = f"{total} = {expression(row, [total, lines[-1]])};{remark}"
        if not is_local:
            return [filled(to, size, _START[row]), *_nested(loops, lines)]
        folded = _nested(loops[len(kept) :], lines)
        if row is p.add and len(loops) == len(kept) + 1 and loops[-1].size >= VECTORS:
            folded[0] = f"SUM(s) {folded[0]}"
        return _nested(kept, [f"double s = {_START[row]};", *folded, f"{target} = s;"], block=True)

    def _lines(self) -> list[str]:
        """The instructions within that are used here."""
        lines = [  # the last one first: writing it makes known at which places the others are needed
            f"const double {self._memory.local(x)} = {self.formula(x, at)};"
            for x in self._within
            if (at := self._here.get(id(x))) is not None
        ]
        return lines[::-1]

    def _gap(self, at: Any) -> str:
        """A gap in a line for the index of these places."""
        self._places.append(at)
        return f"{{{len(self._places) - 1}}}"

    def _loops(self) -> tuple[list[_Loop], list[Index]]:
        """The loops, from the outermost to the innermost; and the index of every access in terms of them.

        The innermost loop takes the shortest steps in memory. Two axes become one loop where every access
        steps evenly from one to the next.
        """
        indices = [Index.of(at, self._memory.table) for at in self._places]
        steps = [index.affine.steps for index in indices]
        lengths = [sum(abs(each[axis]) for each in steps) for axis in range(len(self.shape))]
        axes: list[tuple[int, int]] = []  # the axis and its size
        for axis in sorted(range(len(self.shape)), key=lambda axis: -lengths[axis]):
            if (size := self.shape[axis]) != 1:
                if axes and all(each[axes[-1][0]] == each[axis] * size for each in steps):
                    size *= axes.pop()[1]
                axes.append((axis, size))
        loops = [_Loop(f"i{i}", size) for i, (_, size) in enumerate(axes)]
        return loops, [index.along([axis for axis, _ in axes]) for index in indices]


class _Loop(NamedTuple):
    """One loop: the name of its index and how far it runs."""

    name: str
    size: int


def _filled_in(lines: Sequence[str], indices: Sequence[Index]) -> list[str]:
    """Lines with an index in each gap."""
    formulas = [index.formula([f"i{i}" for i in range(len(index.affine.steps))]) for index in indices]
    return [line.format(*formulas) for line in lines]


def _nested(loops: Sequence[_Loop], lines: Sequence[str], *, block: bool = False) -> list[str]:
    head = "".join(f"FOR({loop.name}, {loop.size}) " for loop in loops)
    if len(lines) == 1 and not block:
        return [head + lines[0]]
    return [f"{head}{{", *(f"  {line}" for line in lines), "}"]


def filled(to: str, size: int, number: str) -> str:
    """A loop that stores one number in every element of an array."""
    return f"FOR(i0, {size}) {to}[i0] = {number};"


def type_of(x: Variable) -> str:
    """The type of a result's elements in C: double for a single number."""
    return TYPES[dtype_of(x)] if x.shape else "double"


def number_of(constant: Variable) -> str:
    """A constant of a single number, as an expression."""
    return literal(float(np.asarray(constant.data).item()))


def dtype_of(x: Variable) -> Any:
    """The precision of a variable.

    Raises:
        UnavailableError: there are no loops for it.
    """
    dtype = np.asarray(x.data).dtype
    if dtype not in TYPES:
        raise UnavailableError(
            f"loops are of float64, float32 and truth values, and there is {dtype} among them"
        )
    return dtype
