"""What a training went through, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Epoch", "History"]


class Epoch(NamedTuple):
    """One pass over the examples.

    Attributes:
        epoch: its number, from 1 on.
        examples: how many the model has learnt from since the beginning, each counted every time.
        seconds: how long the pass took, validation included.
        loss: the mean over the examples, each as it was before the update it led to.
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
    """All epochs of a training, those before it was resumed among them.

    Attributes:
        epochs: from first to last; only such as were completed.
        interrupted: whether Ctrl-C ended it before its time.
        best: the first epoch with the least validation loss; None without one that is a number.
    """

    epochs: list[Epoch] = field(default_factory=list)
    interrupted: bool = False
    best: Epoch | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        given, self.epochs = self.epochs, []
        for epoch in given:
            self.add(epoch)

    def add(self, epoch: Epoch) -> None:
        """One epoch more."""
        self.epochs.append(epoch)
        least = self.best.validation["loss"] if self.best else float("inf")
        if epoch.validation and epoch.validation["loss"] < least:
            self.best = epoch

    @property
    def stale(self) -> int:
        """How many epochs have passed since the best."""
        return len(self.epochs) - (self.best.epoch if self.best else 0)
