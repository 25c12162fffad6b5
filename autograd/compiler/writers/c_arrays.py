"""C for arrays: every instruction is a formula for its element at an index, in nests of loops.

An instruction that moves elements is not a loop but another index. The row itself gives this index: run on
the places of the elements (`numpy.arange` in, places out), it gives for each of its own elements the place
that it comes from. Mostly this is an affine formula of the indices, else a table. For an instruction that
adds elements at places, the transpose of its derivative gives the places.

A result that a single loop uses is a line in that loop; any other is an array of doubles, reused once nothing
needs it. Sums, extrema and products of matrices are folds over some indices of a nest. Large products are
left to NumPy, whose BLAS blocks them for the cache.

Everything is computed in double precision. A sum is taken term after term, or a vector at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import partial
from math import prod
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.affine import numbered
from autograd.compiler.index_inputs import checks_indices, index_inputs
from autograd.compiler.source import Source, built, harmless
from autograd.compiler.variable import Variable
from autograd.compiler.writers import UnavailableError
from autograd.compiler.writers.c import PRELUDE, PRELUDE_OF_ARRAYS
from autograd.compiler.writers.c_frame import Frame, Objects, all_of, dimensions, function, unlocked
from autograd.compiler.writers.c_library import Make
from autograd.compiler.writers.c_nests import (
    TYPES,
    CArray,
    Memory,
    Nest,
    dtype_of,
    filled,
    number_of,
    type_of,
)
from autograd.rules.arrays import ArrayPrimitive, Fold, astype_of, kept
from autograd.rules.indexing import Gather, Spread
from autograd.transforms.containers import Structure

__all__ = ["FLAGS", "ArrayLoops", "write"]

LARGE = 200_000  # multiply-adds of one product, from which on BLAS is as fast
LINES = 100  # in a loop

FLAGS = (
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


def write(source: Source, structure: Structure) -> tuple[str, Make]:
    """Write a program of arrays as a function of its inputs and of the leaves that it reads.

    Args:
        source: the program, and the names of its numbers in Python.
        structure: the containers of the result.

    Returns:
        the code in C; and a function that creates the compiled function.

    Raises:
        UnavailableError: an operation has no code in C, a product of matrices is large, there are numbers
            other than float64, float32 and truth values, or there is no compiler.
    """
    objects, program, loops = Objects(), source.program, ArrayLoops(source)
    inputs = (*program.inputs, *program.read)
    outputs = [_Output(i, x) for i, x in enumerate(program.outputs)]
    passed = [
        *(
            _Passed(f"const {TYPES[dtype_of(x)]} *restrict x{i}", f"DATA(in[{i}])")
            for i, x in enumerate(inputs)
        ),
        *(
            _Passed(f"const {type_} *restrict {name}", f"DATA({objects.bind(array)})")
            for name, (type_, array) in loops.memory.bound.items()
        ),
        *(output.passed for output in outputs if not output.variable.is_constant),
        *(
            _Passed(f"double *restrict b{i}", f"memory + {start}")
            for i, start in enumerate(loops.memory.starts)
        ),
    ]
    checked = checks_indices(program)
    lines = loops.lines
    if checked:
        passed.append(_Passed("double *outside", "&trouble"))
        lines = ["double trouble = 0;", *lines, "*outside = trouble;"]
    made = [output.made(objects) for output in outputs if output.variable.shape]
    scalars = [f"double y{i};" for i, x in enumerate(program.outputs) if not x.shape and not x.is_constant]

    def number(place: int) -> str:
        return outputs[place].push

    run = f"run({', '.join(argument for _, argument in passed)});"
    frame = Frame(
        declarations=[
            f"PyObject *in[{len(inputs) + 1}] = {{0}}, *out[{len(outputs) + 1}] = {{0}};",
            *scalars,
            *(["double trouble = 0;"] if checked else []),
        ],
        accepts=[f"MINE({len(inputs)})", *(_taken(source, i, x) for i, x in enumerate(inputs))],
        run=[f"int complete = {all_of(made)};", f"if (complete) {{ {unlocked(run, loops.work)} }}"],
        succeeds="complete && trouble == 0" if checked else "complete",
        failed=[f"EACH({len(outputs)}) Py_XDECREF(out[k]);", "PUSH(OTHERWISE);"],
        result=built(structure, number, partial(objects.array, number), objects.container),
        doubles=loops.memory.size,
        cleanup=[f"EACH({len(inputs)}) Py_XDECREF(in[k]);"],
    )
    parameters = ", ".join(parameter for parameter, _ in passed)
    text = "".join([_PRELUDE, function("void run", parameters, lines), frame.text()])
    return text, objects.build(text, *FLAGS, f"-I{np.get_include()}")


def _taken(source: Source, place: int, x: Variable) -> str:
    """The condition that an argument is like the traced one; it keeps a contiguous array of its numbers."""
    example = source.given(x)
    given = example.dtype.num if isinstance(example, np.ndarray) else -1
    return f"(in[{place}] = taken(args[{place}], {given}, {dtype_of(x).num}, {dimensions(x.shape)}))"


class _Passed(NamedTuple):
    """A parameter of ``run`` and the argument for it."""

    parameter: str
    argument: str


class _Output(NamedTuple):
    """An output in C: an array ``out[place]``, or a double ``y<place>``."""

    place: int
    variable: Variable

    @property
    def passed(self) -> _Passed:
        """The pointer by which ``run`` stores it."""
        argument = f"DATA(out[{self.place}])" if self.variable.shape else f"&y{self.place}"
        return _Passed(f"{type_of(self.variable)} *restrict y{self.place}", argument)

    @property
    def push(self) -> str:
        """The statement that pushes it as an object."""
        if self.variable.shape:
            return f"PUSH(out[{self.place}]);"
        return f"PUSH(FLOAT({number_of(self.variable) if self.variable.is_constant else f'y{self.place}'}));"

    def made(self, objects: Objects) -> str:
        """The condition that its array is allocated."""
        x = self.variable
        if x.is_constant:
            copied = f"PyArray_NewCopy((PyArrayObject *){objects.bind(x.data)}, NPY_CORDER)"
            return f"(out[{self.place}] = {copied})"
        return f"(out[{self.place}] = made({dtype_of(x).num}, {dimensions(x.shape)}))"


class _Use(NamedTuple):
    """How a loop uses elements.

    Attributes:
        loop: the place of the instruction whose loop it is.
        access: equal for all results that the loop uses at the same place at a time.
        times: how many elements it uses.
    """

    loop: int
    access: object
    times: int


class ArrayLoops:
    """The loops of a program.

    Args:
        source: the program, and the names of its numbers in Python.
        largest: the multiply-adds of the largest product of matrices to compute.
        whole: inputs that are arrays of ``int64_t`` if they only index.

    Attributes:
        lines: the body of the function that runs it.
        memory: the arrays that it reads and writes.
        work: how many elements are computed in all.
        indices: the inputs that are arrays of ``int64_t``, and the indices that they may hold.
    """

    def __init__(self, source: Source, largest: float = LARGE, whole: Collection[Variable] = ()) -> None:
        program = source.program
        self.lines: list[str] = []
        self._largest = largest
        self.work = 0
        self._moves = {id(x): moved for x in program.instructions if (moved := _moved(x)) is not None}
        self.indices = index_inputs(program, whole, self._moves)
        self.memory = Memory(
            (*program.inputs, *program.read), program.instructions, self._moves, self.indices
        )
        self._outputs = {id(x): i for i, x in reversed(list(enumerate(program.outputs)))}
        # What is looked up at places that depend on numbers has to lie in memory.
        self._looked_up = {id(x.inputs[0]) for x in program.instructions if isinstance(x.primitive, Gather)}
        self._within: dict[int, list[Variable]] = {}  # the instructions in each loop, the last one first
        self._unused: dict[int, list[Variable]] = defaultdict(list)  # results that no later loop needs
        self._plan(program.instructions)
        for place, x in enumerate(program.instructions):
            if place in self._within:
                self._compute(place, x, f"  // {harmless(source.remark(x))}")
        for i, x in enumerate(program.outputs):
            if not x.is_constant and self.memory.lies_in(x) != f"y{i}":
                self._write(self._copy(f"y{i}", x), x.shape)

    def _plan(self, instructions: Sequence[Variable]) -> None:
        """Decide which loop computes an instruction: its own, or the only one that uses it."""
        uses: dict[int, list[_Use]] = defaultdict(list)
        for place, x in reversed(list(enumerate(instructions))):
            found, needed = uses.pop(id(x), []), self._is_kept(x)
            size, elementwise = np.size(x.data), _is_elementwise(x)
            if id(x) in self._moves and not needed:
                uses[id(x.inputs[0])] += [use._replace(access=object()) for use in found]
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
                use = use._replace(times=self._times(x, fold))
            for y in x.inputs:
                same = elementwise and np.size(y.data) == size
                uses[id(y)].append(use if same else use._replace(access=object()))

    def _is_kept(self, x: Variable) -> bool:
        return id(x) in self._outputs or id(x) in self._looked_up

    def _times(self, x: Variable, fold: Fold) -> int:
        """How many terms a fold has in all.

        Raises:
            UnavailableError: it is a large product.
        """
        times = prod(_factors(x, fold)[0])
        if len(x.inputs) > 1 and times > self._largest:
            raise UnavailableError(
                f"a product of {times:,} multiply-adds is done faster by NumPy, from about "
                f"{self._largest:,} on"
            )
        return times

    def _is_alone(self, uses: Sequence[_Use], size: int) -> bool:
        """Whether one loop uses each element once, and so may compute it."""
        loop, access, times = uses[0]
        return times <= size and all(x.access is access for x in uses) and len(self._within[loop]) < LINES

    def _compute(self, place: int, x: Variable, remark: str) -> None:
        """Write the loops of an instruction, and note the array of its results."""
        output = self._outputs.get(id(x))
        array = CArray(f"y{output}", type_of(x))
        if output is None or (array.type != "double" and isinstance(x.primitive, ArrayPrimitive)):
            array = CArray(self.memory.buffer(np.size(x.data)), "double")
        within, to = self._within[place], array.name
        if fold := _fold(x):
            self._write(self._folded(to, x, fold, within, remark), _factors(x, fold)[0])
        elif isinstance(x.primitive, Gather | Spread):
            self._write(self._at_places(to, x, within, remark), x.shape)
        elif id(x) in self._moves:
            nest = Nest(self.memory, x.shape, within)
            element = nest.operand(x.inputs[0], self._moves[id(x)])
            self._write(nest.elementwise(to, element, numbered(x.shape), remark), x.shape)
        elif _is_elementwise(x):
            nest, here = Nest(self.memory, x.shape, within), numbered(x.shape)
            self._write(nest.elementwise(to, nest.formula(x, here), here, remark), x.shape)
        else:
            self._write(self._scattered(to, x, within, remark), x.inputs[-1].shape)
        self.memory.store(x, array)
        for y in self._unused.pop(place, ()):
            self.memory.release(y)

    def _write(self, lines: Sequence[str], shape: tuple[int, ...]) -> None:
        self.lines += [*lines, "APART;"]
        self.work += prod(shape)

    def _copy(self, to: str, x: Variable) -> list[str]:
        nest, here = Nest(self.memory, x.shape), numbered(x.shape)
        return nest.elementwise(to, nest.operand(x, here), here, "  // a result")

    def _folded(self, to: str, x: Variable, fold: Fold, within: Sequence[Variable], remark: str) -> list[str]:
        """The loops of a sum, an extremum or a product of matrices."""
        shape, factors = _factors(x, fold)
        nest = Nest(self.memory, shape, within)
        term = " * ".join(nest.operand(y, f) for y, f in zip(x.inputs, factors, strict=True))
        at = np.broadcast_to(numbered(kept(shape, fold.axis)), shape)
        return nest.fold(to, np.size(x.data), fold.row, term, at, remark)

    def _at_places(self, to: str, x: Variable, within: Sequence[Variable], remark: str) -> list[str]:
        """The loops that take elements at places which depend on numbers, or add to them."""
        a, *places = x.inputs
        row: Any = x.primitive
        examples = [y.data for y in places]
        if isinstance(row, Gather):
            nest = Nest(self.memory, x.shape, within)
            array: Any = self.memory.array(a)
            start, steps = row.route(a.shape, examples)
            place = nest.place(start, steps, places)
            element = f"{'' if array.type == 'double' else '(double)'}{array.name}[{place}]"
            return nest.elementwise(to, element, numbered(x.shape), remark)
        nest = Nest(self.memory, a.shape, within)
        start, steps = row.gather.route(x.shape, examples)
        place = nest.place(start, steps, places)
        lines = nest.elementwise(to, nest.operand(a, numbered(a.shape)), place, remark, "+=")
        return [filled(to, np.size(x.data), "0"), *lines]

    def _scattered(self, to: str, x: Variable, within: Sequence[Variable], remark: str) -> list[str]:
        """The loops of an instruction that adds the elements of its inputs at places of zeros."""
        lines = [filled(to, np.size(x.data), "0")]
        for y, at in zip(x.inputs, _added_at(x), strict=True):
            nest = Nest(self.memory, y.shape, within)
            lines += nest.elementwise(to, nest.operand(y, numbered(y.shape)), at, remark, "+=")
        return lines


def _is_elementwise(x: Variable) -> bool:
    """Whether it computes each element from one element of each input, as a change of precision does."""
    return not isinstance(x.primitive, ArrayPrimitive) or x.primitive is astype_of(x.dtype)


def _fold(x: Variable) -> Fold | None:
    return x.primitive.fold if isinstance(x.primitive, ArrayPrimitive) else None


def _factors(x: Variable, fold: Fold) -> tuple[tuple[int, ...], list[Any]]:
    """The shape of a fold's loops, and the places that each factor comes from."""
    factors = fold.factors(*[numbered(y.shape) for y in x.inputs])
    shape = np.broadcast_shapes(*map(np.shape, factors))
    return shape, [np.broadcast_to(f, shape) for f in factors]


def _moved(x: Variable) -> Any:
    """The places that an instruction takes its elements from, or None if it does something else."""
    if _is_elementwise(x) or _fold(x) or len(x.inputs) > 1:
        return None
    if x.primitive.work(x.data, x.inputs[0].data):
        return None
    places = np.asarray(x.primitive.forward(numbered(x.inputs[0].shape)))
    if places.dtype.kind != "i" or not np.all((places >= 0) & (places < np.size(x.inputs[0].data))):
        return None
    moves = (np.array_equal(x.primitive.forward(y), y.ravel()[places]) for y in _trials(x.inputs[0]))
    return places if all(moves) else None


def _trials(y: Variable) -> tuple[Any, Any]:
    """Rising and falling numbers in the shape of an operand: a sort moves only one of them."""
    rising = numbered(y.shape) + 2
    return rising, -rising


def _added_at(x: Variable) -> list[Any]:
    """The places at which an instruction adds the elements of each input.

    Raises:
        UnavailableError: it does something else.
    """
    unavailable = UnavailableError(f"the operation {x.primitive.name!r} has no code in C")
    if x.primitive.work(x.data, *[y.data for y in x.inputs]):
        raise unavailable
    maps = x.primitive.partials(x.data, *[y.data for y in x.inputs])
    added_at = [np.asarray(each.pull(numbered(x.shape)), int) for each in maps]  # without elements, floats
    for trials in zip(*map(_trials, x.inputs), strict=True):
        total = np.zeros(prod(x.shape), int)
        for trial, places in zip(trials, added_at, strict=True):
            np.add.at(total, places, trial)
        if not np.array_equal(x.primitive.forward(*trials), total.reshape(x.shape)):
            raise unavailable
    return added_at
