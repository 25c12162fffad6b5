"""Step through a report in a real browser: what each run shows after each step."""

from __future__ import annotations

import re
from itertools import chain

import pytest

from autograd import Value, gradient, softmax_cross_entropy, walk
from tests.viz.browser import needs_browser, opened
from tests.viz.reports import diamond, network, tensors
from viz import report
from viz.labels import number

pytestmark = needs_browser


def test_each_step_shows_what_the_engine_did(browser, tmp_path):
    root, wrt = network()
    runs = [walk(root, wrt, method) for method in ("paths", "backprop")]
    with opened(browser, report(root, wrt, tmp_path / "r.html")) as page:
        assert page.text("#position") == f"step 0 of {len(runs[0].steps)}"
        for done in range(1, len(runs[0].steps) + 1):
            page.press("ArrowRight")
            for pane, run in enumerate(runs):
                step = run.steps[min(done, len(run.steps)) - 1]
                assert page.counter(pane, "multiplications") == step.cost.multiplications
                assert page.counter(pane, "additions") == step.cost.additions
                words = page.texts(".sentence")[pane]
                assert number(step.value) in words
                assert words.split()[0] == step.kind.capitalize()
                lit = page.pane(pane).locator(".edge.lit").count()
                assert lit == (step.kind == "walk")
        for pane, run in enumerate(runs):
            assert page.counter(pane, "forward") == run.gradient.cost.forward
            assert page.counter(pane, "partials") == run.gradient.cost.partials
            assert page.texts(".state")[pane] == f"done after {len(run.steps)} steps"
            for leaf, value in zip(chain(*wrt), run.gradient.values, strict=True):
                assert page.shown(pane, leaf.name) == f"∂ {number(value)}"


def test_when_backprop_is_done_the_path_sum_is_still_walking(browser, tmp_path):
    root, wrt = network()
    with opened(browser, report(root, wrt, tmp_path / "r.html")) as page:
        page.go(len(walk(root, wrt).steps))
        left, right = page.texts(".state")
        assert right.startswith("done after")
        assert left.startswith("step ")
        assert page.counter(0, "multiplications") < gradient(root, wrt, "paths").cost.multiplications


@pytest.mark.parametrize("method", ["tree", "forward", "restart", "finite_difference", "backprop"])
def test_every_method_ends_at_its_gradient_and_its_cost(browser, tmp_path, method):
    root, wrt = diamond()
    expected = gradient(root, wrt, method)
    with opened(browser, report(root, wrt, tmp_path / "r.html", methods=[method])) as page:
        page.press("End")
        assert page.shown(0, "x") == f"∂ {number(expected.values[0])}"
        assert page.counter(0, "multiplications") == expected.cost.multiplications
        assert page.counter(0, "additions") == expected.cost.additions


def test_a_sum_is_partial_until_it_is_complete(browser, tmp_path):
    root, wrt = diamond()
    with opened(browser, report(root, wrt, tmp_path / "r.html", methods=["backprop"])) as page:
        seen = []
        for _ in walk(root, wrt).steps:
            page.press("ArrowRight")
            seen.append(page.shown(0, "h"))
        first, *_, last = [text for text in dict.fromkeys(seen) if text]
        assert re.fullmatch(r"∂ \S+ \+ …", first), first
        root.backward()
        assert last == f"∂ {number(root.inputs[0].inputs[0].grad)}"


def test_stepping_back_restores_the_state_before(browser, tmp_path):
    root, wrt = diamond()
    with opened(browser, report(root, wrt, tmp_path / "r.html")) as page:
        look = (
            "() => [...document.querySelectorAll('.pane, .node, .edge')]"
            ".map(e => [e.textContent, [...e.classList].sort().join(), e.dataset.walked])"
        )
        there = []
        for _ in range(12):
            there.append(page.page.evaluate(look))
            page.press("ArrowRight")
        for before in reversed(there):
            page.press("ArrowLeft")
            assert page.page.evaluate(look) == before
        page.press("End", "Home")
        assert page.text("#position").startswith("step 0 ")


def test_it_plays_and_pauses(browser, tmp_path):
    root, wrt = network()
    with opened(browser, report(root, wrt, tmp_path / "r.html")) as page:
        page.page.select_option("#speed", "10")
        page.page.click("h1")
        page.press("Space")
        page.wait_until(lambda: int(page.page.input_value("#slider")) > 3)
        assert page.text("#play") == "pause"
        aloud = "e => e.getAttribute('aria-live')"
        assert page.page.locator("#position, .sentence").first.evaluate(aloud) == "off"
        page.page.click("#play")
        assert page.page.locator("#position, .sentence").first.evaluate(aloud) == "polite"
        there = page.text("#position")
        page.page.wait_for_timeout(150)
        assert page.text("#position") == there
        assert page.texts(".state")[0].startswith("step ")
        page.page.select_option("#speed", "60")
        page.page.click("#play")
        page.wait_until(lambda: page.text("#play") == "play")
        assert page.texts(".state")[0].startswith("done after")


def test_one_run_has_one_pane(browser, tmp_path):
    root, wrt = diamond()
    with opened(browser, report(root, wrt, tmp_path / "r.html", methods=["tree"])) as page:
        assert page.page.locator(".pane").count() == 1
        assert page.text("#lead").endswith("Step through the run.")


def test_a_number_passing_through_is_in_brackets(browser, tmp_path):
    root, wrt = diamond()
    with opened(browser, report(root, wrt, tmp_path / "r.html")) as page:
        page.go(3)
        assert page.shown(0, "h").startswith("(∂ ")
        assert page.node(0, "h").get_attribute("class").split()[-1] == "passing"
        page.press("End")
        assert page.shown(0, "x").startswith("∂ ")


def test_an_edge_walked_often_is_thick(browser, tmp_path):
    root, wrt = diamond()
    with opened(browser, report(root, wrt, tmp_path / "r.html")) as page:
        page.press("End")
        widths = (
            page.pane(0)
            .locator(".edge.walked path:first-child")
            .evaluate_all(
                "paths => paths.map(path =>"
                " [Number(path.parentNode.dataset.walked), parseFloat(path.style.strokeWidth)])"
            )
        )
        by_times = dict(sorted((times, width) for times, width in widths if width == width))
        assert len(by_times) > 1
        assert list(by_times.values()) == sorted(by_times.values())


def test_two_results_are_compared(browser, tmp_path):
    z = [Value(0.5, name="z0"), Value(-1.0, name="z1")]
    exponentials = [v.exp() for v in z]
    roots = {
        "textbook": -(exponentials[0] / (exponentials[0] + exponentials[1])).log(),
        "fused": softmax_cross_entropy(z, 0),
    }
    path = report(roots, z, tmp_path / "r.html", methods=["backprop"])
    with opened(browser, path) as page:
        page.press("End")
        for pane, root in enumerate(roots.values()):
            cost = gradient(root, z).cost
            assert page.counter(pane, "multiplications") == cost.multiplications
            assert page.counter(pane, "forward") == cost.forward
        assert page.shown(0, "z1") == page.shown(1, "z1")
        assert page.texts("#panes select >> nth=0 >> option") == [
            "textbook: backprop",
            "fused: backprop",
        ]


def test_a_run_on_tensors_shows_arrays_and_counts_products(browser, tmp_path):
    root, wrt = tensors()
    expected = gradient(root, wrt)
    with opened(browser, report(root, wrt, tmp_path / "r.html")) as page:
        page.press("End")
        assert page.counter(1, "multiply-adds") == expected.cost.multiply_adds
        assert number(expected.values[0][0, 0]) in page.shown(1, "W")
        page.node(1, "b").click()
        assert "softmax" in page.texts("#listing ul li")[-1]


def test_a_run_that_is_cut_off_says_so_and_predicts_its_cost(browser, tmp_path):
    x = y = Value(1.01, name="x")
    for _ in range(40):
        y = y * y
    with opened(browser, report(y, [x], tmp_path / "r.html", steps=50)) as page:
        page.press("End")
        assert page.texts(".state")[0] == "cut off after 50 steps"
        assert page.texts(".pane >> nth=0 >> [data-counter='multiplications']")[0].endswith(
            f"of {40 * 2**40:,}"
        )
        assert "predicted" in page.texts("tbody tr >> nth=0 >> td")


def test_a_method_that_fails_does_not_affect_the_others(browser, tmp_path):
    x = Value(1e-9, name="x")
    with opened(browser, report(x.log(), [x], tmp_path / "r.html")) as page:
        page.page.select_option("#panes select >> nth=0", label="central_difference")
        page.press("Tab", "End")
        assert "is undefined" in page.texts(".state")[0]
        assert page.texts(".state")[1].startswith("done")
