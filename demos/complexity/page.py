"""The study as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from demos.complexity.columns import CLOCK_COLUMNS, cells, clock_cells, columns, count, times, unit
from demos.complexity.descents_by_method import GOAL, descents
from demos.complexity.estimates import networks
from demos.complexity.findings import answer, clocked, grown, pace, simplified
from demos.complexity.law import law
from demos.complexity.limits import limits
from demos.complexity.plots import clock_plot, cost_plot, law_plot, ratio_plot
from demos.complexity.problems import NETWORKS, Problem
from demos.complexity.sources import SIZES, sources
from demos.complexity.study import METHODS, Row, by_method
from demos.page.html import render
from demos.page.parts import Illustration
from demos.page.words import duration
from viz import LayoutError, compare

__all__ = ["page"]


# What is drawn in place of two steps of a network, whose picture would be too wide.
_DRAWN = dict.fromkeys(("attention", "gpt"), (NETWORKS["attention", "depth"], 1))
# Where the ratios of a multilayer perceptron settle.
_NEAR_WIDTH = ": for a network, near the width of its layers"


def page(rows: Sequence[Row], *, command: str, conventions: str, seed: int, interrupted: bool) -> str:
    """The page of a study, as HTML.

    Args:
        rows: measured and predicted, at least one.
        command: that made them.
        conventions: what is counted and how, one paragraph per line.
        seed: of the weights in the picture and in the small cases besides the study.
        interrupted: whether rows are missing because of Ctrl-C.
    """
    matrices = rows[0].problem.batch is not None
    timed = clocked(rows)
    return render(
        "complexity.html.jinja",
        METHODS=METHODS,
        SIZES=SIZES,
        agree=all(row.agrees for row in rows),
        answer=answer(rows),
        cells=cells,
        clock_cells=clock_cells,
        clock_columns=CLOCK_COLUMNS,
        clock_picture=_clock_picture(rows) if timed else None,
        clocked=timed,
        columns=columns(rows),
        command=command,
        family=rows[0].problem.family,
        step=rows[0].problem.step,
        conventions=conventions,
        count=count,
        deepest=_deepest(rows),
        descents=[] if matrices else descents(seed),
        duration=duration,
        goal=GOAL,
        growth_pictures=_growth_pictures(rows),
        growths=grown(rows),
        interrupted=interrupted,
        law=law(rows),
        limits=[] if matrices else limits(seed),  # the cases are graphs of scalars
        matrices=matrices,
        networks=networks(),
        pace=pace(rows),
        problems=[list(group) for _, group in groupby(rows, key=lambda row: row.problem)],
        simplified=simplified(rows),
        sources=sources(),
        times=times,
        unit=unit(rows),
        walks_picture=_walks_picture(rows[0].problem, seed),
    )


def _deepest(rows: Sequence[Row]) -> dict[str, Row]:
    """The deepest row of each method, a measured one if there is any."""
    return {
        method: max(points, key=lambda row: (row.measured, row.problem.layers))
        for method, points in by_method(rows).items()
    }


def _growth_pictures(rows: Sequence[Row]) -> list[Illustration]:
    """The costs against depth, then the law if there is one, otherwise the ratios; empty for one depth."""
    if len({row.problem.layers for row in rows}) == 1:
        return []
    hollow = "hollow markers on dashed lines are predicted exactly, where a run was over the budget."
    problem = rows[0].problem
    if problem.batch is None or problem.family is not None:
        caption = (
            f"All {unit(rows)} of one gradient, on a logarithmic scale: a straight line is exponential "
            f"growth. Full markers are measured; {hollow}"
        )
    else:
        caption = (
            "The multiply-adds of one gradient, forward passes included, on a logarithmic scale. No line "
            f"stays straight: nothing is exponential. Full markers are measured; {hollow}"
        )
    numbers = "the table of all rows has the numbers."
    costs = cost_plot(rows).illustration(
        words=f"{unit(rows).capitalize()} per gradient against {problem.step}s; {numbers}", caption=caption
    )
    if law(rows):
        return [
            costs,
            law_plot(rows).illustration(
                words=f"The chain rule per layer over backprop against layers; {numbers}",
                caption="The sweeps alone, without the forward pass. Full squares are measured, hollow ones "
                "predicted; the curve is the law for layers of one width. For many layers it approaches L/4: "
                "there backprop saves a factor of the depth, and no more.",
            ),
        ]
    return [
        costs,
        ratio_plot(rows).illustration(
            words=f"The factor by which one more {problem.step} multiplies the cost; {numbers}",
            caption=f"The same totals, each divided by the total for one {problem.step} less. Polynomials "
            f"sink to 1; exponentials stay above it{'' if problem.family else _NEAR_WIDTH}.",
        ),
    ]


def _clock_picture(rows: Sequence[Row]) -> Illustration:
    return clock_plot(rows).illustration(
        words="The time of one gradient against its operations: points along one line; the table below has "
        "numbers.",
        caption="The time of one gradient against its operations, on logarithmic scales, for every graph and "
        "method that was timed. On the line an operation takes the median time. In code of some thousand "
        "lines it takes up to twice as long, by any method: every number is kept to the end, and they exceed "
        "the nearest cache.",
    )


def _walks_picture(studied: Problem, seed: int) -> Illustration | None:
    """A small network by the sum over paths and by backprop; None if Graphviz cannot lay it out."""
    if studied.family is not None:
        family, to = _DRAWN.get(studied.graph, (studied.family, 2))
        problem = Problem.network(family, to, granularity="matrix", seed=seed)
        caption = (
            f"A small one ({problem.title}), one vertex per array, drawn twice. Left, the sum over paths: an "
            "edge is as thick as the number of times it is walked. Right, backprop: it waits until a "
            "vertex’s derivative is complete, and walks every edge once."
        )
    elif studied.batch is not None:
        problem = Problem.matrices((2, 2, 2), "ce", 3, seed)
        caption = (
            "A network 2-2-2 on three examples, one vertex per array, drawn twice. It is a chain, and one "
            "path leads from every W and b. Left, the sum over paths starts again for each of them: near the "
            "loss an edge is walked once for every W and b below it. Right, backprop walks every edge once."
        )
    else:
        problem = Problem.perceptron((1, 2, 2, 2), "ce", "neuron", seed)
        caption = (
            "A network 1-2-2-2, one vertex per neuron, drawn twice. Left, the sum over paths: an edge is as "
            "thick as the number of times it is walked. Right, backprop: it waits until a vertex’s "
            "derivative is complete, and walks every edge once."
        )
    root, layers = problem.record()
    try:
        return Illustration(compare(root, layers).svg, "", caption, scrolls=True)
    except LayoutError:
        return None
