"""Search for settings, by grid or at random, and cross-validation to score them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from math import isnan
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from nn.data import Data, folds
from nn.interrupts import raised_after
from nn.seeds import Seed, generator_of

__all__ = ["Score", "Trial", "cross_validate", "grid", "grid_search", "random_search", "sample"]

Settings = dict[str, Any]


class Trial(NamedTuple):
    """Settings and their score."""

    settings: Settings
    score: float


class Score(NamedTuple):
    """The scores of all folds, their mean, and their standard deviation (divided by k - 1)."""

    mean: float
    deviation: float
    folds: tuple[float, ...]


def grid(**choices: Iterable[Any]) -> list[Settings]:
    """Every combination of the choices; the last name changes fastest.

    Raises:
        ValueError: a name has no choices.

    Examples:
        >>> grid(rate=[0.1, 0.01], width=[8])
        [{'rate': 0.1, 'width': 8}, {'rate': 0.01, 'width': 8}]
    """
    lists = [_listed(name, options) for name, options in choices.items()]
    return [dict(zip(choices, values, strict=True)) for values in product(*lists)]


def sample(n: int, rng: np.random.Generator, **distributions: Any) -> list[Settings]:
    """Draw n random settings.

    J. Bergstra and Y. Bengio, "Random search for hyper-parameter optimization", JMLR 2012: where only
    some settings matter, a grid tries few different values of these, and random settings n.

    Args:
        n: the number of settings.
        rng: the generator to draw from.
        distributions: by name, a list of choices or a function of the generator, such as
            ``rate=lambda rng: 10 ** rng.uniform(-4, -1)``.

    Raises:
        ValueError: n is not a whole number of at least 1, or a name has no choices.
    """
    if not isinstance(n, Integral) or n < 1:
        raise ValueError(f"the number of random settings must be a whole number, at least 1, not {n!r}")
    drawn = {name: d if callable(d) else _listed(name, d) for name, d in distributions.items()}
    return [
        {name: d(rng) if callable(d) else d[rng.integers(len(d))] for name, d in drawn.items()}
        for _ in range(n)
    ]


def grid_search(
    score: Callable[..., float], choices: Mapping[str, Iterable[Any]], *, maximise: bool = False
) -> list[Trial]:
    """Try every combination, as ``score(**settings)``, and sort by score, the least first.

    Ctrl-C raises KeyboardInterrupt, also if `nn.fit` within ``score`` has deferred it.

    Args:
        score: a function of settings given by name, such as a validation loss.
        choices: as for `grid`.
        maximise: whether to sort the greatest score first, as for an accuracy.

    Raises:
        ValueError: as `grid`.
    """
    return _ranked(score, grid(**choices), maximise)


def random_search(
    score: Callable[..., float],
    distributions: Mapping[str, Any],
    n: int,
    *,
    seed: Seed = 0,
    maximise: bool = False,
) -> list[Trial]:
    """Try n random settings, drawn by `sample`; otherwise as `grid_search`.

    Raises:
        ValueError: as `sample`.
    """
    return _ranked(score, sample(n, generator_of(seed), **distributions), maximise)


def cross_validate(
    train_and_score: Callable[[Data, Data], float], data: Data, k: int = 5, seed: Seed = 0
) -> Score:
    """The scores of k trainings, each validated on another fold: see `nn.data.folds`.

    Ctrl-C raises KeyboardInterrupt, as in `grid_search`.

    Args:
        train_and_score: makes a new model, trains it on the first data and scores it on the second.
        data: all examples except those for the final test.
        k: the number of folds.
        seed: of the folds.

    Raises:
        TypeError, ValueError: as `nn.data.folds`.
    """
    scores = tuple(
        _scored(train_and_score, train, validation) for train, validation in folds(data, k, seed=seed)
    )
    return Score(float(np.mean(scores)), float(np.std(scores, ddof=1)), scores)


def _ranked(score: Callable[..., float], candidates: list[Settings], maximise: bool) -> list[Trial]:
    trials = [Trial(settings, _scored(score, **settings)) for settings in candidates]
    # NaN, perhaps from a training that diverged, is worse than any number.
    return sorted(trials, key=lambda t: (isnan(t.score), -t.score if maximise else t.score))


def _scored(score: Callable[..., float], *arguments: Any, **settings: Any) -> float:
    with raised_after():  # an interrupted training has no score
        return float(score(*arguments, **settings))


def _listed(name: str, options: Any) -> list[Any]:
    choices = [] if isinstance(options, str) or not isinstance(options, Iterable) else list(options)
    if not choices:
        raise ValueError(f"{name} needs a list of choices, at least one, not {options!r}")
    return choices
