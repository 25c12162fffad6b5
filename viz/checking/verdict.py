"""The outcome of a check, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from viz.checking.exercises import Exercise

__all__ = ["Finding", "Graded", "Verdict"]


@dataclass(frozen=True)
class Graded:
    """An exercise with the numbers of the student's code beside the right ones.

    Attributes:
        exercise: the exercise, as small as possible.
        data: the student's results; text for what is not a finite number.
        gradient: the student's derivatives by every result, likewise.
        of_values: whether results are wrong; then wrong derivatives are not reported.
        wrong: the indices of the wrong numbers: results, inputs first; or derivatives, in the order in which
            backprop completes them. Everything before the first is right.
    """

    exercise: Exercise
    data: Sequence[Any]
    gradient: Sequence[Any]
    of_values: bool
    wrong: Sequence[int]

    @property
    def pair(self) -> tuple[Sequence[float], Sequence[Any]]:
        """The right numbers and the student's: results if one is wrong, else derivatives."""
        if self.of_values:
            return self.exercise.data, self.data
        return self.exercise.gradient, self.gradient


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        kind: "missing" for an operator, "error" for an exception or an endless loop, "value" for a wrong
            result, "slope" for a wrong local derivative, "gradient" for a wrong gradient of a graph, or
            "random" for wrong numbers that change when the code runs again.
        subject: the operator, or "backward".
        says: what is wrong, in a sentence.
        shown: the exercise that shows it; None for a missing method.
        mistake: the name of the mistake that gives the student's numbers; empty if none does.
        advice: what to change; empty if unknown.
    """

    kind: str
    subject: str
    says: str
    shown: Graded | Exercise | None = None
    mistake: str = ""
    advice: str = ""


@dataclass(frozen=True)
class Verdict:
    """The outcome of a check.

    Attributes:
        file: the name of the student's file.
        seed: of the random graphs.
        graphs: how many graphs were compared.
        operators: the operators and methods that were tried.
        wrong: the operators that are wrong on their own, even if no finding is about them.
        untried: the optional methods that `Value` lacks.
        findings: what is wrong; empty if everything is right.
        conventions: how the code differs from ours where programs may differ, in sentences.
        depth: the greatest depth at which backward worked; 0 if not measured.
        deepest: why a deeper graph fails; empty if none does.
        speed: the time of a graph of ``size`` operations, divided by ours; None if not measured.
        slow: why the speed was not measured; empty if it was.
        size: the number of operations of the graph that was timed.
        strict: whether conventions count as wrong.
        refusal: why the file cannot be checked, as a clause; empty if it was checked.
    """

    file: str
    seed: int
    graphs: int
    operators: Sequence[str]
    wrong: Sequence[str] = ()
    untried: Sequence[str] = ()
    findings: Sequence[Finding] = ()
    conventions: Sequence[str] = ()
    depth: int = 0
    deepest: str = ""
    speed: float | None = None
    slow: str = ""
    size: int = 0
    strict: bool = field(default=False)
    refusal: str = ""

    @property
    def right(self) -> bool:
        """Whether nothing is wrong."""
        return not self.refusal and not self.findings and not (self.strict and self.conventions)
