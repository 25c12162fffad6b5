"""Instructions joined to expressions: a sum or product that is used once is written where it is used.

So a sum of 16 products is one expression and not 31 lines with 30 names. It takes a compiler less time, and
Python too when it runs. The operations and their order stay what they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from autograd.compiler.program import Program
from autograd.compiler.variable import Variable
from autograd.rules.primitive import Primitive
from autograd.rules.scalars import add, div, mul, neg, sub

__all__ = ["Expression", "Pattern", "expressions"]

TERMS = 200  # the most operands of one expression

# How tightly an operator binds.
_BINDS = {add: 1, sub: 1, mul: 2, div: 2, neg: 3}
# The operations that never raise an error on floats.
_INNER = (add, sub, mul, neg)


@dataclass(frozen=True, eq=False, slots=True)
class Pattern:
    """What expressions have in common that differ in their operands alone; compared by identity.

    Attributes:
        row: the last operation.
        parts: for each of its operands the pattern of an expression, or whether it is a constant.
    """

    row: Primitive
    parts: tuple[Pattern | bool, ...]

    def template(self, code: Callable[[Primitive], str]) -> str:
        """The text, with a field for every operand: ``{0} * {1} + {2}``.

        Args:
            code: gives the text of an operation, with a field for every operand.
        """
        return self._text(code, (f"{{{i}}}" for i in range(TERMS + 2)))

    def _text(self, code: Callable[[Primitive], str], fields: Iterator[str]) -> str:
        parts = []
        for i, part in enumerate(self.parts):
            text = next(fields) if isinstance(part, bool) else part._text(code, fields)
            loose = not isinstance(part, bool) and _BINDS[part.row] < _BINDS.get(self.row, 4) + (i > 0)
            parts.append(f"({text})" if loose else text)
        return code(self.row).format(*parts)


class Expression(NamedTuple):
    """One or more instructions.

    Attributes:
        result: the last instruction.
        pattern: the pattern.
        operands: its parts from left to right, in the writer's own form.
    """

    result: Variable
    pattern: Pattern
    operands: list[Any]


def expressions(
    program: Program,
    operand: Callable[[Variable, Variable], Any],
    code: Callable[[Primitive], str],
) -> list[Expression]:
    """Return the instructions of a program of scalars as expressions, each after the ones that it needs.

    Args:
        program: the program.
        operand: gives an operand as the writer has it, from its variable and the instruction.
        code: gives the text of an operation. One that reads an operand twice contains no expression.
    """
    uses = Counter(chain(program.outputs, chain.from_iterable(x.inputs for x in program.instructions)))
    patterns: dict[tuple[Primitive | Pattern | bool, ...], Pattern] = {}
    inner: dict[Variable, Expression] = {}  # those that another one may contain
    found: list[Expression] = []
    contains: dict[Primitive, bool] = {}
    for x in program.instructions:
        row = x.primitive
        if row not in contains:
            contains[row] = all(code(row).count(f"{{{i}}}") == 1 for i in range(len(x.inputs)))
        parts: list[Pattern | bool] = []
        operands: list[Any] = []
        for y in x.inputs:
            part = inner.pop(y, None)
            if part is not None:
                if contains[row] and len(operands) + len(part.operands) <= TERMS:
                    parts.append(part.pattern)
                    operands = _joined(operands, part.operands)
                    continue
                found.append(part)
            parts.append(y.is_constant)
            operands.append(operand(y, x))
        key = (row, *parts)
        pattern = patterns.get(key)
        if pattern is None:
            pattern = patterns[key] = Pattern(row, tuple(parts))
        whole = Expression(x, pattern, operands)
        if row in _INNER and uses[x] == 1 and x.data.__class__ is float:
            inner[x] = whole
        else:
            found.append(whole)
    return [*found, *inner.values()]


def _joined(operands: list[Any], more: list[Any]) -> list[Any]:
    """One list of both; the first is extended, which takes as long as the second is."""
    if not operands:
        return more
    operands += more
    return operands
