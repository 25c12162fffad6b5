"""How an output should move to lower cross-entropy and squared error, and which loss suits which task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from demos.losses.minima import Slice, slice_between_minima, slice_plot
from demos.losses.slopes import Slopes, measure_slopes, tell_slopes
from demos.losses.training import Fits, Trainings, fit_lines, measure_trainings, tell_fits, tell_trainings
from demos.page.data_sets import circles
from demos.page.lesson import Lesson
from demos.page.parts import Part
from nn.data import split

__all__ = ["LESSON", "answer", "measure", "tell"]


@dataclass(frozen=True, slots=True)
class Losses:
    """Everything the lesson measures.

    Attributes:
        slopes: of cross-entropy and squared error.
        trainings: of classifiers under every loss.
        fits: of lines, with and without outliers.
        between: squared error between a minimum and its twin.
    """

    slopes: Slopes
    trainings: Trainings
    fits: Fits
    between: Slice


def measure(
    seed: int = 0, *, epochs: int = 40, rates: Sequence[float] = (0.3, 1.0), steps: int = 200
) -> Losses:
    """Differentiate the losses, and train under each.

    Args:
        seed: of the data and of the networks.
        epochs: of training for each classifier.
        rates: learning rates that each classifier is tried with.
        steps: of descent for each line, and for the network whose minima are compared.
    """
    data = circles(300, seed)
    parts = split(data.inputs, data.targets, seed=seed)
    return Losses(
        slopes=measure_slopes(),
        trainings=measure_trainings(parts, epochs, rates, seed),
        fits=fit_lines(steps, seed),
        between=slice_between_minima(parts.train, steps, seed),
    )


def tell(found: Losses) -> list[Part]:
    """Explain the slopes of the losses, what they do in training, and where they are convex."""
    return [
        *tell_slopes(found.slopes),
        *tell_trainings(found.trainings),
        *tell_fits(found.fits),
        "One more fact about the shape of the losses is often misunderstood:",
        slice_plot(found.between).illustration(
            words="First: squared error over an output, one parabola. Second: the same loss along a straight "
            "line through the parameters, with two valleys of the same depth and a hill between them.",
            caption="Squared error on two straight lines. First: through the output ŷ of one example. "
            "Second: through the parameters, from a trained network at t = 0 to its twin at t = 1, which "
            "has the same hidden neurons in another order.",
        ),
    ]


def slip(found: Losses) -> str:
    """Correct the claim that a convex loss makes training a convex problem."""
    start, middle, end = found.between.start, found.between.middle, found.between.end
    return (
        "Squared error is convex in the outputs ŷ, and cross-entropy in its logits. Neither is convex in the "
        "parameters, because the network lies between. Reorder its hidden neurons, and it computes the same: "
        f"here the loss is {start:.4f} before and {end:.4f} after. "
    ) + (
        f"But halfway between the two sets of parameters it is {middle:.4f}. A convex function is nowhere "
        "higher between two points than at the higher of them, so this one is not convex, and descent "
        "guarantees no more than a valley."
        if middle > max(start, end)
        else f"Halfway between them it is {middle:.4f}: on this line there is no hill."
    )


LESSON = Lesson(
    name="losses",
    numbers="8, 9",
    title="What a loss asks of the outputs, and which loss suits which task",
    question=(
        "How must the output ŷ_i move to lower the cross-entropy, and how to lower the squared error? "
        "Which of them suits classification, and which regression?"
    ),
    measure=measure,
    tell=tell,
    slip=slip,
)
answer = LESSON.answer
