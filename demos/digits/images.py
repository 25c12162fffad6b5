"""Images of handwritten digits: from scikit-learn or from the files of MNIST, and shifted copies of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nn.data import Data, Split, split
from nn.idx import mnist

__all__ = ["DigitSource", "from_mnist", "from_scikit_learn", "with_shifts"]


@dataclass(frozen=True, slots=True)
class DigitSource:
    """A set of images of digits, with settings that suit it.

    Attributes:
        title: names the set in a sentence.
        parts: splits the images into training, validation and test, given a seed.
        side: height and width of an image, in pixels.
        shift: distance by which training images are shifted, from 0 to 1 pixel.
        epochs: the most epochs of one training.
        repetitions: number of trainings, each with another seed.
    """

    title: str
    parts: Callable[[int], Split]
    side: int
    shift: float
    epochs: int
    repetitions: int


def from_scikit_learn() -> DigitSource:
    """The test set of E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", 1998.

    Raises:
        ImportError: scikit-learn is not installed.
    """
    try:
        # Defers the load of scikit-learn, which is optional and only needed here.
        from sklearn.datasets import load_digits
    except ImportError:
        raise ImportError(
            "the digits come with scikit-learn, which is not installed: pip install scikit-learn, or read "
            "the files of MNIST with python -m demos.digits --mnist FOLDER"
        ) from None
    images, labels = load_digits(return_X_y=True)

    def parts(seed: int) -> Split:
        return split(images / 16, labels.astype(np.int64), fractions=(0.7, 0.1, 0.2), seed=seed)

    title = f"the {len(images):,} digits of scikit-learn, 8 × 8 pixels each"
    # Half a pixel, because a whole one would be an eighth of the image.
    return DigitSource(title, parts, side=8, shift=0.5, epochs=20, repetitions=5)


def from_mnist(folder: Path) -> DigitSource:
    """MNIST with its own test set; a tenth of its training set serves for validation.

    Raises:
        FileNotFoundError, ValueError: as `nn.mnist`; also if there are fewer than two training images, or
            labels other than digits.
    """
    train, test = mnist(folder)
    if len(train) < 2:
        raise ValueError(
            f"{folder} holds {len(train)} training image: at least two are needed, one for validation"
        )
    for data, name in ((train, "training"), (test, "test")):
        if data.targets.max() > 9:
            raise ValueError(
                f"the {name} labels in {folder} go up to {data.targets.max()}: digits are from 0 to 9"
            )

    def parts(seed: int) -> Split:
        order = np.random.default_rng(seed).permutation(len(train))
        aside = -(-len(train) // 10)
        return Split(train.take(order[aside:]), train.take(order[:aside]), test)

    title = f"{len(train) + len(test):,} images from the files of MNIST, 28 × 28 pixels each"
    return DigitSource(title, parts, side=28, shift=1.0, epochs=4, repetitions=1)


def with_shifts(data: Data, side: int, shift: float) -> Data:
    """The images, followed by copies shifted down, up, right and left; the margin is filled with 0.

    A shift by part of a pixel is the weighted mean of the image and of the image shifted by a pixel.

    Args:
        data: inputs (images, side²), targets (images,).
        side: height and width of an image, in pixels.
        shift: from 0 to 1 pixel.

    Returns:
        Inputs (5 · images, side²), targets (5 · images,).
    """
    images = data.inputs.reshape(-1, side, side).astype(np.float32)
    shifted = np.repeat(images[np.newaxis], 5, axis=0)
    shifted[1:] *= 1 - shift
    shifted[1, :, 1:] += shift * images[:, :-1]
    shifted[2, :, :-1] += shift * images[:, 1:]
    shifted[3, :, :, 1:] += shift * images[:, :, :-1]
    shifted[4, :, :, :-1] += shift * images[:, :, 1:]
    return Data(shifted.reshape(-1, side * side), np.tile(data.targets, 5))
