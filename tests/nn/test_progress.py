"""The progress bar."""

from __future__ import annotations

import io
import sys

import pytest

from nn.mlp import MLP
from nn.progress import progress_bar
from nn.training import fit
from tests.nn.examples import DATA, VALIDATION


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return screen


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    screen = terminal(monkeypatch)
    fit(MLP([2, 3]), DATA, epochs=3, validation=VALIDATION)
    assert "/3" in screen.getvalue()


def test_the_bar_is_updated_at_most_ten_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    screen = terminal(monkeypatch)
    for clock, expected in (([5.0, 5.0, 5.05], "first [words]"), ([5.0, 5.0, 5.2, 5.2], "second [words]")):
        monkeypatch.setattr("nn.progress.monotonic", iter(clock).__next__)
        with progress_bar(10) as show:
            show(1, "first [words]")
            show(2, "second [words]")
        assert expected in screen.getvalue()
        assert ("second" in screen.getvalue()) == (expected == "second [words]")


def test_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    fit(MLP([2, 3]), DATA, epochs=1, progress=False)
    for name in ("rich", "rich.console", "rich.progress"):
        monkeypatch.setitem(sys.modules, name, None)
    fit(MLP([2, 3]), DATA, epochs=1)
    assert screen.getvalue() == ""


def test_no_bar_outside_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    fit(MLP([2, 3]), DATA, epochs=1)
    assert capfd.readouterr() == ("", "")
