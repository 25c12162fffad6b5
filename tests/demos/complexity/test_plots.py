"""The plots, and the law that one of them shows."""

from math import log10
from xml.etree import ElementTree

from demos.complexity.law import law
from demos.complexity.plots import cost_plot, law_plot, ratio_plot
from demos.complexity.problems import Problem
from demos.complexity.study import METHODS, study
from demos.page.plotting import NARROW, WIDE


def test_plots_mark_what_was_not_measured() -> None:
    problems = [Problem.perceptron([4] * depth + [3], "ce", "scalar", 0) for depth in (1, 2, 3)]
    rows = [row for problem in problems for row in study(problem, list(METHODS), 700)]
    for plot in (cost_plot, ratio_plot):
        for layout in (WIDE, NARROW):
            svg = plot(rows).svg(layout)
            ElementTree.fromstring(svg)  # noqa: S314 - made a moment ago, here
            assert "var(--paper, white)" in svg  # a hollow marker
            assert "stroke-dasharray" in svg
    measured = [row for row in rows if row.method == "backprop"]
    assert "var(--paper, white)" not in cost_plot(measured).svg()


def test_the_law_of_whole_matrices_is_measured_and_predicted() -> None:
    problems = [Problem.matrices([3] * (depth + 1), "ce", 2, 0) for depth in range(1, 5)]
    rows = [row for problem in problems for row in study(problem, ["backprop", "layer"], 500)]
    found = law(rows)
    assert [point.found for point in found] == [point.formula for point in found] == [1, 1, 1.2, 10 / 7]
    assert [point.measured for point in found] == [True, True, True, False]
    assert all(row.agrees for row in rows)
    for layout in (WIDE, NARROW):
        svg = law_plot(rows).svg(layout)
        ElementTree.fromstring(svg)  # noqa: S314 - made a moment ago, here
        assert "var(--paper, white)" in svg  # a hollow marker
    scalar = Problem.perceptron([3, 3, 3], "ce", "scalar", 0)
    uneven = Problem.matrices([3, 4, 3], "ce", 2, 0)
    assert law([*study(scalar, ["backprop", "layer"], 0), *study(uneven, ["backprop", "layer"], 0)]) == []


def test_plots_of_numbers_beyond_floats() -> None:
    problems = [Problem.perceptron([4, *[900] * depth, 3], "ce", "scalar", 0) for depth in (200, 201)]
    rows = [row for problem in problems for row in study(problem, ["paths"], 0)]
    assert log10(rows[-1].cost.total) > 600
    ElementTree.fromstring(cost_plot(rows).svg())  # noqa: S314 - made a moment ago, here
    assert rows[-1].over_backprop > 10**590
