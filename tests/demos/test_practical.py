"""The whole practical: ``python -m demos``."""

import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

import demos.__main__ as practical
from demos.page.parts import Answer
from tests.demos.page.samples import lesson, sample


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


def test_an_answer_that_ctrl_c_shortened_is_kept_and_is_the_last(
    questions: dict[str, ModuleType], tmp_path: Path
) -> None:
    shortened = replace(lesson(sample), interrupted=lambda found: True)
    questions["two"].LESSON = shortened  # type: ignore[attr-defined]
    assert practical.main(["--out", str(tmp_path), "--only", "one,two,three"]) == 130
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert text.count("Words of seed") == 2
    assert "three (interrupted)" in text
    assert "two (interrupted)" not in text


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
