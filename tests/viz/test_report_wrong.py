"""How a report marks wrong derivatives, in a real browser."""

from __future__ import annotations

import re

import pytest

from autograd import METHODS, Value
from tests.viz.browser import needs_browser, opened
from tests.viz.pictures import random_graph
from tests.viz.reports import diamond, network, overwrite, tensors
from viz import report

pytestmark = needs_browser


def test_the_first_wrong_derivative_is_marked(browser, tmp_path):
    root, wrt = diamond()
    methods = {"= for +=": overwrite, "backprop": "backprop"}
    with opened(browser, report(root, wrt, tmp_path / "r.html", methods=methods)) as page:
        page.press("End")
        assert page.pane(0).locator(".node.wrong").count() == 3
        assert page.pane(1).locator(".node.wrong").count() == 0
        assert page.shown(0, "h").startswith("✗ ∂ ")
        wrong, right = page.texts(".sentence")
        assert "Going back from the result, the first wrong derivative is at h: it should be" in wrong
        assert "wrong" not in right
        assert page.texts(".state")[0].endswith(": 1 of 1 derivatives is wrong")


@pytest.mark.parametrize("problem", [diamond, network, tensors, lambda: random_graph(6)])
def test_right_derivatives_are_not_marked_wrong(browser, tmp_path, problem):
    root, wrt = problem()
    with opened(browser, report(root, wrt, tmp_path / "r.html")) as page:
        shown = page.texts("#panes select >> nth=0 >> option")
        assert set(METHODS) - {"eliminate", "complex_step"} <= set(shown)
        for method in shown:
            page.page.select_option("#panes select >> nth=0", label=method)
            page.page.click("#last")
            assert page.page.locator(".node.wrong").count() == 0
            assert "wrong" not in "".join(page.texts(".state"))


def test_a_wrong_result_is_reported_even_if_every_inner_number_is_right(browser, tmp_path):
    a, b = Value(2.0, name="a"), Value(3.0, name="b")
    methods = {
        "permuted": lambda linearization: METHODS["backprop"](linearization)[::-1],
        "forward": "forward",
    }
    with opened(browser, report(a * b, [a, b], tmp_path / "r.html", methods=methods)) as page:
        page.press("End")
        assert page.texts(".state")[0].endswith("2 of 2 derivatives are wrong")
        assert page.page.locator(".node.wrong").count() == 0


def test_a_folded_box_counts_the_wrong_derivatives_in_it(browser, tmp_path):
    root, wrt = network((8, 20, 20, 4))
    methods = {"= for +=": overwrite, "backprop": "backprop"}
    path = report(root, wrt, tmp_path / "r.html", methods=methods, steps=10_000)
    with opened(browser, path) as page:
        page.press("End")
        assert re.match(r"✗ \d+ wrong in layer 1", page.texts(".pane >> nth=0 >> .node.folded .what")[0])
        assert "the first wrong derivative" in page.texts(".sentence")[0]
