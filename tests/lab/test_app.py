"""``whygrad lab``: an app for this machine only, whose answers follow their numbers."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from autograd.costs.perceptrons import mlp
from lab.__main__ import main
from tests.viz.browser import needs_browser
from tests.viz.test_live_notebooks import SETTINGS, visiting

ROOT = Path(__file__).parent.parent.parent


def test_without_marimo_one_sentence_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr("lab.__main__.find_spec", lambda name: None)
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert (
        capsys.readouterr().err
        == "whygrad lab: the lab needs the package marimo: pip install 'whygrad[lab]'\n"
    )


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_wrong_port_is_refused(port, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--port", port])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("whygrad lab: ")


def test_a_port_in_use_is_refused(capsys):
    pytest.importorskip("marimo")
    pytest.importorskip("anywidget")
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit) as ended:
        main(["--no-browser", "--port", str(taken.getsockname()[1])])
    assert ended.value.code == 2
    assert re.fullmatch(
        r"whygrad lab: cannot use the port \d+: .+; give another --port\n", capsys.readouterr().err
    )


@pytest.fixture
def lab(tmp_path):
    """The lab as a person starts it; yields its process and its address."""
    pytest.importorskip("marimo")
    environment = {**os.environ, **{name: str(tmp_path) for name in SETTINGS}, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "viz", "lab", "--no-browser"]
    started = subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        address = next(filter(None, (re.search(r"http://\S+", line) for line in started.stdout)))[0]
        yield started, address
    finally:
        if started.poll() is None:
            started.send_signal(signal.SIGINT)
        started.communicate(timeout=20)


@needs_browser
def test_answers_follow_their_numbers(browser, lab):
    started, address = lab
    port = int(re.search(r":(\d+)", address)[1])
    with visiting(browser, address) as page:
        page.locator(".live #play").wait_for(timeout=60_000)
        page.locator("select").first.select_option("12. How the cost of a gradient grows with depth")
        page.locator("th", has_text="naive / backprop").wait_for()
        before = page.locator("td").first.text_content()
        field = page.locator("input").first
        field.fill("2")
        field.press("Enter")
        page.wait_for_function("text => document.querySelector('td')?.textContent !== text", arg=before)
        assert page.locator("td").first.text_content() == str(mlp([2, 3]).costs["paths"].multiplications)
        errors = page.locator("marimo-callout-output, .output-error")
        assert errors.count() == 0
    with visiting(browser, address.partition("?")[0]) as page:
        assert "login" in page.url, "without the token nobody comes in"
    with socket.socket() as other:
        assert other.connect_ex(("127.0.0.2", port)) != 0, "only the loopback address itself is served"
    started.send_signal(signal.SIGINT)
    assert started.wait(20) == 130
