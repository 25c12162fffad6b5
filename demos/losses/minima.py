"""Squared error is convex in the outputs, not in the parameters: a hill between two equal minima."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from demos.losses.slopes import squared_error_of_softmax
from demos.page.plotting import COLORS, MARKERS, PAPER, Layout, Plot
from nn import fit
from nn.data import Data
from nn.evaluation import predict
from nn.mlp import MLP
from nn.optimisers import Adam

__all__ = ["Slice", "slice_between_minima", "slice_plot"]

Array = NDArray[np.float64]
State = dict[str, Array]

SIZES = (2, 4, 2)


@dataclass(frozen=True, slots=True)
class Slice:
    """Squared error along a line through the parameters, from one minimum (t = 0) to its twin (t = 1).

    Attributes:
        t: places on the line, (n,).
        losses: at these places, (n,).
        start: the loss at t = 0.
        middle: the loss at t = ½.
        end: the loss at t = 1.
    """

    t: Array
    losses: Array
    start: float
    middle: float
    end: float


def slice_between_minima(data: Data, steps: int, seed: int) -> Slice:
    """Follow the squared error from a trained network to a twin with its hidden neurons reordered.

    A network with reordered hidden neurons computes the same, so every minimum has twins with the
    same loss. Of all twins, the one with the highest loss halfway is taken.
    """
    network = MLP(SIZES, seed=seed)
    loss = squared_error_of_softmax
    optimiser = Adam(network.parameters(), 0.05)
    fit(network, data, epochs=steps, loss=loss, optimiser=optimiser, batch_size=None, progress=False)
    here = network.state_dict()
    half = np.array([0.5])
    twins = [reordered(here, order) for order in permutations(range(SIZES[1]))]
    there = max(twins, key=lambda twin: loss_between(network, here, twin, data, half)[0])
    t = np.linspace(-0.4, 1.4, 91)
    start, middle, end = loss_between(network, here, there, data, np.array([0, 0.5, 1]))
    return Slice(t, np.array(loss_between(network, here, there, data, t)), start, middle, end)


def reordered(state: State, order: Sequence[int]) -> State:
    """The parameters of the network with its hidden neurons in another order."""
    rows = list(order)
    return {
        "layers.0.weight": state["layers.0.weight"][rows],
        "layers.0.bias": state["layers.0.bias"][rows],
        "layers.1.weight": state["layers.1.weight"][:, rows],
        "layers.1.bias": state["layers.1.bias"],
    }


def loss_between(network: MLP, here: State, there: State, data: Data, t: Array) -> list[float]:
    """The squared error with the parameters ``(1 - t) here + t there``, for each t."""
    losses = []
    for share in t:
        network.load_state_dict({name: (1 - share) * here[name] + share * there[name] for name in here})
        losses.append(float(squared_error_of_softmax(predict(network, data.inputs), data.targets)))
    return losses


def slice_plot(between: Slice) -> Plot:
    """Squared error over an output, and between two minima in the parameters."""

    def draw(layout: Layout) -> Figure:
        figure, (left, right) = layout.subplots(2, height=layout.choose(3.4, 6.0))
        y_hat = between.t
        left.plot(y_hat, (y_hat - 1) ** 2, color=COLORS[0])
        left.set(xlabel="ŷ, the target is 1")
        left.set_title("over an output", loc="left")
        right.plot(between.t, between.losses, color=COLORS[1])
        ring: dict[str, Any] = {"color": COLORS[1], "markerfacecolor": PAPER, "markeredgewidth": 1.6}
        right.plot((0, 1), (between.start, between.end), MARKERS[0], **ring)
        right.set(xlabel="t: from one minimum to its twin", ylim=(0, None))
        right.set_title("over the parameters", loc="left")
        return figure

    return Plot("losses-slice", draw)
