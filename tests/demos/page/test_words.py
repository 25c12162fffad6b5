"""Words in sentences."""

import pytest

from demos.page.words import duration, listed


def test_lists() -> None:
    assert listed(["0.1"]) == "0.1"
    assert listed([0.01, 0.1, 1]) == "0.01, 0.1 and 1"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1e10, "316.88 years"),
        (86400, "1.00 days"),
        (2.5, "2.50 s"),
        (0.0123, "12.3 ms"),
        (2e-4, "200.0 µs"),
        (1e12, "31,688.09 years"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words
