"""A real browser, for testing pages as a person uses them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PROGRAM = next(filter(None, map(shutil.which, NAMES)), None)

# Without a browser the tests are skipped, except in CI, where its absence is a failure.
needs_browser = pytest.mark.skipif(
    PROGRAM is None and "CI" not in os.environ, reason=f"there is none of {', '.join(NAMES)} on the PATH"
)


# What has the keys: its id, its name or its text; and whether an outline or a thick border shows that it has.
FOCUSED = """() => {
    let found = document.activeElement;
    while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
    if (!found || found === document.body) return null;
    const style = getComputedStyle(found), shape = found.querySelector(".shape");
    const marked = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return [found.id || found.getAttribute("aria-label") || found.textContent,
            marked || (shape !== null && getComputedStyle(shape).strokeWidth === "4px")];
}"""


class Page:
    """An open page, with its requests and its console messages."""

    def __init__(self, page, path):
        self.page = page
        self.complaints = []
        self.requests = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(path.as_uri())

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def go(self, step):
        """Move the slider to a step."""
        self.page.evaluate(
            "step => { const s = document.getElementById('slider'); s.value = step;"
            " s.dispatchEvent(new Event('input')); }",
            step,
        )

    def wait_until(self, condition):
        # By polling: the page's policy forbids evaluating a condition inside it.
        for _ in range(500):
            if condition():
                return
            self.page.wait_for_timeout(20)
        raise AssertionError("the condition never held")

    def texts(self, selector):
        return self.page.locator(selector).all_text_contents()

    def text(self, selector):
        return self.page.locator(selector).text_content()

    def tabbed(self):
        """What Tab reaches until it leaves the page: the name of each, and whether it is marked."""
        reached = []
        while len(reached) < 200:
            self.press("Tab")
            found = self.page.evaluate(FOCUSED)
            if found is None:
                return reached
            reached.append(found)
        raise AssertionError(f"Tab never leaves the page: {reached[-3:]}")

    def node(self, pane, name):
        """The box of a value in a pane, by name."""
        title = self.page.locator("text.what", has_text=re.compile(rf"(^|\s){re.escape(name)}$"))
        return self.pane(pane).locator("g.node").filter(has=title)

    def pane(self, number):
        return self.page.locator(f".pane >> nth={number}")

    def shown(self, pane, name):
        """The adjoint shown at a value in a pane."""
        return self.node(pane, name).locator(".adjoint").text_content()

    def counter(self, pane, name):
        """The current count of a counter in a pane."""
        text = self.pane(pane).locator(f"[data-counter='{name}']").text_content()
        return int(text.split(" of ")[0].replace(",", ""))


@contextmanager
def opened(browser, path, width=1280, height=900, scheme="light") -> Iterator[Page]:
    """Open a page; fail if it logs a message or requests anything but itself."""
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    try:
        page = Page(context.new_page(), path)
        yield page
        assert page.complaints == []
        assert page.requests == [path.as_uri()]
    finally:
        context.close()
