"""Details of a node in a report, by mouse and by keyboard, in a real browser."""

from __future__ import annotations

import numpy as np
import pytest

from autograd import Value, gradient, source_lines
from tests.viz.browser import needs_browser, opened
from tests.viz.reports import diamond, overwrite
from viz import report
from viz.labels import number

pytestmark = needs_browser


def test_a_node_shows_its_numbers_and_its_source_line(browser, tmp_path):
    with source_lines():
        x = Value(0.7, name="x")
        y = (x * 3).tanh()
    y.name = "y"
    line = x.origin.line + 1
    y.backward()
    with opened(browser, report(y, [x], tmp_path / "r.html")) as page:
        page.node(0, "y").hover()
        tip = page.texts("#tip dd")
        assert tip[:4] == ["y", "tanh", number(y.data), "1"]
        assert f"test_report_details.py:{line}  y = (x * 3).tanh()" in tip
        page.node(0, "x").hover()
        assert number(x.grad) in page.texts("#tip dd")
        page.press("Escape")
        assert not page.page.is_visible("#tip")
        page.node(1, "y").focus()
        assert page.page.is_visible("#tip"), "the keyboard shows it too"


def test_a_leaf_lists_its_paths_and_the_factored_sum(browser, tmp_path):
    root, wrt = diamond()
    (expected,) = gradient(root, wrt).values
    with opened(browser, report(root, wrt, tmp_path / "r.html")) as page:
        page.node(0, "x").click()
        paths = page.texts("#listing ol li")
        assert len(paths) == 6
        assert sum(float(text.rsplit("= ", 1)[1]) for text in paths) == pytest.approx(expected, rel=1e-3)
        for text in paths:
            factors, product = text.split(": ")[1].split(" = ")
            assert np.prod([float(f) for f in factors.split(" · ")]) == pytest.approx(
                float(product), rel=2e-3
            )
        # The factored lines are a program: each uses the results of the ones before it.
        known = {}
        for line in page.texts("#listing ul li"):
            name, formula = line.split(" = ")
            known[name] = sum(
                np.prod([known[f] if f in known else float(f) for f in term.split(" · ")])
                for term in formula.split(" + ")
            )
        assert known["∂x"] == pytest.approx(expected, rel=2e-3)
        assert "∂h" in known, "two paths meet there"
        page.page.locator("#listing ol li").first.hover()
        assert page.pane(0).locator(".edge.shown").count() == 4


def test_the_keyboard_moves_through_the_graph(browser, tmp_path):
    root, wrt = diamond()
    with opened(browser, report(root, wrt, tmp_path / "r.html")) as page:
        assert page.page.locator(".node[tabindex='0']").count() == 2, "one stop in each graph"
        page.node(0, "y").focus()
        focused = "() => document.activeElement.getAttribute('aria-label')"
        labels = [page.page.evaluate(focused)]
        told = page.page.evaluate("() => document.activeElement.getAttribute('aria-describedby')")
        assert "derivative by" in page.text(f"#{told}"), "the numbers of its edges, which have no names"
        for _ in range(8):
            page.press("ArrowUp")
            labels.append(page.page.evaluate(focused))
        assert len(dict.fromkeys(labels)) == page.page.locator(".pane >> nth=0 >> .node").count()
        page.press("Space")
        assert page.page.is_visible("#listing"), "it acts, and does not play"
        assert page.text("#play") == "play"
        assert page.page.evaluate("() => document.activeElement.tagName") == "H2"
        before = page.page.query_selector(".node")
        page.page.set_viewport_size({"width": 900, "height": 700})
        page.page.wait_for_function("node => !node.isConnected", arg=before)  # drawn again, for the width
        page.page.click("#listing button")
        assert page.page.evaluate(focused) == labels[-1]


HOSTILE = "</script><script>window.broken=1</script><img src=x onerror=window.broken=1>&amp;\"'`${1}"


def test_hostile_names_stay_text(browser, tmp_path):
    x = Value(0.5, name=HOSTILE)
    y = x * x
    y.name = HOSTILE[:30]
    wrt = {HOSTILE: [x]}
    path = report(y, wrt, tmp_path / "r.html", methods={HOSTILE: overwrite, "backprop": "backprop"})
    with opened(browser, path) as page:
        page.press("End")
        page.page.locator(".node.parameter >> nth=0").click()
        assert page.page.evaluate("() => window.broken") is None
        assert page.page.locator("img").count() == 0
        assert page.page.locator("script").count() == 2
        assert HOSTILE[:30] in page.text("h1")
        assert HOSTILE[:79] + "…" in page.texts("#panes select >> nth=0 >> option")
        assert any(text.startswith(HOSTILE[:30]) for text in page.texts(".node .what"))
