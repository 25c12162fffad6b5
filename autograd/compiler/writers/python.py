"""Python: every instruction of a scalar program is a line of arithmetic on floats."""

from __future__ import annotations

import math
from functools import cache, partial
from typing import Any

from autograd.compiler.expressions import expressions
from autograd.compiler.languages import has_code, operands_of
from autograd.compiler.source import Source
from autograd.compiler.variable import Variable
from autograd.rules.elementary import ON_FLOATS
from autograd.rules.primitive import TABLE, Primitive
from autograd.transforms.containers import Structure

__all__ = ["write"]

_FUNCTIONS: dict[str, Any] = {
    **{name: row.forward for name, row in TABLE.items() if has_code(row)},
    **ON_FLOATS,
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log", "sin", "cos", "tanh")},
}


LINES = 300  # the most instructions that are a line each


def write(source: Source, structure: Structure) -> None:
    """Write a program of scalars, which returns its outputs in containers of this structure."""
    source.namespace.update(_FUNCTIONS)
    program, code = source.program, cache(partial(_code, source))

    def operand(y: Variable, x: Variable) -> str:
        if not y.is_constant:
            return source.name(y)
        return source.name(y, beside=next(z.data for z in x.inputs if not z.is_constant))

    if program.is_simplified and len(program.instructions) > LINES:
        template = cache(lambda pattern: pattern.template(code))
        found = expressions(program, operand, code)
        source.write_instructions((x.result, template(x.pattern).format(*x.operands)) for x in found)
    else:
        source.write_instructions(
            (x, code(x.primitive).format(*[operand(y, x) for y in x.inputs])) for x in program.instructions
        )
    source.give(structure, lambda place: source.name(program.outputs[place]))


def _code(source: Source, row: Primitive) -> str:
    """An operation with a field for every operand; a call, if its rule does not run on variables."""
    fields = ", ".join(f"{{{i}}}" for i in range(operands_of(row)))
    return row.code.get("python") or f"{source.bind(row.forward)}({fields})"
