"""Words in sentences."""

from demos.page.words import listed


def test_lists() -> None:
    assert listed(["0.1"]) == "0.1"
    assert listed([0.01, 0.1, 1]) == "0.01, 0.1 and 1"
