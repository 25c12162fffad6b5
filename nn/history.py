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
        interrupted: whether Ctrl-C ended it.
    """

    epochs: list[Epoch] = field(default_factory=list)
    interrupted: bool = False

    @property
    def best(self) -> Epoch | None:
        """The first epoch with the least validation loss; None without one that is a number."""
        numbers = [e for e in self.epochs if e.validation and e.validation["loss"] < float("inf")]
        return min(numbers, key=lambda e: e.validation["loss"], default=None)

    @property
    def stale(self) -> int:
        """How many epochs have passed since the best."""
        return len(self.epochs) - (self.best.epoch if self.best else 0)
