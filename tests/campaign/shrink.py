"""Shrink a program that fails a check to a smallest one that fails it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from tests.campaign.checks import Case
from tests.programs import Program, language_of

SIMPLE = (0.0, 1.0, 0.5, 2.0, -1.0)


def shrunk(case: Case, fails: Callable[[Case], bool], tries: int = 2000) -> Case:
    """A smallest program of those one change away from another that fails too, within some tries."""
    changed = True
    while changed and tries > 0:
        changed = False
        for program in smaller(case):
            tries -= 1
            candidate = replace(case, program=program)
            if fails(candidate):
                case, changed = candidate, True
                break
            if tries <= 0:
                break
    return case


def smaller(case: Case) -> Iterator[Program]:
    """Programs that are one change smaller, the greatest changes first."""
    program = case.program
    leaves, steps = program.leaves, program.steps
    for n in range(len(steps)):  # end earlier
        yield _used(Program(leaves, steps[:n]))
    for k, (_, arguments) in enumerate(steps):  # a step's result becomes one of its inputs
        for i in dict.fromkeys(arguments):
            yield _used(_without(program, k, i))
    yield from _with_leaves(case)
    for i, x in enumerate(leaves):  # simpler numbers
        for y in _simpler(x):
            yield Program((*leaves[:i], y, *leaves[i + 1 :]), steps)


def _without(program: Program, k: int, stand_in: int) -> Program:
    """The program without a step, whose result becomes another, earlier one."""
    place = len(program.leaves) + k

    def moved(i: int) -> int:
        return stand_in if i == place else i - (i > place)

    steps = [
        (text, tuple(map(moved, arguments))) for j, (text, arguments) in enumerate(program.steps) if j != k
    ]
    return Program(program.leaves, tuple(steps))


def _with_leaves(case: Case) -> Iterator[Program]:
    """The program with a leaf in place of a step, of the number that the step gives."""
    program = case.program
    try:
        results = program.run(program.leaves, language_of(case.family))
    except Exception:
        return
    n = len(program.leaves)
    for k in reversed(range(len(program.steps) - 1)):
        number = results[n + k]
        if not isinstance(number, (float, np.ndarray, np.generic)):
            continue
        is_float = type(program.leaves[0]) is float and not np.shape(number)
        leaf = float(number) if is_float else np.array(number)
        if not is_float and leaf.dtype.kind != "f":
            continue
        inserted = Program((*program.leaves, leaf), tuple(_shifted(program.steps, n)))
        yield _used(_without(inserted, k, n))


def _shifted(steps: Any, n: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    for text, arguments in steps:
        yield text, tuple(i + (i >= n) for i in arguments)


def _used(program: Program) -> Program:
    """The program without the leaves and steps that its last result does not use."""
    n = len(program.leaves)
    wanted, open_ = set(), [n + len(program.steps) - 1]
    while open_:
        i = open_.pop()
        if i not in wanted:
            wanted.add(i)
            open_ += program.steps[i - n][1] if i >= n else ()
    kept = sorted(wanted)
    place = {i: j for j, i in enumerate(kept)}
    steps = [program.steps[i - n] for i in kept if i >= n]
    return Program(
        tuple(program.leaves[i] for i in kept if i < n),
        tuple((text, tuple(place[i] for i in arguments)) for text, arguments in steps),
    )


def _simpler(x: Any) -> Iterator[Any]:
    if isinstance(x, np.ndarray):
        constant = next((i for i, y in enumerate(SIMPLE) if (x == y).all()), len(SIMPLE))
        yield from (np.full_like(x, y) for y in SIMPLE[:constant])
        rounded = x if constant < len(SIMPLE) else np.round(x, 1)
        if np.isfinite(x).all() and (rounded != x).any():
            yield rounded
        for axis, length in enumerate(x.shape):
            if length > 1:
                yield np.take(x, [0], axis)
    elif isinstance(x, float):
        yield from (y for y in SIMPLE[: SIMPLE.index(x) if x in SIMPLE else None])
        if x not in SIMPLE and np.isfinite(x) and round(x, 1) != x:
            yield round(x, 1)
