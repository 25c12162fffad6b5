"""Tables for a notebook, as HTML."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

__all__ = ["table"]


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of text under headings; the first cell names the row, the others are numbers.

    Args:
        caption: what the table shows.
        headings: one for each column.
        rows: as many cells each. All is text: none of it is taken for HTML.
    """
    head = "".join(f'<th scope="col">{html.escape(heading)}</th>' for heading in headings)
    body = "".join(
        f'<tr><th scope="row">{html.escape(first)}</th>'
        + "".join(f'<td style="text-align:right">{html.escape(cell)}</td>' for cell in cells)
        + "</tr>"
        for first, *cells in rows
    )
    return (
        f"<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )
