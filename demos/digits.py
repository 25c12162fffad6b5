"""Handwritten digits: an MLP trained on one core in seconds, with its test kept for the very end.

Without options it reads the 1,797 digits that come with scikit-learn, 8 × 8 pixels each; with --mnist
the files of MNIST, 28 × 28, from a folder. Nothing is downloaded.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import softmax
from demos.page.command import INTERRUPTED, Parser, folder, prepare, stopped_at_once
from demos.page.parts import Answer, Part, Picture, Table
from demos.page.plotting import COLORS, INK, MARKERS, plot, to_svg
from demos.page.publish import OUT, publish
from nn.data import Data, Split, split
from nn.evaluation import predict
from nn.fit import fit
from nn.history import Epoch, History
from nn.idx import mnist
from nn.initialisers import kaiming_uniform
from nn.layers import Dropout, Linear, ReLU, Sequential
from nn.optimisers import AdamW
from nn.schedules import cosine

__all__ = ["answer", "main"]

Array = NDArray[np.float64]

WIDTHS = (128, 64)
DROPPED = 0.2
RATE, DECAY = 3e-3, 1e-2
BATCH = 64
PATIENCE = 6


@dataclass(frozen=True, slots=True)
class Source:
    """Where digits come from, and what suits them.

    Attributes:
        title: for the reader.
        parts: deals the images into training, validation and test, by a seed.
        side: of an image, in pixels.
        shift: of a pixel, by which the training images are also shown shifted.
        epochs: at most.
        repetitions: how often to go through it all, each time from another seed.
    """

    title: str
    parts: Callable[[int], Split]
    side: int
    shift: float
    epochs: int
    repetitions: int


@dataclass(frozen=True, slots=True)
class Run:
    """One training, and the test after it.

    Attributes:
        history: of the training.
        network: as the epoch with the least validation loss left it.
        test: the images it was tested with.
        y_hat: (examples, 10), what it says of them.
        seconds: of processor time for the training.
    """

    history: History
    network: Sequential
    test: Data
    y_hat: Array
    seconds: float

    @property
    def right(self) -> NDArray[np.bool_]:
        right: NDArray[np.bool_] = self.y_hat.argmax(axis=1) == self.test.targets
        return right

    @property
    def kept(self) -> Epoch:
        return self.history.best or self.history.epochs[-1]


def answer(
    seed: int = 0,
    *,
    source: Source | None = None,
    epochs: int | None = None,
    repetitions: int | None = None,
) -> Answer:
    """What all of it is for: a network that reads.

    Args:
        seed: of the split, the weights, the dropout and the order of the examples.
        source: where the digits come from; scikit-learn if left out.
        epochs: at most; as the source says if left out.
        repetitions: likewise.

    Raises:
        ImportError: they are to come from scikit-learn, and it is missing.
    """
    source = source or from_scikit_learn()
    epochs, repetitions = epochs or source.epochs, repetitions or source.repetitions
    runs = [trained(source, seed + i, epochs) for i in range(repetitions)]
    run = runs[0]
    train, validation, test = source.parts(seed)
    pixels = source.side**2
    return Answer(
        name="digits",
        numbers="All of them",
        title="A network that reads handwritten digits",
        question="Does it all work together, on a real task?",
        parts=[
            f"The data: {source.title}. Each image is a row of {pixels} numbers, from 0 for paper to 1 "
            f"for ink. {len(train):,} are for training, {len(validation):,} for validation, and "
            f"{len(test):,} for the test: these are looked at once, when nothing is left to choose.",
            f"The network: {'-'.join(map(str, (pixels, *WIDTHS, 10)))} with ReLU, softmax and cross-entropy, "
            f"{sum(p.size for p in run.network.parameters()):,} parameters. So many can learn the training "
            "images by heart, and four things keep them from it. Every training image is also shown shifted "
            f"by {source.shift:g} pixels up, down, left and right: a digit stays the same digit. Dropout "
            f"silences {DROPPED:.0%} of the hidden neurons at each step. Weight decay draws the weights to "
            "zero. And the epoch with the least validation loss is the one that is kept.",
            *course(run),
            *tested(run),
            *repeated(runs),
            *mistakes(runs, source.side),
        ],
    )


def from_scikit_learn() -> Source:
    """The test set of E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", 1998.

    Raises:
        ImportError: scikit-learn is missing.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ImportError(
            "the digits come with scikit-learn, which is missing: pip install scikit-learn, or have MNIST's "
            "files read with python -m demos.digits --mnist FOLDER"
        ) from None
    images, labels = load_digits(return_X_y=True)

    def parts(seed: int) -> Split:
        return split(images / 16, labels.astype(np.int64), fractions=(0.7, 0.1, 0.2), seed=seed)

    title = f"the {len(images):,} digits of scikit-learn, 8 × 8 pixels each"
    # Half a pixel of eight: a whole one would be an eighth of the digit.
    return Source(title, parts, side=8, shift=0.5, epochs=20, repetitions=5)


def from_mnist(folder: Path) -> Source:
    """MNIST with its own test set; of its training set a tenth is set aside for validation.

    Raises:
        FileNotFoundError, ValueError: as `nn.mnist`; or there are fewer than two images to train
            with, or labels that are no digits.
    """
    train, test = mnist(folder)
    if len(train) < 2:
        raise ValueError(f"{folder} holds {len(train)} training image: it takes two, one for validation")
    for data, name in ((train, "training"), (test, "test")):
        if data.targets.max() > 9:
            raise ValueError(
                f"the {name} labels in {folder} go up to {data.targets.max()}: digits are from 0 to 9"
            )

    def parts(seed: int) -> Split:
        order = np.random.default_rng(seed).permutation(len(train))
        aside = -(-len(train) // 10)
        return Split(train.take(order[aside:]), train.take(order[:aside]), test)

    title = f"{len(train) + len(test):,} images in the files of MNIST, 28 × 28 pixels each"
    return Source(title, parts, side=28, shift=1.0, epochs=4, repetitions=1)


def trained(source: Source, seed: int, epochs: int) -> Run:
    """Train a network, and then test it."""
    train, validation, test = source.parts(seed)
    start = process_time()
    shifted = with_shifts(train, source.side, source.shift)
    network = reader(source.side**2, seed)
    history = fit(
        network,
        shifted,
        epochs=epochs,
        optimiser=AdamW(network.parameters(), RATE, weight_decay=DECAY),
        batch_size=BATCH,
        validation=validation,
        schedule=cosine(epochs * -(-len(shifted) // BATCH)),
        patience=PATIENCE,
        seed=seed,
        progress=False,
    )
    seconds = process_time() - start
    return Run(history, network, test, softmax(predict(network, test.inputs)), seconds)


def reader(pixels: int, seed: int) -> Sequential:
    """The network, untrained."""
    rng = np.random.default_rng(seed)
    layers: list[Any] = []
    for fan_in, fan_out in zip((pixels, *WIDTHS), WIDTHS, strict=False):
        layers += [
            Linear(fan_in, fan_out, initialiser=kaiming_uniform, seed=rng, dtype=np.float32),
            ReLU(),
            Dropout(DROPPED, seed=int(rng.integers(2**32))),
        ]
    return Sequential(*layers, Linear(WIDTHS[-1], 10, seed=rng, dtype=np.float32))


def with_shifts(data: Data, side: int, shift: float) -> Data:
    """The images, and each of them shifted to all four sides; paper comes in at the edges.

    A part of a pixel mixes the image with itself a whole pixel aside. The five kinds follow one
    another.
    """
    images = data.inputs.reshape(-1, side, side).astype(np.float32)
    shifted = np.repeat(images[np.newaxis], 5, axis=0)
    shifted[1:] *= 1 - shift
    shifted[1, :, 1:] += shift * images[:, :-1]
    shifted[2, :, :-1] += shift * images[:, 1:]
    shifted[3, :, :, 1:] += shift * images[:, :, :-1]
    shifted[4, :, :, :-1] += shift * images[:, :, 1:]
    return Data(shifted.reshape(-1, side * side), np.tile(data.targets, 5))


def course(run: Run) -> list[Part]:
    """The curves of a training."""
    history, kept = run.history, run.kept
    return [
        Picture(
            svg=draw_course(run, "digits-course", width=8.4, height=3.6),
            narrow=draw_course(run, "digits-course-narrow", width=3.9, height=6.2, columns=1),
            words="Training loss, validation loss and validation accuracy over the epochs.",
            caption="The loss, on a logarithmic scale, and the accuracy on validation images. The "
            f"circles are epoch {kept.epoch}, which is kept.",
        ),
        f"Of {len(history.epochs)} epochs, number {kept.epoch} had the least validation loss, with "
        f"{kept.validation['accuracy']:.1%} of the validation images right, and the network was set back "
        "to it."
        + (
            " The training loss is the higher one, for it is measured with dropout at work and on shifted "
            "images."
            if kept.loss > kept.validation["loss"]
            else ""
        ),
    ]


def draw_course(run: Run, name: str, *, width: float, height: float, columns: int = 2) -> str:
    figure, (left, right) = plot(3 - columns, columns, width=width, height=height)
    epochs = [epoch.epoch for epoch in run.history.epochs]
    losses = {
        "training": [epoch.loss for epoch in run.history.epochs],
        "validation": [epoch.validation["loss"] for epoch in run.history.epochs],
    }
    for (part, heights), i in zip(losses.items(), (0, 1), strict=True):
        look = {"color": COLORS[i], "marker": MARKERS[i], "markersize": 4, "linestyle": ("-", "--")[i]}
        left.semilogy(epochs, heights, label=part, **look)
    accuracies = [epoch.validation["accuracy"] for epoch in run.history.epochs]
    right.plot(epochs, accuracies, **look)
    for axes, heights in ((left, losses["validation"]), (right, accuracies)):
        place = run.kept.epoch
        axes.plot(place, heights[place - 1], "o", markersize=13, markerfacecolor="none", markeredgecolor=INK)
        axes.set_xlabel("epochs")
        axes.xaxis.get_major_locator().set_params(integer=True)
    left.set_title("loss", loc="left")
    left.legend(frameon=False, labelcolor=INK, loc="upper right")
    right.set_title("validation accuracy", loc="left")
    right.yaxis.set_major_formatter(lambda y, _: f"{y:.1%}")
    return to_svg(figure, name)


def tested(run: Run) -> list[Part]:
    """The one look at the test images."""
    confusion = np.zeros((10, 10), dtype=int)
    np.add.at(confusion, (run.test.targets, run.y_hat.argmax(axis=1)), 1)
    rows = [
        (str(digit), *(str(n) if n else "·" for n in row), f"{row[digit] / max(row.sum(), 1):.1%}")
        for digit, row in enumerate(confusion)
    ]
    right, n = int(run.right.sum()), len(run.test)
    low, high = wilson(right, n)
    return [
        f"The test: {right:,} of {n:,} images are read rightly, {right / n:.2%}. Chance has a part in "
        "which images came to be the test. What this count can vouch for is an accuracy between "
        f"{low:.2%} and {high:.2%} on images of this kind. Training took {run.seconds:.1f} seconds of "
        f"processor time for {len(run.history.epochs)} epochs (a time on this machine).",
        Table(
            ("true ↓  read →", *map(str, range(10)), "right"),
            rows,
            caption="The confusion matrix: how many test images of each digit were read as which.",
        ),
    ]


def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Between which accuracies the true one lies, if 95 of 100 such statements are to hold.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    p, square = right / n, z * z / n
    half = z * sqrt(p * (1 - p) / n + square / (4 * n))
    return (p + square / 2 - half) / (1 + square), (p + square / 2 + half) / (1 + square)


@dataclass(frozen=True, slots=True)
class Misread:
    """A test image that was misread: what it is, what was read, and with what probability."""

    image: Array
    digit: int
    said: int
    probability: float


def mistakes(runs: Sequence[Run], side: int) -> list[Part]:
    """The images that were misread, the surest mistakes first."""
    found = [
        Misread(run.test.inputs[i].reshape(side, side), run.test.targets[i], said, float(run.y_hat[i, said]))
        for run in runs
        for i, said in enumerate(run.y_hat.argmax(axis=1))
        if not run.right[i]
    ]
    if not found:
        return ["Not one of the test images was misread."]
    most = 18
    shown = sorted(found, key=lambda misread: -misread.probability)[:most]
    tests = f"{len(runs)} tests" if len(runs) > 1 else "the test"
    some = f", the {most} of which the network was surest" if len(found) > most else ""
    return [
        Picture(
            svg=draw_images(shown, "digits-mistakes", columns=9, width=8.4),
            narrow=draw_images(shown, "digits-mistakes-narrow", columns=4, width=3.9),
            words="Misread digits: " + "; ".join(f"a {m.digit} read as {m.said}" for m in shown) + ".",
            caption=f"Misread in {tests}: {len(found):,}{some}. Above each: what it is → what was read, and "
            "with what probability.",
        )
    ]


def draw_images(shown: Sequence[Misread], name: str, *, columns: int, width: float) -> str:
    rows = -(-len(shown) // columns)
    figure, _ = plot(rows, columns, width=width, height=rows * (width / columns + 0.42))
    for axes in figure.axes:
        axes.set_axis_off()
    for axes, misread in zip(figure.axes, shown, strict=False):
        # Black on white, on a dark page too: so it was written.
        axes.imshow(misread.image, cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
        axes.set_title(f"{misread.digit} → {misread.said}\n{misread.probability:.0%}", fontsize=9.5)
    return to_svg(figure, name)


def repeated(runs: Sequence[Run]) -> list[Part]:
    """Whether that was luck."""
    if len(runs) < 2:
        return []
    accuracies = [float(run.right.mean()) for run in runs]
    return [
        f"Was that luck? The whole of it {len(runs)} times, each time with another split, other weights and "
        "another order of the examples:",
        Table(
            ("", "mean", "least", "greatest"),
            [
                ("test accuracy", *(f"{f(accuracies):.2%}" for f in (np.mean, min, max))),
                ("seconds", *(f"{f([run.seconds for run in runs]):.1f}" for f in (np.mean, min, max))),
            ],
            caption="The first of them is the one shown above. Seconds of processor time on this machine.",
        ),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Read digits: print what came of it, and write its page.

    Returns the exit status: 0, or 130 if it was interrupted.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    parser = Parser(
        prog="python -m demos.digits",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--mnist", type=folder, metavar="FOLDER", help="with MNIST's files, to read instead")
    parser.add_argument("--epochs", type=int, metavar="N", help="at most (default: 20; with --mnist 4)")
    parser.add_argument(
        "--repetitions", type=int, metavar="N", help="from other seeds (default: 5; with --mnist 1)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all chance (default: 0)")
    parser.add_argument("--out", type=folder, default=OUT, metavar="DIR", help=f"for digits.html ({OUT})")
    options = parser.parse_args(arguments)
    for name, least in (("seed", 0), ("epochs", 1), ("repetitions", 1)):
        number = getattr(options, name)
        if number is not None and number < least:
            parser.error(f"--{name} {number} is too small: give a whole number from {least} on")
    prepare(parser, options.out)
    try:
        source = from_mnist(options.mnist) if options.mnist else from_scikit_learn()
    except (ImportError, OSError, ValueError) as error:
        parser.error(str(error))
    try:
        with stopped_at_once():
            found = answer(
                options.seed, source=source, epochs=options.epochs, repetitions=options.repetitions
            )
    except KeyboardInterrupt:
        print("interrupted: nothing is written", file=sys.stderr)
        return INTERRUPTED
    publish(found, options.out, command=shlex.join(["python", "-m", "demos.digits", *arguments]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
