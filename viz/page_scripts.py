"""The scripts of the pages, joined: the report on a recorded run, and the view of a network that learns."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["LIVE", "REPORT", "STEPS", "page_text"]

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
# The modules of the widgets, as anywidget loads them. They draw in a shadow root, so that no style leaks in
# or out.
_WIDGET = f"{REPORT}const STYLE = {json.dumps(page_text('report.css'))};\n{_joined('widget.js')}"
_LIVE = ("live_page.js", "live_network.js", "live_examples.js", "live_figures.js", "live_frames.js")
STEPS = f"{_WIDGET}export default {{ render: ({{ model, el }}) => walkIn(within(el), model.get('page')) }};\n"
LIVE = (
    f"{_WIDGET}function live(place, model, look) {{\n{_joined(*_LIVE)}}}\n"
    f"const LOOK = {json.dumps(page_text('live.css'))};\n"
    "export default { render: ({ model, el }) => live(within(el), model, LOOK) };\n"
)
