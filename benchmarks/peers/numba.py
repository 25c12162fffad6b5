"""Numba: the gradient derived by hand, in Python that it compiles."""

from __future__ import annotations

import numba

from benchmarks.works import FORMULAS, Formula, Step, Ways

NAME, PACKAGE = "Numba", "numba"


def formula(problem: Formula) -> Step:
    compiled = numba.njit(problem.by_hand)
    a, b = problem.point
    return lambda: compiled(a, b)


WAYS: Ways = {work: {"by hand": formula} for work in FORMULAS}
