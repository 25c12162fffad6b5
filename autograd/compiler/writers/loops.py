"""The loops in C over a batch: every group of instructions is one, for a few examples at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autograd.compiler.batch import BatchSource
from autograd.compiler.program import Variable
from autograd.compiler.schedule import Group, Levels, Total, blocks, dot, progression
from autograd.compiler.writers.c import expression, literal

__all__ = ["loops"]


def loops(source: BatchSource, levels: Levels) -> str:
    """The function that fills ``results``, ``WIDTH`` vectors of ``LANES`` examples at a time.

    Raises:
        UnavailableError: an operation is not written in C.
    """
    batch, n, outputs = source.batch, source.batch.examples, source.program.outputs
    writer = _Writer(levels)
    before = [writer.loop(group) for group in levels.groups if not group.differs]
    body = [writer.loop(group) for group in levels.groups if group.differs]
    after = []
    if batch.reduce:
        signed = list(zip("+-", levels.totals, strict=False))
        added = [line for sign, totals in signed for line in writer.added(sign, totals)]
        body += [f"if (i + WIDTH * LANES <= {n}) {{", *(line.format("", "") for line in added)]
        body += ["} else {", *(line.format("vec_choice(valid[w], ", ", splat(0))") for line in added), "}"]
        share, times = (f" / {n}", "") if batch.reduce == "mean" else ("", f" * {n}")
        after.append(f"EACH({len(outputs)}) results[k] = total(sums[k]){share};")
        for sign, totals in signed:
            shared = {i: total.shared for i, total in enumerate(totals)}
            after += [f"EACH({k}) results[{to}] {sign}= {x}{times};" for k, to, x in writer.outputs(shared)]
    else:
        for k, to, x in writer.outputs(dict(enumerate(outputs))):
            if "v[" in x:
                body.append(f"WIDE({k}) for (int l = 0; l < LANES && i + w * LANES + l < {n}; l++)")
                body.append(f"  results[({to}) * {n} + i + w * LANES + l] = {x}[l];")
            else:
                after.append(f"EACH({k}) for (long i = 0; i < {n}; i++) results[({to}) * {n} + i] = {x};")
    lines = [
        *writer.tables,
        "static void run(double *restrict shared, const double *restrict rows, double *restrict results,",
        "                double *restrict work) {",
        "  vec (*restrict v)[WIDTH] = (void *)(((uintptr_t)work + 63) & ~(uintptr_t)63);  // a cache line",
        f"  vec (*restrict sums)[WIDTH] = v + {levels.counts[1]};",
        f"  memset(sums, 0, {len(outputs)} * sizeof *sums);",
        *(f"  {line}" for line in before),
        f"  for (long i = 0; i < {n}; i += WIDTH * LANES) {{",
        "    mask valid[WIDTH];",
        "    for (int w = 0; w < WIDTH; w++) for (int l = 0; l < LANES; l++) {",
        "      long example = i + w * LANES + l;",
        f"      valid[w][l] = -(example < {n});",
        f"      EACH({len(source.rows)}) v[k][w][l] = rows[k * {n} + (example < {n} ? example : i)];",
        "    }",
        *(f"    {line}" for line in body),
        "  }",
        *(f"  {line}" for line in after),
        "}",
    ]
    return "\n".join([*lines, ""])


class _Writer:
    """Writes loops over the vectors ``v`` of what differs and the numbers ``shared`` by all examples.

    Attributes:
        tables: the declarations of the tables that they look up.
    """

    def __init__(self, levels: Levels) -> None:
        self.tables: list[str] = []
        self._levels = levels
        self._places = levels.places

    def loop(self, group: Group) -> str:
        """What computes a group: its instruction k for all k."""
        count, name = len(group.operands[0]), group.primitive.name
        each = "WIDE" if group.differs else "EACH"
        to = f"v[{group.row} + k][w]" if group.differs else f"shared[{group.row} + k]"
        if group.primitive is dot:
            half = len(group.operands) // 2
            factors = (zip(*group.operands[i : i + half], strict=True) for i in (0, half))
            a, b = (self._operand(list(rows)) for rows in factors)
            number = "vec" if group.differs else "one"
            return f"{number.upper()}_DOTS({count}, {half}, {to}, {a}, {b});"
        code = _expression(group, [self._operand([[x] for x in variables]) for variables in group.operands])
        return f"{each}({count}) {to} = {code};  /* {name} */"

    def added(self, sign: str, totals: Sequence[Total]) -> Iterator[str]:
        """What adds up the outputs over the examples, with a gap on either side of what is added."""
        for places, left, right in blocks([total.products for total in totals]):
            if len(places) == len(left) * len(right):
                pairs = [[(a, b) for b in right] for a in left]
            else:
                pairs = [[pair] for pair in zip(left, right, strict=True)]
            k, t = len(pairs), len(pairs[0])
            to = self._index([places[i * t : i * t + t] for i in range(k)])
            a, b = (self._operand([[pair[i] for pair in row] for row in pairs]) for i in (0, 1))
            yield f"EACH({k}) TERMS({t}) sums[{to}][w] {sign}= {{}}{a} * {b}{{}};"
        for k, to, x in self.outputs({i: total.rest for i, total in enumerate(totals)}):
            yield f"WIDE({k}) sums[{to}][w] {sign}= {{}}{x}{{}};"

    def outputs(self, outputs: Mapping[int, Variable | None]) -> Iterator[tuple[int, str, str]]:
        """Outputs of one kind each time: how many, the place of the one with number k, and this itself."""
        for found in self._levels.alike(outputs):
            yield len(found), self._index([[i] for i in found]), self._operand([[x] for x in found.values()])

    def _operand(self, variables: Sequence[Sequence[Variable]]) -> str:
        """An operand of every instruction k, or of every term t of it."""
        first, terms = variables[0][0], len(variables[0])
        if first.is_constant:
            numbers = [literal(float(x.data)) for row in variables for x in row]
            return numbers[0] if len(set(numbers)) == 1 else self._table("double", numbers, terms)
        index = self._index([[self._places[id(x)][1] for x in row] for row in variables])
        return f"v[{index}][w]" if self._places[id(first)][0] else f"shared[{index}]"

    def _index(self, places: Sequence[Sequence[int]]) -> str:
        """A place as a formula of k and t, or looked up."""
        down, across = progression([row[0] for row in places]), {progression(row) for row in places}
        if down is None or len(across) > 1 or None in across:
            return self._table("int", [place for row in places for place in row], len(places[0]))
        steps = ((down, "k"), (across.pop(), "t"))
        return " + ".join([str(places[0][0]), *(f"{step} * {name}" for step, name in steps if step)])

    def _table(self, kind: str, entries: Sequence[Any], terms: int) -> str:
        name = f"k{len(self.tables)}"
        self.tables.append(f"static const {kind} {name}[] = {{{', '.join(map(str, entries))}}};")
        return f"{name}[{terms} * k + t]" if terms > 1 else f"{name}[k]"


def _expression(group: Group, operands: list[str]) -> str:
    if not group.differs:
        return expression(group.primitive, operands)
    if (group.primitive.code or "").endswith(")"):  # an operator takes a double beside a vector
        operands = [x if x.startswith("v[") else f"splat({x})" for x in operands]
    return expression(group.primitive, operands, "vec_")
