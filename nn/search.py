"""Search for settings, by grid or at random, and cross-validation to score them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from itertools import product
from math import isnan, nan
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from nn.data import Data, folds
from nn.executing import Interrupted, ordered
from nn.seeds import Seed, generator_of

__all__ = [
    "Score",
    "Trial",
    "cross_validate",
    "grid",
    "grid_search",
    "learning_curve",
    "random_search",
    "sample",
]

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


def sample(n: int, rng: np.random.Generator, /, **distributions: Any) -> list[Settings]:
    """Draw n random settings.

    J. Bergstra and Y. Bengio, "Random search for hyper-parameter optimization", JMLR 2012: where only some
    settings matter, a grid tries few different values of them, and n random settings try n.

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
    score: Callable[..., float],
    choices: Mapping[str, Iterable[Any]],
    *,
    maximise: bool = False,
    executor: Executor | None = None,
) -> list[Trial]:
    """Try every combination, as ``score(**settings)``, and sort by score, the least first.

    An executor runs several combinations at once, in threads, processes or on a cluster. The scores are
    the same if ``score`` depends on its settings alone. Every call runs on one BLAS thread, if threadpoolctl
    is installed. A combination whose worker died has the score NaN, and a RuntimeWarning names it.

    Args:
        score: a function of settings given by name, such as a validation loss. For processes, define it at
            the top level of a module.
        choices: as for `grid`.
        maximise: whether to sort the greatest score first, as for an accuracy.
        executor: such as ``concurrent.futures.ProcessPoolExecutor(8)``; None for one after the other.

    Raises:
        ValueError: as `grid`.
        TypeError: ``score`` is not a function or gives no number, the choices are no dict, ``executor`` is
            not an Executor, or ``score`` cannot be sent to its processes.
        Exception: the first that ``score`` raises, with a note that names the settings.
        Interrupted: Ctrl-C, also if `nn.fit` within ``score`` has deferred it. It is a KeyboardInterrupt,
            and its ``finished`` has the trials so far, sorted.

    Examples:
        >>> def score(rate, width):
        ...     return (rate - 0.1) ** 2 + width
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> with ThreadPoolExecutor(2) as pool:
        ...     grid_search(score, {"rate": [0.1, 0.5], "width": [4]}, executor=pool)[0]
        Trial(settings={'rate': 0.1, 'width': 4}, score=4.0)
    """
    _check_function("score", score)
    return _ranked(score, grid(**_by_name("choices", choices)), maximise, executor)


def random_search(
    score: Callable[..., float],
    distributions: Mapping[str, Any],
    n: int,
    *,
    seed: Seed = 0,
    maximise: bool = False,
    executor: Executor | None = None,
) -> list[Trial]:
    """Try n random settings, drawn by `sample`; otherwise as `grid_search`.

    Raises:
        ValueError: as `sample`.
        TypeError, Exception, Interrupted: as `grid_search`.
    """
    _check_function("score", score)
    by_name = _by_name("distributions", distributions)
    return _ranked(score, sample(n, generator_of(seed), **by_name), maximise, executor)


def cross_validate(
    train_and_score: Callable[[Data, Data], float],
    data: Data,
    k: int = 5,
    seed: Seed = 0,
    *,
    executor: Executor | None = None,
) -> Score:
    """The scores of k trainings, each validated on another fold: see `nn.data.folds`.

    Args:
        train_and_score: makes a new model, trains it on the first data and scores it on the second.
        data: all examples except those for the final test.
        k: the number of folds.
        seed: of the folds.
        executor: as for `grid_search`.

    Raises:
        TypeError, ValueError: as `nn.data.folds`.
        TypeError, Exception: as `grid_search`.
        Interrupted: Ctrl-C, as in `grid_search`; ``finished`` is a tuple of the scores so far.
    """
    _check_function("train_and_score", train_and_score)
    items = [(train_and_score, train, validation) for train, validation in folds(data, k, seed=seed)]
    names = [f"fold {fold} of {k}" for fold in range(1, k + 1)]
    return _summary(_fold_scores(items, names, executor))


def learning_curve(
    train_and_score: Callable[[Data, Data], float],
    data: Data,
    sizes: Sequence[int],
    k: int = 5,
    seed: Seed = 0,
    *,
    executor: Executor | None = None,
) -> list[Score]:
    """Cross-validate on the first n training examples of every fold, for each n of ``sizes``.

    Args:
        train_and_score: as for `cross_validate`.
        data: all examples except those for the final test.
        sizes: numbers of training examples.
        k: the number of folds.
        seed: of the folds.
        executor: as for `grid_search`; all trainings are independent of each other.

    Returns:
        a `Score` for each size.

    Raises:
        ValueError: a size is not from 1 to the number of training examples of a fold.
        TypeError, ValueError: as `nn.data.folds`.
        TypeError, Exception: as `grid_search`.
        Interrupted: Ctrl-C, as in `grid_search`; ``finished`` is a tuple of the scores so far.
    """
    _check_function("train_and_score", train_and_score)
    if not isinstance(sizes, Iterable):
        raise TypeError(f"sizes must be a list of numbers of training examples, not {sizes!r:.40}")
    parts = list(folds(data, k, seed=seed))
    most = min(len(train) for train, _ in parts)
    for n in sizes:
        if not isinstance(n, Integral) or not 1 <= n <= most:
            raise ValueError(
                f"sizes must be whole numbers from 1 to {most}, the number of training examples of a fold, "
                f"not {n!r:.40}"
            )
    items = [(train_and_score, train.take(slice(n)), rest) for n in sizes for train, rest in parts]
    names = [f"fold {fold} of {k} with {n} examples" for n in sizes for fold in range(1, k + 1)]
    scores = _fold_scores(items, names, executor)
    return [_summary(scores[i : i + k]) for i in range(0, len(scores), k)]


def _check_function(name: str, function: Any) -> None:
    if not callable(function):
        raise TypeError(f"{name} must be a function, not {function!r:.40}")


def _by_name(what: str, choices: Any) -> Mapping[str, Any]:
    if not isinstance(choices, Mapping) or not all(isinstance(name, str) for name in choices):
        example = "a dict of settings by name, as {'rate': [0.1, 0.01]}"
        raise TypeError(f"{what} must be {example}, not {choices!r:.60}")
    return choices


def _ranked(
    score: Callable[..., float], candidates: list[Settings], maximise: bool, executor: Executor | None
) -> list[Trial]:
    items = [(score, settings) for settings in candidates]
    names = [_named(settings) for settings in candidates]

    def rank(scores: Mapping[int, float]) -> list[Trial]:
        trials = [Trial(candidates[place], scores[place]) for place in sorted(scores)]
        # NaN, perhaps from a training that diverged, is worse than any number.
        return sorted(trials, key=lambda t: (isnan(t.score), -t.score if maximise else t.score))

    try:
        return rank(dict(enumerate(ordered(_scored, items, names, executor=executor, lost=nan))))
    except Interrupted as stopped:
        stopped.finished = rank(stopped.finished)
        raise


def _scored(score: Callable[..., float], settings: Settings) -> float:
    return _number(score(**settings))


def _named(settings: Settings) -> str:
    return ", ".join(f"{name}={value!r:.40}" for name, value in settings.items()) or "the one candidate"


def _cross_scored(train_and_score: Callable[[Data, Data], float], train: Data, validation: Data) -> float:
    return _number(train_and_score(train, validation))


def _number(score: Any) -> float:
    try:
        if not isinstance(score, (str, bytes)):
            return float(score)
    except (TypeError, ValueError):
        pass
    raise TypeError(f"a score must be a number, not {type(score).__name__} {score!r:.40}")


def _fold_scores(items: Sequence[Any], names: Sequence[str], executor: Executor | None) -> list[float]:
    try:
        return ordered(_cross_scored, items, names, executor=executor, lost=nan)
    except Interrupted as stopped:
        stopped.finished = tuple(stopped.finished[place] for place in sorted(stopped.finished))
        raise


def _summary(scores: Sequence[float]) -> Score:
    return Score(float(np.mean(scores)), float(np.std(scores, ddof=1)), tuple(scores))


def _listed(name: str, options: Any) -> list[Any]:
    choices = [] if isinstance(options, str) or not isinstance(options, Iterable) else list(options)
    if not choices:
        raise ValueError(f"{name} needs a list of choices, at least one, not {options!r}")
    return choices
