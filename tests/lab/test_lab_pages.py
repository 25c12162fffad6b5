"""Every page answers, and what it says are the engine's numbers."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("anywidget")

from autograd import Value, gradient, softmax_cross_entropy
from lab.examples import SHAPES, shaped
from lab.line_plot import LinePlot
from lab.page_parts import Drawn, Rows, Widget
from lab.practical import PAGES
from lab.questions import gradients, network
from nn import MLP, cross_entropy
from tests.viz.pictures import parsed

QUESTIONS = {page.key: page for page in PAGES.values()}


def answer(key, **values):
    page = QUESTIONS[key]
    return page.answer(**{control.name: control.value for control in page.controls} | values)


def table(parts, number=0):
    return [part for part in parts if isinstance(part, Rows)][number].rows


def test_there_are_seventeen_questions_and_a_network():
    assert list(QUESTIONS) == ["live", *map(str, range(1, 18))]


@pytest.mark.parametrize("key", QUESTIONS)
def test_every_page_answers_and_its_pictures_are_well_formed(key):
    parts = answer(key)
    assert any(not isinstance(part, str) for part in parts)
    for part in parts:
        if isinstance(part, Rows | Drawn):
            parsed(part.html())
        else:
            assert isinstance(part, Widget) or part.endswith((".", "!", "?"))


@pytest.mark.parametrize("key", ["3", "5", "6", "7", "8", "12", "13", "14", "15", "16", "17"])
@pytest.mark.parametrize("end", ["low", "high"])
def test_the_ends_of_the_controls_are_answered(key, end):
    page = QUESTIONS[key]
    values = {c.name: getattr(c, end) for c in page.controls if not c.choices and c.name != "epochs"}
    assert answer(key, **values)


def test_the_growth_is_what_the_methods_do():
    x, model = [0.5, -1.0], MLP([2, 2, 3], granularity="scalar")
    loss = cross_entropy(model(np.array(x)), 0)
    rows = table(answer("12", width=2, layers=2, outputs=3))
    for method, shown in zip(gradients.METHODS, rows[1][1:4], strict=True):
        assert shown == gradient(loss, model.parameters(), method).cost.multiplications
    assert "quadratic" in answer("12", width=1, layers=3)[0]


@pytest.mark.parametrize("key", ["15", "16", "17"])
def test_gradients_by_hand_are_those_of_the_engine(key):
    for seed in range(3):
        rows = table(answer(key, x0=0.3, target=1, seed=seed))
        assert max(difference for *_, difference in rows) < 1e-12
        assert any(abs(by_hand) > 1e-3 for _, by_hand, *_ in rows)


def test_the_short_form_of_the_softmax_is_the_textbook_one():
    z = [Value(x) for x in (0.5, -1.0, 2.0)]
    expected = gradient(softmax_cross_entropy(z, 2), z)
    parts = answer("14", z0=0.5, z1=-1.0, z2=2.0, target=2)
    for (_, by_graph, by_formula), value in zip(table(parts), expected.values, strict=True):
        assert by_graph == pytest.approx(value)
        assert by_formula == pytest.approx(value)
    (_, textbook), (_, short) = table(parts, 1)
    assert textbook > short == expected.cost.total


def test_probabilities_do_not_overflow():
    assert network.softmax([1000.0, 0.0]) == [1.0, 0.0]
    assert sum(network.softmax([1.0, 2.0, 3.0])) == pytest.approx(1)


def test_a_step_has_no_gradient():
    assert table(answer("13", function="step", x=1.0)) == [(1.0, 1.0, 0.0)]
    assert table(answer("13", function="relu", x=-1.0)) == [(-1.0, 0.0, 0.0)]


@pytest.mark.parametrize("shape", SHAPES)
def test_examples_are_the_same_for_the_same_seed(shape):
    first, second = (shaped(shape, 60, 0.1, 3) for _ in range(2))
    assert np.array_equal(first.inputs, second.inputs)
    assert len(np.unique(first.targets)) == (3 if "three" in shape else 2)


def test_a_plot_leaves_out_what_is_not_finite():
    plot = LinePlot({"a <b>": [(1, 1), (2, float("nan")), (3, 100)], "zero": [(0, 0)]}, "x", "y", log_up=True)
    lines = [e.get("points") for e in parsed(plot.svg()).iter() if e.tag.endswith("polyline")]
    assert [len(points.split()) for points in lines] == [2, 0]
    assert "a &lt;b&gt;" in plot.svg()


def test_ticks_of_a_logarithmic_axis_are_written_in_full_or_as_powers():
    plot = LinePlot({"a": [(6, 1e-5), (192, 1e6)]}, "x", "y", log_across=True, log_up=True)
    texts = {e.text for e in parsed(plot.svg()).iter() if e.tag.endswith("text")}
    assert {"10", "32", "100", "10⁵", "10⁻⁵"} <= texts
