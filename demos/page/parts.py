"""What an answer is made of: words, tables and pictures, for a page and for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Answer", "Code", "Part", "Picture", "Table"]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under headings; the first column names the row.

    Numbers are shown in four digits, unless they come as text.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]
    caption: str = ""

    def cells(self) -> list[list[str]]:
        return [[_cell(cell) for cell in row] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing.

    Attributes:
        svg: an element that was made from numbers, or escaped where it was made.
        words: what it shows, for those who cannot see it; empty if the drawing says it itself.
        caption: what to look at.
        narrow: another drawing for a narrow window, if the first would be too small there.
        scrolls: whether it is moved about in a narrow window, as it would be too small to read there.
    """

    svg: str
    words: str
    caption: str
    narrow: str | None = None
    scrolls: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """Lines to be read letter by letter: a formula, a few lines of Python, a printed matrix."""

    text: str


Part = str | Table | Picture | Code


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one or more questions of the practical.

    Attributes:
        name: of the module that gives it: ``python -m demos.<name>``.
        numbers: the questions, as ``"8, 9"``.
        title: what it is about.
        question: as the practical asks it, in our words.
        parts: paragraphs, tables, pictures and lines of code, in reading order.
        slip: what is easily got wrong here, put right; empty if nothing is.
    """

    name: str
    numbers: str
    title: str
    question: str
    parts: Sequence[Part]
    slip: str = ""


def _cell(x: Any) -> str:
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        return str(x)
    return f"{x:,}" if isinstance(x, int) else f"{x:.4g}"
