"""Run exercises on a student's `Value` and on ours, and compare the numbers."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from viz.checking.child import Child, Failure
from viz.checking.exercises import Exercise
from viz.checking.suspects import Evidence, equal
from viz.checking.verdict import Finding, Graded

__all__ = ["Session", "Solution"]


@dataclass(frozen=True)
class Solution:
    """A student's solution of an exercise, compared with ours.

    Attributes:
        exercise: the exercise.
        data: the student's results.
        gradient: the student's derivatives.
        values: the indices of wrong results, inputs first.
        slopes: the indices of wrong derivatives, from the result back.
    """

    exercise: Exercise
    data: list[Any]
    gradient: list[Any]
    values: list[int]
    slopes: list[int]

    @classmethod
    def of(cls, exercise: Exercise, answer: dict[str, Any]) -> Solution:
        """Compare an answer of the student's process with the right numbers."""
        data = answer["data"]
        gradient = [*answer["grad"], *["None"] * len(data)][: len(data)]
        inner = range(len(exercise.leaves), len(data) - 1)
        # It is no mistake to drop the gradients of inner nodes, as PyTorch does.
        dropped = {i for i in inner if gradient[i] == "None"}
        values = [i for i, right in enumerate(exercise.data) if not equal(data[i], right)]
        order = reversed(range(len(data)))
        slopes = [i for i in order if i not in dropped and not equal(gradient[i], exercise.gradient[i])]
        return cls(exercise, data, gradient, values, slopes)

    @property
    def kind(self) -> str:
        """What is wrong: "value" if results are, else "gradient" if derivatives are, else empty."""
        return "value" if self.values else "gradient" if self.slopes else ""

    @property
    def evidence(self) -> Evidence:
        """The derivatives, for comparison with a mistake's."""
        return Evidence(self.exercise, self.gradient)

    def graded(self) -> Graded:
        """The numbers, with the indices of the wrong ones."""
        return Graded(self.exercise, self.data, self.gradient, bool(self.values), self.values or self.slopes)


class Session:
    """The student's process, and the state of a check.

    Attributes:
        child: the process.
        file: the name of the student's file.
        progress: called with a line of text about the current step.
        answers: all solutions so far.
    """

    def __init__(self, child: Child, file: str, seed: int, progress: Callable[[str], None]) -> None:
        self.child, self.file, self.progress = child, file, progress
        self.answers: list[Solution] = []
        self._seed = seed

    def random(self, purpose: str) -> random.Random:
        """A generator for one purpose, the same in every check with this seed."""
        return random.Random(f"{self._seed} {purpose}")  # noqa: S311 (no secret)

    def solve(self, exercise: Exercise, *, again: bool = False) -> dict[str, Any]:
        """The student's numbers on an exercise.

        Raises:
            Failure: the student's code raised or did not answer.
        """
        return self.child.ask("solve", leaves=exercise.leaves, steps=exercise.steps(), again=again)

    def answer(self, exercise: Exercise) -> Solution:
        """The student's solution of an exercise, compared with ours.

        Raises:
            Failure: the student's code raised or did not answer.
        """
        return Solution.of(exercise, self.solve(exercise))

    def changing(self, solution: Solution, subject: str) -> Finding | None:
        """The finding that a solution has other numbers when the code runs again; None if it has the same.

        Args:
            solution: a wrong solution.
            subject: the subject of the finding.
        """
        with suppress(Failure):
            again = self.answer(solution.exercise)
            if (again.data, again.gradient) == (solution.data, solution.gradient):
                return None
        return Finding(
            "random",
            subject,
            "These numbers are wrong, and change when the code runs again.",
            solution.graded(),
            advice="Does the code draw random numbers, or keep something from one graph to the next?",
        )
