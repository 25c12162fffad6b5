"""Settings and fixtures shared by all tests."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

import autograd.rules.special  # noqa: F401 (all rows are in the table before a test adds one)
from autograd.rules.primitive import TABLE, Primitive

# Every run draws the same examples, and a slow machine fails none of them.
settings.register_profile("whygrad", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("whygrad")


@pytest.fixture
def table() -> Iterator[dict[str, Primitive]]:
    """The table of rules, restored after the test."""
    before = dict(TABLE)
    yield TABLE
    TABLE.clear()
    TABLE.update(before)
