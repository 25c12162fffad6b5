"""Question 2: how the number of training examples changes the errors."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from demos.page.data_sets import circles
from demos.page.parts import Part, Table
from demos.page.plotting import COLORS, INK, MARKERS, Layout, Plot
from demos.splits.held_out import NOISE, train
from nn.data import Data
from nn.evaluation import accuracy
from nn.executing import ordered
from nn.mlp import MLP

__all__ = ["Amount", "Curve", "best_circle", "learning_curve", "measure_amount", "tell_amount"]

Array = NDArray[np.float64]

SIZES = (2, 8, 2)


@dataclass(frozen=True, slots=True)
class Curve:
    """Errors against the number of training examples, as fractions from 0 to 1.

    Attributes:
        numbers: of training examples, increasing.
        train: error on the training examples, (numbers, repetitions).
        test: error on fresh examples, (numbers, repetitions).
    """

    numbers: Sequence[int]
    train: Array
    test: Array

    @property
    def gap(self) -> Array:
        """Mean test error minus mean training error, (numbers,)."""
        gap: Array = self.test.mean(axis=1) - self.train.mean(axis=1)
        return gap

    @property
    def spread(self) -> Array:
        """The highest test error of the repetitions minus the lowest, (numbers,)."""
        spread: Array = np.ptp(self.test, axis=1)
        return spread


@dataclass(frozen=True, slots=True)
class Amount:
    """What more training examples change.

    Attributes:
        curve: errors against the number of training examples.
        updates: of each training.
        floor: the error of the best circle on the fresh examples, a fraction.
    """

    curve: Curve
    updates: int
    floor: float


def measure_amount(
    unmet: Data, *, numbers: Sequence[int], repetitions: int, updates: int, seed: int
) -> Amount:
    """Measure the learning curve and its floor; arguments as for `learning_curve`."""
    return Amount(learning_curve(unmet, numbers, repetitions, updates, seed), updates, best_circle(unmet))


def learning_curve(
    unmet: Data,
    numbers: Sequence[int],
    repetitions: int,
    updates: int,
    seed: int,
    *,
    executor: Executor | None = None,
) -> Curve:
    """Train with each number of examples, several times.

    Args:
        unmet: fresh examples to test on.
        numbers: of training examples, increasing.
        repetitions: trainings with each number, each on data and from weights of its own.
        updates: of each training, every one from all its examples.
        seed: of the data and of the networks.
        executor: runs several trainings at once: see `nn.grid_search`.
    """
    # The smaller sets are the beginning of the larger ones, so only the number differs.
    sets = [circles(numbers[-1], seed + 5000 + r, noise=NOISE) for r in range(repetitions)]
    items = [
        (data.take(slice(n)), unmet, updates, seed + repetition)
        for n in numbers
        for repetition, data in enumerate(sets)
    ]
    names = [f"training {r} with {n} examples" for n in numbers for r in range(1, repetitions + 1)]
    errors = np.array(ordered(_errors, items, names, executor=executor, lost=(nan, nan)))
    errors_train, errors_test = errors.T.reshape(2, len(numbers), repetitions)
    return Curve(numbers, errors_train, errors_test)


def _errors(some: Data, unmet: Data, updates: int, seed: int) -> tuple[float, float]:
    """The errors of a network, as fractions: on the examples it was trained on, and on fresh ones."""
    network = MLP(SIZES, seed=seed)
    train(network, some, updates)
    return 1 - accuracy(network, some), 1 - accuracy(network, unmet)


def best_circle(data: Data) -> float:
    """The lowest error, as a fraction, of any circle around the origin: the rule that made the data."""
    distance = np.hypot(*data.inputs.T)
    return min(float(np.mean((distance > radius) != data.targets)) for radius in np.linspace(0.5, 1, 101))


def tell_amount(found: Amount) -> list[Part]:
    """Explain question 2: how errors change with the number of training examples."""
    curve = found.curve
    train, test, gap, spread = curve.train.mean(axis=1), curve.test.mean(axis=1), curve.gap, curve.spread
    few, many = curve.numbers[0], curve.numbers[-1]
    rows = [
        (f"{n:,}", f"{a:.1%}", f"{b:.1%}", f"{100 * g:.1f}", f"{100 * s:.1f}")
        for n, a, b, g, s in zip(curve.numbers, train, test, gap, spread, strict=True)
    ]
    words = (
        f"With {few} examples the network gets {train[0]:.1%} of them wrong, and {test[0]:.1%} of fresh "
        f"ones; with {many:,}, {train[-1]:.1%} and {test[-1]:.1%}."
    )
    return [
        "2. A few examples are easily memorised, noise included, and say little about the rest. With many, a "
        "network can only learn what they have in common. So as N grows, the test error should fall and "
        "the training error rise until they meet. The error that remains is due to noise; no amount of data "
        "removes it.",
        curve_plot(curve, found.floor).illustration(
            words=f"{words} The best circle around the origin gets {found.floor:.1%} wrong.",
            caption=f"Errors of {'-'.join(map(str, SIZES))} networks against N, on a logarithmic axis: the "
            f"mean of {curve.test.shape[1]} trainings, and the range from the best to the worst. The dashed "
            "line is the error of the best circle, the rule that made the data.",
        ),
        Table(
            ("N", "training", "test", "gap", "range"),
            rows,
            caption=f"Errors after {found.updates} updates. The gap, and the range of the test errors, are "
            "in percentage points.",
        ),
        f"{words} {_gap_and_range(curve)} No rule does much better than the best circle, which gets "
        f"{found.floor:.1%} wrong.",
    ]


def _gap_and_range(curve: Curve) -> str:
    first, last = curve.gap[[0, -1]]
    shrunk = (
        f"The gap shrinks from {100 * first:.1f} to {100 * last:.1f} percentage points"
        if abs(last) < abs(first)
        else "The gap has not shrunk"
    )
    closer = curve.spread[-1] < curve.spread[0]
    return shrunk + (
        ", and the trainings agree better: it matters less which examples happen to be drawn."
        if closer
        else "."
    )


def curve_plot(curve: Curve, floor: float) -> Plot:
    """Training and test errors against the number of examples, and the lowest error possible."""

    def draw(layout: Layout) -> Figure:
        figure, axes = layout.subplots(height=layout.choose(4.4, 3.9))
        lines = {"test": curve.test, "training": curve.train}
        for (name, errors), color, marker in zip(lines.items(), COLORS[1::-1], MARKERS[1::-1], strict=True):
            low, mean, high = (100 * of(errors, axis=1) for of in (np.min, np.mean, np.max))
            axes.fill_between(curve.numbers, low, high, color=color, alpha=0.2, linewidth=0)
            axes.plot(curve.numbers, mean, marker=marker, color=color)
            # Beside the middle of the band, on the side that the other band is not.
            middle, above = len(mean) // 2, name == "test"
            edge = (high if above else low)[middle]
            aside: Any = {"xytext": (4, 5 if above else -5), "va": "bottom" if above else "top", "color": INK}
            axes.annotate(name, (curve.numbers[middle], edge), textcoords="offset points", **aside)
        axes.axhline(100 * floor, color=INK, linewidth=1, linestyle=(0, (5, 3)), zorder=0)
        corner = (curve.numbers[0], 100 * floor)
        axes.annotate("best circle", corner, (0, 4), textcoords="offset points", color=INK)
        axes.set_xscale("log")
        axes.set_xticks(curve.numbers, [str(n) for n in curve.numbers])
        axes.minorticks_off()
        axes.set(xlabel="training examples N", ylim=(0, None))
        axes.set_title("errors, %", loc="left", fontsize=10.5)
        return figure

    return Plot("learning-curve", draw)
