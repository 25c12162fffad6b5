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
from demos.complexity.problems import Problem
from demos.complexity.study import METHODS, Row, by_method
from demos.page.html import render
from demos.page.parts import Illustration
from viz import LayoutError, compare

__all__ = ["page"]


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
        agree=all(row.agrees for row in rows),
        answer=answer(rows),
        cells=cells,
        clock_cells=clock_cells,
        clock_columns=CLOCK_COLUMNS,
        clock_picture=_clock_picture(rows) if timed else None,
        clocked=timed,
        columns=columns(rows),
        command=command,
        conventions=conventions,
        count=count,
        deepest=_deepest(rows),
        descents=[] if matrices else descents(seed),
        duration=_duration,
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
        times=times,
        unit=unit(rows),
        walks_picture=_walks_picture(seed, matrices=matrices),
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
    hollow = (
        "hollow markers on dashed lines are predicted by the closed form, where a run was over the budget."
    )
    if rows[0].problem.batch is None:
        caption = (
            "All operations of one gradient, on a logarithmic scale: a straight line is exponential growth. "
            f"Full markers are measured; {hollow}"
        )
    else:
        caption = (
            "The multiply-adds of one gradient, forward passes included, on a logarithmic scale. No line "
            f"stays straight: nothing is exponential. Full markers are measured; {hollow}"
        )
    numbers = "the table of all rows has the numbers."
    costs = cost_plot(rows).illustration(
        words=f"{unit(rows).capitalize()} per gradient against layers; {numbers}", caption=caption
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
            words=f"The factor by which one more layer multiplies the cost; {numbers}",
            caption="The same totals, each divided by the total for one layer less. Polynomials sink to 1; "
            "exponentials stay above it: for a network, near the width of its layers.",
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


def _walks_picture(seed: int, *, matrices: bool) -> Illustration | None:
    """A small network by the sum over paths and by backprop; None if Graphviz cannot lay it out."""
    if matrices:
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


def _duration(seconds: float) -> str:
    for name, length in (("years", 365.25 * 86400), ("days", 86400.0), ("s", 1.0)):
        if seconds >= length * 0.5:
            return f"{seconds / length:.2f} {name}"
    return f"{seconds * 1000:.1f} ms"
