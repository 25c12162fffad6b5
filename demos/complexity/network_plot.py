"""The cost of one gradient against depth for every kind of network: the sum over paths beside backprop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from demos.complexity.plots import power
from demos.complexity.problems import NETWORKS, Problem
from demos.page.plotting import COLORS, INK, Layout, Plot, legend

__all__ = ["NetworkKind", "kinds", "networks_plot"]

# The networks, and where the paths of each come from.
_SOURCES = {
    "mlp": "perceptron: width",
    "rnn": "recurrent: time",
    "residual": "residual: skip connections",
    "convolution": "convolution: kernel",
    "attention": "attention: who reads whom",
    "gpt": "GPT: all of them",
}
_WIDTH = 4


@dataclass(frozen=True, slots=True)
class NetworkKind:
    """The costs of one kind of network.

    Attributes:
        title: the kind, and where its paths come from.
        steps: what its depth counts: ``"layers"``, ``"blocks"``.
        depths: where the costs hold.
        backprop, paths: all operations of one gradient.
    """

    title: str
    steps: str
    depths: Sequence[int]
    backprop: Sequence[int]
    paths: Sequence[int]


def kinds(depths: Sequence[int], seed: int) -> list[NetworkKind]:
    """Predict the costs of every kind of network, exactly, in scalars; a GPT of 8 blocks takes a minute.

    Args:
        depths: layers, blocks, or steps in time.
        seed: of weights and data.
    """
    return [_kind(name, depths, seed) for name in _SOURCES]


def _kind(name: str, depths: Sequence[int], seed: int) -> NetworkKind:
    family = next((family for (each, _), family in NETWORKS.items() if each == name), None)
    costs: list[tuple[int, int]] = []
    step = "layer"
    for depth in depths:
        problem = (
            Problem.perceptron([_WIDTH] * depth + [3], "ce", "scalar", seed)
            if family is None
            else Problem.network(family, depth, seed=seed)
        )
        step = problem.step
        found = problem.form.costs
        costs.append((found["backprop"].total, found["paths"].total))
    backprop, paths = zip(*costs, strict=True)
    return NetworkKind(_SOURCES[name], f"{step}s", depths, backprop, paths)


def networks_plot(found: Sequence[NetworkKind]) -> Plot:
    """One panel for each kind, on logarithmic scales of their own."""

    def draw(layout: Layout) -> Figure:
        figure, panels = layout.subplots(
            len(found), height=layout.choose(5.6, 11.0), columns=layout.choose(3, 1)
        )
        lines = {}
        for axes, kind in zip(panels.flat, found, strict=True):
            backprop, paths = ([log10(cost) for cost in costs] for costs in (kind.backprop, kind.paths))
            axes.fill_between(kind.depths, backprop, paths, color=COLORS[1], alpha=0.08, linewidth=0)
            (lines["sum over paths"],) = axes.plot(
                kind.depths, paths, color=COLORS[1], marker="D", markersize=4
            )
            (lines["backprop"],) = axes.plot(kind.depths, backprop, color=COLORS[0], marker="o", markersize=4)
            axes.set_title(kind.title, loc="left", fontsize=10.5, color=INK)
            axes.set_xlabel(kind.steps)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            top = ceil(max(paths) * 1.02)
            axes.set_ylim(min(floor(min(backprop)), min(backprop) - top / 40), top)
            axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.yaxis.set_major_formatter(lambda exponent, _: power(round(exponent)))
        legend(
            figure,
            {f"{name}, operations per gradient": line for name, line in lines.items()},
            layout.choose(2, 1),
        )
        return figure

    return Plot("networks", draw)
