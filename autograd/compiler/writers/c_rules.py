"""The scalar rows as C for the native `Value`: ``python -m autograd.compiler.writers.c_rules``.

Each row runs once on variables of a program, unsimplified, so the C computes the same numbers in the same
order as the row does on floats.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import unwrap
from pathlib import Path
from typing import Any

from autograd import numbers
from autograd.compiler.program import Program
from autograd.compiler.variable import INPUT, Variable
from autograd.compiler.writers.c import FUNCTIONS, expression, literal
from autograd.rules import scalars as p
from autograd.rules.primitive import Primitive, apply

__all__ = ["HEADER", "header"]

HEADER = Path(numbers.__file__).parent / "native" / "rules.h"

ELEMENTARY = (p.sqrt, p.exp, p.log, p.sin, p.cos, p.tanh, p.sigmoid, p.relu, p.softplus)
UNARY = (p.neg, p.square, *ELEMENTARY, p.absolute)
BINARY = (p.add, p.sub, p.mul, p.div, p.maximum, p.minimum, p.power)

_TITLE = """\
/* The rules of the native Value, generated from autograd/rules/scalars.py. Do not edit:
   python -m autograd.compiler.writers.c_rules writes this file. */

#include <math.h>
"""


def header() -> str:
    """The text of the header: for each row its forward function and what it pulls back, and lists of rows.

    The adjoint ``g`` of the output comes in, and its products with the local derivatives come out.
    """
    rows = [(row.name, row, ("a", "b")[: 1 + (row in BINARY)]) for row in (*UNARY, *BINARY)]
    texts = [_function(name, row.forward, row.partials, names, row) for name, row, names in rows]
    texts.append(_with_constant("power_of", lambda a, constant: unwrap(p.power_of)(constant)))
    texts.append(_with_constant("exponential_of", lambda a, constant: unwrap(p.exponential_of)(constant)))
    lists = [_list("UNARY_RULES", UNARY), _list("BINARY_RULES", BINARY)]
    return "\n".join([_TITLE, FUNCTIONS, *texts, *lists])


def _list(name: str, rows: Sequence[Primitive]) -> str:
    return f"#define {name}(X) {' '.join(f'X({row.name})' for row in rows)}\n"


def _with_constant(name: str, made: Callable[[Any, Any], Primitive]) -> str:
    """The two functions of a row that depends on a number ``b``, by which it is not differentiated."""
    return _function(
        name,
        lambda a, b: made(a, b).forward(a),
        lambda out, a, b: made(a, b).partials(out, a),
        ("a", "b"),
    )


def _function(
    name: str,
    forward: Callable[..., Any],
    partials: Callable[..., Any],
    names: Sequence[str],
    row: Primitive | None = None,
) -> str:
    arguments = ", ".join(f"double {x}" for x in names)
    program, inputs = _program(names)
    result = forward(*inputs) if row is None else apply(row, *inputs)
    lines, (value,) = _lines(program, names, [result])
    text = [f"ONE forward_{name}({arguments}) {{", *lines, f"  return {value};", "}"]
    given = ("g", "out", *names)
    program, (adjoint, *inputs) = _program(given)
    lines, values = _lines(program, given, [adjoint * d for d in partials(*inputs)])
    targets = [f"g{x}" for x in names[: len(values)]]
    pointers = ", ".join(f"double *{x}" for x in targets)
    text.append(f"static inline void pull_{name}(double g, double out, {arguments}, {pointers}) {{")
    text += [*lines, *(f"  *{x} = {y};" for x, y in zip(targets, values, strict=True)), "}", ""]
    return "\n".join(text)


def _program(names: Sequence[str]) -> tuple[Program, list[Variable]]:
    program = Program(simplify=False)
    program.inputs = [Variable(program, INPUT, (), 0.5 + 0.25 * i) for i, _ in enumerate(names)]
    return program, program.inputs


def _lines(program: Program, names: Sequence[str], results: Sequence[Any]) -> tuple[list[str], list[str]]:
    """The lines that compute all instructions, and the expression of each result."""
    program.outputs = [x for x in results if isinstance(x, Variable)]
    program._drop_dead_code(None)
    known = {id(x): name for x, name in zip(program.inputs, names, strict=True)}
    known |= {id(x): f"v{i}" for i, x in enumerate(program.instructions)}
    lines = [
        f"  const double {known[id(x)]} = {expression(x.primitive, [_text(i, known) for i in x.inputs])};"
        for x in program.instructions
    ]
    return lines, [_text(x, known) for x in results]


def _text(x: Any, known: dict[int, str]) -> str:
    if isinstance(x, Variable) and not x.is_constant:
        return known[id(x)]
    return literal(float(x.data if isinstance(x, Variable) else x))


if __name__ == "__main__":
    HEADER.write_text(header(), encoding="utf-8")
