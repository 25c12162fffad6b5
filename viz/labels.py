"""What is written in a picture: names as text that nothing can mistake for markup, and short numbers."""

from __future__ import annotations

import html
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from autograd import Node, Tensor
from autograd.costs.cost import readable

__all__ = [
    "Cell",
    "array",
    "brief",
    "data_of",
    "escape",
    "extent",
    "is_small",
    "line",
    "number",
    "plural",
    "printable",
    "shorten",
    "visible",
]

# What a box or an edge says: a text, lines of text, or the rows of a matrix.
Cell = str | Sequence[str] | Sequence[Sequence[str]]

LONGEST = 32
ELLIPSIS = "…"
# Marks, embeddings, overrides and isolates of direction (Unicode Standard Annex #9): what follows one of
# them can be shown in another order than it is written.
_TURNING = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
# The longest axis of an array that is shown number by number.
FEW = 3


def shorten(name: str, longest: int = LONGEST) -> str:
    """The text itself, or its beginning and an ellipsis."""
    return name if len(name) <= longest else name[: longest - 1] + ELLIPSIS


def escape(name: str) -> str:
    r"""Any text as part of a Graphviz HTML-like label that shows exactly this text, made `printable`."""
    # Graphviz replaces \N, \G and their kin in every label, however they are spelled; a backslash in
    # an element of its own has no letter behind it.
    return html.escape(printable(name)).replace("\\", "<FONT>\\</FONT>")


def printable(text: str) -> str:
    """Any text as XML can hold it, in one line.

    Characters that XML 1.0 forbids, line breaks, and what turns the direction of writing are shown as
    their Unicode control pictures, as ␀ and ␊, or as � where there is none.
    """
    return "".join(map(visible, text))


def visible(c: str) -> str:
    """A character as it can be shown: a control character by its picture, or by � where there is none.

    Those that turn the direction of writing are control characters too.
    """
    code = ord(c)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    if 0x7F < code < 0xA0 or 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF) or code in _TURNING:
        return "\N{REPLACEMENT CHARACTER}"
    return c


def number(x: Any) -> str:
    """A number in four significant digits; small integers and fractions exactly."""
    if isinstance(x, int | Fraction) and abs(x.numerator) < 10**6 and x.denominator < 10**4:
        return str(x)
    try:
        return f"{float(x):.4g}"
    except OverflowError:
        return "> 1e308" if x > 0 else "< -1e308"


def data_of(node: Node) -> Any:
    """The data of a node, only to be read."""
    # A leaf's own array, once handed out, is watched for writing ever after; a picture leaves no trace.
    return node.detach().data if isinstance(node, Tensor) else node.data


def is_small(x: Any) -> bool:
    """Whether an array is shown number by number: one row, one column or a matrix of a few."""
    return 0 < x.ndim < 3 and min(x.shape) > 0 and bool(max(x.shape) <= FEW)


def array(x: Any) -> Cell:
    """A number, or an array: its numbers in rows if they are few, else its shape and its range.

    The range leaves NaN out, and says how often it is there.
    """
    if not getattr(x, "shape", ()):
        return number(x)
    return [[number(element) for element in row] for row in np.atleast_2d(x)] if is_small(x) else extent(x)


def extent(x: Any) -> list[str]:
    """The shape of an array, and the range of its numbers."""
    known = x[~np.isnan(x)]
    lines = [str(x.shape)]
    if known.size:
        lines.append(f"{number(known.min())} … {number(known.max())}")
    if known.size < x.size:
        lines.append(f"{readable(x.size - known.size)} nan")
    return lines


def line(cell: Cell) -> str:
    """A text, lines of text, or the rows of a matrix, all in one line."""
    if isinstance(cell, str):
        return cell
    if all(isinstance(text, str) for text in cell):
        return " ".join(map(line, cell))
    return f"[{'; '.join(' '.join(row) for row in cell)}]"


def brief(x: Any) -> str:
    """A number, or the shape of an array."""
    return str(x.shape) if getattr(x, "shape", ()) else number(x)


def plural(n: int, one: str, many: str | None = None) -> str:
    """A count with its noun."""
    return f"{readable(n)} {one if n == 1 else many or one + 's'}"
