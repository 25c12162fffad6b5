"""micrograd 0.1.0: as shipped, and with Python's cyclic garbage collector off."""

from __future__ import annotations

import gc

from micrograd.engine import Value

from benchmarks.moons import ScalarMoons
from benchmarks.workloads import FORMULAS, Formula, Job, Moons, Ways, without_collector

NAME, PACKAGE = "micrograd", "micrograd"


def formula(problem: Formula) -> Job:
    def step() -> tuple[float, tuple[float, float]]:
        a, b = map(Value, problem.point)
        value = problem.function(a, b, Value.relu)
        value.backward()
        return value.data, (a.grad, b.grad)

    return step


def moons(problem: Moons) -> Job:
    return ScalarMoons(Value, problem).step


def moons_uncollected(problem: Moons) -> Job:
    return without_collector(moons(problem))


def moons_collected_once(problem: Moons) -> Job:
    step = moons_uncollected(problem)

    def run() -> object:
        result = step()
        gc.collect()
        return result

    return run


WAYS: Ways = {
    **{workload: {"as shipped": formula} for workload in FORMULAS},
    "moons": {
        "as shipped": moons,
        "collector off": moons_uncollected,
        "collector off, one collection": moons_collected_once,
    },
}
