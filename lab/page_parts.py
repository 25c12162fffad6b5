"""What a page of the lab is made of: controls whose numbers can be changed, and parts computed from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from viz.markup import Markup, element

__all__ = ["Control", "Drawn", "LabPage", "LabPart", "Rows", "Widget"]


@dataclass(frozen=True, slots=True)
class Control:
    """A number or a choice that can be changed.

    Attributes:
        name: the argument of the answer that it sets.
        label: its name on the page.
        value: at first.
        low, high, step: of a number.
        choices: of a choice; empty for a number.
    """

    name: str
    label: str
    value: Any
    low: float = 0
    high: float = 1
    step: float = 1
    choices: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """A table; the first cell of a row names it."""

    headings: Sequence[str]
    rows: Sequence[Sequence[object]]

    def html(self) -> str:
        """The table as HTML; numbers with four significant digits."""
        head = [element("th", {"scope": "col"}, heading) for heading in self.headings]
        body = [
            element(
                "tr",
                None,
                element("th", {"scope": "row"}, written(first)),
                *[element("td", {"style": "text-align:right"}, written(cell)) for cell in cells],
            )
            for first, *cells in self.rows
        ]
        look = "border-collapse:separate;border-spacing:.8rem .2rem;font-variant-numeric:tabular-nums"
        table = element(
            "table",
            {"style": look},
            element("thead", None, element("tr", None, *head)),
            element("tbody", None, *body),
        )
        return str(element("div", {"style": "overflow-x:auto"}, table))


def written(x: object) -> str:
    """A cell as text."""
    if isinstance(x, float):
        return f"{x:.4g}"
    return f"{x:,}" if isinstance(x, int) else str(x)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture, as SVG."""

    svg: str

    def html(self) -> str:
        """The picture in a block that scrolls where it is too wide."""
        return str(element("div", {"style": "overflow-x:auto"}, Markup(self.svg)))


@dataclass(frozen=True, slots=True)
class Widget:
    """A widget, such as `viz.live` returns."""

    widget: Any


# A paragraph in Markdown, a table, a picture or a widget.
LabPart = str | Rows | Drawn | Widget


@dataclass(frozen=True, slots=True)
class LabPage:
    """A question, the numbers that can be changed, and the answer as a function of them.

    Attributes:
        key: of the page, such as ``"12"``.
        title: the subject.
        question: as the practical asks it, in our words.
        controls: in order.
        answer: called with the values of the controls by name.
    """

    key: str
    title: str
    question: str
    controls: Sequence[Control]
    answer: Callable[..., Sequence[LabPart]]

    @property
    def heading(self) -> str:
        """The title with its number."""
        return f"{self.key}. {self.title}" if self.key.isdecimal() else self.title
