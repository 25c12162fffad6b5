"""The page of `viz.live` in a real browser: it shows the engine's numbers, and every control works."""

from __future__ import annotations

import re

import numpy as np
import pytest

from autograd import gradient
from nn import MLP
from tests.viz.browser import FOCUSED, needs_browser
from tests.viz.live_host import hosted
from tests.viz.test_live import loss, rings
from viz import live, walk
from viz.labels import number

pytest.importorskip("anywidget")
pytestmark = needs_browser

CONTROLS = "button, select, input"
NAMES = """all => all.map(e =>
    [e.getAttribute("aria-label") || e.labels?.[0]?.textContent || e.textContent, e.tabIndex])"""
IDS = 'all => all.map(e => e.id || e.getAttribute("aria-label") || e.textContent)'
# Whether what is said aloud has the words that are seen, as people who speak to the page need it.
SAID = """all => all
    .filter(e => /[a-z]/.test(e.textContent) && e.ariaLabel && !e.ariaLabel.includes(e.textContent))
    .map(e => e.textContent)"""
RIGHT = "all => Math.max(...all.map(e => e.getBoundingClientRect().right))"
# The contrast of the text with the ground, as WCAG 2 defines it.
CONTRAST = """() => {
    const style = getComputedStyle(document.querySelector("#host > div").shadowRoot.querySelector(".live"));
    const light = (text) => text.match(/\\d+/g).slice(0, 3)
        .reduce((sum, c, i) => sum + [0.2126, 0.7152, 0.0722][i] * (c / 255) ** 2.2, 0);
    const [more, less] = [light(style.color), light(style.backgroundColor)].sort((x, y) => y - x);
    return (more + 0.05) / (less + 0.05);
}"""


@pytest.fixture
def view():
    return live(MLP([2, 3, 2], seed=2), rings(40), batch_size=16)


def test_it_trains_pauses_and_shows_the_numbers_of_the_engine(browser, tmp_path, view):
    with hosted(browser, tmp_path, view) as page:
        page.page.click("#play")
        page.wait_until(lambda: view.trainer.updates > 5)
        assert page.text("#play") == "pause"
        assert page.page.get_attribute("#position", "aria-live") == "off", "ten numbers a second are no news"
        page.page.click("#play")
        page.settled()
        assert page.page.get_attribute("#position", "aria-live") == "polite"
        there = view.trainer.updates
        page.page.wait_for_timeout(100)
        assert view.trainer.updates == there
        assert page.text("#position") == f"update {there} of {there}"
        frame = view.frame
        for i, (value, slope) in enumerate(zip(frame["columns"][1], frame["adjoints"][0], strict=True)):
            assert page.lines(f"h[{i}]") == [f"h[{i}]", number(value), f"∂ {number(slope)}"]
        weights = view.trainer.model.state_dict()["layers.0.weight"]
        labels = page.texts(".edge.weight text")
        assert labels[: weights.size] == [number(w) for w in weights.ravel()]
        page.page.select_option("#edges", "gradients")
        slopes = frame["gradients"]["layers.1.weight"]
        assert page.texts(".edge.weight text")[weights.size :] == [number(slope) for slope in slopes]
        for method in ("paths", "backprop"):
            assert page.text(f"#all-{method}") == frame["ledger"]["all"][method]


def test_back_in_time_and_on(browser, tmp_path, view):
    with hosted(browser, tmp_path, view) as page:
        seen = []
        for _ in range(4):
            seen.append(page.lines("h[1]"))
            page.page.click("#forward")
            page.settled()
        for before in reversed(seen):
            page.page.click("#back")
            page.settled()
            assert page.lines("h[1]") == before
        page.page.click("#last")
        page.settled()
        assert view.trainer.updates == 4
        page.page.locator("#slider").fill("2")
        page.settled()
        assert (view.trainer.updates, page.lines("h[1]")) == (2, seen[2])
        page.page.fill("#example", "5")
        page.press("Tab")
        page.page.click("#learn")
        page.settled()
        assert (view.trainer.updates, view.timeline.last, view.example) == (3, 3, 5)


def test_weights_are_changed_by_a_click_and_by_the_keyboard(browser, tmp_path, view):
    with hosted(browser, tmp_path, view) as page:
        page.page.locator(".edge.weight text").nth(3).click()
        assert page.page.locator("#weight").evaluate("e => e === e.getRootNode().activeElement")
        page.page.keyboard.type("1.25")
        page.press("Enter")
        page.wait_until(lambda: page.texts(".edge.weight text")[3] == "1.25")
        assert view.trainer.model.state_dict()["layers.0.weight"][1, 1] == 1.25
        page.page.locator("g.node[tabindex='0']").focus()
        page.press("ArrowUp", "ArrowUp", "Enter")
        assert page.page.input_value("#parameter") == "layers.1.bias"
        page.page.keyboard.type("-3")
        page.press("Enter")
        page.wait_until(lambda: view.trainer.model.biases[1].data[0] == -3)
        assert page.page.evaluate(FOCUSED) == ["weight", True]


def test_settings_are_changed_and_the_counters_part(browser, tmp_path, view):
    with hosted(browser, tmp_path, view) as page:
        for name, value in (("rate", "0.1"), ("optimiser", "SGD"), ("loss", "hinge"), ("activation", "relu")):
            page.choose(f"set-{name}", value)
        page.choose("set-batch-size", 4)
        page.choose("set-method", "paths")
        page.page.click("#forward")
        page.settled()
        values = {name: value for name, (value, _) in view.trainer.settings.items()}
        assert values["method"] == "paths"
        assert (values["rate"], values["loss"], values["activation"]) == (0.1, "hinge", "relu")
        counts = [int(page.text(f"#all-{method}").replace(",", "")) for method in ("paths", "backprop")]
        assert counts[0] > 2 * counts[1]
        page.choose("set-layers", "5 4")
        page.wait_until(lambda: page.page.locator("g.node").count() == 2 + 5 + 4 + 2 + 1)
        page.page.click("#play")
        page.wait_until(lambda: view.trainer.updates > 1)
        page.choose("set-layers", "<b>9")
        page.wait_until(lambda: page.text("#play") == "play")
        page.page.wait_for_timeout(150)
        assert "whole number from 1 to 64, not '<b>9'" in page.text("#message"), "it stays to be read"


def test_examples_are_added_moved_and_pasted(browser, tmp_path, view):
    with hosted(browser, tmp_path, view) as page:
        plane = page.page.locator(".world svg")
        (left, _), (_, top) = view.points["bounds"]
        plane.click(position={"x": 5, "y": 5})
        page.wait_until(lambda: len(view.trainer.data) == 41 and page.page.locator(".point").count() == 41)
        assert view.points["inputs"][40] == pytest.approx([left, top], abs=0.1)
        page.choose("x0", "0.125")
        page.choose("target", "1")
        page.page.click("#pointForm button >> nth=0")
        page.wait_until(lambda: view.points["inputs"][40][0] == 0.125)
        plane.scroll_into_view_if_needed()
        mark = page.page.locator(".point").nth(40).bounding_box()
        before = view.points["inputs"][40]
        page.page.mouse.move(mark["x"] + 3, mark["y"] + 3)
        page.page.mouse.down()
        page.page.mouse.move(mark["x"] + 43, mark["y"] + 3)
        page.page.mouse.up()
        page.wait_until(lambda: view.points["inputs"][40][0] > before[0] + 0.1)
        assert view.points["inputs"][40][1] == pytest.approx(before[1], abs=0.05)
        page.page.fill("#table", "0,1,no\n1,0,<img src=x>\n1,1,no")
        page.page.click("#tableForm button")
        page.wait_until(lambda: page.page.locator(".point").count() == 3)
        page.page.set_input_files(
            "#file", {"name": "a.csv", "mimeType": "text/csv", "buffer": b"a,b,c\n1,2,0\n3,4,1"}
        )
        page.wait_until(lambda: page.page.input_value("#table").startswith("a,b,c"))
        page.page.click("#tableForm button")
        page.wait_until(lambda: view.trainer.inputs.tolist() == [[1, 2], [3, 4]])
        page.page.fill("#table", "1,2")
        page.page.click("#tableForm button")
        page.wait_until(lambda: page.text("#message").startswith("Line 1 has 2 fields"))


def test_a_recorded_loss_is_the_graph_of_the_report(browser, tmp_path):
    root, leaves = loss()
    view = live(root, leaves, rate=0.5)
    with hosted(browser, tmp_path, view) as page:
        page.page.click("#forward")
        page.settled()
        page.wait_until(lambda: page.lines("w")[1] == number(leaves[0].data))
        assert page.lines("w")[2] == f"∂ {number(view.frame['gradients']['w'][0])}"
        assert page.page.locator(".data").is_hidden()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_every_control_has_a_name_and_nothing_is_cut_off(browser, tmp_path, view, width, scheme):
    with hosted(browser, tmp_path, view, width, 800, scheme) as page:
        assert page.page.evaluate("document.documentElement.scrollWidth") == width
        assert page.page.locator(".stage").evaluate("e => e.scrollLeft") == 0, "the inputs come first"
        names = page.page.locator(f"{CONTROLS}, textarea, [role=button]").evaluate_all(NAMES)
        assert all(name.strip() for name, _ in names)
        assert sum(tab >= 0 for _, tab in names) > 25
        reached = page.tabbed()
        entry = page.page.locator("g.node[tabindex='0']").get_attribute("aria-label")
        visible = page.page.locator(f":is({CONTROLS}, textarea):visible").evaluate_all(IDS)
        assert sorted(name for name, _ in reached) == sorted([*visible, entry])
        assert all(marked for _, marked in reached)
        assert page.page.locator(f":is({CONTROLS}):visible").evaluate_all(RIGHT) <= width
        assert page.page.locator("button").evaluate_all(SAID) == []
        assert page.page.evaluate(CONTRAST) > 7


def test_a_big_graph_is_zoomed_and_panned(browser, tmp_path):
    view = live(MLP([2, 16, 16, 2]), rings(40))
    with hosted(browser, tmp_path, view) as page:
        stage, shown = page.page.locator(".stage"), page.page.locator(".stage svg")
        assert shown.bounding_box()["width"] <= stage.bounding_box()["width"]
        assert page.page.locator(".minimap").is_hidden()
        for _ in range(5):
            page.page.locator("[aria-label='zoom in']").click()
        assert page.page.locator(".minimap").is_visible()
        left = stage.evaluate("e => e.scrollLeft")
        box = stage.bounding_box()
        page.page.mouse.move(box["x"] + 300, box["y"] + 200)
        page.page.mouse.down()
        page.page.mouse.move(box["x"] + 200, box["y"] + 200)
        page.page.mouse.up()
        assert stage.evaluate("e => e.scrollLeft") == left + 100
        small = page.page.locator(".minimap").bounding_box()
        page.page.mouse.click(small["x"] + small["width"] - 2, small["y"] + small["height"] / 2)
        assert stage.evaluate("e => e.scrollLeft") > left + 100
        for height in (800, 400):
            page.page.set_viewport_size({"width": 1280, "height": height})
            page.page.locator("[aria-label='fit to window']").click()
            assert page.page.locator(".minimap").is_hidden()
        assert stage.bounding_box()["height"] < 400


def test_the_names_in_a_loss_stay_text(browser, tmp_path):
    root, leaves = loss()
    leaves[0].name = "<img src=x onerror=alert(1)>"
    view = live(root, leaves)
    with hosted(browser, tmp_path, view) as page:
        assert page.page.locator("img").count() == 0
        assert re.search("<img src=x", " ".join(page.texts("#parameter option")))
        assert np.isfinite(view.frame["loss"])


def test_the_example_shown_is_stepped_through_as_in_the_report(browser, tmp_path, view):
    with hosted(browser, tmp_path, view) as page:
        page.page.click("#walk")
        page.page.locator(".stepped .controls").wait_for()
        assert page.page.evaluate(FOCUSED)[0] == "close", "the keys are where the steps are"
        page.press("Tab")
        assert page.page.evaluate(FOCUSED) == ["first", True]
        page.page.locator(".stepped #last").click()
        name, slope = "W2[0,0]", number(view.frame["gradients"]["layers.1.weight"][0])
        box = (
            page.page.locator(".stepped .pane >> nth=1")
            .locator("g.node")
            .filter(has=page.page.locator("text.what", has_text=name))
        )
        assert box.locator(".adjoint").text_content() == f"∂ {slope}"
        page.page.locator(".stepped > button").click()
        assert page.page.locator(".stepped").is_hidden()


def test_a_walk_is_a_widget(browser, tmp_path):
    root, leaves = loss()
    view = walk(root, leaves)
    with hosted(browser, tmp_path, view) as page:
        first, *others, _ = page.tabbed()
        assert first == ["first", True]
        assert ["the run", True] in others
        page.page.locator(".sentence").first.click()
        page.press("End")
        assert page.text(".state").startswith("done after")
        expected = gradient(root, leaves).values[0]
        assert f"∂ {number(expected)}" in page.texts("g.node .adjoint")


def test_a_silent_kernel_is_told(browser, tmp_path, view):
    with hosted(browser, tmp_path, view) as page:
        page.page.clock.install()
        page.page.click("#forward")
        page.settled()
        page.page.clock.fast_forward(20_000)
        assert page.text("#message") == ""
        answer, view.receive = view.receive, lambda message: None
        page.page.click("#forward")
        page.page.clock.fast_forward(20_000)
        assert "has not answered yet" in page.text("#message")
        view.receive = answer
        page.page.click("#forward")
        page.wait_until(lambda: page.text("#message") == "")

        def gone(message):
            raise RuntimeError("Cannot send")

        view.receive = gone  # as in JupyterLab after a restart of the kernel
        page.page.click("#play")
        page.wait_until(lambda: page.text("#message").startswith("There is no kernel any more"))
        assert page.text("#play") == "play"
        page.page.clock.fast_forward(20_000)
        assert page.text("#message").startswith("There is no kernel any more")
