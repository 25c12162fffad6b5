"""What training, validation and test data are for, and how more training data helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from demos.page.data_sets import circles
from demos.page.lesson import Lesson
from demos.page.parts import Part
from demos.splits.amount import Amount, measure_amount, tell_amount
from demos.splits.held_out import NOISE, HeldOut, measure_held_out, tell_held_out

__all__ = ["LESSON", "answer", "measure", "tell"]


@dataclass(frozen=True, slots=True)
class Splits:
    """Everything the lesson measures.

    Attributes:
        held_out: the parts of the data, and what their losses and errors are worth.
        amount: how errors change with the number of training examples.
    """

    held_out: HeldOut
    amount: Amount


def measure(
    seed: int = 0,
    *,
    epochs: int = 200,
    choices: int = 10,
    candidates: int = 3,
    numbers: Sequence[int] = (10, 20, 50, 100, 200, 500, 1000),
    repetitions: int = 4,
    updates: int = 100,
    fresh: int = 2000,
) -> Splits:
    """Measure overfitting, the bias of a chosen error, and the learning curve.

    Args:
        seed: of the data and of the networks.
        epochs: to train the network whose losses are drawn.
        choices: how often data is drawn, split, and a network chosen.
        candidates: networks trained for each choice.
        numbers: of training examples to compare, increasing.
        repetitions: trainings with each number, each on data of its own.
        updates: for each candidate and for each training of the learning curve.
        fresh: examples that stand for all that a network may ever meet.
    """
    unmet = circles(fresh, seed + 10_000, noise=NOISE)
    return Splits(
        held_out=measure_held_out(
            unmet, epochs=epochs, choices=choices, candidates=candidates, updates=updates, seed=seed
        ),
        amount=measure_amount(unmet, numbers=numbers, repetitions=repetitions, updates=updates, seed=seed),
    )


def tell(found: Splits) -> list[Part]:
    """Explain the three parts, overfitting, chosen errors, and the learning curve."""
    return [*tell_held_out(found.held_out), *tell_amount(found.amount)]


LESSON = Lesson(
    name="splits",
    numbers="1, 2",
    title="Training, validation and test data, and how many examples are needed",
    question=(
        "What are the training set, the validation set and the test set for? How does the number N of "
        "examples influence learning?"
    ),
    measure=measure,
    tell=tell,
    slip=(
        "The validation error of the chosen network is not a test error. It is the lowest of many, and the "
        "lowest of many is partly luck. The test part stays honest only as long as nothing depends on it, "
        "not even the decision to try once more."
    ),
)
answer = LESSON.answer
