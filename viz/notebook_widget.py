"""`NotebookWidget`: a widget that leaves a picture in the notebook, for readers without a kernel."""

from __future__ import annotations

import asyncio
import base64
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

import anywidget

from viz.markup import element

__all__ = ["NotebookWidget", "after_cell"]


def after_cell(act: Callable[[], object]) -> None:
    """Call a function once, when the cell of the notebook that runs now has ended; else do nothing."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        with suppress(RuntimeError):  # no loop runs, as in a plain program
            asyncio.get_running_loop().call_soon(act)
        return

    def ended(*_: object) -> None:
        shell.events.unregister("post_run_cell", ended)
        act()

    shell.events.register("post_run_cell", ended)


class NotebookWidget(anywidget.AnyWidget):
    """A widget, and below it a picture that is hidden while the widget works.

    The picture stands in exported pages, on nbviewer, and in a notebook that is opened without a kernel.
    """

    # Global in the notebook's page: the widget brings it, and a page without the widget lacks it.
    _css = ".whygrad-still { display: none; }"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._picture: Any = None

    def still(self) -> str | None:
        """The present state as SVG; None if it cannot be drawn."""
        raise NotImplementedError

    def keep_still(self) -> None:
        """Replace the picture in the notebook by one of the present state."""
        if self._picture is not None:
            self._picture.update(self._still_bundle(), raw=True)

    def _still_bundle(self) -> dict[str, str]:
        svg = self.still()
        if svg is None:
            return {"text/plain": ""}
        look = "max-width:max(100%,40rem)"  # on a phone it scrolls, so that its text can be read
        source = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
        picture = element("img", {"src": source, "alt": "the last state", "style": look})
        frame = {"class": "whygrad-still", "style": "overflow-x:auto"}
        return {"text/html": element("div", frame, picture), "image/svg+xml": svg}

    def _ipython_display_(self) -> None:
        display: Any = import_module("IPython.display").display
        bundle = self._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        display(data, metadata=metadata, raw=True)
        self._picture = display(self._still_bundle(), raw=True, display_id=True)
