"""Trainings with a learning rate that changes on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from demos.page.parts import Part, Table
from demos.page.plotting import COLORS, Layout, Plot, legend
from demos.tuning.rates import STYLES, finite, learning
from nn.data import Data
from nn.schedules import Schedule, constant, cosine, step_decay, warm_up

__all__ = ["ScheduleLosses", "measure_schedules", "tell_schedules"]

Array = NDArray[np.float64]

# The highest rate of every schedule, and the batch size.
HIGHEST, BATCH = 3.0, 8


@dataclass(frozen=True, slots=True)
class ScheduleLosses:
    """Trainings with one schedule of the learning rate.

    Attributes:
        title: of the schedule.
        factors: that multiply the rate, (updates,).
        losses: mean cross-entropy before training and after each epoch, (repetitions, epochs + 1).
        fluctuation: by what factor the loss changes from one epoch to the next, on average.
    """

    title: str
    factors: Array
    losses: Array
    fluctuation: float

    @property
    def end(self) -> float:
        """The final loss, averaged over the repetitions."""
        return float(np.mean(self.losses[:, -1]))


def measure_schedules(data: Data, epochs: int, seeds: Sequence[int]) -> list[ScheduleLosses]:
    """Train by SGD under each schedule, once for each seed."""
    updates = epochs * -(-len(data) // BATCH)
    tenth = max(1, updates // 10)
    schedules: dict[str, Schedule] = {
        "constant": constant(),
        "steps": step_decay(max(1, updates // 3), 0.2),
        "cosine": cosine(updates),
        "warm-up, then cosine": warm_up(tenth, cosine(updates - tenth)),
    }
    measured = []
    for title, schedule in schedules.items():
        options: dict[str, Any] = {"batch_size": BATCH, "schedule": schedule}
        losses = [learning(data, "SGD", HIGHEST, epochs, seed, **options) for seed in seeds]
        fluctuation = float(np.mean([fluctuation_of(one) for one in losses]))
        factors = np.array([schedule(step) for step in range(updates)])
        measured.append(ScheduleLosses(title, factors, np.array(losses), fluctuation))
    return measured


def fluctuation_of(losses: Sequence[float]) -> float:
    """The geometric mean factor from one loss to the next, up or down, over the last third."""
    last = np.array(losses[-max(2, len(losses) // 3) :])
    return float(np.exp(np.mean(np.abs(np.diff(np.log(last)))))) if np.isfinite(last).all() else inf


def tell_schedules(runs: Sequence[ScheduleLosses]) -> list[Part]:
    """Explain schedules and a warm-up, the constant rate first."""
    held, best = runs[0], min(runs, key=lambda run: run.end)
    return [
        "The best rate changes during training. Far from the valley long steps make progress; close to it "
        "they only jump from side to side, driven by the noise of the batches. A schedule lowers the rate on "
        "the way, in steps or along a cosine. A warm-up raises it at first, until the weights have adapted. "
        f"The highest rate of each is {HIGHEST:g}, in batches of {BATCH}.",
        schedule_plot(runs).illustration(
            words="First: what the rate is multiplied by over the updates, for four schedules. Second: the "
            "loss over the epochs for each.",
            caption="First: what the rate is multiplied by. Second: the loss, from the same weights.",
        ),
        Table(
            ("schedule", "final loss", "worst", "fluctuation"),
            [(run.title, run.end, float(run.losses[:, -1].max()), run.fluctuation) for run in runs],
            caption=f"The final loss from {len(held.losses)} different weights, mean and worst. The "
            "fluctuation: by what factor the loss changes from one epoch to the next, on average over the "
            "last third.",
        ),
        (
            f"The schedule “{best.title}” ends lowest, at {best.end:.3g}; the constant rate ends at "
            f"{held.end:.3g}."
            if best is not held
            else "Here the constant rate ends lowest: a schedule alone does not help."
        ),
    ]


def schedule_plot(runs: Sequence[ScheduleLosses]) -> Plot:
    """The factors over the updates, and the losses over the epochs."""

    def draw(layout: Layout) -> Figure:
        figure, (left, right) = layout.subplots(2, height=layout.choose(3.9, 7.2))
        lines = {}
        for i, run in enumerate(runs):
            steps = np.unique(np.linspace(0, len(run.factors) - 1, 200).astype(int))
            left.plot(steps, run.factors[steps], STYLES[i], color=COLORS[i])
            (lines[run.title],) = right.semilogy(finite(run.losses[0]), STYLES[i], color=COLORS[i])
        left.set(xlabel="updates", ylim=(0, 1.06))
        left.set_title("factor of the rate", loc="left")
        right.set(xlabel="epochs")
        right.set_title("loss", loc="left")
        legend(figure, lines, layout.choose(4, 2))
        return figure

    return Plot("tuning-schedules", draw)
