"""The cells of the tables."""

from demos.complexity.columns import count


def test_long_counts_show_their_leading_digits() -> None:
    assert count(1_234_567) == "1,234,567"
    assert count(123 * 10**400) == "≈ 1.23×10^402"
