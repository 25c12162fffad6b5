"""What the options of the methods may be. A check returns the option in the form that its method takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from operator import index
from typing import Any

import numpy as np

from autograd.numbers.number import real_or_none

__all__ = ["checked", "completed", "shift", "whole"]


def completed(
    method: str, known: Sequence[str], options: Mapping[str, Any], first: str | None
) -> dict[str, Any]:
    """Return all options of a method, checked.

    Args:
        method: its name.
        known: the names of its options.
        options: some of them.
        first: the value of the first one, as in the name ``eliminate-reverse``; None if it is not named.

    Raises:
        KeyError: the method has no options, so its name cannot have one.
        TypeError: it has no such option, or the first one is given twice.
        ValueError: an option is refused.
    """
    for option in options:
        if option not in known:
            has = f"its options are {', '.join(known)}" if known else "it has none"
            raise TypeError(f"the method {method!r} has no option {option!r}: {has}")
    if first is None:
        return checked(method, options)
    name = f"{method}-{first}"
    if not known:
        raise KeyError(f"there is no method {name!r}: {method!r} has no options")
    if known[0] in options:
        raise TypeError(f"{name!r} says what {known[0]} is: leave it out, or write {method!r}")
    return checked(method, {**options, known[0]: _number(first)})


def _number(text: str) -> Any:
    """Return the number that a text writes; other text unchanged."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


def checked(method: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a method, each checked.

    Raises:
        ValueError: one of them is refused.
    """
    return {name: _CHECKS[method][name](value) for name, value in options.items()}


def whole(value: Any, what: str) -> int:
    """Return a whole number of at least 1, Python's or NumPy's."""
    number = 0
    with suppress(TypeError):
        number = 0 if isinstance(value, bool) else index(value)
    if number < 1:
        raise ValueError(f"{what} must be a whole number of at least 1, not {value!r:.40}")
    return number


def shift(value: Any, example: str, most: float = math.inf) -> float:
    """Return a positive step, below a limit and not so small that what it moves is lost in underflow."""
    step = None if isinstance(value, bool) else real_or_none(value)
    if step is None or not 1e-200 <= step < most:
        below = f"from 1e-200 to {most}" if most < math.inf else "above 0"
        raise ValueError(f"the step must be a number {below}, such as {example}, not {value!r:.40}")
    return float(step)


def _order(value: Any) -> Any:
    """Return the name of an order, or a list of nodes, which can be gone through again."""
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else value


def _schedule(value: Any) -> Any:
    if not isinstance(value, str) or value not in ("binomial", "uniform"):
        raise ValueError(f"the schedule must be binomial or uniform, not {value!r:.40}")
    return value


def _seed(value: Any) -> Any:
    try:
        np.random.default_rng(value)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"the seed must be a whole number of at least 0, or another for default_rng, not {value!r:.40}"
        ) from error
    return value


def _or_none(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else check(value)


_SAMPLED: dict[str, Callable[[Any], Any]] = {
    "samples": lambda value: whole(value, "samples, the number of random directions,"),
    "seed": _seed,
}
_CHECKS: dict[str, dict[str, Callable[[Any], Any]]] = {
    "eliminate": {
        "order": _order,
        "most": lambda value: whole(value, "most, the largest number of inner vertices to search,"),
    },
    "checkpoint": {
        "states": _or_none(lambda value: whole(value, "states, the most to keep,")),
        "schedule": _schedule,
    },
    "complex_step": {"step": lambda value: shift(value, "1e-20", 1)},
    "forward_gradient": _SAMPLED,
    "simultaneous_perturbation": {**_SAMPLED, "step": _or_none(lambda value: shift(value, "1e-5"))},
}
