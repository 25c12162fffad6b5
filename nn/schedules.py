"""Schedules: the factor of the learning rate at every update.

A schedule is any function from the number of updates made, 0 at the first, to a factor. `nn.fit`
takes one; in a loop of your own, write ``optimiser.rate = rate * schedule(step)``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import cos, pi
from numbers import Integral, Real

__all__ = ["Schedule", "constant", "cosine", "exponential", "step_decay", "warm_up"]

Schedule = Callable[[int], float]


def constant(factor: float = 1.0) -> Schedule:
    """The same factor at every update.

    Raises:
        ValueError: the factor is not greater than 0.
    """
    return partial(_constant, _factor(factor))


def step_decay(every: int, factor: float = 0.1) -> Schedule:
    """Multiply by the factor once every few updates: ``factor^⌊step / every⌋``.

    Raises:
        ValueError: ``every`` is not a whole number of at least 1, or the factor not greater than 0.
    """
    return partial(_step_decay, _updates("every", every), _factor(factor))


def exponential(factor: float) -> Schedule:
    """Multiply by the factor at every update: ``factor^step``.

    Raises:
        ValueError: the factor is not greater than 0.
    """
    return partial(_exponential, _factor(factor))


def cosine(total: int, floor: float = 0.0) -> Schedule:
    """Half a period of the cosine, from 1 down to the floor in ``total`` updates, then constant.

    I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017,
    equation 5, without restarts. The floor is reached one update after the last.

    Raises:
        ValueError: the total is not a whole number of at least 1, or the floor not from 0 to 1.
    """
    total = _updates("the total of a schedule", total)
    if not isinstance(floor, Real) or not 0 <= floor <= 1:
        raise ValueError(f"the floor of a schedule must be a factor from 0 to 1, not {floor!r}")
    return partial(_cosine, total, float(floor))


def warm_up(steps: int, then: Schedule | None = None) -> Schedule:
    """Rise to 1 in equal steps, then follow another schedule from its start; by default, stay at 1.

    P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017, section 2.2.

    Raises:
        ValueError: the number of steps is not a whole number of at least 1.
    """
    return partial(_warm_up, _updates("the number of steps of a schedule", steps), then or constant())


# Functions of the module, not closures: a `functools.partial` of them can be pickled.


def _constant(factor: float, step: int) -> float:
    return factor


def _step_decay(every: int, factor: float, step: int) -> float:
    return factor ** (step // every)


def _exponential(factor: float, step: int) -> float:
    return factor**step


def _cosine(total: int, floor: float, step: int) -> float:
    return floor + (1 - floor) * (1 + cos(pi * min(step, total) / total)) / 2


def _warm_up(steps: int, after: Schedule, step: int) -> float:
    return (step + 1) / (steps + 1) if step < steps else after(step - steps)


def _updates(what: str, number: int) -> int:
    if not isinstance(number, Integral) or number < 1:
        raise ValueError(f"{what} must be a whole number of updates, at least 1, not {number!r}")
    return int(number)


def _factor(factor: float) -> float:
    if not isinstance(factor, Real) or not 0 < factor < float("inf"):
        raise ValueError(f"the factor of a schedule must be a finite number greater than 0, not {factor!r}")
    return float(factor)
