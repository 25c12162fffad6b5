"""C for long scalar programs: equal expressions are one loop, whose operands are looked up in tables.

A C compiler takes about 0.1 ms a line, and more than twice as long for a function of twice the length. So a
program of 100,000 instructions is not written line by line. A result that is used once is written where it
is used: a sum of products is one expression. The other results lie in one array of doubles. Expressions of
one form that do not wait for another form are one loop, in which the place of an operand is an affine formula
of the loop index or is looked up in a table. The operations and their order within an expression stay what
they were, so results are the same to the last bit.

The gradient of a GPT in scalars has 153,463 instructions, which are 150 loops. GCC 12 took 15 s for the lines
and takes 0.6 s for the loops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from autograd.compiler.affine import Index
from autograd.compiler.source import Source, harmless
from autograd.compiler.variable import Variable
from autograd.compiler.writers.c import expression, may_be_undefined, number_literal
from autograd.compiler.writers.c_frame import function
from autograd.rules.primitive import Primitive

__all__ = ["Loops"]

TERMS = 200  # operands of one expression
FEW = 4  # expressions that are written as lines
BLOCK = 4000  # operands in the expressions of one function


@dataclass(frozen=True, eq=False, slots=True)
class _Form:
    """What equal expressions share; there is one object for each form.

    Attributes:
        row: the last operation.
        parts: for each of its operands the form, or whether it is a constant; others lie in memory.
    """

    row: Primitive
    parts: tuple[_Form | bool, ...]

    def text(self, operands: Iterator[str]) -> str:
        """The expression, given the texts of the operands from left to right."""
        parts = [next(operands) if isinstance(x, bool) else f"({x.text(operands)})" for x in self.parts]
        return expression(self.row, parts)


class _Expression(NamedTuple):
    """One or more instructions.

    Attributes:
        result: the last instruction.
        form: the form.
        operands: the constants and the numbers in memory that it uses, from left to right.
    """

    result: Variable
    form: _Form
    operands: list[Variable]


class Loops:
    """Instructions as C functions that work on the array ``memory``.

    The outputs come first in memory, then the inputs, then the results of all expressions.

    Args:
        source: has the instructions.
        inputs: the inputs, in the order of the arguments.
        outputs: the results that are wanted.

    Attributes:
        functions: the tables and the functions.
        run: the statements that copy the arguments and call the functions, which add to ``trouble``.
        doubles: how many doubles ``memory`` has.
    """

    def __init__(self, source: Source, inputs: Sequence[Variable], outputs: Sequence[Variable]) -> None:
        self._tables: list[str] = []
        groups = _groups(_expressions(source.program.instructions, outputs))
        placed = [*inputs, *(x.result for group in groups for x in group)]
        self._places = {id(x): place for place, x in enumerate(placed, len(outputs))}
        blocks: list[list[str]] = [[]]
        size = 0
        for group in groups:
            for part in [group] if len(group) >= FEW else zip(group):
                size += len(part[0].operands)
                if size > BLOCK:
                    blocks.append([])
                    size = 0
                blocks[-1].append(self._loop(part))
        blocks[-1].append(f"EACH({len(outputs)}) memory[k] = {self._in_memory(outputs, 'k')};")
        self.functions = [
            *self._tables,
            *(
                function(
                    f"__attribute__((noinline)) double block{i}",
                    "double *memory",
                    ["double trouble = 0;", *lines, "return trouble;"],
                )
                for i, lines in enumerate(blocks)
            ),
        ]
        self.run = [
            f"EACH({len(inputs)}) memory[{len(outputs)} + k] = X(k);",
            *(f"trouble += block{i}(memory);" for i in range(len(blocks))),
        ]
        self.doubles = len(outputs) + len(placed)

    def _loop(self, group: Sequence[_Expression]) -> str:
        """The statement that computes expressions of one form, in order."""
        form, index = group[0].form, "k" if len(group) > 1 else "0"
        operands = [
            self._constants(column, index) if column[0].is_constant else self._in_memory(column, index)
            for column in zip(*(x.operands for x in group), strict=True)
        ]
        result = f"{self._in_memory([x.result for x in group], index)} = {form.text(iter(operands))}"
        statement = f"trouble += ({result}) * 0;" if may_be_undefined(form.row) else f"{result};"
        loop = f"EACH({len(group)}) " if len(group) > 1 else ""
        return f"{loop}{statement}  // {harmless(form.row.name)}"

    def _in_memory(self, variables: Sequence[Variable], index: str) -> str:
        """Numbers in memory as an expression of the loop index."""
        place = Index.of([self._places[id(x)] for x in variables], self._table).formula([index])
        return f"memory[{place}]"

    def _constants(self, constants: Sequence[Variable], index: str) -> str:
        """Constants as one literal, or looked up in a table."""
        literals = list(map(number_literal, constants))
        if len(set(literals)) == 1:
            return literals[0]
        return f"{self._declared('double', literals)}[{index}]"

    def _table(self, places: Sequence[int]) -> str:
        return self._declared("int", map(str, places))

    def _declared(self, type_: str, numbers: Iterable[str]) -> str:
        name = f"t{len(self._tables)}"
        self._tables.append(f"static const {type_} {name}[] = {{{', '.join(numbers)}}};\n")
        return name


def _expressions(instructions: Sequence[Variable], outputs: Sequence[Variable]) -> list[_Expression]:
    """Instructions as expressions, each after the ones that it needs."""
    uses = Counter(map(id, chain(outputs, chain.from_iterable(x.inputs for x in instructions))))
    forms: dict[tuple[Primitive | _Form | bool, ...], _Form] = {}
    inner: dict[int, _Expression] = {}  # those that another one may contain
    found: list[_Expression] = []
    for x in instructions:
        parts: list[_Form | bool] = []
        operands: list[Variable] = []
        for y in x.inputs:
            part = inner.pop(id(y), None)
            if part is not None and len(operands) + len(part.operands) <= TERMS:
                parts.append(part.form)
                operands = _joined(operands, part.operands)
                continue
            if part is not None:
                found.append(part)
            parts.append(y.is_constant)
            operands.append(y)
        key = (x.primitive, *parts)
        if key not in forms:
            forms[key] = _Form(x.primitive, tuple(parts))
        whole = _Expression(x, forms[key], operands)
        if uses[id(x)] == 1 and not may_be_undefined(x.primitive):
            inner[id(x)] = whole
        else:
            found.append(whole)
    return [*found, *inner.values()]


def _joined(operands: list[Variable], more: list[Variable]) -> list[Variable]:
    """One list of both; the first is extended, which takes as long as the second is."""
    if not operands:
        return more
    operands += more
    return operands


def _groups(expressions: Sequence[_Expression]) -> list[list[_Expression]]:
    """Groups of expressions of one form, in an order in which they can be computed.

    The turn of an expression is how often the form changes on the chains of expressions that it waits for:
    those of one form and turn are a group. The ones at the end of long chains come last in it, so neighbours
    rarely wait for each other, and a processor computes several at once.
    """
    known: dict[int, tuple[_Form, int, int]] = {}  # the form, the turn and the length of the longest chain
    groups: dict[tuple[int, _Form], list[_Expression]] = {}
    for x in expressions:
        turn = length = 0
        for y in x.operands:
            if (found := known.get(id(y))) is not None:
                turn = max(turn, found[1] + (found[0] is not x.form))
                length = max(length, found[2] + 1)
        known[id(x.result)] = x.form, turn, length
        groups.setdefault((turn, x.form), []).append(x)
    return [
        sorted(members, key=lambda x: known[id(x.result)][2])
        for _, members in sorted(groups.items(), key=lambda item: item[0][0])
    ]
