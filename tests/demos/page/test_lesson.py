"""A lesson: its answer, and the command that prints it and writes its page."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import demos.__main__ as practical
from demos.page.lesson import Lesson
from demos.page.parts import Answer, Part
from demos.page.publish import page
from nn import MLP, Data, fit
from tests.demos.page.samples import lesson, sample
from viz.commands import Parser


def test_one_answer_runs_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lesson(sample).main(["--seed", "3", "--out", str(tmp_path / "new")]) == 0
    out, err = capsys.readouterr()
    for words in (
        "A title <script>",
        "Words of seed 3",
        "12,345",
        "[picture] look",
        "h̃ = x Wᵀ",
        "Watch out",
    ):
        assert words in out
    assert "sample.html" in err
    assert "Words of seed 3" in (tmp_path / "new" / "sample.html").read_text(encoding="utf-8")


def test_an_answer_without_a_slip_has_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plain = Answer("sample", "1", "t", "q", ["words"])
    assert lesson(lambda seed: plain).main(["--out", str(tmp_path)]) == 0
    assert "Watch out" not in capsys.readouterr().out
    assert "Watch out" not in page([plain], command="")


@pytest.mark.parametrize("options", [["--seed", "-1"], ["--seed", "x"], ["--what"], ["--out", "/proc/no"]])
def test_bad_options_end_in_one_line_and_status_2(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for run in (lambda: lesson(sample).main(options), lambda: practical.main(options)):
        with pytest.raises(SystemExit) as ended:
            run()
        assert ended.value.code == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_an_interrupted_answer_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(seed: int) -> Answer:
        raise KeyboardInterrupt

    assert lesson(interrupted).main(["--out", str(tmp_path)]) == 130
    assert "interrupted" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_ctrl_c_during_a_training_ends_the_answer(tmp_path: Path) -> None:
    def trains(seed: int) -> Answer:
        data = Data(np.eye(3), np.arange(3))
        fit(MLP([3, 3]), data, epochs=5, after_epoch=lambda epoch: os.kill(os.getpid(), signal.SIGINT))
        return sample(seed)

    assert lesson(trains).main(["--out", str(tmp_path)]) == 130
    assert not list(tmp_path.iterdir())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@dataclass(frozen=True)
class Found:
    seed: int
    steps: int


def measure(seed: int = 0, *, steps: int = 3) -> Found:
    return Found(seed, steps)


def tell(found: Found) -> list[Part]:
    return [f"{found.steps} steps of seed {found.seed}"]


def steps(**more: Any) -> Lesson[Found]:
    return Lesson(name="sample", numbers="1", title="t", question="q", measure=measure, tell=tell, **more)


def test_a_lesson_measures_and_then_tells() -> None:
    found = steps(slip=lambda found: f"not {found.steps + 1}").answer(7, steps=5)
    assert found == Answer("sample", "1", "t", "q", ["5 steps of seed 7"], "not 6")
    assert steps(slip="no").answer() == Answer("sample", "1", "t", "q", ["3 steps of seed 0"], "no")


def test_a_lesson_is_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def options(parser: Parser) -> None:
        parser.add_argument("--steps", type=int)

    def beside(out: Path) -> list[Path]:
        (out / "more.txt").write_text("more")
        return [out / "more.txt"]

    one = steps(options=options, beside=beside)
    assert one.main(["--seed", "2", "--steps", "9", "--out", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "9 steps of seed 2" in out
    assert err.count("wrote") == 2
    page_ = (tmp_path / "sample.html").read_text(encoding="utf-8")
    assert f"python -m demos.sample --seed 2 --steps 9 --out {tmp_path}" in page_
    assert one.main(["--out", str(tmp_path)]) == 0
    assert "3 steps of seed 0" in capsys.readouterr().out


def test_a_package_that_is_missing_ends_a_lesson_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(seed: int) -> Answer:
        raise ImportError("install sample")

    with pytest.raises(SystemExit) as ended:
        lesson(missing).main(["--out", str(tmp_path)])
    assert ended.value.code == 2
    assert capsys.readouterr().err == "python -m demos.sample: install sample\n"
