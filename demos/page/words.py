"""Words in sentences."""

from collections.abc import Iterable

__all__ = ["listed"]


def listed(items: Iterable[object]) -> str:
    """At least one item as text.

    Example:
        >>> listed([1, 2, 3])
        '1, 2 and 3'
    """
    *others, last = map(str, items)
    return f"{', '.join(others)} and {last}" if others else last
