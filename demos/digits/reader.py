"""A network that reads digits: its layers, its training and its test."""

from __future__ import annotations

from dataclasses import dataclass
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import softmax
from demos.digits.images import DigitSource, with_shifts
from nn import fit
from nn.data import Data
from nn.evaluation import predict
from nn.history import Epoch, History
from nn.initialisers import kaiming_uniform
from nn.layers import Dropout, Linear, ReLU, Sequential
from nn.optimisers import AdamW
from nn.schedules import cosine

__all__ = ["DROPPED", "WIDTHS", "TrainedReader", "train_reader"]

Array = NDArray[np.float64]

# Neurons in the hidden layers, and the share of them that dropout sets to 0.
WIDTHS = (128, 64)
DROPPED = 0.2
# Learning rate and weight decay of AdamW.
RATE, DECAY = 3e-3, 1e-2
BATCH = 64
PATIENCE = 6


@dataclass(frozen=True, slots=True)
class TrainedReader:
    """A trained network and its test.

    Attributes:
        history: of the training.
        network: with the parameters of the epoch that is kept.
        test: the test images.
        y_hat: (images, 10), the predicted probabilities of each test image.
        seconds: processor time of the training.
    """

    history: History
    network: Sequential
    test: Data
    y_hat: Array
    seconds: float

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Whether each test image was read correctly, (images,)."""
        correct: NDArray[np.bool_] = self.y_hat.argmax(axis=1) == self.test.targets
        return correct

    @property
    def kept(self) -> Epoch:
        """The epoch with the least validation loss, whose parameters the network has."""
        return self.history.best or self.history.epochs[-1]


def train_reader(source: DigitSource, seed: int, epochs: int) -> TrainedReader:
    """Train a network on the training images and their shifted copies, then test it."""
    training, validation, test = source.parts(seed)
    start = process_time()
    shifted = with_shifts(training, source.side, source.shift)
    network = untrained_reader(source.side**2, seed)
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
    return TrainedReader(history, network, test, softmax(predict(network, test.inputs)), seconds)


def untrained_reader(pixels: int, seed: int) -> Sequential:
    """A network from ``pixels`` inputs to 10 logits, with random weights."""
    rng = np.random.default_rng(seed)
    layers: list[Any] = []
    for fan_in, fan_out in zip((pixels, *WIDTHS), WIDTHS, strict=False):
        layers += [
            Linear(fan_in, fan_out, initialiser=kaiming_uniform, seed=rng, dtype=np.float32),
            ReLU(),
            Dropout(DROPPED, seed=int(rng.integers(2**32))),
        ]
    return Sequential(*layers, Linear(WIDTHS[-1], 10, seed=rng, dtype=np.float32))
