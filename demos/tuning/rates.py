"""Trainings with learning rates that are too small, right, and too large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from demos.page.parts import Part
from demos.page.plotting import COLORS, INK, MARKERS, Layout, Plot, legend
from demos.page.words import listed
from nn import fit
from nn.data import Data
from nn.evaluation import evaluate
from nn.history import Epoch
from nn.mlp import MLP
from nn.optimisers import SGD, Adam, Optimiser
from nn.schedules import Schedule

__all__ = ["DIVERGED", "SIZES", "STYLES", "RateLosses", "finite", "learning", "measure_rates", "tell_rates"]

Array = NDArray[np.float64]

SIZES = (2, 8, 2)
BATCH = 16
OPTIMISERS: dict[str, Callable[..., Optimiser]] = {"SGD": SGD, "Adam": Adam}
# The loss of a training that ended because its numbers overflowed.
DIVERGED = inf
STYLES = ("-", "--", ":", "-.")


@dataclass(frozen=True, slots=True)
class RateLosses:
    """Trainings with one optimiser and one learning rate.

    Attributes:
        optimiser: its name.
        rate: the learning rate.
        losses: mean cross-entropy before training and after each epoch, (repetitions, epochs + 1).
    """

    optimiser: str
    rate: float
    losses: Array

    @property
    def end(self) -> float:
        """The final loss, averaged over the repetitions."""
        return float(np.mean(self.losses[:, -1]))


def measure_rates(data: Data, rates: Sequence[float], epochs: int, seeds: Sequence[int]) -> list[RateLosses]:
    """Train with each optimiser and each rate, once for each seed."""
    return [
        RateLosses(name, rate, np.array([learning(data, name, rate, epochs, seed) for seed in seeds]))
        for name in OPTIMISERS
        for rate in rates
    ]


def learning(
    data: Data,
    optimiser: str,
    rate: float,
    epochs: int,
    seed: int,
    *,
    batch_size: int = BATCH,
    schedule: Schedule | None = None,
) -> list[float]:
    """The loss over all examples before training and after each epoch; `DIVERGED` from an overflow on."""
    network = MLP(SIZES, seed=seed)
    losses = [evaluate(network, data)["loss"]]

    def record(epoch: Epoch) -> None:
        losses.append(evaluate(network, data)["loss"])

    try:
        fit(
            network,
            data,
            epochs=epochs,
            optimiser=OPTIMISERS[optimiser](network.parameters(), rate),
            batch_size=batch_size,
            schedule=schedule,
            seed=seed,
            progress=False,
            after_epoch=record,
        )
    except FloatingPointError:
        losses += [DIVERGED] * (epochs + 1 - len(losses))
    return losses


def tell_rates(runs: Sequence[RateLosses]) -> list[Part]:
    """Explain rates that are too small, right, and too large."""
    rates = _rates(runs)
    ends = {(run.optimiser, run.rate): run.end for run in runs}
    start = float(np.mean([run.losses[:, 0] for run in runs]))
    best = min(rates, key=lambda rate: ends["Adam", rate])
    useful = {name: sum(ends[name, rate] < start / 2 for rate in rates) for name in OPTIMISERS}
    return [
        "A step is the gradient times the learning rate. The gradient describes how the loss changes close "
        "by. A step that is too long leaves this neighbourhood; if steps are too short, a great many are "
        f"needed. Here are {len(rates)} rates, each ten times the one before, for a "
        f"{'-'.join(map(str, SIZES))} network on two rings, in batches of {BATCH}.",
        rate_plot(runs).illustration(
            words="First: loss against epochs for each learning rate of SGD. Second: final loss against the "
            "rate, for SGD and for Adam, each with a valley.",
            caption="First: SGD with each rate, from the same weights. Second: the final loss, for SGD and "
            f"for Adam; the mean, the lowest and the highest from {len(runs[0].losses)} different "
            "weights.",
        ),
        _of_sgd(runs, start),
        "Adam divides the gradient by a running mean of its size, so its rate is nearly the length of a "
        f"step, and its valley may lie elsewhere: here it does best with {best:g}, and ends at "
        f"{ends['Adam', best]:.3f}. Of the {len(rates)} rates, {useful['SGD']} removed more than half of the "
        f"loss with SGD, and {useful['Adam']} with Adam.",
    ]


def _of_sgd(runs: Sequence[RateLosses], start: float) -> str:
    """Name the best, the slow and the harmful rates of SGD; start is the mean loss before training."""
    ends = {run.rate: run.end for run in runs if run.optimiser == "SGD"}
    best = min(ends, key=lambda rate: ends[rate])
    slow = [rate for rate, end in ends.items() if rate < best and end > start / 2]
    rose = [rate for rate, end in ends.items() if end > start]
    epochs = runs[0].losses.shape[1] - 1
    sentences = [
        f"SGD does best with a rate of {best:g}: its loss falls from {start:.2f} to {ends[best]:.3f}."
    ]
    if slow:
        sentences.append(
            f"With {_in_words(slow)} it moves in the right direction, but would take many times as long: "
            f"after {epochs} epochs more than half of the loss is left."
        )
    if rose:
        sentences.append(
            f"With {_in_words(rose)} the loss ends higher than it began: the steps overshoot the valley. A "
            "tanh network does not always diverge then: its neurons saturate, and it gets stuck there."
        )
    return " ".join(sentences)


def rate_plot(runs: Sequence[RateLosses]) -> Plot:
    """The losses of SGD over the epochs, and the final losses of both optimisers against the rate."""
    rates = _rates(runs)

    def draw(layout: Layout) -> Figure:
        figure, (left, right) = layout.subplots(2, height=layout.choose(4.2, 7.6))
        lines = {}
        for i, run in enumerate(run for run in runs if run.optimiser == "SGD"):
            look: dict[str, Any] = {"color": COLORS[i], "marker": MARKERS[i], "markersize": 4}
            line = left.semilogy(finite(run.losses[0]), STYLES[i % 4], markevery=5, **look)
            lines[f"{run.rate:g}"] = line[0]
        for i, optimiser in enumerate(OPTIMISERS):
            ends = finite([run.losses[:, -1] for run in runs if run.optimiser == optimiser])
            mean = ends.mean(axis=1)
            bars = [mean - ends.min(axis=1), ends.max(axis=1) - mean]
            look = {"color": COLORS[6 - i], "marker": MARKERS[6 - i], "linestyle": STYLES[i]}
            right.errorbar(rates, mean, bars, label=optimiser, capsize=3, **look)
        right.set(xscale="log", yscale="log", xlabel="learning rate")
        left.set(xlabel="epochs")
        left.set_title("loss, with SGD at each rate", loc="left")
        right.set_title(f"loss after {runs[0].losses.shape[1] - 1} epochs", loc="left")
        right.legend(frameon=False, labelcolor=INK, loc="upper left")
        legend(figure, lines, layout.choose(6, 3))
        return figure

    return Plot("tuning-rates", draw)


def finite(losses: Any) -> Array:
    """The losses with NaN, which is not drawn, for those that are infinite."""
    array = np.array(losses)
    return np.where(np.isfinite(array), array, np.nan)


def _rates(runs: Sequence[RateLosses]) -> list[float]:
    """Every rate once, in order."""
    return list(dict.fromkeys(run.rate for run in runs))


def _in_words(rates: Sequence[float]) -> str:
    return listed(f"{rate:g}" for rate in rates)
