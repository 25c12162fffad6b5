"""Show the pages of the lab with marimo's elements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marimo as mo

from lab.page_parts import Control, Drawn, LabPage, LabPart, Rows

__all__ = ["answered", "fields_of"]


def fields_of(page: LabPage) -> Any:
    """An element with a field for every control of a page."""
    return mo.ui.dictionary({control.name: _field(control) for control in page.controls})


def _field(control: Control) -> Any:
    if control.choices:
        return mo.ui.dropdown(list(control.choices), value=control.value, label=control.label)
    return mo.ui.slider(
        control.low,
        control.high,
        control.step,
        value=control.value,
        label=control.label,
        debounce=True,
        include_input=True,
    )


def answered(page: LabPage, values: Mapping[str, Any]) -> Any:
    """The answer of a page for the values of its controls; wrong input is answered with a sentence."""
    try:
        return mo.vstack([_shown(part) for part in page.answer(**values)])
    except (ArithmeticError, ImportError, ValueError) as error:
        return mo.callout(mo.plain_text(str(error)), kind="warn")


def _shown(part: LabPart) -> Any:
    if isinstance(part, str):
        return mo.md(part)
    if isinstance(part, Rows | Drawn):
        return mo.Html(part.html())
    return part.widget
