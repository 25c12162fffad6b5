"""`StepView`: the report as a widget, made by `viz.report` without a file and by `viz.walk`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from viz.notebook_widget import NotebookWidget
from viz.page_scripts import STEPS

__all__ = ["StepView"]


class StepView(NotebookWidget):
    """Runs of methods on a recorded graph, to be stepped through.

    Args:
        page: what the page shows.
        still: draws the graph as SVG, for readers without a kernel.
    """

    _esm = STEPS
    page = traitlets.Dict().tag(sync=True)

    def __init__(self, page: dict[str, Any], still: Callable[[], str | None]) -> None:
        self._draw = still
        super().__init__(page=page)

    def still(self) -> str | None:
        return self._draw()
