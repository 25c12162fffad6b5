"""The benchmark of searches on several workers."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import benchmarks.parallel as parallel
from benchmarks.parallel import BEGIN, END, PAGE, Track, measure, plot, table


def two_tracks() -> list[Track]:
    return [Track("no executor", 1, parallel.serial), Track("two threads", 2, ThreadPoolExecutor)]


def test_the_page_is_renewed_between_its_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(parallel, "tracks", lambda workers: two_tracks())
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    assert parallel.main(["--candidates", "2", "--rounds", "1", "--page", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{BEGIN}\n\n2 candidates, ")
    assert text.endswith(f"\n\n{END}\nafter\n")
    assert "old" not in text
    assert (tmp_path / "page.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "round 1 of 1: two threads" in capsys.readouterr().err


def test_a_page_without_marks_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing", encoding="utf-8")
    with pytest.raises(SystemExit) as exit_:
        parallel.main(["--page", str(page)])
    assert exit_.value.code == 2


def test_other_scores_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = iter(range(100))
    monkeypatch.setattr(parallel, "validation_loss", lambda rate, width, batch: next(scores))
    with pytest.raises(RuntimeError, match="two threads finds other scores than no executor"):
        measure(two_tracks(), 2, 1, lambda words: None)


def test_speed_ups_and_efficiencies() -> None:
    first, second = two_tracks()
    first.searching, second.searching, second.starting = 3.0, 2.0, 0.5
    assert table([first, second]).splitlines()[2:] == [
        "| no executor |  | 3.0 s | 1.00 | 100% |",
        "| two threads | 0.5 s | 2.0 s | 1.50 | 75% |",
    ]
    assert "<desc>no executor 1.00; two threads 1.50</desc>" in plot([first, second])


def test_the_page_has_the_marks() -> None:
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    assert before
    assert begin
    assert "Dask, 2 workers" in rest.partition(END)[0]
