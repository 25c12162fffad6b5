"""Screenshots of the lab: a network while it learns, and one of the questions."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from playwright.sync_api import sync_playwright

__all__ = ["screens"]

ROOT = Path(__file__).parent.parent
# Updates to wait for before the screenshot: there the rings are told apart.
UPDATES = 250


@contextmanager
def _served() -> Iterator[str]:
    """The lab, as ``whygrad lab`` serves it; its address."""
    lab = subprocess.Popen(
        [sys.executable, "-m", "lab", "--no-browser"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        yield next(found[0] for line in lab.stdout or () if (found := re.search(r"http://\S+", line)))
    finally:
        lab.send_signal(signal.SIGINT)  # as Ctrl-C: it stops its server too
        lab.communicate()


@cache  # one server for both
def screens() -> dict[str, bytes]:
    """The pictures by name: ``learning`` and ``lab``."""
    with _served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        window = browser.new_page(viewport={"width": 1360, "height": 1180})
        window.goto(address)
        network = window.locator(".live")
        network.wait_for(timeout=60_000)
        window.locator("#speed").select_option("10 a frame")
        window.locator("#play").click()
        while int(network.get_attribute("data-update") or 0) < UPDATES:
            window.wait_for_timeout(50)
        window.locator("#play").click()
        window.wait_for_timeout(300)
        pictures = {"learning": network.screenshot()}
        pages = window.locator("select").first
        pages.select_option("12. How the cost of a gradient grows with depth")
        window.locator("th", has_text="naive / backprop").wait_for()
        window.locator("h1").first.scroll_into_view_if_needed()
        pictures["lab"] = window.screenshot()
        browser.close()
    return pictures
