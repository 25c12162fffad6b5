"""The report as a person uses it: in a real browser, by mouse and by keyboard, wide and narrow."""

from __future__ import annotations

import re
from itertools import chain

import numpy as np
import pytest

from autograd import Tensor, Value, gradient, softmax_cross_entropy, source_lines, walk
from nn import MLP
from tests.viz.browser import PROGRAM, needs_browser, opened
from tests.viz.pictures import random_graph
from viz import report
from viz.labels import number

pytestmark = needs_browser


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=options)
        yield browser
        browser.close()


def network(sizes=(2, 2, 2), granularity="scalar"):
    mlp = MLP(sizes, granularity=granularity, seed=1)
    loss = softmax_cross_entropy(mlp([Value(0.1 * i + 0.5, name=f"x[{i}]") for i in range(sizes[0])]), 0)
    loss.name = "loss"
    return loss, [layer.parameters() for layer in mlp.layers]


def diamond():
    x = Value(0.7, name="x")
    h = (x * x).sin()
    h.name = "h"
    y = h.tanh() + h * h
    y.name = "y"
    return y, [x]


def tensors():
    W = Tensor(np.random.default_rng(0).normal(size=(2, 2)), name="W")
    b = Tensor(np.zeros(2), name="b")
    loss = softmax_cross_entropy(np.tanh(np.ones((3, 2)) @ W.T + b) + W.sum(), [0, 1, 0])
    loss.name = "loss"
    return loss, [W, b]


def overwrite(linearization):
    adjoints = {linearization.root: linearization.seed}
    for v in reversed(range(len(linearization.edges))):
        for u, derivative in linearization.edges[v]:
            adjoints[u] = adjoints[v] * derivative
    return linearization.gather(adjoints)


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
                words = page.texts(".saying")[pane]
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


def test_sums_are_partial_until_all_has_come(browser, tmp_path):
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


def test_stepping_back_shows_what_was_there_before(browser, tmp_path):
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
    root, wrt = diamond()
    with opened(browser, report(root, wrt, tmp_path / "r.html")) as page:
        page.page.select_option("#speed", "60")
        page.page.click("h1")
        page.press("Space")
        page.wait_until(lambda: int(page.page.input_value("#slider")) > 3)
        assert page.text("#play") == "pause"
        page.page.click("#play")
        there = page.text("#position")
        page.page.wait_for_timeout(150)
        assert page.text("#position") == there
        page.page.click("#play")
        page.wait_until(lambda: page.text("#play") == "play")
        assert page.texts(".state")[0].startswith("done after")


def test_both_panes_have_the_same_layout(browser, tmp_path):
    root, wrt = network()
    with opened(browser, report(root, wrt, tmp_path / "r.html")) as page:
        left, right = page.page.evaluate(
            "() => [...document.querySelectorAll('.stage')].map(stage =>"
            " [...stage.querySelectorAll('.node')].map(node => node.getAttribute('transform')))"
        )
        assert left == right
        assert len(left) == len(set(left))


def test_a_node_tells_all_that_is_known_of_it(browser, tmp_path):
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
        assert f"test_report_page.py:{line}  y = (x * 3).tanh()" in tip
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
        # The factored lines are a program: each uses what the ones before it computed.
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


def test_the_first_wrong_derivative_is_marked(browser, tmp_path):
    root, wrt = diamond()
    methods = {"= for +=": overwrite, "backprop": "backprop"}
    with opened(browser, report(root, wrt, tmp_path / "r.html", methods=methods)) as page:
        page.press("End")
        assert page.pane(0).locator(".node.wrong").count() == 3
        assert page.pane(1).locator(".node.wrong").count() == 0
        assert page.shown(0, "h").startswith("✗ ∂ ")
        wrong, right = page.texts(".saying")
        assert "The first wrong derivative is that by h: it should be" in wrong
        assert "wrong" not in right


def test_two_results_are_compared_under_the_same_glass(browser, tmp_path):
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
        assert page.texts("select[aria-label=run] >> nth=0 >> option") == [
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
        assert HOSTILE in page.texts("select[aria-label=run] >> nth=0 >> option")
        assert any(text.startswith(HOSTILE[:30]) for text in page.texts(".node .what"))


def test_a_big_graph_unfolds_by_clicking_and_everything_is_always_there(browser, tmp_path):
    root, wrt = network((8, 20, 20, 4))
    size = len(set(walk_up(root)))
    with opened(browser, report(root, wrt, tmp_path / "r.html")) as page:
        assert [text.split("\n")[0] for text in page.texts(".pane >> nth=0 >> .node.folded .what")] == [
            "layer 1",
            "layer 2",
            "layer 3",
        ]
        for click in range(12):
            check_that_all_is_there(page, size)
            if click % 2:
                page.pane(1).locator(".node.folded").last.click()
            else:  # as with the keyboard
                page.pane(0).locator(".node.folded").first.focus()
                page.press("Enter")
            check_no_overlaps(page)
        assert page.pane(0).locator(".node:not(.folded)").count() > 20
        page.press("End")
        page.page.locator("#folding button").first.click()
        check_that_all_is_there(page, size)
        while page.page.locator("#folding button").count():
            page.page.locator("#folding button").first.click()
        assert page.pane(0).locator(".node.folded").count() == 3


def walk_up(root):
    nodes = [root]
    while nodes:
        node = nodes.pop()
        yield node
        nodes += node.inputs


def check_that_all_is_there(page, size):
    numbers = [int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", page.text("#folding span"))]
    drawn, values, hidden, _, between, edges, inside = numbers
    assert drawn + hidden == values == size
    assert between + inside == edges
    assert drawn == page.pane(0).locator(".node:not(.folded)").count()
    boxes = " ".join(page.texts(".pane >> nth=0 >> .node.folded text"))
    for total, unit in ((hidden, "value"), (inside, "edge")):
        assert sum(int(n.replace(",", "")) for n in re.findall(rf"(\d[\d,]*) {unit}", boxes)) == total


OVERLAPS = """() => [...document.querySelectorAll('.stage')].map(stage => {
  const boxes = [...stage.querySelectorAll('.node .shape, .edge rect')].map(e => e.getBoundingClientRect());
  const hits = [];
  for (let i = 0; i < boxes.length; i++) for (let j = 0; j < i; j++) {
    const [a, b] = [boxes[i], boxes[j]];
    const beside = a.left >= b.right - 1 || b.left >= a.right - 1;
    if (!beside && a.top < b.bottom - 1 && b.top < a.bottom - 1) hits.push([i, j]);
  }
  const spilt = [...stage.querySelectorAll('.node')].filter(node => {
    const box = node.querySelector('.shape').getBoundingClientRect();
    return [...node.querySelectorAll('text')].some(text => {
      const r = text.getBoundingClientRect();
      return r.width && (r.left < box.left - 1 || r.right > box.right + 1);
    });
  }).map(node => node.textContent);
  return [hits.length, spilt];
})"""


def check_no_overlaps(page):
    assert page.page.evaluate(OVERLAPS) == [[0, []], [0, []]]


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_overlaps_and_the_page_is_as_wide_as_the_window(browser, tmp_path, width):
    problems = [network(), network((2, 4, 2), "neuron"), tensors(), diamond(), random_graph(4, steps=25)]
    for root, wrt in problems:
        with opened(browser, report(root, wrt, tmp_path / "r.html"), width=width) as page:
            for key in ("Home", "ArrowRight", "End"):
                page.press(key)
                check_no_overlaps(page)
            assert page.page.evaluate("() => document.documentElement.scrollWidth") <= width


CONTRAST = """() => {
  const channel = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = css => { const [r, g, b] = css.match(/[\\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b); };
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const style = e => getComputedStyle(e);
  const paper = style(document.body).backgroundColor;
  const found = [];
  for (const node of document.querySelectorAll('.node')) for (const text of node.querySelectorAll('text')) {
    if (text.textContent) found.push(ratio(style(text).fill, style(node.querySelector('.shape')).fill)); }
  for (const text of document.querySelectorAll('.edge text')) found.push(ratio(style(text).fill, paper));
  const words = document.querySelectorAll('.lead, .note, dt, dd, h1, .legend li, .saying');
  for (const text of words) found.push(ratio(style(text).color, paper));
  return Math.min(...found);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_enough_contrast_in_light_and_dark(browser, tmp_path, scheme):
    root, wrt = network()
    methods = {"wrong": overwrite, "backprop": "backprop"}
    grounds = set()
    with opened(browser, report(root, wrt, tmp_path / "r.html", methods=methods), scheme=scheme) as page:
        for step in (0, 7, 1000):
            page.go(step)
            assert page.page.evaluate(CONTRAST) >= 4.5
        grounds.add(page.page.evaluate("() => getComputedStyle(document.body).backgroundColor"))
    assert grounds == {{"light": "rgb(255, 255, 255)", "dark": "rgb(21, 23, 27)"}[scheme]}


def test_every_drawing_has_a_title_and_a_description(browser, tmp_path):
    root, wrt = network()
    with opened(browser, report(root, wrt, tmp_path / "r.html")) as page:
        for tag in ("title", "desc"):
            assert all(text.strip() for text in page.texts(f".stage svg > {tag}"))
            assert len(page.texts(f".stage svg > {tag}")) == 2
        labels = page.page.locator(".node").evaluate_all("ns => ns.map(n => n.getAttribute('aria-label'))")
        assert all(labels)


def test_a_run_that_was_cut_off_says_so_and_what_it_would_cost(browser, tmp_path):
    x = y = Value(1.01, name="x")
    for _ in range(40):
        y = y * y
    with opened(browser, report(y, [x], tmp_path / "r.html", steps=50)) as page:
        page.press("End")
        assert page.texts(".state")[0] == "shown up to here: cut off after 50 steps"
        assert page.texts(".pane >> nth=0 >> [data-counter='multiplications']")[0].endswith(
            f"of {40 * 2**40:,}"
        )
        assert "predicted" in page.texts("tbody tr >> nth=0 >> td")


def test_a_method_that_fails_leaves_the_others_alone(browser, tmp_path):
    x = Value(1e-9, name="x")
    with opened(browser, report(x.log(), [x], tmp_path / "r.html")) as page:
        page.page.select_option("select[aria-label=run] >> nth=0", label="central_difference")
        page.press("Tab", "End")
        assert "is undefined" in page.texts(".state")[0]
        assert page.texts(".state")[1].startswith("done")
