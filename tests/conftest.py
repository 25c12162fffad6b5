"""Settings and fixtures shared by all tests."""

import gc
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

import autograd.rules.special  # noqa: F401 (all rows are in the table before a test adds one)
from autograd.rules.primitive import TABLE, Primitive

# Every run draws the same examples, and a slow machine fails none of them.
settings.register_profile("whygrad", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("whygrad")


@pytest.fixture(scope="session", autouse=True)
def native_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder for native code that all workers of this run share, instead of the user's own."""
    run = tmp_path_factory.getbasetemp()
    run = run.parent if "PYTEST_XDIST_WORKER" in os.environ else run
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHYGRAD_CACHE", str(run / "native"))
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser for the tests of pages, which are marked `needs_browser`."""
    from playwright.sync_api import sync_playwright

    from tests.viz.browser import PROGRAM

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=options)
        yield browser
        browser.close()


@pytest.fixture
def table() -> Iterator[dict[str, Primitive]]:
    """The table of rules, restored after the test."""
    before = dict(TABLE)
    yield TABLE
    TABLE.clear()
    TABLE.update(before)


@pytest.fixture(scope="session", autouse=True)
def traced() -> Iterator[dict[str, str]]:
    """The environment of processes whose coverage is measured.

    Processes that tests start are not traced, which would double their time, unless they are given this: they
    run few lines that no test runs in its own process.
    """
    name = "COVERAGE_PROCESS_CONFIG"
    with pytest.MonkeyPatch.context() as patch:
        environment = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
        patch.delenv(name, raising=False)
        yield environment


@pytest.fixture(scope="module", autouse=True)
def earlier_objects_are_frozen() -> None:
    """Leave what libraries and the tests of other files keep out of every collection of garbage."""
    gc.collect()
    gc.freeze()
