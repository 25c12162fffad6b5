"""Standard streams that are closed, full or read by nobody give one sentence or silence, and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")

# The command, its name in messages, and whether it prints to standard output.
COMMANDS = {
    "whygrad": (["viz", "x*y", "x=2", "y=3"], "whygrad", True),
    "picture": (["viz", "x*y", "x=2", "y=3", "-o", "{}/x.dot"], "whygrad", True),
    "version": (["viz", "--version"], "whygrad", True),
    "doctor": (["viz", "doctor"], "whygrad doctor", True),
    "doctor's help": (["viz", "doctor", "--help"], "whygrad doctor", True),
    "lesson": (["demos.linear_depth", "--out", "{}"], "python -m demos.linear_depth", True),
    "practical": (["demos", "--only=linear_depth", "--out", "{}"], "python -m demos", False),
    "complexity": (
        ["demos.complexity", "--graph=chain", "--layers=1:2", "--methods=backprop", "--out", "{}"],
        "python -m demos.complexity",
        True,
    ),
    "benchmarks": (["benchmarks", "--help"], "python -m benchmarks", True),
}
TRACED = ("whygrad", "picture", "version")  # the others handle their streams by the same lines
WRONG = {"whygrad": ["viz", "x*y", "x=2"], "benchmarks": ["benchmarks", "--rounds=0"]}


Environment = dict[str, str]


def run(
    module: list[str], redirection: str, folder: Path, environment: Environment | None = None
) -> tuple[int, str, str]:
    """The exit status, the output and the messages of a command with its streams redirected by the shell."""
    line = f'"$0" -m "$@" {redirection}'
    arguments = [part.format(folder) for part in module]
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}", sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **(environment or {}), "PYTHONWARNINGS": "error"},
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("redirection", "reason"),
    [
        (">&-", "Bad file descriptor"),
        (">/dev/full", "No space left on device"),
        ("| true", None),
    ],
)
@pytest.mark.parametrize("name", COMMANDS)
def test_output_that_nobody_gets(
    name: str, redirection: str, reason: str | None, tmp_path: Path, traced: Environment
) -> None:
    module, prog, prints = COMMANDS[name]
    status, _, messages = run(module, redirection, tmp_path, traced if name in TRACED else None)
    lines = [line for line in messages.splitlines() if not line.startswith("wrote ")]
    failed = prints and reason is not None
    assert (status, lines) == ((2, [f"{prog}: cannot print: {reason}"]) if failed else (0, []))
    if "{}" in module:
        assert (tmp_path / "index.html").exists() or (tmp_path / "linear_depth.html").exists()


@pytest.mark.parametrize("redirection", ["<&- 2>&-", "2>/dev/full"])
@pytest.mark.parametrize("name", COMMANDS)
def test_messages_that_nobody_gets(name: str, redirection: str, tmp_path: Path, traced: Environment) -> None:
    module, _, prints = COMMANDS[name]
    status, output, messages = run(module, redirection, tmp_path, traced if name in TRACED else None)
    assert (status, messages) == (0, "")
    assert bool(output) == prints


@pytest.mark.parametrize("redirection", ["2>&-", ">/dev/full 2>&1"])
@pytest.mark.parametrize("name", WRONG)
def test_wrong_options_whose_message_nobody_gets(
    name: str, redirection: str, tmp_path: Path, traced: Environment
) -> None:
    assert run(WRONG[name], redirection, tmp_path, traced) == (2, "", "")


def test_no_file_gets_the_output_of_a_closed_stream(tmp_path: Path, traced: Environment) -> None:
    assert run(COMMANDS["picture"][0], "<&- >&- 2>&-", tmp_path, traced)[0] == 2
    assert (tmp_path / "x.dot").read_text().startswith("digraph")


@pytest.mark.parametrize("name", ["lesson", "practical", "complexity"])
def test_a_disk_that_is_full(name: str, tmp_path: Path) -> None:
    module, prog, _ = COMMANDS[name]
    arguments = [part.format(tmp_path) for part in module]
    code = (
        "import os, runpy, sys\n"
        "def full(*_): raise OSError(28, os.strerror(28))\n"
        "os.fsync = full\n"
        "sys.argv = sys.argv[1:]\n"
        "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{prog}: cannot write '{tmp_path}/")
    assert line.endswith("No space left on device; give another --out")
    assert not list(tmp_path.iterdir())
