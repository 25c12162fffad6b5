"""Plain Python: every instruction of a scalar program is a line of arithmetic on floats."""

from __future__ import annotations

import math
from typing import Any

from autograd.compiler.program import Variable
from autograd.compiler.source import Source
from autograd.rules.primitive import TABLE

__all__ = ["result", "write"]

# What one line of Python says faster than a call.
_INLINE = {
    "select": "{1} if {0} else {2}",
    "maximum": "{0} if {0} >= {1} or {0} != {0} else {1}",
    "minimum": "{0} if {0} <= {1} or {0} != {0} else {1}",
}

_FUNCTIONS: dict[str, Any] = {
    **{name: row.forward for name, row in TABLE.items()},
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log", "sin", "cos", "tanh")},
}


def write(source: Source) -> None:
    """Write the instructions of a program of scalars."""

    def instruction(variable: Variable) -> str:
        row = variable.primitive
        beside = next(x.data for x in variable.inputs if not x.is_constant)
        operands = [source.name(x, beside=beside) for x in variable.inputs]
        code = _INLINE.get(row.name, row.code)
        if code is None:  # a rule that is no arithmetic
            return f"{source.bind(row.forward)}({', '.join(operands)})"
        return code.format(*operands)

    source.namespace.update(_FUNCTIONS)
    source.write_instructions(instruction)


def result(source: Source, place: int) -> str:
    """An output as the caller gets it."""
    return source.name(source.program.outputs[place])
