"""Numba: the gradient derived by hand in Python, compiled by Numba."""

from __future__ import annotations

import numba

from benchmarks.workloads import FORMULAS, Formula, Job, Ways

NAME, PACKAGE = "Numba", "numba"


def formula(problem: Formula) -> Job:
    compiled = numba.njit(problem.by_hand)
    a, b = problem.point
    return lambda: compiled(a, b)


WAYS: Ways = {workload: {"by hand": formula} for workload in FORMULAS}
