"""How many examples it takes: errors of a network against the number it has learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demos.page.data_sets import circles
from demos.page.parts import Part, Picture, Table
from demos.page.plotting import COLORS, INK, MARKERS, plot, to_svg
from nn.data import Data
from nn.evaluation import accuracy
from nn.fit import fit
from nn.mlp import MLP
from nn.optimisers import Adam

__all__ = ["Curve", "best_circle", "learning_curve", "more_examples"]

Array = NDArray[np.float64]

SIZES = (2, 8, 2)


@dataclass(frozen=True, slots=True)
class Curve:
    """Errors against the number of examples, (numbers, repetitions) each."""

    numbers: Sequence[int]
    train: Array
    test: Array


def more_examples(
    unmet: Data, numbers: Sequence[int], repetitions: int, updates: int, noise: float, seed: int
) -> list[Part]:
    """Question 2.

    Args:
        unmet: fresh examples, of the same noise.
        numbers: of training examples, rising.
        repetitions: of the training with each number, on data of its own.
        updates: that each training takes, from all its examples.
        noise: of the data.
        seed: of the data and of the networks.
    """
    curve = learning_curve(unmet, numbers, repetitions, updates, noise, seed)
    train, test = curve.train.mean(axis=1), curve.test.mean(axis=1)
    floor = best_circle(unmet)
    spread = np.ptp(curve.test, axis=1)
    few, many = numbers[0], numbers[-1]
    rows = [
        (f"{n:,}", f"{a:.1%}", f"{b:.1%}", f"{100 * (b - a):.1f}", f"{100 * s:.1f}")
        for n, a, b, s in zip(numbers, train, test, spread, strict=True)
    ]
    words = (
        f"With {few} examples the network errs on {train[0]:.1%} of them and on {test[0]:.1%} of fresh ones; "
        f"with {many:,}, on {train[-1]:.1%} and {test[-1]:.1%}."
    )
    closer = abs(test[-1] - train[-1]) < abs(test[0] - train[0])
    return [
        "2. Few examples are easily learnt by heart, noise and all, and say little about the rest. Many "
        "leave the network no way but to learn what they have in common. So with N the test error should "
        "fall, the training error rise, and the two meet. What remains is the noise: no data removes that.",
        Picture(
            _draw(curve, floor, narrow=False),
            f"{words} The best circle around the origin errs on {floor:.1%}.",
            f"Errors of {'-'.join(map(str, SIZES))} networks against N, on a logarithmic axis: the mean of "
            f"{repetitions} trainings, and the range from the best to the worst. The dashed line is the "
            "error of the best circle, the rule that the data was made by.",
            narrow=_draw(curve, floor, narrow=True),
        ),
        Table(
            ("N", "training", "test", "gap", "range"),
            rows,
            caption=f"Errors after {updates} updates; the gap and the range of the test errors in points.",
        ),
        words
        + (
            f" The gap has shrunk from {100 * (test[0] - train[0]):.1f} to "
            f"{100 * (test[-1] - train[-1]):.1f} percentage points"
            if closer
            else " The gap has not shrunk"
        )
        + (
            ", and the trainings agree better: which examples happen to be drawn matters less. "
            if spread[-1] < spread[0]
            else ". "
        )
        + f"No rule can do much better than the best circle, which errs on {floor:.1%}.",
    ]


def learning_curve(
    unmet: Data, numbers: Sequence[int], repetitions: int, updates: int, noise: float, seed: int
) -> Curve:
    """Train with each number of examples, several times; arguments as for `more_examples`."""
    train, test = np.empty((2, len(numbers), repetitions))
    for repetition in range(repetitions):
        # The fewer are the first of the more, so that only their number differs.
        data = circles(numbers[-1], seed + 5000 + repetition, noise=noise)
        for i, n in enumerate(numbers):
            some = data.take(slice(n))
            network = MLP(SIZES, seed=seed + repetition)
            optimiser = Adam(network.parameters(), 0.05)
            fit(network, some, epochs=updates, optimiser=optimiser, batch_size=None, progress=False)
            train[i, repetition] = 1 - accuracy(network, some)
            test[i, repetition] = 1 - accuracy(network, unmet)
    return Curve(numbers, train, test)


def best_circle(data: Data) -> float:
    """The least error of any circle around the origin: the rule that the data was made by."""
    distance = np.hypot(*data.inputs.T)
    return min(float(np.mean((distance > radius) != data.targets)) for radius in np.linspace(0.5, 1, 101))


def _draw(curve: Curve, floor: float, *, narrow: bool) -> str:
    figure, axes = plot(width=3.9, height=3.9) if narrow else plot()
    lines = {"test": curve.test, "training": curve.train}
    for (name, errors), color, marker in zip(lines.items(), COLORS[1::-1], MARKERS[1::-1], strict=True):
        mean = 100 * errors.mean(axis=1)
        axes.fill_between(
            curve.numbers,
            100 * errors.min(axis=1),
            100 * errors.max(axis=1),
            color=color,
            alpha=0.2,
            linewidth=0,
        )
        axes.plot(curve.numbers, mean, marker=marker, color=color)
        # Beside the middle of the band, on the side that it turns away from.
        middle, above = len(mean) // 2, name == "test"
        edge = 100 * (errors.max(axis=1) if above else errors.min(axis=1))[middle]
        aside: Any = {"xytext": (4, 5 if above else -5), "va": "bottom" if above else "top", "color": INK}
        axes.annotate(name, (curve.numbers[middle], edge), textcoords="offset points", **aside)
    axes.axhline(100 * floor, color=INK, linewidth=1, linestyle=(0, (5, 3)), zorder=0)
    axes.annotate(
        "best circle", (curve.numbers[0], 100 * floor), (0, 4), textcoords="offset points", color=INK
    )
    axes.set_xscale("log")
    axes.set_xticks(curve.numbers, [str(n) for n in curve.numbers])
    axes.minorticks_off()
    axes.set(xlabel="training examples N", ylim=(0, None))
    axes.set_title("errors, %", loc="left", fontsize=10.5)
    return to_svg(figure, f"learning-curve-{'narrow' if narrow else 'wide'}")
