"""A network with one hidden layer as neurons and weights, with the numbers of one example."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from demos.page.plotting import COLORS, INK, NARROW, PAPER, Layout, Plot
from nn.mlp import MLP

__all__ = ["network_plot"]

Vector = NDArray[np.float64]
Place = tuple[float, float]


def network_plot(network: MLP, numbers: dict[str, Vector]) -> Plot:
    """Inputs, hidden neurons, scores and outputs: from left to right, or narrow from the top down.

    Args:
        network: of three sizes.
        numbers: of one example: ``x``, ``h_tilde``, ``h``, ``y_tilde``, ``y_hat`` and ``y``.
    """
    return Plot("neurons", partial(_draw_network, network, numbers))


def _draw_network(network: MLP, numbers: dict[str, Vector], layout: Layout) -> Figure:
    figure, axes = layout.subplots(height=layout.choose(4.4, 5.4))
    axes.set_axis_off()
    style: dict[str, Any] = {
        "fontsize": layout.choose(9.5, 7.0),
        "color": INK,
        "ha": "center",
        "va": "center",
    }
    b_h, b_y = (bias.data for bias in network.biases)
    layers = [
        _texts({"x": numbers["x"]}),
        _texts({"b": b_h, r"\tilde{h}": numbers["h_tilde"], "h": numbers["h"]}),
        _texts({"b": b_y, r"\tilde{y}": numbers["y_tilde"]}),
        _texts({r"\hat{y}": numbers["y_hat"], "y": numbers["y"]}),
    ]
    depths = layout.choose((0, 3, 6, 7.7), (0, 1.9, 3.8, 5.0))
    gaps = layout.choose((2.0, 1.15, 2.0, 2.0), (2.0, 1.0, 2.0, 2.0))
    places = [
        [_place(depth, (j - (len(texts) - 1) / 2) * gap, layout) for j in range(len(texts))]
        for texts, depth, gap in zip(layers, depths, gaps, strict=True)
    ]
    w_h, w_y = (weight.data for weight in network.weights)
    # At this share of the way, the weights of neighbouring neurons are as far apart as one neuron's own.
    share = 2 * gaps[0] / (2 * gaps[0] + gaps[1])
    _edges(axes, w_h, places[0], places[1], share, style)
    _edges(axes, w_y, places[1], places[2], 1 - share, style)
    for pair in product(*places[2:]):
        axes.plot(*zip(*pair, strict=True), color=INK, linewidth=0.7, zorder=1)
    box = {"boxstyle": "round,pad=0.4", "facecolor": PAPER, "edgecolor": INK, "linewidth": 0.9}
    for texts, row in zip(layers, places, strict=True):
        for text, place in zip(texts, row, strict=True):
            axes.text(*place, text, zorder=3, bbox=box, **style)
    across = max((len(texts) - 1) / 2 * gap for texts, gap in zip(layers, gaps, strict=True)) + 0.45
    if layout is NARROW:
        axes.set(xlim=(-across, across), ylim=(-depths[-1] - 0.3, 0.25))
    else:
        (x0, y0), (x1, _) = places[2][0], places[3][0]
        axes.text((x0 + x1) / 2, y0 + 0.12, "softmax", **style | {"va": "bottom"})
        axes.set(xlim=(-0.4, depths[-1] + 0.45), ylim=(-across, across))
    return figure


def _place(depth: float, offset: float, layout: Layout) -> Place:
    return layout.choose((depth, -offset), (offset, -depth))


def _texts(rows: dict[str, Vector]) -> list[str]:
    """The text in each neuron's box, one line per name."""
    width = len(next(iter(rows.values())))
    return [
        "\n".join(f"${name}_{j}$ {_brief(vector[j])}" for name, vector in rows.items()) for j in range(width)
    ]


def _edges(
    axes: Any,
    weights: Vector,
    sources: Sequence[Place],
    ends: Sequence[Place],
    share: float,
    style: dict[str, Any],
) -> None:
    """A line for each weight, with its number at this share of the way."""
    box = {"boxstyle": "square,pad=0.12", "facecolor": PAPER, "edgecolor": "none"}
    for (k, j), weight in np.ndenumerate(weights):
        start, end = sources[j], ends[k]
        axes.plot(
            *zip(start, end, strict=True),
            color=COLORS[int(weight < 0)],
            linewidth=0.6 + 2.4 * abs(weight) / np.abs(weights).max(),
            linestyle="-" if weight >= 0 else (0, (4, 2)),
            zorder=1,
        )
        x, y = (a + (b - a) * share for a, b in zip(start, end, strict=True))
        axes.text(x, y, _brief(weight), zorder=2, bbox=box, **style)


def _brief(x: float) -> str:
    return f"{x:.2f}".removesuffix(".00").replace("-", "−")
