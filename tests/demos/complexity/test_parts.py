"""The parts of the study: growth, flowers, plots, limits, and the networks on paper."""

from math import log10
from statistics import fmean, pstdev
from xml.etree import ElementTree

import pytest

from demos.complexity.estimates import networks
from demos.complexity.growth import growth
from demos.complexity.iris import FEATURES, flowers
from demos.complexity.limits import limits
from demos.complexity.plots import cost_plot, law_plot, ratio_plot
from demos.complexity.report import count, law
from demos.complexity.study import METHODS, Problem, study
from demos.page.plotting import NARROW, WIDE


@pytest.mark.parametrize(
    ("costs", "kind", "words", "evidence"),
    [
        ([7, 7, 7], "constant", "one more layer adds nothing", "+0, +0"),
        ([1, 80, 100, 120], "linear", "one more layer adds 20", "+79, +20, +20"),
        ([5, 1, 4, 9, 16], "quadratic", "adds 2 more than the one before it", "-4, +3, +5, +7"),
        ([3**k + k for k in range(8)], "exponential", "multiplies it by 2.99", "×2.83, ×2.92, ×2.96, ×2.99"),
        ([k**3 for k in range(1, 6)], "undecided", "no pattern", "+7, +19, +37, +61"),
        ([2, 4, 8, 16], "undecided", "no pattern", "+2, +4, +8"),
        ([2, 4], "undecided", "no pattern", "+2"),
    ],
)
def test_growth(costs: list[int], kind: str, words: str, evidence: str) -> None:
    found = growth(costs)
    assert found.kind == kind
    assert words in found.words
    assert found.evidence == evidence


def test_flowers_are_standardised() -> None:
    garden = flowers()
    assert [sum(flower.species == i for flower in garden) for i in range(3)] == [50, 50, 50]
    for i in range(len(FEATURES)):
        column = [flower.features[i] for flower in garden]
        assert fmean(column) == pytest.approx(0, abs=1e-12)
        assert pstdev(column) == pytest.approx(1)
    # The first petal is 0.2 wide; over all, petals are 1.199 wide, with a deviation of 0.760.
    assert garden[0].features[3] == pytest.approx(-1.3154, abs=1e-4)
    first = garden[0].features
    assert garden[0].inputs(2) == list(first[:2])
    assert garden[0].inputs(6) == [*first, *first[:2]]


def test_where_backprop_does_not_win() -> None:
    found = {limit.title: list(limit.costs.values()) for limit in limits(seed=3)}
    for title in ("One parameter", "One layer", "A tree"):
        assert len({cost.total for cost in found[title]}) == 1
    backprop, tree, paths = found["Deep, but one wide"]
    assert (backprop.total, paths.multiplications) == (tree.total, 8 * 9)
    reverse, forward = found["Many outputs"]
    assert reverse.multiplications == 8 * 9
    assert forward.total < reverse.total
    backprop, *others = found["Memory"]
    # One adjoint a vertex: 75 parameters, 3 layers of 4 neurons and one of 3, and the loss.
    assert backprop.stored >= 208 - 1
    assert min(cost.stored for cost in others) < backprop.stored


def test_networks_on_paper() -> None:
    small, large, images = networks()
    assert [net.parameters for net in (small, large, images)] == [124_439_808, 174_604_259_328, 25_557_032]
    assert [f"{net.forward:.2e}" for net in (small, large, images)] == ["2.92e+11", "7.35e+14", "8.18e+09"]
    assert [round(net.path_power) for net in (small, large, images)] == [76, 843, 134]
    year = 365.25 * 86400
    assert small.backprop == pytest.approx(0.87, abs=0.01)
    assert small.per_layer == pytest.approx(2.2, abs=0.05)
    assert small.per_parameter / year == pytest.approx(1.15, abs=0.005)
    assert large.backprop == pytest.approx(2.2e-3, rel=0.01)
    assert large.per_layer == pytest.approx(36e-3, rel=0.02)
    assert large.per_parameter / year == pytest.approx(4.07, abs=0.005)
    assert images.backprop == pytest.approx(24.5e-3, rel=0.01)
    assert images.per_layer == pytest.approx(217e-3, rel=0.01)
    assert images.per_parameter / 86400 == pytest.approx(2.4, abs=0.05)


def test_long_counts_show_their_leading_digits() -> None:
    assert count(1_234_567) == "1,234,567"
    assert count(123 * 10**400) == "≈ 1.23×10^402"


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
