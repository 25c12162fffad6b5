"""Where backprop does not win, against a size: each curve measured, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from autograd import Cost, Value, gradient
from autograd.costs.jacobians import jacobian_by
from demos.complexity.problems import Problem
from demos.page.parts import Illustration
from demos.page.plotting import COLORS, MARKERS, Layout, Plot, legend
from nn import MLP

__all__ = ["LimitCurve", "Point", "bottleneck_curve", "checkpoint_curve", "outputs_curve"]

_WAYS = {
    "backprop, one sweep per output": "reverse",
    "forward mode, one sweep per input": "forward",
    "elimination, Markowitz order": "eliminate-markowitz",
}


@dataclass(frozen=True, slots=True)
class Point:
    """A measurement.

    Attributes:
        size: what grows: outputs, width, or states kept.
        cost: as measured.
    """

    size: int
    cost: Cost


@dataclass(frozen=True, slots=True)
class LimitCurve:
    """Measurements against a size.

    Attributes:
        name: unique on the page.
        size: what grows.
        caption: what to look at.
        lines: the points of each method, by its title.
        memory: whether forward operations are drawn against numbers held at once, rather than the
            multiplications and additions against the size.
    """

    name: str
    size: str
    caption: str
    lines: dict[str, list[Point]]
    memory: bool = False

    def record(self) -> list[dict[str, Any]]:
        """The points as plain data, for JSON."""
        return [
            {"method": title, self.size: point.size, **point.cost._asdict(), "total": point.cost.total}
            for title, points in self.lines.items()
            for point in points
        ]

    def illustration(self) -> Illustration:
        """The curve drawn for a wide and for a narrow window."""
        across, up = ("numbers held at once", "forward operations") if self.memory else (self.size, _WORK)
        words = f"{up.capitalize()} against {across}, one line for each of {', '.join(self.lines)}."
        return Plot(self.name, self._draw).illustration(words=words, caption=self.caption)

    def _draw(self, layout: Layout) -> Figure:
        figure, axes = layout.subplots(height=layout.choose(3.9, 4.3))
        names = {}
        for (title, points), color, marker in zip(self.lines.items(), COLORS, MARKERS, strict=False):
            if self.memory:
                x, y = [p.cost.stored or 0 for p in points], [p.cost.forward for p in points]
            else:
                x, y = [p.size for p in points], [_work(p.cost) for p in points]
            (names[title],) = axes.plot(x, y, color=color, marker=marker, markersize=4.5)
        title = "operations of forward passes, logarithmic" if self.memory else _WORK
        axes.set_xlabel("numbers held at once" if self.memory else self.size)
        axes.set_title(
            "operations of forward passes, logarithmic" if self.memory else _WORK, loc="left", fontsize=10.5
        )
        axes.set_xlim(left=0)
        if self.memory:
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_minor_locator(NullLocator())
        else:
            axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(lambda n, _: f"{n:,.0f}")
        legend(figure, names, layout.choose(3, 1))
        return figure


_WORK = "multiplications and additions"


def _work(cost: Cost) -> int:
    return cost.multiplications + cost.additions


def outputs_curve(inputs: int = 4, most: int = 16, seed: int = 0) -> LimitCurve:
    """The Jacobian of networks of more and more outputs."""
    return LimitCurve(
        "outputs",
        "outputs",
        f"The Jacobian of a network {inputs}-4-m, of m outputs by {inputs} inputs. Backprop needs a sweep "
        "for each output and forward mode one for each input, so one wins with few outputs, the other with "
        "many. Elimination in Markowitz order takes no more than either.",
        _jacobians(lambda m: (inputs, 4, m), range(1, most + 1), seed),
    )


def bottleneck_curve(most: int = 12, seed: int = 0) -> LimitCurve:
    """The Jacobian of networks n → 1 → n."""
    return LimitCurve(
        "bottleneck",
        "inputs and outputs n",
        "The Jacobian of a network n-1-n. Every sweep walks the whole network, and n sweeps are needed from "
        "either end. From the middle outwards each half is multiplied once, and only their outer product is "
        "left.",
        _jacobians(lambda n: (n, 1, n), range(1, most + 1), seed),
    )


def _jacobians(
    sizes: Callable[[int], tuple[int, ...]], range_: Sequence[int], seed: int
) -> dict[str, list[Point]]:
    lines: dict[str, list[Point]] = {title: [] for title in _WAYS}
    for n in range_:
        inputs = [Value(0.1 * i - 0.3, name=f"x{i}") for i in range(sizes(n)[0])]
        outputs = list(MLP(sizes(n), seed=seed, granularity="scalar")(inputs))
        for title, way in _WAYS.items():
            lines[title].append(Point(n, jacobian_by(outputs, inputs, way).cost))
    return lines


def checkpoint_curve(length: int = 64, seed: int = 0) -> LimitCurve:
    """Numbers held at once against forward operations, for every number of states kept."""
    root, layers = Problem.recurrence("chain", length, seed).record()
    lines = {
        schedule: [
            Point(c, gradient(root, layers, "checkpoint", states=c, schedule=schedule).cost)
            for c in range(1, length + 1)
        ]
        for schedule in ("binomial", "uniform")
    }
    return LimitCurve(
        "checkpoint",
        "states",
        f"A chain of {length} tanh, for every number of states c from 1 to {length}. The binomial schedule "
        "holds the states and one step; its forward operations are "
        f"{length} + t({length}, c) at every point, the fewest for c states. The uniform schedule computes "
        "every segment once more, but holds all values of a segment: it cannot go below about twice the "
        "square root of the length.",
        lines,
        memory=True,
    )
