"""A rival whose process ends in the first round."""

from tests.benchmarks.rivals import NAME, PACKAGE, crashing_later

__all__ = ["NAME", "PACKAGE", "WAYS"]

WAYS = {"tiny": {"later": crashing_later}}
