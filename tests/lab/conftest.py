"""A browser for the tests of the lab."""

from tests.viz.conftest import browser

__all__ = ["browser"]
