"""The page of answers, in a terminal and in HTML, and the command that makes it."""

import os
import re
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

import demos.__main__ as practical
from demos.page.command import Parser
from demos.page.lesson import Lesson
from demos.page.parts import Answer, Code, Part, Picture, Table
from demos.page.plotting import COLORS, Layout, Plot
from demos.page.publish import page
from nn import MLP, Data, fit

HOSTILE = "<script>alert('x')</script> & \"quotes\""


def drawing() -> str:
    def draw(layout: Layout) -> Figure:
        figure, axes = layout.subplots()
        axes.plot([0, 1], [0, 1], color=COLORS[0])
        return figure

    return Plot("one", draw).svg()


def sample(seed: int = 0) -> Answer:
    """A sample."""
    return Answer(
        name="sample",
        numbers="1, 2",
        title=f"A title {HOSTILE}",
        question=f"Why {HOSTILE}?",
        parts=[
            f"Words of seed {seed} {HOSTILE}",
            Table(
                ["name", "n", "x", "yes"], [[HOSTILE, 12345, 0.123456, True]], caption=f"caption {HOSTILE}"
            ),
            Picture(drawing(), words=f"words {HOSTILE}", caption="look", narrow=drawing()),
            Picture("<svg/>", words="", caption="wide", scrolls=True),
            Code(f"h̃ = x Wᵀ {HOSTILE}"),
        ],
        slip=f"not so {HOSTILE}",
    )


def lesson(answer: Callable[[int], Answer], **more: Any) -> Lesson[Answer]:
    """A lesson whose answer is this one."""
    return Lesson(
        name="sample",
        numbers="1, 2",
        title=f"A title {HOSTILE}",
        question="Why?",
        measure=answer,
        tell=lambda found: found.parts,
        slip=lambda found: found.slip,
        **more,
    )


def test_everything_stands_on_the_page_as_text() -> None:
    text = page([sample(7)], command="python -m demos", missing=["other (interrupted)"])
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 7
    for words in (
        "12,345",
        "0.1235",
        "True",
        "Words of seed 7",
        "other (interrupted)",
        "python -m demos.sample",
    ):
        assert words in text
    assert text.count("<svg") == 3
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", text)


def test_a_page_of_several_has_a_table_of_contents() -> None:
    text = page([sample(), sample()], command="")
    assert text.count('href="#sample"') == 2
    assert "Not on this page" not in text
    assert "<nav" not in page([sample()], command="")


def test_a_picture_takes_the_ink_of_the_page() -> None:
    svg = drawing()
    assert "currentColor" in svg
    assert "<style" not in svg
    assert all(i.startswith("one-") for i in re.findall(r'\bid="([^"]*)"', svg))


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


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """Three answers of ours in place of the real ones."""
    modules = {}
    for name in ("one", "two", "three"):
        module = modules[name] = ModuleType(f"demos.{name}")
        module.LESSON = lesson(sample)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"demos.{name}", module)
    monkeypatch.setattr(practical, "QUESTIONS", tuple(modules))
    return modules


def test_the_whole_page(questions: dict[str, ModuleType], tmp_path: Path) -> None:
    assert practical.main(["--out", str(tmp_path), "--only", "one,three", "--seed", "5"]) == 0
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert text.count("Words of seed 5") == 2
    assert "python -m demos --out" in text


def test_ctrl_c_keeps_what_is_finished(
    questions: dict[str, ModuleType], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(seed: int) -> Answer:
        raise KeyboardInterrupt

    questions["two"].LESSON = lesson(interrupted)  # type: ignore[attr-defined]
    assert practical.main(["--out", str(tmp_path), "--only", "one,two,three"]) == 130
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert text.count("Words of seed") == 1
    assert "two (interrupted); three (interrupted)" in text
    assert "not answered: two (interrupted)" in capsys.readouterr().err
    questions["one"].LESSON = lesson(interrupted)  # type: ignore[attr-defined]
    assert practical.main(["--out", str(tmp_path / "none"), "--only", "one"]) == 130
    assert not (tmp_path / "none" / "index.html").exists()


def test_a_missing_package_costs_one_answer(questions: dict[str, ModuleType], tmp_path: Path) -> None:
    def missing(seed: int) -> Answer:
        raise ImportError("install sample")

    questions["one"].LESSON = lesson(missing)  # type: ignore[attr-defined]
    assert practical.main(["--out", str(tmp_path), "--only", "one,two"]) == 1
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "one (install sample)" in text
    assert text.count("Words of seed") == 1


def test_an_unknown_question_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        practical.main(["--only", "nothing"])
    assert ended.value.code == 2
    assert "there is no question 'nothing'; there are splits" in capsys.readouterr().err


def test_every_question_has_a_module() -> None:
    for name in practical.QUESTIONS:
        assert find_spec(f"demos.{name}")


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


def test_the_whole_page_takes_lessons(questions: dict[str, ModuleType], tmp_path: Path) -> None:
    questions["one"].LESSON = steps()  # type: ignore[attr-defined]
    assert practical.main(["--out", str(tmp_path), "--only", "one,two", "--seed", "5"]) == 0
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "3 steps of seed 5" in text
    assert "Words of seed 5" in text
