"""Short texts for pictures: printable names, numbers in a few digits, arrays by their shape."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from autograd import Node, Tensor
from autograd.costs.cost import readable

__all__ = [
    "LONGEST",
    "Cell",
    "array",
    "brief",
    "data_of",
    "extent",
    "is_small",
    "line",
    "number",
    "plural",
    "printable",
    "shorten",
    "visible",
]

# The content of a cell or of an edge label: a text, lines of text, or the rows of a matrix.
Cell = str | Sequence[str] | Sequence[Sequence[str]]

# The most characters of a name.
LONGEST = 32
ELLIPSIS = "…"
# Directional marks, embeddings, overrides and isolates (Unicode Standard Annex #9). They can make the text
# after them appear in another order.
_DIRECTIONAL = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
# The longest axis of an array whose numbers are all shown.
FEW = 3


def shorten(name: str, longest: int = LONGEST) -> str:
    """Cut a text that is too long, and end it with an ellipsis."""
    return name if len(name) <= longest else name[: longest - 1] + ELLIPSIS


def printable(text: str) -> str:
    """Any text as one line of characters that XML allows, in the order in which it is written.

    A control character becomes its Unicode picture, such as ␀ or ␊. Other characters that XML 1.0
    forbids, and those that change the direction of writing, become �.
    """
    return "".join(map(visible, text))


def visible(c: str) -> str:
    """One character of `printable`."""
    code = ord(c)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    if 0x7F < code < 0xA0 or 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF) or code in _DIRECTIONAL:
        return "\N{REPLACEMENT CHARACTER}"
    return c


def number(x: Any) -> str:
    """A number with four significant digits; small integers and fractions are exact."""
    if isinstance(x, int | Fraction) and abs(x.numerator) < 10**6 and x.denominator < 10**4:
        return str(x)
    try:
        return f"{float(x):.4g}"
    except OverflowError:
        return "> 1e308" if x > 0 else "< -1e308"


def data_of(node: Node) -> Any:
    """The data of a node, to be read only."""
    # `Tensor.data` of a leaf hands out its array and checks it for writes from then on; `detach` does not.
    return node.detach().data if isinstance(node, Tensor) else node.data


def is_small(x: Any) -> bool:
    """Whether all numbers of an array are shown: in a short row, a short column or a small matrix."""
    return 0 < x.ndim < 3 and min(x.shape) > 0 and bool(max(x.shape) <= FEW)


def array(x: Any) -> Cell:
    """A number; or the rows of a small array; or the shape and range of a big one, as in `extent`."""
    if not getattr(x, "shape", ()):
        return number(x)
    return [[number(element) for element in row] for row in np.atleast_2d(x)] if is_small(x) else extent(x)


def extent(x: Any) -> list[str]:
    """The shape of an array, the range of its numbers without NaN, and the number of NaN."""
    known = x[~np.isnan(x)]
    lines = [str(x.shape)]
    if known.size:
        lines.append(f"{number(known.min())} … {number(known.max())}")
    if known.size < x.size:
        lines.append(f"{readable(x.size - known.size)} nan")
    return lines


def line(cell: Cell) -> str:
    """The content of a cell in one line."""
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
