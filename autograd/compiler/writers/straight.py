"""Straight-line C: every instruction of a scalar program is a line, and its result one double.

What Python raises an error for, C computes on with: an infinity, or what is not a number. So if a division
or a function comes to one of these, it is left to the program in Python, which says what is wrong or that
nothing is. Products and sums are not fused, and so the numbers are those of Python to the last bit.

The lines stand in blocks, each a function but the last, with an array for what one computes and a later one
needs: a compiler takes longer for one long function than for two of half the length. GCC 12 took 0.3 ms
a line, 8 s for 30,000 of them; in one function, 29.
"""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import Any

from autograd.compiler.program import Variable
from autograd.compiler.source import Source, built, harmless
from autograd.compiler.writers import UnavailableError
from autograd.compiler.writers.c import PRELUDE, Code, Make, expression, literal, repeated
from autograd.rules.scalars import div

__all__ = ["BLOCK", "write"]

BLOCK = 300  # instructions
SMALL = 1000  # numbers and objects that lie on the stack

_PRELUDE = f"""\
{PRELUDE}
#define READY 1
#define X(i) PyFloat_AS_DOUBLE(args[i])
static int floats(PyObject *const *args, Py_ssize_t count) {{
  EACH(count) if (!PyFloat_CheckExact(args[k])) return 0;
  return 1;
}}
"""


def write(source: Source, tree: Any) -> tuple[str, Make]:
    """A program of floats as a function of its inputs and of the leaves that it reads.

    Args:
        source: the program, and what its numbers are called in Python.
        tree: what the result is like.

    Returns:
        the code, in C; and what makes the function.

    Raises:
        UnavailableError: it computes with other numbers, an operation is not written in C, or there is no
            compiler.
    """
    code, lines = Code(), _Lines(source)
    number = partial(lines.output, code)
    result = built(tree, count(), number, partial(code.array, number), code.container)
    *blocks, last = lines.blocks()
    numbers, objects = len(lines.slots), result.count("\n") + 1
    if numbers + objects < SMALL:
        memory, free = f"  double m[{numbers}]; PyObject *stack[{objects}];", ""
    else:
        memory = (
            f"  double *m = PyMem_Malloc({numbers + objects} * sizeof *m);\n"
            f"  if (!m) return PyErr_NoMemory();\n  PyObject **stack = (PyObject **)(m + {numbers});"
        )
        free = "  PyMem_Free(m);"
    text = [_PRELUDE]
    for i, block in enumerate(blocks):
        text += [
            f"static __attribute__((noinline)) double block{i}(PyObject *const *args, double *restrict m) {{",
            *("  double trouble = 0;", *block, "  return trouble;"),
            "}",
        ]
    text += [
        "static PyObject *program(PyObject *self, PyObject *const *args, Py_ssize_t count) {",
        f"  if (!MINE({len(source.names)}) || !floats(args, count)) return OTHERWISE;",
        memory,
        "  double trouble = 0;",
        *(f"  trouble += block{i}(args, m);" for i in range(len(blocks))),
        *last,
        "  const double *r = m;",
        "  PyObject **top = stack;",
        "  if (trouble == 0) {",
        *(f"    {line}" for line in repeated(result)),
        "  } else PUSH(OTHERWISE);",
        "  PyObject *result = TOP;",
        free,
        "  return result;",
        "}\n",
    ]
    return "\n".join(text), code.built("\n".join(text), "-O1", "-ffp-contract=off")


class _Lines:
    """The instructions of a program in C, and its outputs.

    Attributes:
        slots: of which instruction the array holds the result, place by place: first those that are
            outputs, in order, and then those that are needed after their block.
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

    def output(self, code: Code, place: int) -> str:
        """What puts an output on the stack, as one of Python's numbers."""
        x = self._source.program.outputs[place]
        if x.is_constant:
            return f"PUSH(Py_NewRef({code.bind(x.data)}));"
        if id(x) in self._given:
            return f"PUSH(Py_NewRef(args[{self._given[id(x)]}]));"
        self.slots.append(self._places[id(x)])
        return f"PUSH({'BOOL' if x.data.__class__ is bool else 'FLOAT'}(*r++));"

    def blocks(self) -> list[list[str]]:
        """The lines of each block, once it is known what the outputs are."""
        lines = [self._line(place, x) for place, x in enumerate(self._source.program.instructions)]
        for slot, place in enumerate(self.slots):
            lines[place] += f"\n  m[{slot}] = v{place};"
        return [lines[i : i + BLOCK] for i in range(0, len(lines) or 1, BLOCK)]

    def _line(self, place: int, variable: Variable) -> str:
        row = variable.primitive
        code = expression(row, [self._name(x, place // BLOCK) for x in variable.inputs])
        line = f"  const double v{place} = {code};  // {harmless(self._source.remark(variable))}"
        undefined = row is div or (row.code or "").endswith(")")
        return f"{line}\n  trouble += v{place} * 0;" if undefined else line

    def _name(self, x: Variable, block: int) -> str:
        """What a number is called in a block."""
        if x.is_constant:
            if type(x.data) in (float, bool) or (type(x.data) is int and abs(x.data) <= 2**53):
                return literal(float(x.data))
            raise _exact(x)
        if id(x) in self._given:
            return f"X({self._given[id(x)]})"
        place = self._places[id(x)]
        if place // BLOCK == block:
            return f"v{place}"
        return f"m[{self._slot(place)}]"

    def _slot(self, place: int) -> int:
        """Where the result of an instruction is kept for later blocks."""
        if place not in self._kept:
            self._kept[place] = len(self.slots)
            self.slots.append(place)
        return self._kept[place]


def _exact(x: Variable) -> UnavailableError:
    what = f"{type(x.data).__name__} {x.data!r:.40}"
    return UnavailableError(f"C computes with floats, and there is {what} among the numbers")
