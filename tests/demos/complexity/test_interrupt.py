"""What Ctrl-C and failures leave."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import demos.complexity.command
from demos.complexity import main
from tests.demos.pages import check_page
from viz.commands import INTERRUPTED

COMMAND = [sys.executable, "-m", "demos.complexity"]


def test_control_c_keeps_the_finished_rows(tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--layers", "11:11", "--methods", "backprop,layer,paths", "--budget", "2000000000"]
    with subprocess.Popen(
        [*COMMAND, *options, "--out", str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        # The folder is made when all options are in order, right before the first row.
        while not out.exists() and process.poll() is None:
            time.sleep(0.05)
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        printed, errors = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    assert "interrupted: the output covers the 2 rows that were finished" in errors
    assert "Traceback" not in errors
    assert "chain rule per layer" in printed
    rows = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert [row["method"] for row in rows] == ["backprop", "layer"]
    text = (out / "index.html").read_text(encoding="utf-8")
    check_page(text)
    assert "The study was interrupted" in text


def test_control_c_while_the_page_is_made_keeps_every_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("demos.complexity.command.page", interrupt)
    assert main(["--sizes", "2,2", "--format", "csv", "--out", str(tmp_path)]) == INTERRUPTED
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results.csv", "results.json"]
    assert "the page is not" in capsys.readouterr().err


def test_an_interrupt_before_the_first_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demos.complexity.command, "study_all", interrupted)
    assert main(["--sizes", "2,2", "--out", str(tmp_path)]) == INTERRUPTED
    printed = capsys.readouterr()
    assert (printed.out, "nothing is written" in printed.err) == ("", True)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_while_measuring_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("in the thread")

    monkeypatch.setattr(demos.complexity.command, "study_all", broken)
    with pytest.raises(ZeroDivisionError, match="in the thread"):
        main(["--sizes", "2,2", "--format", "json"])


def test_a_file_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "index.html").mkdir()
    with pytest.raises(SystemExit) as exit_:
        main(["--sizes", "2,2", "--format", "csv", "--out", str(tmp_path)])
    assert exit_.value.code == 2
    assert "cannot write" in capsys.readouterr().err
    assert not list(tmp_path.glob(".*"))
