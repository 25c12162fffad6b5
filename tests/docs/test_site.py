"""The site: built without a warning, searched and read in a browser without a network."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mkdocs")

from tests.viz.browser import needs_browser

pytestmark = needs_browser
ROOT = Path(__file__).parent.parent.parent
# What is wider than the window and has nothing around it that scrolls.
TOO_WIDE = """() => {
  const scrolls = e => e && (/auto|scroll/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
  const width = document.documentElement.clientWidth;
  return [...document.querySelectorAll(".md-content *")]
    .filter(e => e.getBoundingClientRect().right > width + 1 && !scrolls(e))
    .map(e => e.outerHTML.slice(0, 80));
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder


@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_is_read_without_a_network(site, browser, width):
    pages = [path for path in sorted(site.rglob("*.html")) if path.name != "404.html"]
    assert {"index.html", "theory.html", "first_steps.html", "autograd.html"} <= {path.name for path in pages}
    window = browser.new_page(viewport={"width": width, "height": 900})
    complaints: list[str] = []
    window.on("console", lambda message: complaints.append(message.text))
    window.on("pageerror", lambda error: complaints.append(str(error)))
    window.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else complaints.append(r.url))
    for path in pages:
        window.goto(path.as_uri())
        assert complaints == [], path.name
        assert window.evaluate(TOO_WIDE) == [], path.name
        assert window.evaluate("document.documentElement.scrollWidth") == width, path.name
        broken = "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
        assert window.evaluate(broken) == [], path.name
    window.close()


def test_the_search_finds_a_public_name(site, browser):
    window = browser.new_page()
    window.goto((site / "index.html").as_uri())
    window.click("input[data-md-component=search-query]")
    window.keyboard.type("path sum")
    window.wait_for_selector(".md-search-result__item", timeout=20_000)
    found = window.inner_text("[data-md-component=search-result]")
    assert "Theory" in found
    window.close()


def test_the_reference_shows_signatures_and_examples(site):
    page = (site / "reference" / "autograd.html").read_text(encoding="utf-8")
    for name in ("Value", "Value.backward", "Tensor", "gradient", "Counted"):
        assert f'id="autograd.{name}"' in page, name
    plain = re.sub(r"<[^>]+>", "", page)
    assert "A scalar that records the operations done with it." in plain
    assert "&gt;&gt;&gt; gradient(y, [x]).values" in plain
