"""A network while it learns the rings: its loss, and the regions of its classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from demos.page.parts import Part
from demos.page.plotting import Layout, Plot
from demos.page.regions import draw_regions, plane
from demos.page.words import listed
from nn import fit
from nn.data import Data
from nn.evaluation import accuracy, evaluate
from nn.mlp import MLP
from nn.optimisers import Adam

__all__ = ["Learning", "Moment", "learn", "measure_learning", "moments_plot", "tell_learning", "trained"]

RATE = 0.05


@dataclass(frozen=True, slots=True)
class Moment:
    """The network after some epochs of training.

    Attributes:
        epoch: how many epochs it has been trained for.
        loss: mean cross-entropy on the training examples.
        plane: the probability of class 1 over the plane, (rows, columns), as `plane` computes it.
    """

    epoch: int
    loss: float
    plane: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Learning:
    """A training.

    Attributes:
        train: the examples the network learned from.
        moments: the network during training, in order; the first is before it.
        accuracy: on the test part after training, a fraction.
    """

    train: Data
    moments: Sequence[Moment]
    accuracy: float


def measure_learning(network: MLP, train: Data, test: Data, epochs: Sequence[int]) -> Learning:
    """Train a network, and test it.

    Args:
        network: to train.
        train: examples to learn from.
        test: examples to test on.
        epochs: when to record the network, increasing; it is trained until the last.
    """
    return Learning(train, trained(network, train, epochs), accuracy(network, test))


def trained(network: MLP, data: Data, epochs: Sequence[int]) -> list[Moment]:
    """Train a network by full-batch descent, and record it after each of some epochs."""
    moments = []

    def record(epoch: int) -> None:
        if epoch in epochs:
            moments.append(Moment(epoch, evaluate(network, data)["loss"], plane(network)))

    record(0)
    learn(network, data, epochs[-1], after_epoch=lambda finished: record(finished.epoch))
    return moments


def learn(network: MLP, data: Data, epochs: int, **options: Any) -> None:
    """Train a network by full-batch descent; the options go to `nn.fit`."""
    optimiser = Adam(network.parameters(), RATE)
    fit(network, data, epochs=epochs, optimiser=optimiser, batch_size=None, progress=False, **options)


def tell_learning(found: Learning) -> list[Part]:
    """Tell how loss and regions change in training."""
    first, *later = found.moments
    losses = ", ".join(f"{moment.loss:.3f} after {moment.epoch}" for moment in later)
    return [
        f"How the network changes in training: the loss starts at {first.loss:.3f} (guessing costs "
        f"log 2 = {np.log(2):.3f}) and is {losses} epochs. At the end {found.accuracy:.1%} of the test "
        "examples are classified correctly.",
        moments_plot(found.moments, found.train).illustration(
            words="The class that the network gives to each point of the plane, after "
            f"{listed(moment.epoch for moment in found.moments)} epochs; the loss goes from "
            f"{first.loss:.3f} to {found.moments[-1].loss:.3f}.",
            caption="The regions of the two classes and the training examples while the network learns. On "
            "the line between the regions ŷ = (½, ½).",
        ),
    ]


def moments_plot(moments: Sequence[Moment], data: Data) -> Plot:
    """The regions of the classes, one panel for each moment."""

    def draw(layout: Layout) -> Figure:
        columns = layout.choose(3, 2)
        rows = -(-len(moments) // columns)
        height = rows * (layout.width / columns + 0.3)
        figure, panels = layout.subplots(len(moments), height=height, columns=columns)
        for axes in figure.axes:
            axes.set_axis_off()
        for axes, moment in zip(np.ravel(panels), moments, strict=False):
            axes.set_axis_on()
            draw_regions(axes, moment.plane, data)
            axes.set_title(f"epoch {moment.epoch}\nloss {moment.loss:.3f}", loc="left", fontsize=9.5)
        return figure

    return Plot("circles-moments", draw)
