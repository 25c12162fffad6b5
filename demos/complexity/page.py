"""The study as one HTML page that needs nothing beside itself."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup

from demos.complexity.estimates import networks
from demos.complexity.limits import limits
from demos.complexity.plots import clock_plot, cost_plot, law_plot, ratio_plot
from demos.complexity.report import (
    CLOCK_COLUMNS,
    answer,
    cells,
    clock_cells,
    clocked,
    columns,
    count,
    grown,
    law,
    pace,
    simplified,
    times,
    unit,
)
from demos.complexity.study import METHODS, Problem, Row, by_method
from demos.page.html import templates
from demos.page.plotting import NARROW, WIDE, Plot
from viz import LayoutError, compare

__all__ = ["page"]

_TEMPLATES = templates()
_TEMPLATES.filters.update(cells=cells, count=count, times=times)


def page(rows: Sequence[Row], *, command: str, conventions: str, seed: int, interrupted: bool) -> str:
    """The page of a study, as HTML.

    Args:
        rows: what was measured and predicted, at least one.
        command: that made them.
        conventions: what is counted, and how.
        seed: of the weights in the pictures and small cases that stand beside the study.
        interrupted: whether rows are missing because the study was stopped.
    """
    series = by_method(rows)
    matrices = rows[0].problem.batch is not None
    depths = sorted({row.problem.layers for row in rows})
    deepest = {
        method: max(points, key=lambda row: (row.measured, row.problem.layers))
        for method, points in series.items()
    }
    return _TEMPLATES.get_template("complexity.html.jinja").render(
        METHODS=METHODS,
        agree=all(row.agrees for row in rows),
        answer=answer(rows),
        clock_cells=clock_cells,
        clock_columns=CLOCK_COLUMNS,
        clock_plot=_both(clock_plot(rows)) if clocked(rows) else None,
        clocked=clocked(rows),
        columns=columns(rows),
        command=command,
        conventions=conventions,
        deepest=deepest,
        depths=depths,
        growths=grown(rows),
        interrupted=interrupted,
        law=law(rows),
        limits=[] if matrices else limits(seed),  # those are of graphs of scalars
        matrices=matrices,
        networks=networks(),
        pace=pace(rows),
        picture=_picture(seed, matrices=matrices),
        plots=_plots(rows) if len(depths) > 1 else [],
        problems=[list(group) for _, group in groupby(rows, key=lambda row: row.problem)],
        seconds=_seconds,
        simplified=simplified(rows),
        unit=unit(rows),
    )


def _plots(rows: Sequence[Row]) -> list[tuple[Markup, Markup]]:
    return [_both(plot(rows)) for plot in (cost_plot, law_plot if law(rows) else ratio_plot)]


def _both(plot: Plot) -> tuple[Markup, Markup]:
    """A plot twice: for a wide window and for a narrow one."""
    # Not user text: matplotlib drew it from numbers and the names of the methods.
    return Markup(plot.svg(WIDE)), Markup(plot.svg(NARROW))  # noqa: S704


def _picture(seed: int, *, matrices: bool) -> Markup | None:
    """A small network naively and by backprop; None where Graphviz cannot lay it out."""
    if matrices:
        problem = Problem.matrices((2, 2, 2), "ce", 3, seed)
    else:
        problem = Problem.perceptron((1, 2, 2, 2), "ce", "neuron", seed)
    root, layers = problem.record()
    try:
        return Markup(compare(root, layers).svg)  # noqa: S704 - escaped by viz
    except LayoutError:
        return None


def _seconds(seconds: float) -> str:
    for name, length in (("years", 365.25 * 86400), ("days", 86400.0), ("s", 1.0)):
        if seconds >= length * 0.5:
            return f"{seconds / length:.2f} {name}"
    return f"{seconds * 1000:.1f} ms"
