"""`viz.live` in JupyterLab and in marimo, in a real browser: one server of each for the whole file."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.viz.browser import needs_browser
from viz.labels import number

for _package in ("anywidget", "jupyterlab", "marimo", "nbformat"):
    pytest.importorskip(_package)
pytestmark = needs_browser

ROOT = Path(__file__).parent.parent.parent
SETTING = """import json
from pathlib import Path
import numpy as np, viz
from nn import MLP, Data
from autograd import Graph, Value, gradient
x = np.random.default_rng(0).normal(size=(40, 2))
view = viz.live(MLP([2, 3, 2]), Data(x, (x[:, 0] * x[:, 1] > 0).astype(int)), batch_size=16)
w = Value(2.0, name="w")
y = (w * 3 + 1).tanh()"""
# Where the servers look for settings of the person.
SETTINGS = [
    *("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"),
    *("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"),
]
# Writes what the engine has whenever the page asks for something.
WATCH = """def noted(change):
    model = view.trainer.model
    found = {"update": view.trainer.updates, "weights": model.weights[0].data.ravel().tolist()}
    Path("seen.json").write_text(json.dumps(found))
view.observe(noted, "sent")"""


@contextmanager
def serving(command, folder, path):
    """A server in a folder with settings of its own; yields its address once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {name: str(folder / "settings") for name in SETTINGS}
    environment = {**os.environ, **own, "PYTHONPATH": str(ROOT)}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", *command, f"--port={port}"],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(300):
                try:
                    urlopen(address + path).close()  # noqa: S310 - our own server
                    break
                except URLError:
                    assert server.poll() is None, (folder / "log").read_text()
                    time.sleep(0.1)
            yield address
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory):
    import nbformat

    folder = tmp_path_factory.mktemp("jupyter")
    # No news, which JupyterLab would fetch from elsewhere.
    off = {"@jupyterlab/apputils-extension:announcements": True}
    config = folder / "settings" / "labconfig"
    config.mkdir(parents=True)
    (config / "page_config.json").write_text(json.dumps({"disabledExtensions": off}))
    notebook = nbformat.v4.new_notebook()
    notebook.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    notebook.cells = [nbformat.v4.new_code_cell(f"{SETTING}\n{WATCH}\nview")]
    nbformat.write(notebook, folder / "live.ipynb")
    command = ["jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--IdentityProvider.token="]
    with serving(command, folder, "/api") as address:
        yield f"{address}/doc/tree/live.ipynb", folder


@pytest.fixture(scope="module")
def marimo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("marimo")

    def cell(body):
        return "@app.cell\ndef _():\n" + "".join(f"    {line}\n" for line in body.splitlines())

    cells = [
        cell(f"{SETTING}\n{WATCH}\nview") + "    return Graph, gradient, view, viz, w, y",
        cell("y").replace("_()", "_(y)"),
        cell("Graph(y)").replace("_()", "_(Graph, y)"),
        cell("gradient(y, [w])").replace("_()", "_(gradient, w, y)"),
        cell("viz.walk(y, [w])").replace("_()", "_(viz, w, y)"),
    ]
    text = "\n\n".join(["import marimo\napp = marimo.App()", *cells])
    (folder / "app.py").write_text(text)
    command = ["marimo", "run", "app.py", "--headless", "--host=127.0.0.1"]
    with serving(command, folder, "/health") as address:
        yield address, folder


@contextmanager
def visiting(browser, address):
    """A page; fail if it logs an error, or asks anything of another machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    errors, requests = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: requests.append(request.url.removeprefix("blob:")))
    try:
        page.goto(address)
        yield page
        assert errors == []
        origin = re.match(r"https?://[^/?]+", address)[0]
        assert {url for url in requests if not url.startswith((origin, "data:"))} == set()
    finally:
        context.close()


def train_pause_edit(page, folder):
    """Train, pause and edit a weight, and compare the numbers shown with the engine's."""

    def seen():
        return json.loads((folder / "seen.json").read_text())

    def until(condition):
        for _ in range(300):
            if condition():
                return
            page.wait_for_timeout(30)
        raise AssertionError("the condition never held")

    page.locator("#play").first.click()
    until(lambda: int(page.locator(".live").get_attribute("data-update")) > 5)
    page.locator("#play").first.click()
    page.wait_for_timeout(300)
    there = seen()["update"]
    assert page.locator("#position").first.text_content() == f"update {there} of {there}"
    labels = page.locator(".live .edge.weight text")
    assert labels.all_text_contents()[:6] == [number(x) for x in seen()["weights"]]
    page.locator("#weight").fill("1.5")
    page.keyboard.press("Enter")
    until(lambda: labels.first.text_content() == "1.5")
    assert seen()["weights"][0] == 1.5
    assert seen()["update"] == there


def test_in_jupyterlab(browser, jupyter):
    address, folder = jupyter
    with visiting(browser, address) as page:
        page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for(timeout=60_000)
        prompt = page.locator(".jp-InputArea-prompt").first
        for _ in range(60):  # JupyterLab ignores the keys until it is ready, and does not say when
            if prompt.text_content() != "[ ]:":
                break
            page.locator(".jp-CodeCell .cm-content").first.click()
            page.keyboard.press("Control+Enter")
            page.wait_for_timeout(500)
        page.locator(".live").wait_for(timeout=60_000)
        train_pause_edit(page, folder)
        assert page.locator(".whygrad-still").is_hidden(), "the picture is for readers without a kernel"
        page.locator("#weight").press("d")
        page.locator("#weight").press("d")  # deletes the cell in JupyterLab's command mode
        assert page.locator(".live").is_visible()
        page.locator(".jp-CodeCell .cm-content").first.click()
        page.keyboard.press("Control+s")
        page.wait_for_timeout(700)
        saved = json.loads((folder / "live.ipynb").read_text())
        pictures = [
            output["data"]["text/html"]
            for output in saved["cells"][0]["outputs"]
            if "text/html" in output["data"]
        ]
        assert "data:image/svg+xml;base64," in "".join(pictures[0])


def test_in_marimo(browser, marimo):
    address, folder = marimo
    with visiting(browser, address) as page:
        page.locator(".live").wait_for(timeout=60_000)
        train_pause_edit(page, folder)
        page.locator("caption", has_text="gradient by backprop").wait_for()
        assert page.locator("svg[role=img] > title", has_text="graph of 6 values").count() == 2
        page.locator(".pane select option", has_text="backprop").wait_for(state="attached")
