"""The parts of an answer: words, tables, illustrations and verbatim text, for a page and for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Answer", "Illustration", "Part", "Table", "Verbatim"]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under headings; the first column names the row.

    Numbers are shown to four digits; text is shown unchanged.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]
    caption: str = ""

    def cells(self) -> list[list[str]]:
        """The rows as text."""
        return [[_cell(cell) for cell in row] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Illustration:
    """A drawing. `demos.page.plotting.Plot.illustration` makes one from a plot.

    Attributes:
        svg: an SVG element. It is inserted unescaped, so it must be made from numbers or escaped text.
        words: what it shows, for a reader who cannot see it; empty if the SVG describes itself.
        caption: what to look at.
        narrow: the drawing for a narrow window; None if `svg` serves both.
        scrolls: whether it keeps its size and scrolls in a narrow window, where it would be too small.
    """

    svg: str
    words: str
    caption: str
    narrow: str | None = None
    scrolls: bool = False


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Preformatted lines: a formula, some Python, a printed matrix."""

    text: str


Part = str | Table | Illustration | Verbatim


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one or more questions of the practical.

    Attributes:
        name: of the module that gives it: ``python -m demos.<name>``.
        numbers: of the questions, such as ``"8, 9"``.
        title: the subject.
        question: as the practical asks it, in our words.
        parts: paragraphs, tables, pictures and code, in reading order.
        slip: a common mistake, corrected; empty if there is none.
        interrupted: whether Ctrl-C ended the measurement early, which the parts then say.
    """

    name: str
    numbers: str
    title: str
    question: str
    parts: Sequence[Part]
    slip: str = ""
    interrupted: bool = False


def _cell(x: Any) -> str:
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        return str(x)
    return f"{x:,}" if isinstance(x, int) else f"{x:.4g}"
