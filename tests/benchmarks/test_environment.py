"""The environment of the rivals: made once, and made without what cannot be installed."""

from __future__ import annotations

import pytest

from benchmarks import environment
from benchmarks.environment import python_with_rivals


@pytest.fixture
def commands(monkeypatch):
    ran = []

    def failure(*command):
        ran.append(command)
        return "no such package" if any(part.startswith("jax") for part in command) and fails else ""

    fails = []
    monkeypatch.setattr(environment, "_failure", failure)
    return ran, fails


def test_it_is_made_once(commands, tmp_path):
    ran, _ = commands
    told = []
    tmp_path.joinpath("rivals").mkdir()
    python = python_with_rivals(told.append, tmp_path / "rivals")
    assert python == str(tmp_path / "rivals/bin/python")
    assert [command[1:3] for command in ran] == [("-m", "venv"), ("-m", "pip")]
    assert "torch==2.13.0" in ran[1]
    assert not any("whygrad" in part for part in ran[1])
    assert python_with_rivals(told.append, tmp_path / "rivals") == python
    assert len(ran) == 2
    assert len(told) == 1


def test_one_that_cannot_be_installed_is_told_and_left_out(commands, tmp_path):
    ran, fails = commands
    fails.append(True)
    told = []
    tmp_path.joinpath("rivals").mkdir()
    assert python_with_rivals(told.append, tmp_path / "rivals")
    assert told[1:] == ["jax>=0.10 cannot be installed: no such package"]
    assert len(ran) > 5


def test_no_environment_at_all(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "_failure", lambda *command: "no")
    told = []
    assert python_with_rivals(told.append, tmp_path) is None
    assert told[1] == "no environment for the rivals: python -m venv failed"
