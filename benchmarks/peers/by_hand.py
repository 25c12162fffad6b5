"""What a person writes who has derived the gradient: plain Python for scalars, NumPy for matrices."""

from __future__ import annotations

from functools import partial

from benchmarks.works import (
    DESCENTS,
    FORMULAS,
    Classifier,
    Formula,
    Moons,
    Step,
    Ways,
    classifier_by_hand,
    moons_by_hand,
)

NAME, PACKAGE = "by hand", "numpy"


def formula(problem: Formula) -> Step:
    return partial(problem.by_hand, *problem.point)


def moons(problem: Moons) -> Step:
    return partial(moons_by_hand, *problem)


def classifier(problem: Classifier) -> Step:
    return problem.descend(classifier_by_hand)


WAYS: Ways = {
    **{work: {"Python": formula} for work in FORMULAS},
    "moons": {"NumPy on matrices": moons},
    **{work: {"NumPy": classifier} for work in DESCENTS},
}
