"""Python: every instruction of a scalar program is a line of arithmetic on floats."""

from __future__ import annotations

import math
from typing import Any

from autograd.compiler.languages import has_code
from autograd.compiler.source import Source
from autograd.compiler.variable import Variable
from autograd.rules.elementary import ON_FLOATS
from autograd.rules.primitive import TABLE
from autograd.transforms.containers import Structure

__all__ = ["write"]

_FUNCTIONS: dict[str, Any] = {
    **{name: row.forward for name, row in TABLE.items() if has_code(row)},
    **ON_FLOATS,
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log", "sin", "cos", "tanh")},
}


def write(source: Source, structure: Structure) -> None:
    """Write a program of scalars, which returns its outputs in containers of this structure."""

    def instruction(variable: Variable) -> str:
        row = variable.primitive
        beside = next(x.data for x in variable.inputs if not x.is_constant)
        operands = [source.name(x, beside=beside) for x in variable.inputs]
        code = row.code.get("python")
        if code is None:  # a rule that does not run on variables
            return f"{source.bind(row.forward)}({', '.join(operands)})"
        return code.format(*operands)

    source.namespace.update(_FUNCTIONS)
    source.write_instructions(instruction)
    source.give(structure, lambda place: source.name(source.program.outputs[place]))
