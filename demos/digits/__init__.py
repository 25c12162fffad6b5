"""Handwritten digits: train an MLP on one core in seconds, and test it once at the end.

Without options it reads the 1,797 digits that come with scikit-learn, 8 × 8 pixels each. With --mnist it
reads the files of MNIST, 28 × 28 pixels, from a folder. Nothing is downloaded.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from demos.digits.images import DigitSource, from_mnist, from_scikit_learn
from demos.digits.reader import DROPPED, WIDTHS, TrainedReader, train_reader
from demos.page.lesson import Lesson
from demos.page.parts import Part, Table
from demos.page.plotting import COLORS, INK, MARKERS, Layout, Plot
from viz.commands import Parser, folder, whole_number

__all__ = ["LESSON", "DigitsRead", "TrainedReader", "answer", "measure", "tell", "train_reader", "wilson"]

Array = NDArray[np.float64]

# The most misread images that a page shows.
SHOWN = 18


# ---- measurement ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Misread:
    """A test image that was misread.

    Attributes:
        image: (side, side), from 0 for paper to 1 for ink.
        digit: the true class.
        read: the predicted class.
        probability: of the predicted class, by the network.
    """

    image: Array
    digit: int
    read: int
    probability: float


@dataclass(frozen=True, slots=True)
class DigitsRead:
    """Trainings on images of digits, and their tests.

    Attributes:
        title: names the data set.
        side: height and width of an image, in pixels.
        shift: distance by which training images are shifted, in pixels.
        training, validation, test: number of images in each part.
        parameters: number of parameters of the network.
        readers: the trainings; the first is described in detail.
        confusion: (10, 10), number of test images of each true digit (row) read as each digit (column), by
            the first reader.
        interval: 95% confidence interval of the first reader's accuracy.
        misread: by all readers, the most confident mistakes first.
    """

    title: str
    side: int
    shift: float
    training: int
    validation: int
    test: int
    parameters: int
    readers: list[TrainedReader]
    confusion: NDArray[np.int64]
    interval: tuple[float, float]
    misread: list[Misread]


def measure(
    seed: int = 0,
    *,
    source: DigitSource | None = None,
    epochs: int | None = None,
    repetitions: int | None = None,
) -> DigitsRead:
    """Train networks that read digits, and test them.

    Args:
        seed: of the split, the weights, the dropout and the order of the examples.
        source: of the images; by default scikit-learn.
        epochs: the most epochs of one training; by default the number that suits the source.
        repetitions: number of trainings; by default the number that suits the source.

    Raises:
        ImportError: the images come from scikit-learn, and it is not installed.
    """
    source = source or from_scikit_learn()
    epochs, repetitions = epochs or source.epochs, repetitions or source.repetitions
    readers = [train_reader(source, seed + i, epochs) for i in range(repetitions)]
    first = readers[0]
    training, validation, test = source.parts(seed)
    confusion = np.zeros((10, 10), dtype=np.int64)
    np.add.at(confusion, (first.test.targets, first.y_hat.argmax(axis=1)), 1)
    return DigitsRead(
        title=source.title,
        side=source.side,
        shift=source.shift,
        training=len(training),
        validation=len(validation),
        test=len(test),
        parameters=sum(p.size for p in first.network.parameters()),
        readers=readers,
        confusion=confusion,
        interval=wilson(int(first.correct.sum()), len(test)),
        misread=misread(readers, source.side),
    )


def wilson(correct: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The confidence interval of an accuracy, given ``correct`` answers of ``n``; 95% for this z.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    p, square = correct / n, z * z / n
    half = z * sqrt(p * (1 - p) / n + square / (4 * n))
    return (p + square / 2 - half) / (1 + square), (p + square / 2 + half) / (1 + square)


def misread(readers: Sequence[TrainedReader], side: int) -> list[Misread]:
    """The test images that were misread, the most confident mistakes first."""
    found = [
        Misread(
            image=reader.test.inputs[i].reshape(side, side),
            digit=int(reader.test.targets[i]),
            read=int(read),
            probability=float(reader.y_hat[i, read]),
        )
        for reader in readers
        for i, read in enumerate(reader.y_hat.argmax(axis=1))
        if not reader.correct[i]
    ]
    return sorted(found, key=lambda one: -one.probability)


# ---- report ---------------------------------------------------------------------------------------


def tell(found: DigitsRead) -> list[Part]:
    """Describe the data, the network, its training, its test and its mistakes."""
    sizes = "-".join(map(str, (found.side**2, *WIDTHS, 10)))
    return [
        f"The data: {found.title}. Each image is a row of {found.side**2} numbers, from 0 for paper to 1 for "
        f"ink. {found.training:,} images are for training, {found.validation:,} for validation and "
        f"{found.test:,} for the test. The test images are used once, after all choices have been made.",
        f"The network: {sizes} with ReLU, softmax and cross-entropy. Its {found.parameters:,} parameters "
        "suffice to memorise the training images, and four measures prevent it. Every training image is also "
        f"shown shifted by {found.shift:g} pixels up, down, left and right: the digit remains the same. "
        f"Dropout silences {DROPPED:.0%} of the hidden neurons at each step. Weight decay pulls the weights "
        "towards zero. And the network keeps the parameters of the epoch with the least validation loss.",
        *_training(found.readers[0]),
        *_test(found),
        *_repetitions(found.readers),
        *_misread(found),
    ]


def _training(reader: TrainedReader) -> list[Part]:
    epochs, kept = reader.history.epochs, reader.kept
    text = (
        f"Of {len(epochs)} epochs, epoch {kept.epoch} had the least validation loss, with "
        f"{kept.validation['accuracy']:.1%} of the validation images correct. The network returned to its "
        "parameters."
    )
    if kept.loss > kept.validation["loss"]:
        text += (
            " The training loss is higher than the validation loss, because it is measured with dropout and "
            "on shifted images."
        )
    return [
        training_plot(reader).illustration(
            words="Training loss, validation loss and validation accuracy over the epochs.",
            caption="The loss, on a logarithmic scale, and the accuracy on validation images. The circles "
            f"mark epoch {kept.epoch}, which is kept.",
        ),
        text,
    ]


def training_plot(reader: TrainedReader) -> Plot:
    """The losses and the validation accuracy after each epoch."""
    history = reader.history.epochs
    epochs = [epoch.epoch for epoch in history]
    training = [epoch.loss for epoch in history]
    validation = [epoch.validation["loss"] for epoch in history]
    accuracies = [epoch.validation["accuracy"] for epoch in history]
    kept = reader.kept.epoch
    first, second = (
        {"color": COLORS[i], "marker": MARKERS[i], "markersize": 4, "linestyle": style}
        for i, style in enumerate(("-", "--"))
    )

    def draw(layout: Layout) -> Figure:
        figure, (left, right) = layout.subplots(2, height=layout.choose(3.6, 6.2))
        left.semilogy(epochs, training, label="training", **first)
        left.semilogy(epochs, validation, label="validation", **second)
        right.plot(epochs, accuracies, **second)
        for axes, heights in ((left, validation), (right, accuracies)):
            axes.plot(
                kept, heights[kept - 1], "o", markersize=13, markerfacecolor="none", markeredgecolor=INK
            )
            axes.set_xlabel("epochs")
            axes.xaxis.get_major_locator().set_params(integer=True)
        left.set_title("loss", loc="left")
        left.legend(frameon=False, labelcolor=INK, loc="upper right")
        right.set_title("validation accuracy", loc="left")
        right.yaxis.set_major_formatter(lambda y, _: f"{y:.1%}")
        return figure

    return Plot("digits-training", draw)


def _test(found: DigitsRead) -> list[Part]:
    reader, (low, high) = found.readers[0], found.interval
    correct = int(reader.correct.sum())
    rows = [
        (str(digit), *(str(n) if n else "·" for n in row), f"{row[digit] / max(row.sum(), 1):.1%}")
        for digit, row in enumerate(found.confusion)
    ]
    return [
        f"The test: {correct:,} of {found.test:,} images are read correctly, {correct / found.test:.2%}. The "
        "choice of the test images is random, so this count supports an accuracy between "
        f"{low:.2%} and {high:.2%} on images of this kind (95% confidence). Training took "
        f"{reader.seconds:.1f} seconds of processor time for {len(reader.history.epochs)} epochs on this "
        "machine.",
        Table(
            ("true ↓  read →", *map(str, range(10)), "correct"),
            rows,
            caption="The confusion matrix: the number of test images of each digit that were read as each "
            "digit.",
        ),
    ]


def _repetitions(readers: Sequence[TrainedReader]) -> list[Part]:
    if len(readers) < 2:
        return []
    accuracies = [float(reader.correct.mean()) for reader in readers]
    seconds = [reader.seconds for reader in readers]
    return [
        f"Was it luck? Here is the same training {len(readers)} times, each time with another split, other "
        "initial weights and another order of the examples:",
        Table(
            ("", "mean", "min", "max"),
            [
                ("test accuracy", *(f"{of(accuracies):.2%}" for of in (np.mean, min, max))),
                ("seconds", *(f"{of(seconds):.1f}" for of in (np.mean, min, max))),
            ],
            caption="The first training is the one described above. Seconds of processor time on this "
            "machine.",
        ),
    ]


def _misread(found: DigitsRead) -> list[Part]:
    if not found.misread:
        return ["No test image was misread."]
    shown = found.misread[:SHOWN]
    tests = f"{len(found.readers)} tests" if len(found.readers) > 1 else "the test"
    some = f"; the {SHOWN} most confident mistakes are shown" if len(found.misread) > SHOWN else ""
    return [
        misread_plot(shown).illustration(
            words="Misread digits: " + "; ".join(f"a {one.digit} read as {one.read}" for one in shown) + ".",
            caption=f"Misread in {tests}: {len(found.misread):,}{some}. Above each image: true digit → digit "
            "read, and the probability that the network gave to the latter.",
        )
    ]


def misread_plot(shown: Sequence[Misread]) -> Plot:
    """Misread images with their true digit, the digit read and its probability."""

    def draw(layout: Layout) -> Figure:
        columns = layout.choose(9, 4)
        rows = -(-len(shown) // columns)
        height = rows * (layout.width / columns + 0.42)
        figure, _ = layout.subplots(rows * columns, columns=columns, height=height)
        for axes in figure.axes:
            axes.set_axis_off()
        for axes, one in zip(figure.axes, shown, strict=False):
            # Black on white on a dark page too, as it was written.
            axes.imshow(one.image, cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
            axes.set_title(f"{one.digit} → {one.read}\n{one.probability:.0%}", fontsize=9.5)
        return figure

    return Plot("digits-misread", draw)


# ---- the command ----------------------------------------------------------------------------------


def add_options(parser: Parser) -> None:
    """Add the options for the source of the images and for the length of the run."""
    parser.add_argument(
        "--mnist",
        type=_mnist,
        dest="source",
        metavar="FOLDER",
        help="read the files of MNIST from this folder instead",
    )
    parser.add_argument(
        "--epochs", type=whole_number(1), metavar="N", help="the most epochs (default: 20; with --mnist 4)"
    )
    parser.add_argument(
        "--repetitions",
        type=whole_number(1),
        metavar="N",
        help="number of trainings (default: 5; with --mnist 1)",
    )


def _mnist(text: str) -> DigitSource:
    try:
        return from_mnist(folder(text))
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None


LESSON = Lesson(
    name="digits",
    numbers="All of them",
    title="A network that reads handwritten digits",
    question="Does everything work together on a real task?",
    measure=measure,
    tell=tell,
    options=add_options,
)
answer = LESSON.answer
