"""Training under different losses: classifiers of two rings, and lines through noisy points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from demos.losses.slopes import CE, SE, squared_error_of_softmax
from demos.page.parts import Part, Table
from demos.page.plotting import COLORS, INK, MARKERS, PAPER, Layout, Plot, legend
from nn import fit
from nn.data import Data, Split
from nn.evaluation import accuracy
from nn.layers import Linear
from nn.losses import cross_entropy, max_margin, mse
from nn.mlp import MLP
from nn.optimisers import SGD, Adam
from nn.schedules import cosine

__all__ = ["Fits", "Trainings", "fit_lines", "measure_trainings", "tell_fits", "tell_trainings"]

State = dict[str, NDArray[np.float64]]
Loss = Callable[[Any, Any], Any]

ABSOLUTE = "absolute error"
CLASSIFIER = (2, 16, 2)
ORDINARY, MISTAKEN = "from ordinary weights", "from a confident mistake"
# The accuracy that a training should reach.
GOAL = 0.9
# The line behind the examples of the regression, and how many of them become outliers.
SLOPE, INTERCEPT = 2.0, 1.0
OUTLIERS = 4


def absolute_error(outputs: Any, targets: Any) -> Any:
    """The mean absolute error; outputs and targets have the same shape."""
    return np.mean(np.abs(outputs - targets))


CLASSIFIERS: dict[str, Loss] = {CE: cross_entropy, SE: squared_error_of_softmax, "max-margin": max_margin}
REGRESSIONS: dict[str, Loss] = {SE: mse, ABSOLUTE: absolute_error}


@dataclass(frozen=True, slots=True)
class ClassifierTraining:
    """A training of a classifier with the best of several learning rates.

    Attributes:
        loss: its name.
        start: which weights it started from.
        rate: the learning rate.
        accuracies: on the validation part, before training and after each epoch; fractions.
    """

    loss: str
    start: str
    rate: float
    accuracies: Sequence[float]

    @property
    def reached(self) -> int | None:
        """The first epoch with an accuracy of at least `GOAL`, or None."""
        return next((i for i, accuracy in enumerate(self.accuracies) if accuracy >= GOAL), None)


@dataclass(frozen=True, slots=True)
class Trainings:
    """Classifiers trained under every loss, from ordinary weights and from a mistake.

    Attributes:
        mistaken: accuracy on the training part of the network that starts from a mistake, a fraction.
        rates: the learning rates that each training was tried with.
        best: for every start and every loss, the training with the best rate.
    """

    mistaken: float
    rates: Sequence[float]
    best: Sequence[ClassifierTraining]


@dataclass(frozen=True, slots=True)
class Fits:
    """Lines fitted to points with and without outliers.

    Attributes:
        data: the points with the outliers, inputs and targets (n, 1).
        outliers: the rows that are outliers, (outliers,).
        clean: slope and intercept by loss, without outliers.
        spoilt: slope and intercept by loss, with outliers.
    """

    data: Data
    outliers: NDArray[np.intp]
    clean: Mapping[str, tuple[float, float]]
    spoilt: Mapping[str, tuple[float, float]]

    @property
    def moved(self) -> dict[str, float]:
        """By loss, how far the outliers move the slope."""
        return {loss: abs(self.spoilt[loss][0] - self.clean[loss][0]) for loss in self.clean}


def measure_trainings(parts: Split, epochs: int, rates: Sequence[float], seed: int) -> Trainings:
    """Train a classifier under every loss, from both starts.

    Args:
        parts: training part to fit, validation part to judge by.
        epochs: of each training.
        rates: learning rates to choose from.
        seed: of the weights and of the order of the examples.
    """
    ordinary, mistaken = MLP(CLASSIFIER, seed=seed), misled(parts.train, seed)
    starts = {ORDINARY: ordinary.state_dict(), MISTAKEN: mistaken.state_dict()}
    return Trainings(
        accuracy(mistaken, parts.train),
        rates,
        [
            best_training(parts, loss, start, state, epochs, rates, seed)
            for start, state in starts.items()
            for loss in CLASSIFIERS
        ],
    )


def misled(train: Data, seed: int) -> MLP:
    """Train a network on swapped labels, so that it is confidently wrong."""
    network = MLP(CLASSIFIER, seed=seed)
    swapped = Data(train.inputs, 1 - train.targets)
    optimiser = Adam(network.parameters(), 0.05)
    fit(network, swapped, epochs=200, optimiser=optimiser, batch_size=None, progress=False)
    return network


def best_training(
    parts: Split, loss: str, start: str, state: State, epochs: int, rates: Sequence[float], seed: int
) -> ClassifierTraining:
    """Train with each rate, and keep the training with the highest accuracy averaged over the epochs."""
    trainings = []
    for rate in rates:
        network = MLP(CLASSIFIER)
        network.load_state_dict(state)
        before = accuracy(network, parts.validation)
        history = fit(
            network,
            parts.train,
            epochs=epochs,
            loss=CLASSIFIERS[loss],
            optimiser=SGD(network.parameters(), rate),
            validation=parts.validation,
            seed=seed,
            progress=False,
        )
        accuracies = [before, *(epoch.validation["accuracy"] for epoch in history.epochs)]
        trainings.append(ClassifierTraining(loss, start, rate, accuracies))
    return max(trainings, key=lambda training: sum(training.accuracies))


def fit_lines(steps: int, seed: int) -> Fits:
    """Fit a line to noisy points under each loss, with and without outliers at the right end."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, 40)
    y = SLOPE * x + INTERCEPT + rng.normal(0, 0.3, len(x))
    clean = Data(x[:, np.newaxis], y[:, np.newaxis])
    outliers = np.argsort(x)[-OUTLIERS:]
    spoilt = Data(clean.inputs, clean.targets.copy())
    spoilt.targets[outliers] -= 8
    return Fits(
        spoilt,
        outliers,
        {name: fit_line(clean, loss, steps) for name, loss in REGRESSIONS.items()},
        {name: fit_line(spoilt, loss, steps) for name, loss in REGRESSIONS.items()},
    )


def fit_line(data: Data, loss: Loss, steps: int) -> tuple[float, float]:
    """Slope and intercept of the line with the lowest loss, as far as descent finds it."""
    line = Linear(1, 1, seed=0)
    fit(
        line,
        data,
        epochs=steps,
        loss=loss,
        optimiser=Adam(line.parameters(), 0.1),
        schedule=cosine(steps),
        batch_size=None,
        progress=False,
    )
    return float(line.weight.data[0, 0]), float(line.bias.data[0])


def tell_trainings(found: Trainings) -> list[Part]:
    """Explain question 9 for classes."""
    rows = [
        (
            f"{training.loss}, {training.start}",
            training.rate,
            f"{training.accuracies[-1]:.1%}",
            "not reached" if training.reached is None else str(training.reached),
        )
        for training in found.best
    ]
    ends = {(training.start, training.loss): training.accuracies[-1] for training in found.best}
    ce, se = ends[MISTAKEN, CE], ends[MISTAKEN, SE]
    return [
        f"9. Does it matter in training? A {'-'.join(map(str, CLASSIFIER))} network learns the two rings "
        "under three losses: cross-entropy, the squared error of the softmax outputs, and the max-margin "
        "loss, which wants the score of the true class to lead by 1 and uses no probabilities. It starts "
        "once from ordinary weights, and once from a confident mistake: weights that were first trained on "
        f"swapped labels and classify {found.mistaken:.0%} of the training examples correctly.",
        classification_plot(found.best).illustration(
            words="Validation accuracy against epochs for the three losses, from ordinary weights and from "
            "a confident mistake.",
            caption="Accuracy on the validation part after each epoch.",
        ),
        Table(
            ("loss and start", "rate", "at the end", f"epochs to {GOAL:.0%}"),
            rows,
            caption="Stochastic gradient descent in batches of 32, with the same order of examples. The rate "
            f"is whichever of {' and '.join(f'{rate:g}' for rate in found.rates)} gave the highest accuracy, "
            "averaged over the epochs.",
        ),
        (
            f"From the mistake, cross-entropy ends at {ce:.0%} and squared error at {se:.0%}: the gradient "
            "of the examples it gets most wrong is too small to correct them. "
            if ce - se > 0.05
            else "In this run squared error keeps up with cross-entropy, even from the mistake. "
        )
        + "For classes, use cross-entropy: outputs behind a softmax are probabilities, cross-entropy is the "
        "negative log-likelihood of the true classes under them, and its gradient does not vanish where "
        "they are wrong.",
    ]


def tell_fits(fits: Fits) -> list[Part]:
    """Explain question 9 for numbers."""
    moved = fits.moved
    return [
        "A regression has no classes. Its targets are arbitrary numbers, an output needs no softmax, and "
        "−y log ŷ has no meaning for them. Here squared error is right: it is the negative log-likelihood "
        "if the targets scatter around ŷ with a normal distribution, and the best ŷ is then their mean. The "
        "absolute error |ŷ − y| is lowest at the median. Its slope is +1 or −1, however far away the target "
        f"is; the slope of squared error grows with the distance. We spoil {len(fits.outliers)} of "
        f"{len(fits.data)} points on the line {SLOPE:g} x + {INTERCEPT:g} and fit it again:",
        line_plot(fits).illustration(
            words="Points along a line, with a few far below it at the right. The line fitted by squared "
            "error is tilted towards them; the line fitted by absolute error stays closer to the others.",
            caption="Outliers (crosses) and the lines fitted with them.",
        ),
        Table(
            ("loss", "slope, clean", "intercept, clean", "slope, outliers", "intercept, outliers"),
            [(loss, *fits.clean[loss], *fits.spoilt[loss]) for loss in fits.clean],
            caption="Fitted by Adam on the gradients of the engine.",
        ),
        f"The outliers move the slope by {moved[SE]:.2g} under squared error and by {moved[ABSOLUTE]:.2g} "
        "under absolute error. "
        + (
            "So use squared error for numbers with ordinary noise, and absolute error if some may be "
            "plainly wrong."
            if moved[ABSOLUTE] < moved[SE]
            else "Here they do no more harm to squared error than to absolute error."
        ),
    ]


def classification_plot(trainings: Sequence[ClassifierTraining]) -> Plot:
    """Validation accuracy over the epochs, one panel for each start."""

    def draw(layout: Layout) -> Figure:
        figure, panels = layout.subplots(2, height=layout.choose(3.7, 6.6))
        of_start = dict(zip((ORDINARY, MISTAKEN), panels, strict=True))
        lines = {}
        for training in trainings:
            axes, i = of_start[training.start], list(CLASSIFIERS).index(training.loss)
            (lines[training.loss],) = axes.plot(
                training.accuracies,
                linestyle=("-", "--", ":")[i],
                color=COLORS[i],
                marker=MARKERS[i],
                markevery=max(1, len(training.accuracies) // 8),
            )
        for start, axes in of_start.items():
            axes.set(xlabel="epochs", ylim=(-0.03, 1.03))
            axes.set_title(start, loc="left")
            axes.yaxis.set_major_formatter(lambda y, _: f"{y:.0%}")
        legend(figure, lines, layout.choose(3, 2))
        return figure

    return Plot("losses-classes", draw)


def line_plot(fits: Fits) -> Plot:
    """Points, outliers, and the lines fitted to both."""

    def draw(layout: Layout) -> Figure:
        figure, axes = layout.subplots(height=4.0)
        x, y = fits.data.inputs[:, 0], fits.data.targets[:, 0]
        kept = ~np.isin(np.arange(len(x)), fits.outliers)
        axes.plot(x[kept], y[kept], "o", color=COLORS[6], markerfacecolor=PAPER)
        axes.plot(x[fits.outliers], y[fits.outliers], "x", color=INK, markeredgewidth=2)
        ends = np.array([-2.0, 2.0])
        lines = {}
        for (loss, (slope, intercept)), color, style in zip(
            fits.spoilt.items(), COLORS[1::-1], ("--", "-"), strict=True
        ):
            label = f"{loss}: {slope:.2f} x + {intercept:.2f}"
            (lines[label],) = axes.plot(ends, slope * ends + intercept, style, color=color)
        legend(figure, lines, layout.choose(2, 1))
        axes.set(xlabel="x", ylabel="y")
        return figure

    return Plot("losses-lines", draw)
