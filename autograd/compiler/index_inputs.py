"""The whole numbers among a program's inputs that only index, such as tokens and labels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from autograd.compiler.program import Program
from autograd.compiler.variable import Variable
from autograd.rules.indexing import IndexRow

__all__ = ["Span", "checks_indices", "index_inputs", "span_of"]


class Span(NamedTuple):
    """The indices that an input may be: whole numbers from ``first`` to ``size - 1``."""

    first: int
    size: int


def checks_indices(program: Program) -> bool:
    """Whether a run of a program checks numbers that index."""
    return any(isinstance(x.primitive, IndexRow) for x in program.instructions)


def span_of(inputs: Sequence[Variable], indices: Mapping[Variable, Span]) -> Span | None:
    """Return the indices that all of these inputs may be, or None if one of them is not an index."""
    spans = [indices[x] for x in inputs if x in indices]
    return _common(spans) if spans and len(spans) == len(inputs) else None


def _common(spans: Sequence[Span]) -> Span:
    return Span(max(span.first for span in spans), min(span.size for span in spans))


def index_inputs(
    program: Program, whole: Iterable[Variable], moves: Collection[int] = ()
) -> dict[Variable, Span]:
    """Find the inputs that are only indices, and the numbers that all their uses allow.

    Args:
        program: the program.
        whole: the inputs that are whole numbers or arrays of them.
        moves: the ids of instructions that only move elements, so that an index stays one.
    """
    spans: dict[Variable, Span] = {}
    others = set(program.outputs)
    for x in reversed(program.instructions):
        if isinstance(x.primitive, IndexRow):
            span = Span(x.primitive.first, x.primitive.size)
        elif id(x) in moves and x in spans and x not in others:
            span = spans[x]
        else:
            others.update(x.inputs)
            continue
        for y in x.inputs:
            spans[y] = _common([span, spans.get(y, span)])
    return {x: spans[x] for x in whole if x in spans and x not in others}
