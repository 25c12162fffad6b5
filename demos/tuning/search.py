"""Grid search and random search for a learning rate and a batch size, under cross-validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log10
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from demos.page.parts import Part, Table
from demos.page.plotting import COLORS, INK, MARKERS, PAPER, Layout, Plot
from demos.tuning.rates import DIVERGED, SIZES
from nn import fit
from nn.data import Data, Split
from nn.evaluation import accuracy, evaluate
from nn.mlp import MLP
from nn.optimisers import SGD
from nn.search import Score, cross_validate, grid_search, random_search

__all__ = ["Search", "Setting", "measure_search", "tell_search"]

# What the grid search combines.
GRID_RATES, GRID_BATCHES = (0.1, 1.0, 10.0), (16, 64)
# How many settings the table shows.
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Setting:
    """A learning rate and a batch size, scored by cross-validation.

    Attributes:
        how: found by ``grid`` or ``random`` search.
        rate: the learning rate.
        batch: examples in a batch.
        score: validation losses over the folds.
    """

    how: str
    rate: float
    batch: int
    score: Score


@dataclass(frozen=True, slots=True)
class Search:
    """A grid search and a random search.

    Attributes:
        settings: all that were tried, from the lowest mean loss to the highest.
        trials: of the random search.
        folds: of the cross-validation.
        examples: how many were divided into folds.
        tests: how many test examples were kept apart.
        accuracy: of the best setting on the test examples, a fraction; 0 if the training diverged.
    """

    settings: Sequence[Setting]
    trials: int
    folds: int
    examples: int
    tests: int
    accuracy: float


def measure_search(parts: Split, epochs: int, trials: int, k: int, seed: int) -> Search:
    """Search a grid and at random, and test the network trained with the best setting."""
    # The folds make their own validation parts of everything but the test part.
    data = Data(*(np.concatenate([getattr(p, a) for p in parts[:2]]) for a in ("inputs", "targets")))
    scores: dict[tuple[float, int], Score] = {}

    def loss(rate: float, batch: int) -> float:
        scores[rate, batch] = cross_validated(data, rate, batch, epochs, k, seed)
        return scores[rate, batch].mean

    distributions = {
        "rate": lambda rng: float(10 ** rng.uniform(log10(GRID_RATES[0]), log10(GRID_RATES[-1]))),
        "batch": lambda rng: int(2 ** rng.uniform(4, 6)),
    }
    found = {
        "grid": grid_search(loss, {"rate": GRID_RATES, "batch": GRID_BATCHES}),
        "random": random_search(loss, distributions, trials, seed=seed),
    }
    settings = [
        Setting(how, rate, batch, scores[rate, batch])
        for how, trials_found in found.items()
        for rate, batch in ((t.settings["rate"], t.settings["batch"]) for t in trials_found)
    ]
    settings.sort(key=lambda setting: setting.score.mean)
    best = settings[0]
    network = trained(data, best.rate, best.batch, epochs, seed)
    tested = accuracy(network, parts.test) if network else 0.0
    return Search(settings, trials, k, len(data), len(parts.test), tested)


def cross_validated(data: Data, rate: float, batch: int, epochs: int, k: int, seed: int) -> Score:
    """The validation losses of a setting over k folds."""

    def train_and_score(train: Data, validation: Data) -> float:
        network = trained(train, rate, batch, epochs, seed)
        return evaluate(network, validation)["loss"] if network else DIVERGED

    with np.errstate(invalid="ignore"):  # the deviation of infinite losses is not a number
        return cross_validate(train_and_score, data, k, seed)


def trained(data: Data, rate: float, batch: int, epochs: int, seed: int) -> MLP | None:
    """A network trained by SGD; None if it diverged."""
    network = MLP(SIZES, seed=seed)
    optimiser = SGD(network.parameters(), rate)
    try:
        fit(network, data, epochs=epochs, optimiser=optimiser, batch_size=batch, seed=seed, progress=False)
    except FloatingPointError:
        return None
    return network


def tell_search(found: Search) -> list[Part]:
    """Explain both searches, and name the best setting."""
    best, second = found.settings[:2]
    rows = [
        (setting.how, setting.rate, setting.batch, setting.score.mean, setting.score.deviation)
        for setting in found.settings[:SHOWN]
    ]
    close = second.score.mean - best.score.mean < best.score.deviation
    return [
        "How is a good rate found? By trying. Grid search takes every combination of some values, here "
        f"{len(GRID_RATES)} rates and {len(GRID_BATCHES)} batch sizes. Random search draws {found.trials} "
        "settings, with the rate uniform on a logarithmic scale, because its order of magnitude matters. One "
        "validation set may favour a setting by chance, so each is scored by cross-validation: the "
        f"{found.examples} examples that are not kept for the test are divided into {found.folds} folds, and "
        f"the network is trained {found.folds} times, each time validated on another fold.",
        search_plot(found.settings).illustration(
            words="Validation loss against the learning rate: the points of the grid stand in columns, one "
            "for each rate; the points of the random search are spread over all rates.",
            caption="Each point is a setting: the mean over the folds, and the standard deviation. The grid "
            f"tries {len(GRID_RATES)} rates, random search {found.trials}.",
        ),
        Table(
            ("found by", "rate", "batch", "loss, mean", "deviation"),
            rows,
            caption=f"The best of the {len(found.settings)} settings: validation loss over {found.folds} "
            "folds.",
        ),
        f"The best setting is from the {best.how} search: rate {best.rate:.3g}, batches of {best.batch}. "
        + (
            "But the next ones are within its deviation; which of them is really best, these "
            f"{found.examples} examples cannot tell. "
            if close
            else ""
        )
        + f"Trained once more with it, on all {found.examples} examples, the network classifies "
        f"{found.accuracy:.1%} of the {found.tests} test examples correctly. They were not used before.",
    ]


def search_plot(settings: Sequence[Setting]) -> Plot:
    """The validation losses of all settings against their rates."""

    def draw(layout: Layout) -> Figure:
        figure, axes = layout.subplots(height=layout.choose(4.0, 4.2))
        for how, color, marker, face in zip(
            ("grid", "random"), COLORS, MARKERS, (PAPER, COLORS[1]), strict=False
        ):
            shown = [s for s in settings if s.how == how and isfinite(s.score.mean)]
            rates, means = [s.rate for s in shown], [s.score.mean for s in shown]
            bars: dict[str, Any] = {"fmt": "none", "ecolor": INK, "alpha": 0.3}
            axes.errorbar(rates, means, [s.score.deviation for s in shown], **bars)
            look: dict[str, Any] = {"color": color, "marker": marker, "markerfacecolor": face}
            axes.plot(rates, means, linestyle="", label=f"{how} search", zorder=3, **look)
        axes.set(xscale="log", yscale="log", xlabel="learning rate")
        axes.set_title("validation loss", loc="left")
        figure.legend(loc="outside upper left", ncols=2, frameon=False, labelcolor=INK)
        return figure

    return Plot("tuning-search", draw)
