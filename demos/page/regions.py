"""The regions of the plane that a network assigns to each class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import softmax
from demos.page.plotting import COLORS, INK, MARKERS
from nn.data import Data
from nn.evaluation import predict
from nn.module import Module

__all__ = ["draw_regions", "plane"]

# The plot covers -EDGE to EDGE in both directions.
EDGE = 1.45
LINE = np.linspace(-EDGE, EDGE, 61)


def plane(network: Module) -> NDArray[np.float64]:
    """The probability of class 1 at each point of a grid, (rows, columns).

    Args:
        network: from points (examples, 2) to scores (examples, 2).
    """
    points = np.stack(np.meshgrid(LINE, LINE), axis=-1).reshape(-1, 2)
    y_hat: NDArray[np.float64] = softmax(predict(network, points, batch_size=None))
    return y_hat[:, 1].reshape(len(LINE), len(LINE))


def draw_regions(axes: Any, probability: NDArray[np.float64], data: Data) -> None:
    """Draw the regions of class 0 and class 1, the line between them, and examples of both.

    Args:
        axes: to draw in.
        probability: of class 1 at each point of the grid, from `plane`.
        data: points (examples, 2) and their classes.
    """
    axes.contourf(LINE, LINE, probability, levels=[-1, 0.5, 2], colors=COLORS[:2], alpha=0.22)
    if probability.min() < 0.5 < probability.max():
        axes.contour(LINE, LINE, probability, levels=[0.5], colors=[INK], linewidths=1.2)
    for label in (0, 1):
        x = data.inputs[data.targets == label]
        axes.plot(*x.T, MARKERS[label], color=COLORS[label], markersize=3, markeredgewidth=0)
    axes.set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), xticks=[-1, 0, 1], yticks=[-1, 0, 1], aspect="equal")
    axes.tick_params(labelsize=8.5)
    axes.grid(visible=False)
