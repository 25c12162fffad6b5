"""What is written in a picture: names as text that nothing can mistake for markup, and short numbers."""

from __future__ import annotations

import html
from fractions import Fraction
from typing import Any

from autograd.cost import readable

__all__ = ["escape", "number", "plural", "shorten"]

LONGEST = 32
ELLIPSIS = "…"


def shorten(name: str) -> str:
    """The text itself, or its beginning and an ellipsis."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + ELLIPSIS


def escape(name: str) -> str:
    r"""Any text as part of a Graphviz HTML-like label that shows exactly this text.

    Characters that XML 1.0 forbids, and line breaks, are shown as their Unicode control pictures,
    as ␀ and ␊, or as � where there is none.
    """
    return "".join(map(_character, name))


def _character(c: str) -> str:
    code = ord(c)
    if c == "\\":
        # Graphviz replaces \N, \G and their kin in every label, however they are spelled; a
        # backslash in an element of its own has no letter behind it.
        return "<FONT>\\</FONT>"
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    if 0x7F < code < 0xA0 or 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF):
        return "\N{REPLACEMENT CHARACTER}"
    return html.escape(c)


def number(x: Any) -> str:
    """A number in four significant digits; small integers and fractions exactly."""
    if isinstance(x, int | Fraction) and abs(x.numerator) < 10**6 and x.denominator < 10**4:
        return str(x)
    try:
        return f"{float(x):.4g}"
    except OverflowError:
        return "> 1e308" if x > 0 else "< -1e308"


def plural(n: int, one: str, many: str | None = None) -> str:
    """A count with its noun."""
    return f"{readable(n)} {one if n == 1 else many or one + 's'}"
