"""Written by hand: gradients in plain Python and NumPy, and a textbook `Value`."""

from __future__ import annotations

from functools import partial

from benchmarks.gpt import ScalarGPT
from benchmarks.moons import ScalarMoons
from benchmarks.textbook import TextbookValue
from benchmarks.workloads import (
    DESCENTS,
    FORMULAS,
    Classifier,
    Formula,
    Job,
    Language,
    Moons,
    Ways,
    classifier_by_hand,
    moons_by_hand,
    without_collector,
)

NAME, PACKAGE = "by hand", "numpy"


def formula(problem: Formula) -> Job:
    return partial(problem.by_hand, *problem.point)


def moons(problem: Moons) -> Job:
    return partial(moons_by_hand, *problem)


def moons_textbook(problem: Moons) -> Job:
    return ScalarMoons(TextbookValue, problem).step


def gpt_textbook(problem: Language) -> Job:
    return ScalarGPT(TextbookValue, problem).step


def gpt_uncollected(problem: Language) -> Job:
    return without_collector(gpt_textbook(problem))


def classifier(problem: Classifier) -> Job:
    return problem.descend(classifier_by_hand)


WAYS: Ways = {
    **{workload: {"Python": formula} for workload in FORMULAS},
    "moons": {"NumPy on matrices": moons, "textbook Value": moons_textbook},
    "gpt": {"textbook Value": gpt_textbook, "textbook Value, collector off": gpt_uncollected},
    **{workload: {"NumPy": classifier} for workload in DESCENTS},
}
