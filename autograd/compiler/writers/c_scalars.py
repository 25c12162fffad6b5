"""Straight-line C for scalars: one line per instruction, one double per result.

Where Python raises an error, C goes on with an infinity or NaN. So wherever a division or a function gives
one of these, the call is passed to the program in Python, which raises or returns it. Products and sums are
not fused, so results equal Python's to the last bit.

The lines are cut into blocks, one function each except the last, since a C compiler takes more than twice as
long for a function of twice the length. Results needed in a later block are kept in an array. GCC 12 took
0.3 ms a line, 8 s for 30,000 lines; as one function, 29 s.
"""

from __future__ import annotations

from functools import partial

from autograd.compiler.languages import calls_function
from autograd.compiler.source import Source, built, harmless
from autograd.compiler.variable import Variable
from autograd.compiler.writers import UnavailableError
from autograd.compiler.writers.c import PRELUDE, expression, literal
from autograd.compiler.writers.c_frame import Frame, Objects, function
from autograd.compiler.writers.c_library import Make
from autograd.rules.scalars import div
from autograd.transforms.containers import Structure

__all__ = ["BLOCK", "write"]

BLOCK = 300  # instructions
SMALL = 1000  # numbers and objects that are kept on C's stack

_PRELUDE = f"""\
{PRELUDE}
#define READY 1
#define X(i) PyFloat_AS_DOUBLE(args[i])
static int floats(PyObject *const *args, Py_ssize_t count) {{
  EACH(count) if (!PyFloat_CheckExact(args[k])) return 0;
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
    objects, lines = Objects(), _Lines(source)
    number = partial(lines.output, objects)
    result = built(structure, number, partial(objects.array, number), objects.container)
    *blocks, last = lines.blocks()
    functions = [
        function(
            f"__attribute__((noinline)) double block{i}",
            "PyObject *const *args, double *restrict memory",
            ["double trouble = 0;", *block, "return trouble;"],
        )
        for i, block in enumerate(blocks)
    ]
    frame = Frame(
        accepts=[f"MINE({len(source.names)})", "floats(args, count)"],
        run=[
            "double trouble = 0;",
            *(f"trouble += block{i}(args, memory);" for i in range(len(blocks))),
            *last,
            "const double *r = memory;",
        ],
        result=result,
        succeeds="trouble == 0",
        doubles=len(lines.slots),
        small=SMALL,
    )
    text = "".join([_PRELUDE, *functions, frame.text()])
    return text, objects.build(text, "-O1", "-ffp-contract=off")


class _Lines:
    """The instructions of a program in C, and its outputs.

    Attributes:
        slots: for every double in memory, the place of the instruction whose result it holds: the outputs
            first, in order, then results that later blocks need.
    """

    def __init__(self, source: Source) -> None:
        program = source.program
        inputs = (*program.inputs, *program.read)
        if exact := [x for x in (*inputs, *program.instructions) if type(x.data) not in (float, bool)]:
            raise _exact(exact[0])
        self.slots: list[int] = []
        self._kept: dict[int, int] = {}
        self._source = source
        self._given = {id(x): i for i, x in enumerate(inputs)}
        self._places = {id(x): i for i, x in enumerate(program.instructions)}

    def output(self, objects: Objects, place: int) -> str:
        """A statement that pushes an output as a Python number."""
        x = self._source.program.outputs[place]
        if x.is_constant:
            return f"PUSH(Py_NewRef({objects.bind(x.data)}));"
        if id(x) in self._given:
            return f"PUSH(Py_NewRef(args[{self._given[id(x)]}]));"
        self.slots.append(self._places[id(x)])
        return f"PUSH({'BOOL' if x.data.__class__ is bool else 'FLOAT'}(*r++));"

    def blocks(self) -> list[list[str]]:
        """The lines of each block; the outputs must have been written before."""
        lines = [self._line(place, x) for place, x in enumerate(self._source.program.instructions)]
        for slot, place in enumerate(self.slots):
            lines[place].append(f"memory[{slot}] = v{place};")
        blocks = [lines[i : i + BLOCK] for i in range(0, len(lines) or 1, BLOCK)]
        return [[line for each in block for line in each] for block in blocks]

    def _line(self, place: int, variable: Variable) -> list[str]:
        row = variable.primitive
        code = expression(row, [self._name(x, place // BLOCK) for x in variable.inputs])
        line = f"const double v{place} = {code};  // {harmless(self._source.remark(variable))}"
        may_be_undefined = row is div or calls_function(row)
        return [line, f"trouble += v{place} * 0;"] if may_be_undefined else [line]

    def _name(self, x: Variable, block: int) -> str:
        """A number as an expression in a block."""
        if x.is_constant:
            if type(x.data) in (float, bool) or (type(x.data) is int and abs(x.data) <= 2**53):
                return literal(float(x.data))
            raise _exact(x)
        if id(x) in self._given:
            return f"X({self._given[id(x)]})"
        place = self._places[id(x)]
        if place // BLOCK == block:
            return f"v{place}"
        return f"memory[{self._slot(place)}]"

    def _slot(self, place: int) -> int:
        """The double that keeps an instruction's result for later blocks."""
        if place not in self._kept:
            self._kept[place] = len(self.slots)
            self.slots.append(place)
        return self._kept[place]


def _exact(x: Variable) -> UnavailableError:
    found = f"{type(x.data).__name__} {x.data!r:.40}"
    return UnavailableError(f"C computes with floats, and there is {found} among the numbers")
