"""Gradients derived and written by hand: plain Python for scalars, NumPy for matrices."""

from __future__ import annotations

from functools import partial

from benchmarks.workloads import (
    DESCENTS,
    FORMULAS,
    Classifier,
    Formula,
    Job,
    Moons,
    Ways,
    classifier_by_hand,
    moons_by_hand,
)

NAME, PACKAGE = "by hand", "numpy"


def formula(problem: Formula) -> Job:
    return partial(problem.by_hand, *problem.point)


def moons(problem: Moons) -> Job:
    return partial(moons_by_hand, *problem)


def classifier(problem: Classifier) -> Job:
    return problem.descend(classifier_by_hand)


WAYS: Ways = {
    **{workload: {"Python": formula} for workload in FORMULAS},
    "moons": {"NumPy on matrices": moons},
    **{workload: {"NumPy": classifier} for workload in DESCENTS},
}
