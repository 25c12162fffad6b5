"""What a widget leaves in the notebook for readers without a kernel."""

from __future__ import annotations

import asyncio
import base64
import re
import subprocess
import sys
from math import inf
from types import SimpleNamespace

import numpy as np
import pytest

from autograd import Value
from nn import MLP, Data, fit
from tests.viz.pictures import parsed
from tests.viz.reports import diamond
from tests.viz.test_live import loss, rings
from viz import live, report, walk
from viz.labels import number

pytest.importorskip("anywidget")


@pytest.fixture
def displayed(monkeypatch):
    """What a widget displays: the bundles shown, and what later replaces the last of them."""
    shown = []

    def display(bundle, *, raw, metadata=None, display_id=None):
        assert raw
        shown.append(bundle)
        return SimpleNamespace(update=lambda bundle, raw: shown.append(bundle))

    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    return shown


def test_the_last_state_stands_below_the_widget(displayed):
    view = live(MLP([2, 3, 2]), rings(), batch_size=16)
    view._ipython_display_()
    widget, picture = displayed
    assert "application/vnd.jupyter.widget-view+json" in widget
    source = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', picture["text/html"])[1]
    assert base64.b64decode(source).decode() == picture["image/svg+xml"]
    view.receive({"do": "advance", "updates": 4})
    assert len(displayed) == 2, "while it plays, no picture is made"
    view.receive({"do": "rest"})
    texts = [e.text for e in parsed(displayed[-1]["image/svg+xml"]).iter() if e.tag.endswith("text")]
    assert f"After update {view.trainer.updates}, loss {number(view.frame['mean'])}" in texts
    assert f"h[0]  {number(view.frame['columns'][1][0])}" in texts
    assert f"∂ {number(view.frame['adjoints'][1][1])}" in texts


def test_a_training_that_ends_soon_leaves_its_last_state(displayed, monkeypatch):
    acts = []
    events = SimpleNamespace(
        register=lambda event, act: acts.append(act), unregister=lambda event, act: acts.remove(act)
    )
    model = MLP([2, 3, 2])
    view = live(model, rings())
    view._ipython_display_()

    def train():
        view._due = inf  # no frame falls due while it trains
        fit(model, rings(), epochs=9, progress=False, after_update=view.update)

    with monkeypatch.context() as patch:
        shell = SimpleNamespace(events=events)
        patch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
        train()
        (ended,) = acts
        ended("the result of the cell")
    assert acts == []
    assert "After update 18, " in displayed[-1]["image/svg+xml"]

    async def cell():
        train()

    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    asyncio.run(cell())  # as marimo runs its cells
    assert view.frame["update"] == view.timeline.last


def test_other_states_are_drawn_too():
    x = np.linspace(-1, 1, 9)[:, None]
    assert parsed(live(MLP([1, 2, 1]), Data(x, x)).still())
    assert parsed(live(MLP([2, 20, 3]), Data(np.eye(2), [0, 2])).still())
    root, leaves = loss()
    assert "graph of " in live(root, leaves).still()


def test_a_report_without_a_file_is_a_widget_of_the_same_page(displayed):
    root, wrt = diamond()
    for view, methods in ((report(root, wrt), 12), (walk(root, wrt, "tree"), 1)):
        assert len(view.page["data"]["runs"]) == methods
        assert "<script" not in view.page["html"]
        view._ipython_display_()
        assert "image/svg+xml" in displayed[-1]
    hostile = Value(1.0, name="<img src=x onerror=alert(1)>")
    result = hostile * hostile
    result.name = hostile.name
    assert "<img" not in report(result, [hostile]).page["html"]


def test_without_anywidget_a_report_needs_a_file():
    program = """
import sys, viz
from autograd import Value
sys.modules["anywidget"] = None
x = Value(1.0)
try:
    viz.report(x * x, [x])
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(
        "without a file, a report is a widget, which needs the package anywidget: pip"
    )
