"""Commands that run at once: outputs in one piece, and the first failure ends the others."""

from __future__ import annotations

import sys
from time import perf_counter

import pytest

from tests.together import together


def timed(statement: str) -> tuple[str, ...]:
    return ("timeit", "--number=1", "--repeat=1", statement)


def test_each_output_is_shown_in_one_piece(capsys: pytest.CaptureFixture[str]) -> None:
    slow = "print('a', flush=True); import time; time.sleep(0.4); print('b')"
    assert together([timed(slow), ("NUMBER=7", *timed("import os; print(os.environ['NUMBER'])"))]) == 0
    shown = capsys.readouterr().out
    assert shown.index("\n7\n") < shown.index("\na\nb\n")
    assert shown.count("+ NUMBER=7 timeit ") == 2


def test_a_single_command_prints_as_it_runs(capfd: pytest.CaptureFixture[str]) -> None:
    assert together([timed("import sys; print('error', file=sys.stderr)")]) == 0
    assert capfd.readouterr().err == "error\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no interrupt for a single process")
def test_the_first_failure_interrupts_the_others(
    capsys: pytest.CaptureFixture[str], tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "waiting.py").write_text(
        "import pathlib, time\n"
        "pathlib.Path('started').touch()\n"
        "try: time.sleep(60)\n"
        "except KeyboardInterrupt: pathlib.Path('interrupted').touch()\n"
    )
    (tmp_path / "failing.py").write_text(
        "import pathlib, sys, time\n"
        "while not pathlib.Path('started').exists(): time.sleep(0.01)\n"
        "sys.exit('it failed')\n"
    )
    start = perf_counter()
    assert together([("waiting",), ("failing",)]) == 1
    assert perf_counter() - start < 50
    assert "it failed" in capsys.readouterr().out
    assert (tmp_path / "interrupted").exists()
