"""The record of a training, epoch by epoch, with a plot and a CSV file."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from autograd import files

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

    def row(self) -> dict[str, float]:
        """All numbers by name, for a table or a log; validation metrics begin with ``validation_``.

        Examples:
            >>> Epoch(1, 100, 0.5, 0.25, 0.1, {"loss": 0.5}).row()
            {'epoch': 1, 'examples': 100, 'seconds': 0.5, 'loss': 0.25, 'rate': 0.1, 'validation_loss': 0.5}
        """
        numbers = self._asdict()
        validation = numbers.pop("validation")
        return {**numbers, **{f"validation_{name}": number for name, number in validation.items()}}


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

    def to_csv(self, path: str | Path) -> None:
        """Write a CSV file with a line for each epoch: the numbers of `Epoch.row`, unrounded.

        The file is written atomically.

        Raises:
            OSError: the file cannot be written.
        """
        rows = [epoch.row() for epoch in self.epochs]
        names = list(dict.fromkeys(name for row in rows for name in row)) or list(Epoch._fields[:-1])
        text = StringIO()
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        files.write(Path(path), text.getvalue().encode())

    def plot(self, name: str = "loss", *, ax: Any = None) -> Any:
        """Plot the loss, or a metric of the validation data, against the epochs.

        Args:
            name: ``"loss"``, or a metric that `nn.fit` measured.
            ax: the ``matplotlib.axes.Axes`` to draw on; by default the axes of a new figure.

        Returns:
            The axes: ``history.plot().figure.savefig("loss.png")``.

        Raises:
            ImportError: matplotlib is not installed.
            ValueError: there are no epochs, or no metric has this name.
        """
        curves = {}
        if name == "loss":
            curves["training"] = [epoch.loss for epoch in self.epochs]
        if all(name in epoch.validation for epoch in self.epochs):
            curves["validation"] = [epoch.validation[name] for epoch in self.epochs]
        if not self.epochs or not curves:
            measured = sorted({"loss"}.union(*(epoch.validation for epoch in self.epochs)))
            found = f"it has {', '.join(measured)}" if self.epochs else "it has no epochs"
            raise ValueError(f"the history has no {name!r:.40} to plot: {found}")
        ax = _new_axes() if ax is None else ax
        marker = "." if len(self.epochs) == 1 else ""  # a line through one point cannot be seen
        for curve, numbers in curves.items():
            places = [epoch.epoch for epoch in self.epochs]
            ax.plot(places, numbers, label=curve, marker=marker, **_STYLES[curve])
        if self.best and "validation" in curves:
            words = f"least validation loss, epoch {self.best.epoch}"
            ax.plot(self.best.epoch, self.best.validation[name], "o", color=_BEST, label=words)
        ax.set_xlabel("epoch")
        ax.set_ylabel(name)
        ax.legend(frameon=False)
        return ax


# Colours that colour-blind readers can tell apart, and dashes for readers who see no colour.
_BEST = "#d9541e"
_STYLES = {
    "training": {"color": "#2b7fc4", "linestyle": "-"},
    "validation": {"color": _BEST, "linestyle": "--"},
}


def _new_axes() -> Any:
    try:
        from matplotlib import pyplot  # defers the load of an optional package
    except ImportError:
        raise ImportError(
            "history.plot draws with matplotlib, which is not installed: pip install 'whygrad[demos]'"
        ) from None
    ax = pyplot.subplots(layout="constrained")[1]
    ax.locator_params(axis="x", integer=True)  # there are no half epochs
    return ax
