"""Native code for arrays: every instruction is a formula for its element at an index, in loops in C.

What moves elements is no loop but another index. Which one, the row says itself: it is run on the places
of the elements, and gives for each of its own the place that it comes from (`numpy.arange` in, places
out); mostly that is a linear formula of the indices, and else a table. What does not take elements from
places brings them to places, and the transpose of its derivative says where.

An element that one loop alone uses is a line in that loop, and all else is an array of doubles, used again
when nothing needs it. Sums, extrema and products of matrices are folds over some of the indices of a
loop, and the innermost goes through memory in the shortest steps (Carr, McKinley and Tseng, "Compiler
optimizations for improving data locality", ASPLOS 1994). Large products are left to NumPy, whose BLAS
takes the cache into account.

All is computed in double precision, and a sum is taken one after the other, or a vector at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import count
from math import prod
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.program import Variable
from autograd.compiler.source import Source, built, harmless
from autograd.compiler.writers import UnavailableError
from autograd.compiler.writers.c import (
    PRELUDE,
    PRELUDE_OF_ARRAYS,
    Code,
    Make,
    dimensions,
    expression,
    literal,
    repeated,
    unlocked,
)
from autograd.rules import scalars as p
from autograd.rules.arrays import ArrayPrimitive, Fold, kept
from autograd.rules.primitive import Primitive

__all__ = ["write"]

LARGE = 200_000  # multiply-adds of one product, from which on BLAS is as fast
LINES = 100  # in a loop
VECTORS = 16  # numbers in a sum, from which on it is one of vectors

_FLAGS = (
    *("-O2", "-ftree-vectorize", "-fno-tree-slp-vectorize", "-funroll-loops", "-fopenmp-simd"),
    *("-fno-trapping-math", "-ffp-contract=off"),
)

_PRELUDE = f"""\
{PRELUDE}{PRELUDE_OF_ARRAYS}\
#ifdef HAS_VECTOR_FUNCTIONS
#define OF_VECTORS __attribute__((simd("notinbranch"))) double
OF_VECTORS exp(double); OF_VECTORS log(double); OF_VECTORS log1p(double); OF_VECTORS tanh(double);
OF_VECTORS sin(double); OF_VECTORS cos(double); OF_VECTORS pow(double, double);
#endif
// GCC 12 went wrong between loops, with -ftree-slp-vectorize and run() inlined, though no arrays overlap.
#define APART __asm__ volatile("" ::: "memory")
#define FOR(i, n) for (long i = 0; i < n; i++)
#define SUM(s) _Pragma("omp simd reduction(+:s)")
#define DATA(x) PyArray_DATA((PyArrayObject *)x)
static PyObject *taken(PyObject *x, int given, int type, int axes, const npy_intp *shape) {{
  PyArrayObject *a = (PyArrayObject *)x;
  if (given < 0 ? !PyFloat_CheckExact(x) && !PyLong_CheckExact(x)
      : !PyArray_CheckExact(x) || PyArray_TYPE(a) != given || PyArray_NDIM(a) != axes
        || !PyArray_CompareLists(PyArray_DIMS(a), shape, axes)) return NULL;
  if (given == type && PyArray_ISCARRAY_RO(a)) return Py_NewRef(x);
  return PyArray_FROM_OTF(x, type, NPY_ARRAY_IN_ARRAY | NPY_ARRAY_FORCECAST);
}}
static PyObject *made(int type, int axes, npy_intp *shape) {{
  return PyArray_SimpleNew(axes, shape, type);
}}
"""


def write(source: Source, tree: Any) -> tuple[str, Make]:
    """A program of arrays as a function of its inputs and of the leaves that it reads.

    Args:
        source: the program, and what its numbers are called in Python.
        tree: what the result is like.

    Returns:
        the code, in C; and what makes the function.

    Raises:
        UnavailableError: an operation is not written in C, a product of matrices is large, there are
            other numbers than float64, float32 and truth values, or there is no compiler.
    """
    code, program, ends = Code(), source.program, len(source.program.outputs)
    loops = _Loops(source)
    parameters, given, takes, makes, scalars = [], [], [], [], ["double unused"]
    for i, x in enumerate((*program.inputs, *program.read)):
        example = source.given(x)
        kind = example.dtype.num if isinstance(example, np.ndarray) else -1
        takes.append(f"(in[{i}] = taken(args[{i}], {kind}, {_dtype(x).num}, {dimensions(x.shape)}))")
        parameters.append(f"const {_TYPES[_dtype(x)]} *restrict x{i}")
        given.append(f"DATA(in[{i}])")
    for name, (type_, array) in loops.bound.items():
        parameters.append(f"const {type_} *restrict {name}")
        given.append(f"DATA({code.bind(array)})")
    for i, x in enumerate(program.outputs):
        if x.is_constant and x.shape:
            makes.append(f"(out[{i}] = PyArray_NewCopy((PyArrayObject *){code.bind(x.data)}, NPY_CORDER))")
        elif x.shape:
            makes.append(f"(out[{i}] = made({_dtype(x).num}, {dimensions(x.shape)}))")
            given.append(f"DATA(out[{i}])")
        elif not x.is_constant:
            scalars.append(f"y{i}")
            given.append(f"&y{i}")
        if not x.is_constant:
            parameters.append(f"{_type(x)} *restrict y{i}")
    for i, start in enumerate(loops.starts):
        parameters.append(f"double *restrict b{i}")
        given.append(f"work + {start}")

    def number(place: int) -> str:
        x = program.outputs[place]
        if x.shape:
            return f"PUSH(out[{place}]);"
        return f"PUSH(FLOAT({_number(x) if x.is_constant else f'y{place}'}));"

    lines = built(tree, count(), number, partial(code.array, number), code.container)
    room = loops.size + lines.count("\n") + 1
    run = unlocked(f"run({', '.join(given)});", loops.work)
    text = [
        _PRELUDE + f"static void run({', '.join(parameters)}) {{",
        *(f"  {line}" for line in loops.lines),
        "}",
        "static PyObject *program(PyObject *self, PyObject *const *args, Py_ssize_t count) {",
        f"  PyObject *in[{len(takes) + 1}] = {{0}}, *out[{ends + 1}] = {{0}};",
        f"  {', '.join(scalars)}, *work = PyMem_Malloc({room} * sizeof *work);",
        "  if (!work) return PyErr_NoMemory();",
        f"  PyObject **top = (PyObject **)(work + {loops.size});",
        f"  if (!({_all([f'MINE({len(takes)})', *takes])})) PUSH(OTHERWISE);",
        f"  else if (!({_all(['1', *makes])})) {{",
        f"    EACH({ends}) Py_XDECREF(out[k]);",
        "    PUSH(NULL);",
        "  } else {",
        f"    {run}",
        *(f"    {line}" for line in repeated(lines)),
        "  }",
        "  PyObject *result = TOP;",
        "  PyMem_Free(work);",
        f"  EACH({len(takes)}) Py_XDECREF(in[k]);",
        "  return result;",
        "}\n",
    ]
    return "\n".join(text), code.built("\n".join(text), *_FLAGS, f"-I{np.get_include()}")


_TYPES = {np.dtype(np.float64): "double", np.dtype(np.float32): "float", np.dtype(bool): "npy_bool"}
_FIRST = {p.add: "0", p.maximum: "-INFINITY", p.minimum: "INFINITY"}


def _all(conditions: Sequence[str]) -> str:
    return "\n      && ".join(conditions)


def _type(x: Variable) -> str:
    """What a result is in C: a number is a double."""
    return _TYPES[_dtype(x)] if x.shape else "double"


def _number(constant: Variable) -> str:
    return literal(float(np.asarray(constant.data).item()))


def _dtype(x: Variable) -> Any:
    """The precision of what is no constant.

    Raises:
        UnavailableError: there are no loops for it.
    """
    dtype = np.asarray(x.data).dtype
    if dtype not in _TYPES:
        raise UnavailableError(
            f"loops are of float64, float32 and truth values, and there is {dtype} among them"
        )
    return dtype


class _Use(NamedTuple):
    """How a loop uses elements.

    Attributes:
        loop: the place of the instruction whose loop it is.
        frame: the same for all that the loop uses at one place at a time.
        times: how many elements it uses.
    """

    loop: int
    frame: object
    times: int


class _Loops:
    """The loops of a program.

    Attributes:
        lines: of the function that runs it, given ``x`` and a number for the arguments, ``y`` for the
            results, ``b`` for arrays to compute in, and what is bound.
        bound: the constants and tables that it reads, with their type in C.
        starts: where in one block of memory each ``b`` begins.
        size: how many doubles that block has.
        work: how many elements are computed, in all.
    """

    def __init__(self, source: Source) -> None:
        program = source.program
        inputs = (*program.inputs, *program.read)
        self.lines: list[str] = []
        self.bound: dict[str, tuple[str, Any]] = {}
        self.starts: list[int] = []
        self.size = self.work = 0
        self._free: dict[int, list[int]] = defaultdict(list)
        self._names = {id(x): (f"x{i}", _TYPES[_dtype(x)]) for i, x in enumerate(inputs)}
        self._places = {id(x): i for i, x in enumerate(program.instructions)}
        self._outputs = {id(x): i for i, x in reversed(list(enumerate(program.outputs)))}
        self._moves = {id(x): moved for x in program.instructions if (moved := _moved(x)) is not None}
        self._within: dict[int, list[Variable]] = {}  # the instructions in each loop, the last one first
        self._unused: dict[int, list[Variable]] = defaultdict(list)  # what is needed by no later loop
        self._plan(program.instructions)
        for place, x in enumerate(program.instructions):
            if place in self._within:
                self._compute(place, x, f"  // {harmless(source.remark(x))}")
        for i, x in enumerate(program.outputs):
            if not x.is_constant and self._names.get(id(x), ("",))[0] != f"y{i}":
                self._write(f"y{i}", x, None, "  // a result")

    def _plan(self, instructions: Sequence[Variable]) -> None:
        """Find out which loop an instruction is in: its own, or the only one that uses it."""
        uses: dict[int, list[_Use]] = defaultdict(list)
        for place, x in reversed(list(enumerate(instructions))):
            found, needed = uses.pop(id(x), []), id(x) in self._outputs
            size, elementwise = np.size(x.data), _is_elementwise(x)
            if id(x) in self._moves and not needed:
                uses[id(x.inputs[0])] += [use._replace(frame=object()) for use in found]
                continue
            use = _Use(place, object(), size)
            if elementwise and not needed and self._is_alone(found, size):
                use = found[0]
                self._within[use.loop].append(x)
            else:
                self._within[place] = []
                if not needed:
                    self._unused[max(other.loop for other in found)].append(x)
            if fold := _fold(x):
                use = use._replace(times=prod(_factors(x, fold)[0]))
            for y in x.inputs:
                same = elementwise and np.size(y.data) == size
                uses[id(y)].append(use if same else use._replace(frame=object()))

    def _is_alone(self, uses: Sequence[_Use], size: int) -> bool:
        """Whether one loop uses each element once, and so may compute it."""
        loop, frame, times = uses[0]
        return times <= size and all(x.frame is frame for x in uses) and len(self._within[loop]) < LINES

    def _compute(self, place: int, x: Variable, remark: str) -> None:
        """Write the loop of an instruction, and where its results are."""
        i = self._outputs.get(id(x))
        type_ = _type(x)
        if i is not None and (type_ == "double" or not isinstance(x.primitive, ArrayPrimitive)):
            name = f"y{i}"
        else:
            name, type_ = f"b{self._buffer(np.size(x.data))}", "double"
        self._write(name, x, place, remark)
        self._names[id(x)] = name, type_
        for y in self._unused.pop(place, ()):
            self._free[np.size(y.data)].append(int(self._names[id(y)][0][1:]))

    def _buffer(self, size: int) -> int:
        if self._free[size]:
            return self._free[size].pop()
        self.starts.append(self.size)
        self.size += size
        return len(self.starts) - 1

    def _write(self, to: str, x: Variable, place: int | None, remark: str) -> None:
        """Write the loops that bring an instruction's elements, or a copy of them, to an array."""
        here = _numbered(x.shape)
        loop = _Loop(self, place, x.shape)
        if place is None:
            self.lines += loop.elementwise(to, loop.operand(x, here), here, remark)
        elif fold := _fold(x):
            shape, factors = _factors(x, fold)
            loop = _Loop(self, place, shape)
            term = " * ".join(loop.operand(y, f) for y, f in zip(x.inputs, factors, strict=True))
            at = np.broadcast_to(_numbered(kept(shape, fold.axis)), shape)
            self.lines += loop.fold(to, np.size(x.data), fold.row, term, at, remark)
        elif id(x) in self._moves:
            self.lines += loop.elementwise(to, loop.operand(x.inputs[0], self._moves[id(x)]), here, remark)
        elif _is_elementwise(x):
            self.lines += loop.elementwise(to, loop.formula(x, here), here, remark)
        else:
            self.lines.append(_filled(to, np.size(x.data), "0"))
            for y, at in zip(x.inputs, _brought(x), strict=True):
                loop = _Loop(self, place, y.shape)
                self.lines += loop.elementwise(to, loop.operand(y, _numbered(y.shape)), at, remark, "+=")
        self.lines.append("APART;")
        self.work += prod(loop.shape)

    def bind(self, type_: str, array: Any) -> str:
        name = f"k{len(self.bound)}"
        self.bound[name] = type_, array
        return name

    def within(self, place: int | None) -> Sequence[Variable]:
        return () if place is None else self._within[place]

    def source(self, x: Variable, at: Any) -> tuple[Variable, Any]:
        """The array that an operand's elements are taken from, and the places that they have there."""
        while id(x) not in self._names and id(x) in self._moves:
            at = self._moves[id(x)].ravel()[at]
            x = x.inputs[0]
        return x, at

    def array(self, x: Variable) -> tuple[str, str] | None:
        """The name and type of the array that an operand lies in; None if it is a line of this loop."""
        if x.is_constant and id(x) not in self._names:
            data = np.asarray(x.data)
            if data.dtype.kind not in "biuf":
                raise UnavailableError(f"loops are of real numbers, and there is {data.dtype} among them")
            self._names[id(x)] = self.bind("double", np.array(data, np.float64, order="C")), "double"
        return self._names.get(id(x))

    def number(self, x: Variable) -> str:
        return f"t{self._places[id(x)]}"


class _Loop:
    """One nest of loops, whose indices are known when all that it reads is."""

    def __init__(self, loops: _Loops, place: int | None, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self._loops = loops
        self._within = loops.within(place)
        self._at: list[Any] = []  # the places that it reads or writes
        self._here: dict[int, Any] = {}  # at which places it computes the instructions within

    def operand(self, x: Variable, at: Any) -> str:
        """An operand's elements at these places."""
        x, at = self._loops.source(x, at)
        if x.is_constant and np.size(x.data) == 1:
            return _number(x)
        array = self._loops.array(x)
        if array is None:
            self._here[id(x)] = at
            return self._loops.number(x)
        name, type_ = array
        return f"{'' if type_ == 'double' else '(double)'}{name}[{self._index(at)}]"

    def formula(self, x: Variable, at: Any) -> str:
        """What an instruction is, element by element."""
        operands = []
        for y in x.inputs:
            same = np.size(y.data) == np.size(x.data)
            operands.append(
                self.operand(y, at if same else np.broadcast_to(_numbered(y.shape), x.shape).ravel()[at])
            )
        if isinstance(x.primitive, ArrayPrimitive):
            return _CASTS[_dtype(x)].format(*operands)
        return expression(x.primitive, operands)

    def elementwise(self, to: str, element: str, at: Any, remark: str, sign: str = "=") -> list[str]:
        """The loops that bring every element to its place."""
        target = f"{to}[{self._index(at)}]"
        lines = [*self._lines(), f"{target} {sign} {element};{remark}"]
        axes, indices, _ = self._axes()
        return _nest(axes, [line.format(*indices) for line in lines])

    def fold(self, to: str, size: int, row: Primitive, term: str, at: Any, remark: str) -> list[str]:
        """The loops that bring elements together: in a number, if the last indices are those folded over."""
        index, lines = self._index(at), self._lines()
        axes, indices, steps = self._axes()
        target = f"{to}[{index}]".format(*indices)
        kept = [axis for axis, step in zip(axes, steps[int(index[1:-1])], strict=True) if step]
        last = axes[: len(kept)] == kept and at.size > 0
        total = "s" if last else target
        lines = [line.format(*indices) for line in (*lines, term)]
        lines[-1] = f"{total} = {expression(row, [total, lines[-1]])};{remark}"
        if not last:
            return [_filled(to, size, _FIRST[row]), *_nest(axes, lines)]
        folded = _nest(axes[len(kept) :], lines)
        if row is p.add and len(axes) == len(kept) + 1 and axes[-1][1] >= VECTORS:
            folded[0] = f"SUM(s) {folded[0]}"
        return _nest(kept, [f"double s = {_FIRST[row]};", *folded, f"{target} = s;"], block=True)

    def _lines(self) -> list[str]:
        """The instructions within that are used here."""
        lines = [  # the last one first, as an operand is asked for before it is written
            f"const double {self._loops.number(x)} = {self.formula(x, at)};"
            for x in self._within
            if (at := self._here.get(id(x))) is not None
        ]
        return lines[::-1]

    def _index(self, at: Any) -> str:
        """A gap for the index of these places."""
        self._at.append(at)
        return f"{{{len(self._at) - 1}}}"

    def _axes(self) -> tuple[list[tuple[str, int]], list[str], list[list[int]]]:
        """The indices and how far they run; every place as a formula of them; and its steps.

        The innermost is the one that takes the shortest steps in memory. Where all step on evenly from one
        axis to the next, the two are one.
        """
        formulas = [_linear(at) for at in self._at]
        for i, at in enumerate(self._at):
            if formulas[i] is None:
                table = self._loops.bind("int", np.array(at, np.intc, order="C"))
                formulas[i] = _linear(_numbered(self.shape), table)
        steps = [formula.steps for formula in formulas if formula]
        lengths = [sum(abs(each[axis]) for each in steps) for axis in range(len(self.shape))]
        axes: list[tuple[int, int]] = []  # the axis and its size
        for axis in sorted(range(len(self.shape)), key=lambda axis: -lengths[axis]):
            if (size := self.shape[axis]) != 1:
                if axes and all(each[axes[-1][0]] == each[axis] * size for each in steps):
                    size *= axes.pop()[1]
                axes.append((axis, size))
        order = [axis for axis, _ in axes]
        return (
            [(f"i{i}", size) for i, (_, size) in enumerate(axes)],
            [formula.text(order) for formula in formulas if formula],
            [[each[axis] for axis in order] for each in steps],
        )


class _Linear(NamedTuple):
    """Places as a formula: where they start and how far they step along each axis; or so in a table."""

    start: int
    steps: list[int]
    table: str = ""

    def text(self, axes: Sequence[int]) -> str:
        """The formula, with an index for each of these axes."""
        steps = [(self.steps[axis], f"i{i}") for i, axis in enumerate(axes)]
        terms = [name if step == 1 else f"{step} * {name}" for step, name in steps if step]
        if self.start or not terms:
            terms.append(str(self.start))
        index = " + ".join(terms)
        return f"{self.table}[{index}]" if self.table else index


_CASTS = {np.dtype(np.float64): "{}", np.dtype(np.float32): "(float)({})", np.dtype(bool): "({} != 0)"}


def _filled(to: str, size: int, number: str) -> str:
    return f"FOR(i0, {size}) {to}[i0] = {number};"


def _nest(axes: Sequence[tuple[str, int]], lines: Sequence[str], *, block: bool = False) -> list[str]:
    head = "".join(f"FOR({name}, {size}) " for name, size in axes)
    if len(lines) == 1 and not block:
        return [head + lines[0]]
    return [f"{head}{{", *(f"  {line}" for line in lines), "}"]


def _numbered(shape: Sequence[int]) -> Any:
    """The places of the elements of an array of this shape."""
    return np.arange(prod(shape)).reshape(shape)


def _linear(at: Any, table: str = "") -> _Linear | None:
    """Places as a formula, if they have one."""
    if not at.size:
        return _Linear(0, [0] * at.ndim)
    start = at[(0,) * at.ndim]
    formula, steps = start, []
    for axis, index in enumerate(np.ogrid[tuple(map(slice, at.shape))]):
        second = [0] * at.ndim
        second[axis] = min(1, index.size - 1)
        steps.append(int(at[tuple(second)] - start))
        formula = formula + steps[-1] * index
    return _Linear(int(start), steps, table) if np.array_equal(formula, at) else None


def _is_elementwise(x: Variable) -> bool:
    """Whether it is an operation on one element of each input; a change of precision is one."""
    if isinstance(x.primitive, ArrayPrimitive):
        return not x.primitive.fold and x.inputs[0].dtype != x.dtype
    return True


def _fold(x: Variable) -> Fold | None:
    return x.primitive.fold if isinstance(x.primitive, ArrayPrimitive) else None


def _factors(x: Variable, fold: Fold) -> tuple[tuple[int, ...], list[Any]]:
    """The shape of the loops of a fold, and from which places the factors come.

    Raises:
        UnavailableError: it is a large product.
    """
    factors = fold.factors(*[_numbered(y.shape) for y in x.inputs])
    shape = np.broadcast_shapes(*map(np.shape, factors))
    if len(factors) > 1 and prod(shape) > LARGE:
        raise UnavailableError(
            f"a product of {prod(shape):,} multiply-adds is done faster by NumPy, from about {LARGE:,} on"
        )
    return shape, [np.broadcast_to(f, shape) for f in factors]


def _moved(x: Variable) -> Any:
    """From which places an instruction takes its elements; None if it does something else."""
    if _is_elementwise(x) or _fold(x) or len(x.inputs) > 1:
        return None
    move, shape = x.primitive.forward, x.inputs[0].shape
    return move(_numbered(shape)) if np.all(move(np.ones(shape, int)) == 1) else None


def _brought(x: Variable) -> list[Any]:
    """To which places an instruction brings the elements of its inputs.

    Raises:
        UnavailableError: it does something else.
    """
    ones, places = np.ones(x.shape, int), _numbered(x.shape)
    maps = x.primitive.partials(x.data, *[y.data for y in x.inputs])
    if not all(np.all(each.pull(ones) == 1) for each in maps):
        raise UnavailableError(f"the operation {x.primitive.name!r} has no code in C")
    return [each.pull(places) for each in maps]
