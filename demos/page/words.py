"""Words in sentences."""

from collections.abc import Iterable

__all__ = ["duration", "listed"]


def listed(items: Iterable[object]) -> str:
    """At least one item as text.

    Examples:
        >>> listed([1, 2, 3])
        '1, 2 and 3'
    """
    *others, last = map(str, items)
    return f"{', '.join(others)} and {last}" if others else last


def duration(seconds: float) -> str:
    """A time in the unit that suits it.

    Examples:
        >>> duration(0.0123), duration(86400)
        ('12.3 ms', '1.00 days')
    """
    for name, length in (("years", 365.25 * 86400), ("days", 86400.0), ("s", 1.0)):
        if seconds >= length * 0.5:
            return f"{seconds / length:,.2f} {name}"
    return f"{seconds * 1000:.1f} ms" if seconds >= 5e-4 else f"{seconds * 1e6:.1f} µs"
