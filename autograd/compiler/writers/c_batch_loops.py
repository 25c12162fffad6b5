"""The loops of C over a batch: every group of instructions is one, for a few examples at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd.compiler.affine import Index
from autograd.compiler.batch import BatchSource
from autograd.compiler.languages import calls_function
from autograd.compiler.schedule import Group, Levels, Total, blocks, dot
from autograd.compiler.variable import Variable
from autograd.compiler.writers.c import expression, literal
from autograd.compiler.writers.c_frame import function

__all__ = ["loops"]

_PARAMETERS = (
    "double *restrict shared, const double *restrict rows, double *restrict results, double *restrict work"
)


def loops(source: BatchSource, levels: Levels) -> str:
    """Write the function that fills ``results``, ``WIDTH`` vectors of ``LANES`` examples at a time.

    Raises:
        UnavailableError: an operation has no code in C.
    """
    batch, examples, outputs = source.batch, source.batch.examples, source.program.outputs
    groups = _GroupLoops(levels)
    before = [groups.loop(group) for group in levels.groups if not group.differs]
    body = [groups.loop(group) for group in levels.groups if group.differs]
    if batch.reduce:
        adding, after = _reduced(groups, levels, len(outputs), examples, batch.reduce)
    else:
        adding, after = _stored(groups, dict(enumerate(outputs)), examples)
    example = f"example < {examples} ? example : i"
    lines = [
        "vec (*restrict v)[WIDTH] = (void *)(((uintptr_t)work + 63) & ~(uintptr_t)63);  // a cache line",
        f"vec (*restrict sums)[WIDTH] = v + {levels.counts[1]};",
        f"memset(sums, 0, {len(outputs)} * sizeof *sums);",
        *before,
        f"for (long i = 0; i < {examples}; i += WIDTH * LANES) {{",
        "  mask valid[WIDTH];",
        "  for (int w = 0; w < WIDTH; w++) for (int l = 0; l < LANES; l++) {",
        "    long example = i + w * LANES + l;",
        f"    valid[w][l] = -(example < {examples});",
        f"    EACH({len(source.rows)}) v[k][w][l] = rows[k * {examples} + ({example})];",
        "  }",
        *(f"  {line}" for line in (*body, *adding)),
        "}",
        *after,
    ]
    return "\n".join([*groups.tables, function("void run", _PARAMETERS, lines)])


def _reduced(
    groups: _GroupLoops, levels: Levels, outputs: int, examples: int, reduce: str
) -> tuple[list[str], list[str]]:
    """The statements that add the outputs up, within the loop over examples and after it."""
    signed = list(zip("+-", levels.totals, strict=False))
    added = [line for sign, totals in signed for line in groups.added(sign, totals)]
    adding = [
        f"if (i + WIDTH * LANES <= {examples}) {{",
        *(line.format("", "") for line in added),
        "} else {",
        *(line.format("vec_choice(valid[w], ", ", splat(0))") for line in added),
        "}",
    ]
    share, times = (f" / {examples}", "") if reduce == "mean" else ("", f" * {examples}")
    after = [f"EACH({outputs}) results[k] = total(sums[k]){share};"]
    for sign, totals in signed:
        shared = {i: total.shared for i, total in enumerate(totals)}
        after += [f"EACH({k}) results[{to}] {sign}= {x}{times};" for k, to, x in groups.outputs(shared)]
    return adding, after


def _stored(
    groups: _GroupLoops, outputs: Mapping[int, Variable], examples: int
) -> tuple[list[str], list[str]]:
    """The statements that store the outputs per example, within the loop over examples and after it."""
    storing, after = [], []
    for k, to, x in groups.outputs(outputs):
        if "v[" in x:
            storing += [
                f"WIDE({k}) for (int l = 0; l < LANES && i + w * LANES + l < {examples}; l++)",
                f"  results[({to}) * {examples} + i + w * LANES + l] = {x}[l];",
            ]
        else:
            after.append(
                f"EACH({k}) for (long i = 0; i < {examples}; i++) results[({to}) * {examples} + i] = {x};"
            )
    return storing, after


class _GroupLoops:
    """Writes groups as loops over ``v``, vectors that differ, and ``shared``, numbers that do not.

    Attributes:
        tables: declarations of the tables that the loops read.
    """

    def __init__(self, levels: Levels) -> None:
        self.tables: list[str] = []
        self._levels = levels
        self._places = levels.places

    def loop(self, group: Group) -> str:
        """A loop that computes a group: its instruction k for all k."""
        count, name = len(group.operands[0]), group.primitive.name
        each = "WIDE" if group.differs else "EACH"
        to = f"v[{group.row} + k][w]" if group.differs else f"shared[{group.row} + k]"
        if group.primitive is dot:
            half = len(group.operands) // 2
            factors = (zip(*group.operands[i : i + half], strict=True) for i in (0, half))
            a, b = (self._operand(list(rows)) for rows in factors)
            number = "VEC" if group.differs else "ONE"
            return f"{number}_DOTS({count}, {half}, {to}, {a}, {b});"
        code = _expression(group, [self._operand([[x] for x in variables]) for variables in group.operands])
        return f"{each}({count}) {to} = {code};  /* {name} */"

    def added(self, sign: str, totals: Sequence[Total]) -> Iterator[str]:
        """Loops that add the outputs up over the examples, with a gap on each side of the summand."""
        for block in blocks([total.products for total in totals]):
            if block.is_outer:
                pairs = [[(a, b) for b in block.right] for a in block.left]
            else:
                pairs = [[pair] for pair in zip(block.left, block.right, strict=True)]
            k, t = len(pairs), len(pairs[0])
            to = self._index([block.places[i * t : i * t + t] for i in range(k)])
            a, b = (self._operand([[pair[i] for pair in row] for row in pairs]) for i in (0, 1))
            yield f"EACH({k}) TERMS({t}) sums[{to}][w] {sign}= {{}}{a} * {b}{{}};"
        for k, to, x in self.outputs({i: total.rest for i, total in enumerate(totals)}):
            yield f"WIDE({k}) sums[{to}][w] {sign}= {{}}{x}{{}};"

    def outputs(self, outputs: Mapping[int, Variable | None]) -> Iterator[tuple[int, str, str]]:
        """Outputs of one kind at a time: how many, the place of output k, and its value."""
        for found in self._levels.alike(outputs):
            yield len(found), self._index([[i] for i in found]), self._operand([[x] for x in found.values()])

    def _operand(self, variables: Sequence[Sequence[Variable]]) -> str:
        """An operand of every instruction k, or of every term t of it."""
        first, terms = variables[0][0], len(variables[0])
        if first.is_constant:
            numbers = [literal(float(x.data)) for row in variables for x in row]
            if len(set(numbers)) == 1:
                return numbers[0]
            return f"{self._table('double', numbers)}[{f'{terms} * k + t' if terms > 1 else 'k'}]"
        index = self._index([[self._places[id(x)].row for x in row] for row in variables])
        return f"v[{index}][w]" if self._places[id(first)].differs else f"shared[{index}]"

    def _index(self, places: Sequence[Sequence[int]]) -> str:
        """A place as a formula of k and t, or from a table."""
        return Index.of(places, partial(self._table, "int")).formula(("k", "t"))

    def _table(self, kind: str, entries: Any) -> str:
        name = f"k{len(self.tables)}"
        numbers = ", ".join(map(str, np.ravel(entries)))
        self.tables.append(f"static const {kind} {name}[] = {{{numbers}}};")
        return name


def _expression(group: Group, operands: list[str]) -> str:
    if not group.differs:
        return expression(group.primitive, operands)
    if calls_function(group.primitive):  # operators take a double beside a vector, functions not
        operands = [x if x.startswith("v[") else f"splat({x})" for x in operands]
    return expression(group.primitive, operands, "vec")
