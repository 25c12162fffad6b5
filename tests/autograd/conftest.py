"""Fixtures of the engine's tests."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Disable the cyclic garbage collector, so that only reference counts free memory."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()
