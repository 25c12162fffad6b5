"""The growth of a sequence of costs."""

import pytest

from demos.complexity.growth import growth


@pytest.mark.parametrize(
    ("costs", "kind", "words", "evidence"),
    [
        ([7, 7, 7], "constant", "one more layer adds nothing", "+0, +0"),
        ([1, 80, 100, 120], "linear", "one more layer adds 20", "+79, +20, +20"),
        ([5, 1, 4, 9, 16], "quadratic", "adds 2 more than the previous one", "-4, +3, +5, +7"),
        ([3**k + k for k in range(8)], "exponential", "multiplies it by 2.99", "×2.83, ×2.92, ×2.96, ×2.99"),
        ([k**3 for k in range(1, 6)], "undecided", "no pattern", "+7, +19, +37, +61"),
        ([2, 4, 8, 16], "undecided", "no pattern", "+2, +4, +8"),
        ([2, 4], "undecided", "no pattern", "+2"),
    ],
)
def test_growth(costs: list[int], kind: str, words: str, evidence: str) -> None:
    found = growth(costs)
    assert found.kind == kind
    assert words in found.words
    assert found.evidence == evidence
