"""The graphs that the forms of the loss record: their sizes, their costs and their pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autograd import Cost, Graph, gradient, values
from demos.fused.forms import SCALAR_FORMS
from viz import LayoutError, draw, report
from viz.svg import Drawing, document

__all__ = ["RecordedLoss", "TwoGraphs", "recorded", "step_through", "two_graphs"]


@dataclass(frozen=True, slots=True)
class RecordedLoss:
    """The size of the graph of a loss on scalars, and the cost of its gradient.

    Attributes:
        nodes: number of recorded values.
        edges: number of edges.
        paths: number of paths from the logits to the loss.
        cost: operations of one gradient by backprop.
    """

    nodes: int
    edges: int
    paths: int
    cost: Cost


@dataclass(frozen=True, slots=True)
class TwoGraphs:
    """The graphs of the loss of two logits, textbook above fused, in one drawing.

    Attributes:
        svg: the drawing.
        textbook, fused: number of values in each graph.
    """

    svg: str
    textbook: int
    fused: int


def recorded(form: Callable[[Any, int], Any], n: int, seed: int) -> RecordedLoss:
    """Record the loss of n normal logits, of which the first is the true class."""
    logits = list(values(np.random.default_rng(seed).normal(size=n), "y"))
    graph = Graph(form(logits, 0))
    return RecordedLoss(
        nodes=len(graph),
        edges=sum(1 for _ in graph.edges),
        paths=sum(map(graph.count_paths, logits)),
        cost=gradient(graph.root, logits).cost,
    )


def two_graphs(seed: int) -> TwoGraphs | None:
    """Draw the graphs of two logits with their numbers, or return None if Graphviz cannot."""
    numbers = np.round(np.random.default_rng(seed).normal(size=2), 2)
    sizes, pictures = [], []
    for form in (SCALAR_FORMS["textbook"], SCALAR_FORMS["fused"]):
        logits = list(values(numbers, "y"))
        loss = form(logits, 0)
        loss.backward()
        sizes.append(len(Graph(loss)))
        pictures.append(draw(loss, wrt=logits))
    try:
        drawing = _stacked([picture.drawing() for picture in pictures])
    except LayoutError:
        return None
    above, below = pictures
    svg = document(
        drawing,
        "fused-graphs",
        "The graph of the loss of two logits, textbook and fused",
        f"Textbook: {above.words} Fused: {below.words}",
    )
    return TwoGraphs(svg, *sizes)


def _stacked(drawings: Sequence[Drawing]) -> Drawing:
    """Drawings below one another, at one scale."""
    parts, height = ['<rect width="100%" height="100%" fill="white"/>'], 0.0
    for drawing in drawings:
        parts.append(drawing.at(0, height))
        height += drawing.height
    return Drawing("".join(parts), max(drawing.width for drawing in drawings), height)


def step_through(out: Path) -> list[Path]:
    """Write a page on which backprop runs step by step on the textbook graph and on the fused one."""
    logits = list(values([0.5, -1.0], "y"))
    losses = {name: SCALAR_FORMS[name](logits, 0) for name in ("textbook", "fused")}
    return [report(losses, logits, out / "fused-steps.html", methods=["backprop"])]
