"""How a report draws, folds and unfolds its graph, wide and narrow, light and dark, in a real browser."""

from __future__ import annotations

import re

import pytest

from autograd import Value
from tests.viz.browser import needs_browser, opened
from tests.viz.pictures import random_graph
from tests.viz.reports import diamond, network, overwrite, tensors
from viz import report

pytestmark = needs_browser


def test_both_panes_have_the_same_layout(browser, tmp_path):
    root, wrt = network()
    with opened(browser, report(root, wrt, tmp_path / "r.html")) as page:
        left, right = page.page.evaluate(
            "() => [...document.querySelectorAll('.stage')].map(stage =>"
            " [...stage.querySelectorAll('.node')].map(node => node.getAttribute('transform')))"
        )
        assert left == right
        assert len(left) == len(set(left))


def test_opening_a_box_over_the_limit_is_refused_with_a_message(browser, tmp_path):
    x = Value(1.0, name="x")
    many = [x * float(i) for i in range(700)]
    root = sum(many[1:], start=many[0])
    with opened(browser, report(root, [x], tmp_path / "r.html", methods=["backprop"])) as page:
        for _ in range(400):
            if page.text("#refusal"):
                break
            page.page.locator(".node.folded").first.dispatch_event("click")
        assert re.match(r"This would draw \d+ boxes, over the limit of 600", page.text("#refusal"))
        assert page.page.locator(".node").count() <= 600
        check_totals(page, len(set(walk_up(root))))


def test_hundreds_of_long_edges_are_drawn(browser, tmp_path):
    x = y = Value(0.999, name="x")
    for _ in range(500):
        y = y * x
    with opened(browser, report(y, [x], tmp_path / "r.html", methods=["backprop"])) as page:
        assert page.page.locator(".node").count() == 501


def test_a_big_graph_unfolds_by_clicking_and_the_totals_stay_the_same(browser, tmp_path):
    root, wrt = network((8, 20, 20, 4))
    size = len(set(walk_up(root)))
    with opened(browser, report(root, wrt, tmp_path / "r.html")) as page:
        assert [text.split("\n")[0] for text in page.texts(".pane >> nth=0 >> .node.folded .what")] == [
            "layer 1",
            "layer 2",
            "layer 3",
        ]
        for click in range(12):
            check_totals(page, size)
            if click % 2:
                page.pane(1).locator(".node.folded").last.click()
            else:  # as with the keyboard
                page.pane(0).locator(".node.folded").first.focus()
                page.press("Enter")
            check_no_overlaps(page)
        assert page.pane(0).locator(".node:not(.folded)").count() > 20
        page.press("End")
        page.page.locator("#folding button").first.click()
        check_totals(page, size)
        while page.page.locator("#folding button").count():
            page.page.locator("#folding button").first.click()
        assert page.pane(0).locator(".node.folded").count() == 3


def walk_up(root):
    nodes = [root]
    while nodes:
        node = nodes.pop()
        yield node
        nodes += node.inputs


def check_totals(page, size):
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
    assert all(found == [0, []] for found in page.page.evaluate(OVERLAPS))


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_overlaps_and_the_page_is_as_wide_as_the_window(browser, tmp_path, width):
    problems = [network(), network((2, 4, 2), "neuron"), tensors(), diamond(), random_graph(4, steps=25)]
    for root, wrt in problems:
        with opened(browser, report(root, wrt, tmp_path / "r.html"), width=width) as page:
            last = int(page.page.get_attribute("#slider", "max"))
            for step in sorted({*range(min(last, 25)), *range(0, last, 1 + last // 10), last}):
                page.go(step)
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
  const words = document.querySelectorAll('.lead, .note, dt, dd, h1, .legend li, .sentence');
  for (const text of words) found.push(ratio(style(text).color, paper));
  return Math.min(...found);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast_in_light_and_dark(browser, tmp_path, scheme):
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


def test_a_low_window_has_no_map_over_its_boxes(browser, tmp_path):
    root, wrt = network((2, 12, 2))
    with opened(browser, report(root, wrt, tmp_path / "r.html"), width=390) as page:
        stage = page.pane(0).locator(".stage")
        assert stage.evaluate("e => e.scrollWidth > e.clientWidth")
        assert stage.bounding_box()["height"] < 120
        assert page.page.locator(".minimap.needed").count() == 0


def test_the_loss_of_a_small_network_is_in_the_window(browser, tmp_path):
    root, wrt = network()
    with opened(browser, report(root, wrt, tmp_path / "r.html"), width=1280) as page:
        for pane in (0, 1):
            result = page.pane(pane).locator(".node.result")
            boxes = [result.bounding_box()]
            while boxes[-1] is None:  # the window is measured, and the graph drawn again
                boxes.append(result.bounding_box())
                assert len(boxes) < 100
            box = boxes[-1]
            assert box["x"] > 0
            assert box["x"] + box["width"] < 1280
        assert page.page.locator(".minimap.needed").count() == 0
        zoom = page.pane(0).locator("[aria-label='zoom in']")
        for _ in range(3):
            zoom.press("Enter")
        page.wait_until(page.pane(0).locator(".minimap").is_visible)
        page.press("End")

        def in_the_window():
            stage = page.pane(0).locator(".stage").bounding_box()
            last = page.pane(0).locator(".node.lit").bounding_box()
            return stage["x"] <= last["x"] < stage["x"] + stage["width"]

        page.wait_until(in_the_window)  # it scrolls there
        page.pane(0).locator("[aria-label='fit to window']").click()
        page.wait_until(lambda: page.page.locator(".minimap.needed").count() == 0)
