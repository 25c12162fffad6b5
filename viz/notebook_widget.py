"""`NotebookWidget`: a widget that leaves a picture in the notebook, for readers without a kernel."""

from __future__ import annotations

import base64
from importlib import import_module
from typing import Any

import anywidget

from viz.markup import element

__all__ = ["NotebookWidget"]


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
        source = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
        picture = element("img", {"src": source, "alt": "the last state", "style": "max-width:100%"})
        return {"text/html": element("div", {"class": "whygrad-still"}, picture), "image/svg+xml": svg}

    def _ipython_display_(self) -> None:
        display: Any = import_module("IPython.display").display
        bundle = self._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        display(data, metadata=metadata, raw=True)
        self._picture = display(self._still_bundle(), raw=True, display_id=True)
