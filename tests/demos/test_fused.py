"""Question 14: the fused loss against the spelt-out ones, and against exact arithmetic."""

import re
from decimal import Decimal
from math import exp, inf, log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import viz.dot
from demos.fused import LossForms, answer, step_through
from demos.fused.forms import FORMS, evaluate, exact
from demos.page.parts import Illustration, Table
from demos.page.publish import page
from viz import LayoutError

LOGITS = st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=4)


def test_exact_numbers_of_two_logits() -> None:
    loss, slopes = exact(np.array([0.0, 1.0]), 0)
    assert float(loss) == pytest.approx(log(1 + exp(1)), rel=1e-15)
    assert float(slopes[1]) == pytest.approx(1 / (1 + exp(-1)), rel=1e-15)
    assert abs(sum(slopes)) < Decimal("1e-27")


@given(LOGITS)
def test_fused_is_exact_at_any_size(logits: list[float]) -> None:
    z = np.array(logits)
    loss, slopes = exact(z, 0)
    found = evaluate(FORMS["fused"], z, 0)
    assert found.is_finite
    assert abs(Decimal(found.loss) - loss) <= Decimal("2e-15") * (1 + loss)
    np.testing.assert_allclose(found.slopes, np.array(slopes, dtype=float), rtol=0, atol=2e-15)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=4))
def test_all_ways_agree_where_logits_are_small(logits: list[float]) -> None:
    outcomes = [evaluate(form, np.array(logits), 1) for form in FORMS.values()]
    for other in outcomes[1:]:
        assert other.loss == pytest.approx(outcomes[0].loss, abs=1e-12)
        np.testing.assert_allclose(other.slopes, outcomes[0].slopes, atol=1e-12)


def test_the_others_fail_at_a_thousand() -> None:
    wrong = np.array([1000.0, 0.0, -1000.0])
    assert (evaluate(FORMS["textbook"], wrong, 1).loss, evaluate(FORMS["shifted"], wrong, 1).loss) == (
        inf,
        inf,
    )
    assert evaluate(FORMS["fused"], wrong, 1).loss == 1000
    assert list(evaluate(FORMS["fused"], wrong, 1).slopes) == [1, -1, 0]
    # Where the true class is the greatest, subtracting it is enough.
    assert evaluate(FORMS["shifted"], wrong, 0).is_finite
    assert not evaluate(FORMS["textbook"], wrong, 0).is_finite


def test_the_answer() -> None:
    found = answer(0, points=9)
    extremes, sizes = (part for part in found.parts if isinstance(part, Table))
    assert [row[3] for row in extremes.rows] == [row[4] for row in extremes.rows]  # fused is exact
    assert [row[1] for row in extremes.rows[2:]] == ["∞", "(NaN, NaN, NaN)", "NaN", "(NaN, NaN, NaN)"]
    counts = {row[0]: row[1:] for row in sizes.rows}
    for n in (3, 10):
        nodes, edges, paths, *_, total = counts[f"{n} logits, fused"]
        assert (nodes, edges, paths) == (n + 1, n, n)
        assert total < counts[f"{n} logits, shifted"][-1]
        assert counts[f"{n} logits, textbook"][2] == n + 1  # the true class has two
    (verdict,) = (part for part in found.parts if isinstance(part, str) and "m goes from 1 to 2000" in part)
    assert "fused stays within" in verdict
    assert "Nothing warns of it" in verdict
    graph = found.parts[-1]
    assert isinstance(graph, Illustration)
    assert graph.scrolls
    ids = re.findall(r'\bid="([^"]+)"', page([found], command="x"))
    assert len(ids) == len(set(ids))


def test_no_silence_is_claimed_where_none_was_found() -> None:
    found = answer(0, points=2)
    assert not any("Nothing warns" in part for part in found.parts if isinstance(part, str))


def test_the_parentheses_are_needed() -> None:
    without, right = map(
        float, re.findall(r"(-?[\d.]+) in place of ([\d.]+)\.$", answer(1, points=2).slip)[0]
    )
    z = np.random.default_rng(1).normal(size=3)
    assert right == pytest.approx(float(exact(z, 0)[0]), rel=5e-3)
    assert without != pytest.approx(right, rel=0.1)


def test_without_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise LayoutError("no Graphviz here")

    monkeypatch.setattr(viz.dot, "layout", fail)
    assert not any(isinstance(part, Illustration) and part.scrolls for part in answer(0, points=2).parts)


def test_both_graphs_can_be_stepped_through_on_one_page(tmp_path: Path) -> None:
    (path,) = step_through(tmp_path)
    page = path.read_text(encoding="utf-8")
    assert page.count('<th scope="row">') == 2
    assert "textbook: backprop" in page


def test_where_a_form_first_fails_and_where_it_is_silently_wrong() -> None:
    nan = float("nan")
    errors = {"textbook": [1e-16, 0.5, nan], "fused": [0.0, 0.0, 0.0]}
    found = LossForms([], [1.0, 20.0, 400.0], errors, {}, None, 0.0, 0.0)
    assert found.first_failure("textbook") == 400
    assert found.first_failure("fused") is None
    assert found.silently_wrong == [(20, 0.5)]
