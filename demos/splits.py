"""What training, validation and test data are for, and what more training data changes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demos.learning_curve import more_examples
from demos.page.data_sets import circles
from demos.page.lesson import alone
from demos.page.parts import Answer, Part, Picture, Table
from demos.page.plotting import COLORS, INK, MARKERS, plot, to_svg
from nn.data import Data, Split, split
from nn.evaluation import accuracy, evaluate
from nn.fit import fit
from nn.history import Epoch
from nn.mlp import MLP
from nn.optimisers import Adam

__all__ = ["answer"]

Array = NDArray[np.float64]

EXAMPLES = 150
# So much noise that the rings overlap, and nobody can tell all points apart.
NOISE = 0.25
RATE = 0.05
PARTS = ("training", "validation", "test")
# Which part a network is chosen by, and which part's error is then reported.
REPORTS = (("training",) * 2, ("validation",) * 2, ("test",) * 2, ("validation", "test"))


@dataclass(frozen=True, slots=True)
class Course:
    """The loss of one network on two parts and on fresh data, epoch by epoch; one array each."""

    train: Array
    validation: Array
    fresh: Array


def answer(
    seed: int = 0,
    *,
    epochs: int = 200,
    choices: int = 10,
    candidates: int = 3,
    numbers: Sequence[int] = (10, 20, 50, 100, 200, 500, 1000),
    repetitions: int = 4,
    updates: int = 100,
    fresh: int = 2000,
) -> Answer:
    """Questions 1 and 2.

    Args:
        seed: of the data and of the networks.
        epochs: that the network is trained for whose losses are drawn.
        choices: how often data is drawn, split, and a network chosen.
        candidates: how many networks are trained for each choice.
        numbers: of training examples to compare, rising.
        repetitions: of the training with each number, on data of its own.
        updates: that each of these trainings, and of the candidates, takes.
        fresh: how many examples stand for all those that a network may ever meet.
    """
    unmet = circles(fresh, seed + 10_000, noise=NOISE)
    data = circles(EXAMPLES, seed, noise=NOISE)
    return Answer(
        name="splits",
        numbers="1, 2",
        title="Training, validation and test data, and how many examples it takes",
        question=(
            "What are the training set, the validation set and the test set for? How does the number N of "
            "examples influence learning?"
        ),
        parts=[
            *three_parts(data, seed),
            *overfitting(data, unmet, epochs, seed),
            *choosing(unmet, choices, candidates, updates, seed),
            *more_examples(unmet, numbers, repetitions, updates, NOISE, seed),
        ],
        slip=(
            "The validation error of the chosen network is no test error. It was the least of many, and the "
            "least of many is partly luck. The test part stays honest only as long as nothing, not even the "
            "decision to try once more, depends on it."
        ),
    )


def three_parts(data: Data, seed: int) -> list[Part]:
    """Question 1: the split."""
    parts = split(data.inputs, data.targets, seed=seed)
    unstratified = split(data.inputs, data.targets, stratify=False, seed=seed)
    rows = [
        (name, len(part), _share(part), _share(other))
        for name, part, other in zip(PARTS, parts, unstratified, strict=True)
    ]
    return [
        "1. A network is to do well on examples that it has never met. Whether it does cannot be seen from "
        "those that it has learnt from: it may know them by heart. So some are held back. The training part "
        "fits the weights. The validation part makes all other choices: how many neurons, which learning "
        "rate, when to stop. These choices fit the network to the validation part as well, if less closely; "
        "hence a third part, the test part, which is looked at once, at the very end.",
        Table(
            ("part", "examples", "class 1", "unstratified"),
            rows,
            caption="The share of class 1 if each class is dealt by itself (stratified), and if not.",
        ),
        Picture(
            draw_parts(parts, narrow=False),
            f"{len(data)} points on two noisy rings, in three pictures: {len(parts.train)} for training, "
            f"{len(parts.validation)} for validation, {len(parts.test)} for the test.",
            "The three parts come from the same source, and no example is in two of them. The rings overlap: "
            "some points no one can tell.",
            narrow=draw_parts(parts, narrow=True),
        ),
    ]


def overfitting(data: Data, unmet: Data, epochs: int, seed: int) -> list[Part]:
    """Question 1: what the training loss does not show."""
    parts = split(data.inputs, data.targets, seed=seed)
    network, losses = MLP([2, 16, 2], seed=seed), []

    def look(_: Any) -> None:
        losses.append([evaluate(network, part)["loss"] for part in (parts.train, parts.validation, unmet)])

    look(None)
    train(network, parts.train, epochs, look)
    course = Course(*np.array(losses).T)
    best = int(course.validation.argmin())
    words = (
        f"After {epochs} epochs the training loss of a 2-16-2 network is {course.train[-1]:.3f}. The "
        f"validation loss was least after {best} epochs, at {course.validation[best]:.3f}; it ends at "
        f"{course.validation[-1]:.3f}."
    )
    return [
        f"{words} And on {len(unmet):,} fresh examples from the same source, which in practice nobody has, "
        f"the loss is {course.fresh[best]:.3f} at that epoch and {course.fresh[-1]:.3f} in the end. "
        + _when_to_stop(course, best),
        Picture(
            draw_course(course, narrow=False),
            words,
            "The loss of one network on what it learns from, on the validation part, and on fresh examples. "
            "The ring marks the least validation loss.",
            narrow=draw_course(course, narrow=True),
        ),
    ]


def _when_to_stop(course: Course, best: int) -> str:
    there, end, ideal = course.fresh[best], course.fresh[-1], int(course.fresh.argmin())
    if not there < end:
        return "Here it has done no harm to go on."
    told = (
        "The training loss does not tell when to stop, for it goes on falling. The validation loss does"
        if course.train[-1] < course.train[best]
        else "The validation loss tells when to stop"
    )
    return f"{told}, as well as so few examples can: with the fresh ones one would stop after {ideal} epochs."


def choosing(unmet: Data, choices: int, candidates: int, updates: int, seed: int) -> list[Part]:
    """Question 1: what goes wrong if the parts' duties are mixed."""
    errors = np.array(
        [tried(unmet, candidates, updates, seed + 100 * (1 + choice)) for choice in range(choices)]
    )
    rows, flattery = [], {}
    for by, reported in REPORTS:
        picked = errors[np.arange(choices), errors[:, :, PARTS.index(by)].argmin(axis=1)]
        says, truth = picked[:, PARTS.index(reported)], picked[:, -1]
        mean, deviation = (truth - says).mean(), (truth - says).std(ddof=1) / np.sqrt(choices)
        flattery[by, reported] = (mean, 2 * deviation)
        gap = f"{100 * mean + 0.0:+.1f} ± {200 * deviation:.1f}"
        rows.append((by, reported, f"{says.mean():.1%}", f"{truth.mean():.1%}", gap))
    return [
        f"What if one part does two duties? {choices} times, {EXAMPLES} examples are drawn and split, "
        f"{candidates} networks are trained, and one of them, after one of {updates} updates, is chosen for "
        "having the fewest errors on one part. What is then reported, and what is true?",
        Table(
            ("chosen by", "reported", "says", "fresh data", "gap"),
            rows,
            caption="Errors, and how much larger the true one is, in percentage points ± 2 standard errors.",
        ),
        _flattered(flattery),
    ]


def tried(unmet: Data, candidates: int, updates: int, seed: int) -> Array:
    """Errors of networks on the three parts and on fresh data, (networks and epochs, 4)."""
    data = circles(EXAMPLES, seed, noise=NOISE)
    parts = split(data.inputs, data.targets, seed=seed)
    errors = []
    for candidate in range(candidates):
        network = MLP([2, 16, 2], seed=seed + candidate)

        def look(epoch: Epoch, network: MLP = network) -> None:
            if epoch.epoch % 5 == 0:
                errors.append([1 - accuracy(network, part) for part in (*parts, unmet)])

        train(network, parts.train, updates, look)
    return np.array(errors)


def _flattered(flattery: dict[tuple[str, str], tuple[float, float]]) -> str:
    """What the table says of the four reports."""
    mixed = [by for by, reported in REPORTS if by == reported and flattery[by, by][0] > flattery[by, by][1]]
    mean, uncertainty = flattery["validation", "test"]
    first = (
        f"A network is flattered, more than chance explains, by the error it was chosen by: {_list(mixed)}."
        if mixed
        else "So few repetitions show no clear difference."
    )
    last = (
        "The last row stands out all the same, by chance or not: repeat it with another seed."
        if abs(mean) > uncertainty
        else "In the last row every part does one duty, and what is reported is true on average: the gap is "
        "within the uncertainty."
    )
    return f"{first} {last} A test part that chooses is a second validation part, and no test is left."


def train(network: MLP, data: Data, epochs: int, look: Callable[[Epoch], None]) -> None:
    """Classic descent: an update an epoch, from all examples."""
    optimiser = Adam(network.parameters(), RATE)
    options: Any = {"batch_size": None, "progress": False, "after_epoch": look}
    fit(network, data, epochs=epochs, optimiser=optimiser, **options)


def draw_parts(parts: Split, *, narrow: bool) -> str:
    figure, axes = plot(3, 1, width=3.9, height=8.2) if narrow else plot(1, 3, height=3.2)
    for place, name, part in zip(axes, PARTS, parts, strict=True):
        for label in (0, 1):
            x = part.inputs[part.targets == label]
            place.plot(*x.T, MARKERS[label], color=COLORS[label], markersize=4.5, markeredgewidth=0)
        place.set(xlim=(-1.8, 1.8), ylim=(-1.8, 1.8), xticks=[-1, 0, 1], yticks=[-1, 0, 1], aspect="equal")
        place.set_title(f"{name}, {len(part)}", loc="left", fontsize=10.5)
        place.grid(visible=False)
    return to_svg(figure, f"splits-parts-{'narrow' if narrow else 'wide'}")


def draw_course(course: Course, *, narrow: bool) -> str:
    figure, axes = plot(width=3.9, height=3.9) if narrow else plot()
    lines = {"training": course.train, "validation": course.validation, "fresh": course.fresh}
    best = int(course.validation.argmin())
    epochs = np.arange(len(course.train))
    for losses, color, style in zip(lines.values(), COLORS, ("-", "--", "-."), strict=False):
        axes.plot(epochs, losses, style, color=color)
    axes.plot(best, course.validation[best], "o", color=INK, markerfacecolor="none", markersize=10)
    axes.set(xlabel="epochs", ylim=(0, None))
    room = axes.get_ylim()[1] * 0.055
    place = -room
    for name in sorted(lines, key=lambda name: lines[name][-1]):
        place = max(lines[name][-1], place + room)
        axes.annotate(name, (epochs[-1], place), (6, 0), textcoords="offset points", va="center", color=INK)
    axes.set_title("loss", loc="left", fontsize=10.5)
    return to_svg(figure, f"splits-course-{'narrow' if narrow else 'wide'}")


def _share(data: Data) -> str:
    return f"{data.targets.mean():.0%}"


def _list(items: Sequence[str]) -> str:
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


if __name__ == "__main__":
    sys.exit(alone(answer, "splits"))
