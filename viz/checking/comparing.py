"""Run an exercise on a student's `Value` and on ours, and compare the numbers."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from viz.checking.child import Child
from viz.checking.exercises import Exercise
from viz.checking.suspects import Evidence, equal
from viz.checking.verdict import Graded

__all__ = ["Session", "Solution"]


@dataclass(frozen=True)
class Solution:
    """A student's solution of an exercise, compared with ours.

    Attributes:
        exercise: the exercise.
        data: the results.
        gradient: the derivatives.
        values: the places of wrong results, inputs first.
        slopes: the places of wrong derivatives, from the result back.
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
        # An engine that drops the gradients of inner nodes, as PyTorch does, is not wrong.
        dropped = {i for i in inner if gradient[i] == "None"}
        values = [i for i, right in enumerate(exercise.data) if not equal(data[i], right)]
        order = reversed(range(len(data)))
        slopes = [i for i in order if i not in dropped and not equal(gradient[i], exercise.gradient[i])]
        return cls(exercise, data, gradient, values, slopes)

    @property
    def kind(self) -> str:
        """What is wrong first: "value", "gradient", or nothing."""
        return "value" if self.values else "gradient" if self.slopes else ""

    @property
    def evidence(self) -> Evidence:
        """The derivatives, to be compared with those of a mistake."""
        return Evidence(self.exercise, self.gradient)

    def graded(self) -> Graded:
        """The numbers and the places of the wrong ones."""
        return Graded(self.exercise, self.data, self.gradient, bool(self.values), self.values or self.slopes)


class Session:
    """The student's process, and what a check keeps while it goes on.

    Attributes:
        child: the process.
        file: the name of the student's file.
        progress: called with a line of text about what is done now.
        answers: all answers so far.
    """

    def __init__(self, child: Child, file: str, seed: int, progress: Callable[[str], None]) -> None:
        self.child, self.file, self.progress = child, file, progress
        self.answers: list[Solution] = []
        self._seed = seed

    def random(self, purpose: str) -> random.Random:
        """Randomness for one purpose, the same in every check with the seed."""
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
