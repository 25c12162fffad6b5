"""What the study found, in sentences: how the costs grow, and the times."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from statistics import median

from demos.complexity.columns import count, digits, times, unit
from demos.complexity.growth import Growth, growth
from demos.complexity.study import METHODS, Clock, Row, by_method

__all__ = ["answer", "clocked", "clocks", "grown", "pace", "simplified"]


def grown(rows: Sequence[Row]) -> dict[str, Growth]:
    """How the measured work of each method grows; methods measured at fewer than two depths are left out."""
    measured = by_method(row for row in rows if row.measured)
    return {
        method: growth([row.work for row in points], points[0].problem.step)
        for method, points in measured.items()
        if len(points) > 1
    }


def answer(rows: Sequence[Row]) -> list[str]:
    """One sentence per method: how its cost grows with depth, or its cost if only one depth was measured."""
    growths = grown(rows)
    if growths:
        return [
            f"{METHODS[method].title}: {found.kind}: {found.words}; the last steps are {found.evidence}."
            for method, found in growths.items()
        ]
    return [
        f"{row.problem.title}, {METHODS[row.method].title}: {count(row.work)} {unit(rows)}, "
        f"{times(row)} times backprop{'' if row.measured else ' (predicted)'}."
        for row in rows
    ]


def clocks(rows: Sequence[Row]) -> list[tuple[Row, Clock]]:
    """The rows that were timed, with their times."""
    return [(row, row.clock) for row in rows if row.clock]


def clocked(rows: Sequence[Row]) -> list[tuple[Row, Clock]]:
    """The timed rows of one problem: of those with the most timed methods, the deepest."""
    problems = [clocks(list(group)) for _, group in groupby(rows, key=lambda row: row.problem)]
    return max(
        problems, key=lambda timed: (len(timed), max((row.problem.layers for row, _ in timed), default=0))
    )


def pace(rows: Sequence[Row]) -> list[str]:
    """What the times show, one sentence each; empty if no row was timed."""
    paces = [clock.nanoseconds for _, clock in clocks(rows)]
    if not paces:
        return []
    row, clock = max(clocked(rows), key=lambda timed: timed[1].operations)
    return [
        f"By the clock an operation takes about {median(paces):.0f} ns, from {min(paces):.0f} to "
        f"{max(paces):.0f}, whichever the method.",
        f"At {row.problem.title}, the time by {METHODS[row.method].title} is {digits(clock.over_backprop)} "
        f"times backprop's, for {times(row)} times the operations.",
    ]


def simplified(rows: Sequence[Row]) -> dict[int, list[str]]:
    """The titles of the methods of `clocked` by the operations left after simplification, ascending."""
    left: dict[int, list[str]] = {}
    for row, clock in clocked(rows):
        left.setdefault(clock.simplified, []).append(METHODS[row.method].title)
    return dict(sorted(left.items()))
