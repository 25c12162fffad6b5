"""The record of a training, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Epoch", "History", "Update"]


class Update(NamedTuple):
    """One update of the parameters.

    Attributes:
        number: from 1, counted from the start of the training.
        epoch: the epoch that it belongs to, from 1.
        examples: the number of examples in its batch.
        loss: the mean over the batch, before the update.
        rate: the learning rate.
    """

    number: int
    epoch: int
    examples: int
    loss: float
    rate: float


class Epoch(NamedTuple):
    """One pass over the examples.

    Attributes:
        epoch: its number, from 1.
        examples: the number that the model has learnt from since the start, counted once per epoch.
        seconds: the duration, validation included.
        loss: the mean over the examples; the loss of each batch is from before its update.
        rate: the learning rate of the last update.
        validation: the loss on the validation data, as ``"loss"``, and each metric by its name, after
            the last update; empty without such data.
    """

    epoch: int
    examples: int
    seconds: float
    loss: float
    rate: float
    validation: dict[str, float]


@dataclass
class History:
    """All completed epochs of a training, including those from before it was resumed.

    Attributes:
        epochs: from first to last.
        interrupted: whether Ctrl-C ended the training early.
        best: the first epoch with the least validation loss; None if no validation loss is a number.
    """

    epochs: list[Epoch] = field(default_factory=list)
    interrupted: bool = False
    best: Epoch | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        given, self.epochs = self.epochs, []
        for epoch in given:
            self.add(epoch)

    def add(self, epoch: Epoch) -> None:
        """Append an epoch."""
        self.epochs.append(epoch)
        least = self.best.validation["loss"] if self.best else float("inf")
        if epoch.validation and epoch.validation["loss"] < least:
            self.best = epoch

    @property
    def stale(self) -> int:
        """The number of epochs since the best."""
        return len(self.epochs) - (self.best.epoch if self.best else 0)
