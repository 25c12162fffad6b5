"""Question 1: what the training, validation and test parts are for, and what they tell about fresh data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from demos.page.data_sets import circles
from demos.page.parts import Part, Table
from demos.page.plotting import COLORS, INK, MARKERS, Layout, Plot
from demos.page.words import listed
from nn import fit
from nn.data import Data, Split, split
from nn.evaluation import accuracy, evaluate
from nn.history import Epoch
from nn.mlp import MLP
from nn.optimisers import Adam

__all__ = ["NOISE", "ErrorReport", "HeldOut", "HeldOutCourse", "measure_held_out", "tell_held_out", "train"]

Array = NDArray[np.float64]

EXAMPLES = 150
# With this much noise the rings overlap, and no rule classifies every point.
NOISE = 0.25
RATE = 0.05
SIZES = (2, 16, 2)
EVALUATE_EVERY = 5
PARTS = ("training", "validation", "test")
# The part that chooses a network, and the part whose error is then reported.
REPORTS = (*((part, part) for part in PARTS), ("validation", "test"))


@dataclass(frozen=True, slots=True)
class HeldOutCourse:
    """The mean cross-entropy of one network before training and after each epoch.

    Attributes:
        train: on the training part, (epochs + 1,).
        validation: on the validation part, (epochs + 1,).
        fresh: on fresh examples, (epochs + 1,).
    """

    train: Array
    validation: Array
    fresh: Array

    @property
    def best(self) -> int:
        """The epoch with the lowest validation loss."""
        return int(self.validation.argmin())


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """A reported error compared with the error on fresh data. All errors are fractions from 0 to 1.

    Attributes:
        chosen_by: the part whose error chose the network.
        part: the part whose error is reported.
        reported: the reported error, averaged over the repetitions.
        fresh: the error of the same networks on fresh data, averaged over the repetitions.
        gap: the mean of fresh minus reported error.
        margin: two standard errors of the gap.
    """

    chosen_by: str
    part: str
    reported: float
    fresh: float
    gap: float
    margin: float


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The parts of the data, and what their losses and errors are worth.

    Attributes:
        parts: the examples, split so that every part has the same share of each class.
        unstratified: the same examples, split without regard to their classes.
        course: the losses of one network while it is trained.
        reports: what is reported if networks are chosen by one part; one for each pair of `REPORTS`.
        repetitions: how often data was drawn and split for each of the reports.
        candidates: how many networks were trained in each repetition.
        updates: of each candidate.
        fresh: how many fresh examples stand for all that a network may meet.
    """

    parts: Split
    unstratified: Split
    course: HeldOutCourse
    reports: Sequence[ErrorReport]
    repetitions: int
    candidates: int
    updates: int
    fresh: int


def measure_held_out(
    unmet: Data, *, epochs: int, choices: int, candidates: int, updates: int, seed: int
) -> HeldOut:
    """Watch one network overfit, and choose among others by the error on each part.

    Args:
        unmet: fresh examples.
        epochs: to train the network whose losses are recorded.
        choices: how often data is drawn, split, and a network chosen.
        candidates: networks trained for each choice.
        updates: of each candidate.
        seed: of the data and of the networks.
    """
    data = circles(EXAMPLES, seed, noise=NOISE)
    parts = split(data.inputs, data.targets, seed=seed)
    errors = np.array(
        [candidate_errors(unmet, candidates, updates, seed + 100 * (1 + choice)) for choice in range(choices)]
    )
    return HeldOut(
        parts=parts,
        unstratified=split(data.inputs, data.targets, stratify=False, seed=seed),
        course=losses_while_training(parts, unmet, epochs, seed),
        reports=[report(errors, chosen_by, part) for chosen_by, part in REPORTS],
        repetitions=choices,
        candidates=candidates,
        updates=updates,
        fresh=len(unmet),
    )


def losses_while_training(parts: Split, unmet: Data, epochs: int, seed: int) -> HeldOutCourse:
    """Train one network on the training part, and record its losses after every epoch."""
    network, losses = MLP(SIZES, seed=seed), []

    def record(_: Any) -> None:
        losses.append([evaluate(network, data)["loss"] for data in (parts.train, parts.validation, unmet)])

    record(None)
    train(network, parts.train, epochs, record)
    return HeldOutCourse(*np.array(losses).T)


def candidate_errors(unmet: Data, candidates: int, updates: int, seed: int) -> Array:
    """Train networks on one split, and return their errors on its parts and on fresh data.

    Returns:
        Fractions, (candidates × evaluations, 4): training, validation, test, fresh. A network is
        evaluated after every `EVALUATE_EVERY` updates.
    """
    data = circles(EXAMPLES, seed, noise=NOISE)
    parts = split(data.inputs, data.targets, seed=seed)
    errors = []
    for candidate in range(candidates):
        network = MLP(SIZES, seed=seed + candidate)

        def record(epoch: Epoch, network: MLP = network) -> None:
            if epoch.epoch % EVALUATE_EVERY == 0:
                errors.append([1 - accuracy(network, part) for part in (*parts, unmet)])

        train(network, parts.train, updates, record)
    return np.array(errors)


def report(errors: Array, chosen_by: str, part: str) -> ErrorReport:
    """Choose a network in every repetition, and compare its error on one part with that on fresh data.

    Args:
        errors: from `candidate_errors`, one repetition after another, (repetitions, networks, 4).
        chosen_by: the part whose lowest error chooses.
        part: the part whose error is reported.
    """
    repetitions = len(errors)
    best = errors[:, :, PARTS.index(chosen_by)].argmin(axis=1)
    chosen = errors[np.arange(repetitions), best]
    reported, fresh = chosen[:, PARTS.index(part)], chosen[:, -1]
    gaps = fresh - reported
    return ErrorReport(
        chosen_by=chosen_by,
        part=part,
        reported=float(reported.mean()),
        fresh=float(fresh.mean()),
        gap=float(gaps.mean()),
        margin=float(2 * gaps.std(ddof=1) / np.sqrt(repetitions)),
    )


def train(network: MLP, data: Data, epochs: int, after_epoch: Callable[[Epoch], None] | None = None) -> None:
    """Train by full-batch descent: one update an epoch."""
    fit(
        network,
        data,
        epochs=epochs,
        optimiser=Adam(network.parameters(), RATE),
        batch_size=None,
        progress=False,
        after_epoch=after_epoch,
    )


def tell_held_out(found: HeldOut) -> list[Part]:
    """Explain the three parts, overfitting, and why a part that chooses cannot test."""
    return [*_three_parts(found), *_overfitting(found), *_choosing(found)]


def _three_parts(found: HeldOut) -> list[Part]:
    parts = found.parts
    total = sum(map(len, parts))
    rows = [
        (name, len(part), f"{part.targets.mean():.0%}", f"{other.targets.mean():.0%}")
        for name, part, other in zip(PARTS, parts, found.unstratified, strict=True)
    ]
    return [
        "1. A network should do well on examples it has never seen. Its error on the examples it was trained "
        "on does not show this, because it may have memorised them. So some examples are held back. The "
        "training part fits the weights. The validation part makes all other choices: how many neurons, "
        "which learning rate, when to stop. These choices fit the network to the validation part as well, "
        "if less closely. Hence a third part: the test part is used once, at the very end.",
        Table(
            ("part", "examples", "class 1", "unstratified"),
            rows,
            caption="The share of class 1 in each part. A stratified split divides each class separately.",
        ),
        parts_plot(parts).illustration(
            words=f"{total} points on two noisy rings in three plots: {len(parts.train)} for training, "
            f"{len(parts.validation)} for validation, {len(parts.test)} for testing.",
            caption="The three parts come from the same source and share no example. The rings overlap: some "
            "points cannot be told apart.",
        ),
    ]


def _overfitting(found: HeldOut) -> list[Part]:
    course, best = found.course, found.course.best
    words = (
        f"After {len(course.train) - 1} epochs the training loss of a {'-'.join(map(str, SIZES))} network is "
        f"{course.train[-1]:.3f}. The validation loss was lowest after {best} epochs, at "
        f"{course.validation[best]:.3f}; it ends at {course.validation[-1]:.3f}."
    )
    return [
        f"{words} On {found.fresh:,} fresh examples from the same source, which nobody has in practice, the "
        f"loss is {course.fresh[best]:.3f} at that epoch and {course.fresh[-1]:.3f} at the end. "
        + _when_to_stop(course),
        course_plot(course).illustration(
            words=words,
            caption="The loss of one network on the training part, on the validation part, and on fresh "
            "examples. The ring marks the lowest validation loss.",
        ),
    ]


def _when_to_stop(course: HeldOutCourse) -> str:
    best = course.best
    if course.fresh[best] >= course.fresh[-1]:
        return "Here, training for longer does no harm."
    sign = (
        "The training loss does not show when to stop, because it keeps falling. The validation loss does"
        if course.train[-1] < course.train[best]
        else "The validation loss shows when to stop"
    )
    ideal = int(course.fresh.argmin())
    return f"{sign}, as well as so few examples can: the fresh ones would stop it after {ideal} epochs."


def _choosing(found: HeldOut) -> list[Part]:
    rows = [
        (
            report.chosen_by,
            report.part,
            f"{report.reported:.1%}",
            f"{report.fresh:.1%}",
            f"{100 * report.gap + 0.0:+.1f} ± {100 * report.margin:.1f}",
        )
        for report in found.reports
    ]
    return [
        "What if one part serves two purposes? The following experiment is repeated "
        f"{found.repetitions} times: {EXAMPLES} examples are drawn and split, and {found.candidates} "
        f"networks are trained for {found.updates} updates and evaluated every {EVALUATE_EVERY} updates. The "
        "network and the moment with the fewest errors on one part are chosen. The table compares the error "
        "that is then reported with the error on fresh data.",
        Table(
            ("chosen by", "reported", "error", "fresh data", "gap"),
            rows,
            caption="The gap is how much higher the error on fresh data is, in percentage points ± 2 "
            "standard errors.",
        ),
        _bias(found.reports),
    ]


def _bias(reports: Sequence[ErrorReport]) -> str:
    """Compare the reports on a part that also chose with the report on a separate part."""
    *mixed, separate = reports
    biased = [report.part for report in mixed if report.gap > report.margin]
    first = (
        "By more than chance explains, a network looks better than it is on the part that chose it: "
        f"{listed(biased)}."
        if biased
        else "So few repetitions show no clear difference."
    )
    last = (
        "The last row shows a gap all the same, which may be chance: repeat it with another seed."
        if abs(separate.gap) > separate.margin
        else "In the last row every part serves one purpose, and the reported error is true on average: the "
        "gap is within the uncertainty."
    )
    return f"{first} {last} A test part that chooses is a second validation part, and no test part is left."


def parts_plot(parts: Split) -> Plot:
    """The points of the three parts, one panel each."""

    def draw(layout: Layout) -> Figure:
        figure, panels = layout.subplots(3, height=layout.choose(3.2, 8.2))
        for axes, name, part in zip(panels, PARTS, parts, strict=True):
            for label in (0, 1):
                x = part.inputs[part.targets == label]
                axes.plot(*x.T, MARKERS[label], color=COLORS[label], markersize=4.5, markeredgewidth=0)
            axes.set(xlim=(-1.8, 1.8), ylim=(-1.8, 1.8), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
            axes.set_aspect("equal")
            axes.set_title(f"{name}, {len(part)}", loc="left", fontsize=10.5)
            axes.grid(visible=False)
        return figure

    return Plot("splits-parts", draw)


def course_plot(course: HeldOutCourse) -> Plot:
    """The losses over the epochs, and the lowest validation loss."""

    def draw(layout: Layout) -> Figure:
        figure, axes = layout.subplots(height=layout.choose(4.4, 3.9))
        lines = {"training": course.train, "validation": course.validation, "fresh": course.fresh}
        best, last = course.best, len(course.train) - 1
        for losses, color, style in zip(lines.values(), COLORS, ("-", "--", "-."), strict=False):
            axes.plot(losses, style, color=color)
        axes.plot(best, course.validation[best], "o", color=INK, markerfacecolor="none", markersize=10)
        axes.set(xlabel="epochs", ylim=(0, None))
        # Names stand at the ends of their lines, at least so far apart.
        apart = axes.get_ylim()[1] * 0.055
        place = -apart
        for name, losses in sorted(lines.items(), key=lambda line: line[1][-1]):
            place = max(losses[-1], place + apart)
            axes.annotate(name, (last, place), (6, 0), textcoords="offset points", va="center", color=INK)
        axes.set_title("loss", loc="left", fontsize=10.5)
        return figure

    return Plot("splits-course", draw)
