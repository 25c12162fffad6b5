"""The rivals' environment: it is made once, and without what cannot be installed."""

from __future__ import annotations

import pytest

from benchmarks import environment
from benchmarks.environment import python_with_rivals


class Commands(list[tuple[str, ...]]):
    """The commands that were run; those with an argument that starts with one of `fails` fail."""

    fails = ("no such thing",)

    def __call__(self, *command):
        self.append(command)
        return "the last line" if any(part.startswith(self.fails) for part in command) else ""


@pytest.fixture
def commands(monkeypatch):
    commands = Commands()
    monkeypatch.setattr(environment, "_failure", commands)
    return commands


def test_it_is_made_and_everything_installed_at_once(commands, tmp_path):
    told = []
    python = python_with_rivals(told.append, tmp_path)
    assert python is not None
    assert python.startswith(str(tmp_path))
    assert [command[1:3] for command in commands] == [("-m", "venv"), ("-m", "pip")]
    assert "torch==2.13.0" in commands[1]
    assert not any("whygrad" in part for part in commands[1])
    assert len(told) == 1


def test_it_is_made_once(commands, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    folder.joinpath("python").touch()
    told = []
    assert python_with_rivals(told.append, tmp_path) == str(folder / "python")
    assert [command[1:3] for command in commands] == [("-m", "pip")]
    assert not told


def test_one_that_cannot_be_installed_is_told_and_left_out(commands, tmp_path):
    commands.fails = ("jax",)
    told = []
    assert python_with_rivals(told.append, tmp_path)
    assert told[1:] == ["cannot install jax>=0.10: the last line"]
    assert len(commands) > 5


def test_no_environment_at_all(commands, tmp_path):
    commands.fails = ("venv",)
    told = []
    assert python_with_rivals(told.append, tmp_path) is None
    assert told[1:] == ["cannot make an environment for the rivals: the last line"]
