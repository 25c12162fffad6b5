"""Standalone C for scalars: straight-line code in functions of bounded length, or over a batch in a loop.

Results that later functions need lie in ``work``. The arguments are reached by two arrays of pointers: ``x``
to numbers, and ``n`` to whole numbers that only index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import NamedTuple

from autograd.compiler.batch import BatchSource
from autograd.compiler.index_inputs import Span, checks_indices, span_of
from autograd.compiler.source import Source, harmless
from autograd.compiler.variable import Variable
from autograd.compiler.writers import UnavailableError
from autograd.compiler.writers.c import expression, literal
from autograd.numbers.number import real_or_none

__all__ = ["FOR", "Body", "arguments_of", "indented", "scalar_body", "with_status"]

BLOCK = 300  # instructions in a C function: compile time grows faster than the length of a function

FOR = "#define FOR(i, n) for (long i = 0; i < n; i++)"


def indented(lines: Sequence[str]) -> list[str]:
    """Lines within a block."""
    return [f"  {line}" for line in lines]


class Body(NamedTuple):
    """The parts of the code that depend on the kind of program.

    Attributes:
        before: what stands before the function.
        lines: its statements.
        work: how many doubles of ``work`` it uses.
        indices: the inputs that are whole numbers and only index.
    """

    before: Sequence[str]
    lines: Sequence[str]
    work: int
    indices: dict[Variable, Span]


class Argument(NamedTuple):
    """A number or array among the arguments, or a leaf that is read.

    Attributes:
        inputs: the program's inputs that it holds; over a batch, for one example.
        over: whether it has one entry per example.
    """

    inputs: tuple[Variable, ...]
    over: bool


def arguments_of(source: Source) -> list[Argument]:
    """List the arguments of a program, and the leaves that it reads."""
    if not isinstance(source, BatchSource):
        return [Argument((x,), over=False) for x in (*source.program.inputs, *source.program.read)]
    found = []
    for part in source.parts:
        variables = source.rows if part.over else source.shared
        found.append(Argument(tuple(variables[part.start : part.start + prod(part.shape)]), part.over))
    return found


def with_status(lines: Sequence[str], result: str | None) -> list[str]:
    """Lines that return this expression of ``trouble``, which they set if an index is out of range."""
    return list(lines) if result is None else ["double trouble = 0;", *lines, f"return {result};"]


def scalar_body(
    source: Source, results: Sequence[tuple[str, list[int]]], indices: dict[Variable, Span]
) -> Body:
    """Write a program of floats.

    Args:
        source: the program, whose arguments are taken.
        results: the name of each array of results, and the indices of the program's outputs in it.
        indices: the inputs that are whole numbers and only index.

    Raises:
        UnavailableError: an operation has no code in C, or there are numbers that C would round.
    """
    program, lines = source.program, _StraightLines(source, indices)
    batch = source.batch if isinstance(source, BatchSource) else None
    blocks = [lines.block(start) for start in range(0, len(program.instructions) or 1, BLOCK)]
    last = len(blocks) - 1
    index = "{} * i + {}" if batch else "{1}"
    sign = "+=" if batch and batch.reduce else "="
    stored = [
        f"{name}[{j if sign == '+=' else index.format(len(outputs), j)}] {sign} "
        f"{lines.name(program.outputs[place], last)};"
        for name, outputs in results
        for j, place in enumerate(outputs)
    ]
    passed = {"x": "const double *const *"}
    passed |= {"n": "const int64_t *const *"} if indices else {}
    passed |= {"i": "long "} if batch else {}
    parameters = ", ".join([*(type_ + name for name, type_ in passed.items()), "double *restrict work"])
    checks = checks_indices(program)
    kind, status = ("double", "trouble") if checks else ("void", None)
    unused = [f"(void){name};" for name in passed]
    functions = [
        "\n".join(
            [
                f"static {kind} block{i}({parameters}) {{",
                *indented(with_status([*unused, *block, *lines.kept(i)], status)),
                "}",
            ]
        )
        for i, block in enumerate(blocks[:-1])
    ]
    called = f"({', '.join([*passed, 'work'])});"
    run = [*(f"{'trouble += ' * checks}block{i}{called}" for i in range(last)), *blocks[-1], *stored]
    if batch:
        run = [f"FOR(i, {batch.examples}) {{", *indented(run), "}"]
        sums = [(name, len(outputs)) for name, outputs in results if batch.reduce]
        run[:0] = [f"FOR(k, {n}) {name}[k] = 0;" for name, n in sums]
        if batch.reduce == "mean":
            run += [f"FOR(k, {n}) {name}[k] /= {batch.examples};" for name, n in sums]
        functions.insert(0, FOR)
    return Body(functions, [*lines.pointers, *run], lines.size, indices)


class _StraightLines:
    """The instructions of a program of floats, one line each.

    Attributes:
        pointers: the statements that declare the pointers to the arguments.
    """

    def __init__(self, source: Source, indices: dict[Variable, Span]) -> None:
        self._source = source
        self._indices = indices
        self._given: dict[Variable, str] = {}
        self._places = {x: i for i, x in enumerate(source.program.instructions)}
        self._slots: dict[int, int] = {}
        pointers: dict[str, list[str]] = {"x": [], "n": []}
        for i, (inputs, over) in enumerate(arguments_of(source)):
            whole = span_of(inputs, indices) is not None
            pointers["x"].append("0" if whole else f"x{i}")
            pointers["n"].append(f"x{i}" if whole else "0")
            for j, x in enumerate(inputs):
                place = f"{len(inputs)} * i + {j}" if over else f"{j}"
                self._given[x] = f"(double)n[{i}][{place}]" if whole else f"x[{i}][{place}]"
        kinds = {"x": "double", "n": "int64_t"}
        self.pointers = [
            line
            for name in ("x", "n")[: 1 + bool(indices)]
            for line in (
                f"const {kinds[name]} *const {name}[] = {{{', '.join([*pointers[name], '0'])}}};",
                f"(void){name};",
            )
        ]

    @property
    def size(self) -> int:
        """The number of results kept for later blocks."""
        return len(self._slots)

    def block(self, start: int) -> list[str]:
        """The lines of the block that starts at an instruction."""
        instructions = self._source.program.instructions[start : start + BLOCK]
        return [self._line(i, x) for i, x in enumerate(instructions, start)]

    def kept(self, block: int) -> Iterator[str]:
        """The lines that keep what later blocks need; these must have been written before."""
        for place, slot in self._slots.items():
            if place // BLOCK == block:
                yield f"work[{slot}] = v{place};"

    def name(self, x: Variable, block: int) -> str:
        """A number as an expression in a block."""
        if x in self._indices:
            return self._given[x]
        if x.is_constant or x in self._given:
            number = real_or_none(x.data)
            if not isinstance(number, float) and not (x.is_constant and abs(number) <= 2**53):
                raise UnavailableError(f"C computes with floats, but the numbers include {number!r:.40}")
            return literal(float(number)) if x.is_constant else self._given[x]
        place = self._places[x]
        if place // BLOCK == block:
            return f"v{place}"
        return f"work[{self._slots.setdefault(place, len(self._slots))}]"

    def _line(self, place: int, x: Variable) -> str:
        code = expression(x.primitive, [self.name(y, place // BLOCK) for y in x.inputs])
        return f"const double v{place} = {code};  // {harmless(self._source.remark(x))}"
