"""C for long scalar programs: equal expressions are one loop, whose operands are looked up in tables.

A C compiler takes about 0.1 ms a line, and more than twice as long for a function of twice the length. So a
program of 100,000 instructions is not written line by line. The results of its `expressions` lie in one array
of doubles. Expressions of one pattern that do not wait for another pattern are one loop, in which the
place of an operand is an affine formula of the loop index or is looked up in a table.

The gradient of a GPT in scalars has 153,463 instructions, which are 150 loops. GCC 12 took 15 s for the lines
and takes 0.6 s for the loops.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd.compiler.affine import Index
from autograd.compiler.expressions import Expression, Pattern, expressions
from autograd.compiler.source import Source, harmless
from autograd.compiler.variable import Variable
from autograd.compiler.writers.c import code, may_be_undefined, number_literal
from autograd.compiler.writers.c_frame import function

__all__ = ["Loops"]

FEW = 4  # expressions that are written as lines
BLOCK = 4000  # operands in the expressions of one function


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
        groups = _groups(expressions(source.program, lambda operand, x: operand, code))
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

    def _loop(self, group: Sequence[Expression]) -> str:
        """The statement that computes expressions of one pattern, in order."""
        pattern, index = group[0].pattern, "k" if len(group) > 1 else "0"
        operands = [
            self._constants(column, index) if column[0].is_constant else self._in_memory(column, index)
            for column in zip(*(x.operands for x in group), strict=True)
        ]
        place = self._in_memory([x.result for x in group], index)
        result = f"{place} = {pattern.template(code).format(*operands)}"
        statement = f"trouble += ({result}) * 0;" if may_be_undefined(pattern.row) else f"{result};"
        loop = f"EACH({len(group)}) " if len(group) > 1 else ""
        return f"{loop}{statement}  // {harmless(pattern.row.name)}"

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


def _groups(expressions: Sequence[Expression]) -> list[list[Expression]]:
    """Groups of expressions of one pattern, in an order in which they can be computed.

    The turn of an expression is how often the pattern changes on the chains of expressions that it waits for:
    expressions with the same pattern and turn form a group. The ones at the end of long chains come last in
    it, so neighbours rarely wait for each other, and a processor computes several at once.
    """
    known: dict[
        int, tuple[Pattern, int, int]
    ] = {}  # the pattern, the turn and the length of the longest chain
    groups: dict[tuple[int, Pattern], list[Expression]] = {}
    for x in expressions:
        turn = length = 0
        for y in x.operands:
            if (found := known.get(id(y))) is not None:
                turn = max(turn, found[1] + (found[0] is not x.pattern))
                length = max(length, found[2] + 1)
        known[id(x.result)] = x.pattern, turn, length
        groups.setdefault((turn, x.pattern), []).append(x)
    return [
        sorted(members, key=lambda x: known[id(x.result)][2])
        for _, members in sorted(groups.items(), key=lambda item: item[0][0])
    ]
