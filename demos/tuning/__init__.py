"""The learning rate: too small, too large, changed on the way, and found by search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from demos.page.data_sets import circles
from demos.page.lesson import Lesson
from demos.page.parts import Part
from demos.tuning.rates import RateLosses, measure_rates, tell_rates
from demos.tuning.schedules import ScheduleLosses, measure_schedules, tell_schedules
from demos.tuning.search import Search, measure_search, tell_search
from nn.data import split

__all__ = ["LESSON", "answer", "measure", "tell"]


@dataclass(frozen=True, slots=True)
class Tuning:
    """Everything the lesson measures.

    Attributes:
        rates: trainings with each optimiser and each rate.
        schedules: trainings with each schedule, the constant one first.
        search: for a rate and a batch size.
    """

    rates: Sequence[RateLosses]
    schedules: Sequence[ScheduleLosses]
    search: Search


def measure(
    seed: int = 0,
    *,
    rates: Sequence[float] = (0.01, 0.1, 1.0, 10.0, 100.0),
    epochs: int = 20,
    repetitions: int = 2,
    trials: int = 6,
    k: int = 3,
) -> Tuning:
    """Train with several rates and schedules, and search for a good rate.

    Args:
        seed: of the data, of the weights and of the order of the examples.
        rates: to try, increasing.
        epochs: of each training; trainings with a schedule take half as many again.
        repetitions: of each training, each from other weights.
        trials: of the random search.
        k: how many folds a setting is validated on.
    """
    data = circles(240, seed)
    parts = split(data.inputs, data.targets, seed=seed)
    seeds = range(seed, seed + repetitions)
    return Tuning(
        rates=measure_rates(parts.train, rates, epochs, seeds),
        schedules=measure_schedules(parts.train, epochs * 3 // 2, seeds),
        search=measure_search(parts, epochs, trials, k, seed),
    )


def tell(found: Tuning) -> list[Part]:
    """Explain what the rate does, how schedules change it, and how a search finds it."""
    return [*tell_rates(found.rates), *tell_schedules(found.schedules), *tell_search(found.search)]


LESSON = Lesson(
    name="tuning",
    numbers="11",
    title="The learning rate, and how to find it",
    question="How does the learning rate influence training, and how is a good one found?",
    measure=measure,
    tell=tell,
    slip=(
        "The learning rate is not a property of the task. It depends on the optimiser, on the batch size, on "
        "the loss (its mean over a batch, or its sum?) and on the scale of the inputs. If one of these "
        "changes, search for the rate again. And search on validation data: a rate chosen by the test set "
        "has turned it into a validation set."
    ),
)
answer = LESSON.answer
