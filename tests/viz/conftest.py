"""A browser for the tests of the report."""

import pytest

from tests.viz.browser import PROGRAM


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=options)
        yield browser
        browser.close()
