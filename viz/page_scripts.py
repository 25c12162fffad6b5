"""The scripts of the pages, joined: the report on a recorded run, and the view of a network that learns."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["LIVE", "REPORT", "page_text"]

_PAGE = Path(__file__).with_name("page")


def page_text(name: str) -> str:
    """The text of a file of the pages."""
    return (_PAGE / name).read_text(encoding="utf-8")


def _joined(*names: str) -> str:
    return "".join(map(page_text, names))


# Each file uses the ones before it. What the drawings share stands outside of the functions that make a page.
_SHARED = '"use strict";\n' + _joined("layout.js", "drawing.js")
# Defines ``report(root, DATA)``: root is a document or a shadow root with the elements of report.html.
REPORT = (
    f"{_SHARED}function report(root, DATA) {{\n"
    f"{_joined('scene.js', 'pane.js', 'details.js', 'player.js')}}}\n"
)
# The module of a widget, as anywidget loads it: it draws in a shadow root, so that no style leaks in or out.
LIVE = (
    f"{_SHARED}{_joined('live.js')}"
    f"const STYLE = {json.dumps(page_text('report.css') + page_text('live.css'))};\n"
    f"{_joined('widget.js')}"
    "export default { render: ({ model, el }) => live(within(el, STYLE), model) };\n"
)
