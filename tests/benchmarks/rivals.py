"""A rival that works, lies, fails and crashes."""

import os

from benchmarks.workloads import tiny_by_hand

NAME, PACKAGE = "fake", "numpy"


def right(problem):
    print("this is no answer")
    return lambda: tiny_by_hand(*problem.point)


def wrong(problem):
    return lambda: (612.5, (-35.0, 1051.0))


def short(problem):
    return lambda: 612.5


def failing(problem):
    raise ValueError("not today\nnor tomorrow")


def crashing(problem):
    os._exit(3)


def crashing_later(problem):
    calls = iter(range(1000))

    def step():
        if next(calls) > 1:
            os._exit(3)
        return tiny_by_hand(*problem.point)

    return step


WAYS = {
    "tiny": {"right": right, "wrong": wrong, "short": short, "failing": failing},
    "small": {"crashing": crashing, "right": right},
    "moons": {"": right},
}
