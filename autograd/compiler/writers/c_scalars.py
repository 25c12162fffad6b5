"""C for scalars: one line per instruction, one double per result; a long program is written in loops.

Where Python raises an error, C goes on with an infinity or NaN. So wherever a division or a function gives
one of these, the call is passed to the program in Python, which raises or returns it. Products and sums are
not fused, so results equal Python's to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import accumulate, groupby

from autograd.compiler.program import Program
from autograd.compiler.source import Source, built, harmless
from autograd.compiler.variable import Variable
from autograd.compiler.writers.c import PRELUDE, expression, inexact, may_be_undefined, number_literal
from autograd.compiler.writers.c_frame import Frame, Objects
from autograd.compiler.writers.c_library import Make
from autograd.compiler.writers.c_loops import Loops
from autograd.rules.indexing import IndexRow
from autograd.transforms.containers import Structure

__all__ = ["LINES", "write"]

LINES = 300  # the most instructions that are written as lines
SMALL = 1000  # numbers and objects that are kept on C's stack

_PRELUDE = f"""\
{PRELUDE}
#define READY 1
#define X(i) (PyFloat_CheckExact(args[i]) ? PyFloat_AS_DOUBLE(args[i]) : PyLong_AsDouble(args[i]))
static int floats(PyObject *const *args, Py_ssize_t count) {{
  EACH(count) if (!PyFloat_CheckExact(args[k])) return 0;
  return 1;
}}
static int integers(PyObject *const *args, Py_ssize_t count) {{
  EACH(count) {{
    int overflow = 1;
    if (PyLong_CheckExact(args[k])) PyLong_AsLongAndOverflow(args[k], &overflow);
    if (overflow) return 0;
  }}
  return 1;
}}
"""


def write(source: Source, structure: Structure) -> tuple[str, Make]:
    """Write a program of floats as a function of its inputs and of the leaves that it reads.

    Args:
        source: the program, and the names of its numbers in Python.
        structure: the containers of the result.

    Returns:
        the code in C; and a function that creates the compiled function.

    Raises:
        UnavailableError: there are numbers other than floats, an operation has no code in C, or there is
            no compiler.
    """
    program = source.program
    inputs = (*program.inputs, *program.read)
    _check_floats(program)
    objects, outputs = Objects(), _Outputs(program, inputs)
    number = partial(outputs.push, objects)
    result = built(structure, number, partial(objects.array, number), objects.container)
    writer = _Lines if len(program.instructions) <= LINES else Loops
    written = writer(source, inputs, outputs.computed)
    frame = Frame(
        accepts=[f"MINE({len(inputs)})", *_kinds(inputs)],
        run=["double trouble = 0;", *written.run, "const double *r = memory;"],
        result=result,
        succeeds="trouble == 0",
        doubles=written.doubles,
        small=SMALL,
    )
    text = "".join([_PRELUDE, *written.functions, frame.text()])
    return text, objects.build(text, "-O1", "-ffp-contract=off")


def _check_floats(program: Program) -> None:
    """Refuse numbers that doubles would round; integers that are only indices are exact.

    Raises:
        UnavailableError: there are others.
    """
    numbers = (*program.inputs, *program.read, *program.instructions)
    rounded = {x for x in numbers if type(x.data) not in (float, bool)}
    indices = {x for x in rounded if isinstance(x.primitive, IndexRow)}
    rounded -= indices
    for x in program.instructions if rounded else ():
        if x not in indices and not rounded.isdisjoint((*x.inputs, x)):
            raise inexact(next(y for y in (*x.inputs, x) if y in rounded))


def _kinds(inputs: Sequence[Variable]) -> list[str]:
    """The conditions that the arguments are floats, or integers, where they were when traced."""
    kinds = ["integers" if type(x.data) is int else "floats" for x in inputs]
    spans = [(kind, len(list(same))) for kind, same in groupby(kinds)]
    starts = accumulate((count for _, count in spans), initial=0)
    return [f"{kind}(args + {start}, {count})" for (kind, count), start in zip(spans, starts, strict=False)]


class _Outputs:
    """The outputs of a program as Python numbers.

    Attributes:
        computed: the outputs that C computes, in the order in which they are pushed.
    """

    def __init__(self, program: Program, inputs: Sequence[Variable]) -> None:
        self.computed: list[Variable] = []
        self._outputs = program.outputs
        self._given = {id(x): i for i, x in enumerate(inputs)}

    def push(self, objects: Objects, place: int) -> str:
        """A statement that pushes an output."""
        x = self._outputs[place]
        if x.is_constant:
            return f"PUSH(Py_NewRef({objects.bind(x.data)}));"
        if id(x) in self._given:
            return f"PUSH(Py_NewRef(args[{self._given[id(x)]}]));"
        self.computed.append(x)
        return f"PUSH({'BOOL' if x.data.__class__ is bool else 'FLOAT'}(*r++));"


class _Lines:
    """Instructions as lines, whose outputs are stored in the array ``memory``; attributes as of `Loops`."""

    def __init__(self, source: Source, inputs: Sequence[Variable], outputs: Sequence[Variable]) -> None:
        self._names = {id(x): f"X({i})" for i, x in enumerate(inputs)}
        self.run: list[str] = []
        for place, x in enumerate(source.program.instructions):
            self._names[id(x)] = f"v{place}"
            code = expression(x.primitive, [self._name(y) for y in x.inputs])
            self.run.append(f"const double v{place} = {code};  // {harmless(source.remark(x))}")
            if may_be_undefined(x.primitive):
                self.run.append(f"trouble += v{place} * 0;")
        self.run += [f"memory[{i}] = {self._name(x)};" for i, x in enumerate(outputs)]
        self.functions: list[str] = []
        self.doubles = len(outputs)

    def _name(self, x: Variable) -> str:
        return number_literal(x) if x.is_constant else self._names[id(x)]
