"""The options: what is refused, in one line and with status 2."""

import os
import subprocess
import sys

import pytest

from demos.complexity import main

COMMAND = [sys.executable, "-m", "demos.complexity"]


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=120)


def test_bad_options_are_refused_from_the_command_line() -> None:
    done = run("--layers", "8:1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("'8:1' is empty: A is above B\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--layers", "8"], "'8' is not a range A:B"),
        (["--layers", "0:3"], "0 is out of range: give a number from 1 to 1,000"),
        (["--layers", "1:x"], "'x' is not a whole number"),
        (["--layers", "1:1001"], "1001 is out of range"),
        (["--width", "0"], "0 is out of range"),
        (["--sizes", "2"], "a network has from 2 to 1,001 sizes"),
        (["--sizes", "2,-1,2"], "-1 is out of range"),
        (["--sizes", "2,,2"], "'' is not a whole number"),
        (["--methods", "backprop,magic"], "there is no method 'magic'"),
        (["--budget", "-1"], "-1 is out of range: give a number at least 0"),
        (["--seed", "x"], "'x' is not a whole number"),
        (["--format", "xml"], "invalid choice: 'xml'"),
        (["--graph", "ring"], "invalid choice: 'ring'"),
        (["--graph", "chain", "--width", "4"], "--width is for networks"),
        (["--sizes", "2,2", "--layers", "1:2"], "leave out --layers and --width"),
        (["--batch", "8"], "--batch is for whole matrices: add --granularity matrix"),
        (["--granularity", "neuron", "--batch", "8"], "--batch is for whole matrices"),
        (["--granularity", "matrix", "--batch", "151"], "151 is out of range: give a number from 1 to 150"),
        (["--granularity", "matrix", "--graph", "chain"], "--granularity is for networks"),
        (["--graph", "chain", "--batch", "8"], "--batch is for networks"),
        (["--granularity", "matrix", "--sizes", "2,2", "--width", "3"], "leave out --layers and --width"),
        (["--colour"], "unrecognized arguments: --colour"),
        (["--out", __file__], "cannot write to"),
    ],
)
def test_bad_options(capsys: pytest.CaptureFixture[str], options: list[str], message: str) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(options)
    printed = capsys.readouterr()
    assert exit_.value.code == 2
    assert message in printed.err
    assert (printed.out, printed.err.count("\n")) == ("", 1)


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--help"])
    assert exit_.value.code == 0
    text = capsys.readouterr().out
    for option in ("graph", "layers", "width", "sizes", "loss", "methods", "granularity", "budget", "seed"):
        assert f"--{option}" in text


def test_a_terminal_that_knows_ascii_alone() -> None:
    done = subprocess.run(
        [*COMMAND, "--layers", "1:9", "--methods", "paths", "--budget", "0", "--format", "table", "-h"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("folder", ["", "a\udcffb"])
def test_a_folder_has_a_name(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--sizes", "2,2", "--out", folder])
    assert exit_.value.code == 2
    assert "is not the name of a folder" in capsys.readouterr().err
