"""The page of the study and the files beside it."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from demos.complexity import main
from demos.complexity.study import METHODS
from tests.demos.complexity.test_rows import KEYS, MATRIX_KEYS
from tests.demos.pages import check_page
from viz import LayoutError


def test_the_page_and_its_data(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    options = ["--layers", "1:6", "--budget", "3000", "--out", str(out)]
    assert main(options) == 0
    printed = capsys.readouterr()
    assert printed.err == f"wrote results.csv, results.json, limits.json, index.html to {out}\n"
    for sentence in (
        "backprop: linear: one more layer adds 124;",
        "chain rule per layer: quadratic: one more layer adds 60 more",
        "predicted",
        "partials: Operations that evaluate the local derivatives",
    ):
        assert sentence in printed.out
    rows = json.loads((out / "results.json").read_text(encoding="utf-8"))
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        assert [row["total"] for row in csv.DictReader(file)] == [str(row["total"]) for row in rows]
    found = Counter(row["method"] for row in rows)
    assert found.pop("eliminate-markowitz") == 3  # the others are too large to count over the graph
    assert found == dict.fromkeys(set(METHODS) - {"eliminate-markowitz"}, 6)
    text = (out / "index.html").read_text(encoding="utf-8")
    check_page(text)
    for words in (
        "linear",
        "quadratic",
        "prefers-color-scheme: dark",
        "1.15 years",
        "4.07 years",
        "2.42 days",
    ):
        assert words in text
    assert text.count("<svg") >= 5
    files = ["index.html", "limits.json", "results.csv", "results.json"]
    assert sorted(path.name for path in out.iterdir()) == files
    cases = json.loads((out / "limits.json").read_text(encoding="utf-8"))
    assert [case["case"] for case in cases if case["curve"]] == [
        "Many outputs",
        "A bottleneck",
        "Memory against recomputation",
    ]
    for case in cases:
        assert case["case"] in text
        assert all(cost["total"] > 0 for cost in case["costs"] + case["curve"])
    assert main(options) == 0
    assert (out / "index.html").read_text(encoding="utf-8") == text


def test_whole_matrices_have_a_page_and_a_law(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    options = ["--granularity", "matrix", "--layers", "1:6", "--width", "3", "--budget", "9000"]
    assert main([*options, "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    for sentence in (
        f"backprop: linear: one more layer adds {3 * 8 * 9};",
        f"chain rule per layer: quadratic: one more layer adds {8 * 9} more",
        "sum over paths: quadratic",
        "6 layers, the sweeps alone: 1.909; L(L+1) / (2(2L-1)) = 1.909.",
        "one path leads from each of them to the loss",
        "on a batch of 8",
    ):
        assert sentence in printed
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    check_page(text)
    assert "multiply-adds<br>there" in text
    assert "<h3>The quadratic law beside the linear one</h3>" in text
    assert "Where backprop does not win" not in text
    assert "exponential growth" not in text
    with (tmp_path / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [*KEYS, *MATRIX_KEYS]
    assert {row["measured"] for row in rows} == {"True", "False"}


def test_matrices_of_several_widths_have_no_law(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--granularity", "matrix", "--sizes", "2,4,2", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "sum over paths: 384 multiply-adds, 1.2 times backprop." in printed
    assert "sweeps alone:" not in printed
    assert "quadratic law" not in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_exponential_growth_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--methods", "tree,paths", "--layers", "1:5", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "sum over paths: exponential: one more layer multiplies it by 5.01" in printed
    assert "tree recursion: exponential: one more layer multiplies it by 3.96" in printed


def test_one_network_has_a_page_without_plots(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "<b>&"
    assert main(["--sizes", "2,4,2", "--budget", "250", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "sum over paths: 302 operations, 2.48 times backprop (predicted)." in printed
    text = (out / "index.html").read_text(encoding="utf-8")
    check_page(text)
    assert "302 operations" in text
    assert "<b>&" not in text
    assert "Growth</h2>" not in text


def test_a_page_without_graphviz(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(*_: object) -> None:
        raise LayoutError("no Graphviz here")

    monkeypatch.setattr("demos.complexity.page.compare", fail)
    assert main(["--sizes", "2,2", "--out", str(tmp_path)]) == 0
    assert "The picture is missing" in (tmp_path / "index.html").read_text(encoding="utf-8")
