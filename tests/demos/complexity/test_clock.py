"""The clock: the code that is timed is what is counted, and the times stand beside the counts."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import demos.complexity.clock
from autograd import gradient
from demos.complexity import main
from demos.complexity.clock import lines, operations_left, straight, timed
from demos.complexity.findings import clocked, pace, simplified
from demos.complexity.problems import Problem
from demos.complexity.study import METHODS, Row, study
from tests.demos.pages import check_page
from viz.commands import INTERRUPTED

KEYS = ["lines", "simplified_lines", "microseconds", "nanoseconds_per_operation", "time_over_backprop"]
# Complex numbers have no place in code for real ones.
TIMED = [name for name in METHODS if name != "complex_step"]
NETWORK = Problem.perceptron([2, 3, 2], "se", "scalar", 0)
CROSS_ENTROPY = Problem.perceptron([2, 3, 2], "ce", "scalar", 0)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demos.complexity.clock, "ROUNDS", 2)
    monkeypatch.setattr(demos.complexity.clock, "ROUND", 1e-5)


def left(problem: Problem, name: str) -> int:
    code = straight(*problem.record(), name)
    code()
    return lines(code)


def check(found: int, operations: int, name: str) -> None:
    """Assert that the code has a line for every operation, but those on constants and of unused results."""
    if name in ("eliminate-forward", "eliminate-markowitz", "checkpoint", "forward_gradient"):
        assert 0.8 * operations < found <= operations
    else:
        assert found == operations


@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize(
    "problem",
    [NETWORK, *[Problem.recurrence(graph, 4, 0) for graph in ("chain-params", "ladder-residual")]],
    ids=lambda problem: problem.title,
)
def test_a_line_is_an_operation(problem: Problem, name: str) -> None:
    (row,) = study(problem, [name], 10**6)
    assert row.agrees
    check(left(problem, name), row.cost.total, name)


@pytest.mark.parametrize("name", TIMED)
def test_the_loss_as_one_vertex_is_worked_out_once_more_for_its_derivatives(name: str) -> None:
    # The greatest of 2 logits, 2 differences, 2 exponentials and their sum.
    (row,) = study(CROSS_ENTROPY, [name], 10**6)
    again = 1 + 2 + 2 + 1 if row.cost.partials else 0
    check(left(CROSS_ENTROPY, name), row.cost.total + again, name)


@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize("simplify", [False, True])
def test_the_code_gives_the_gradient_and_the_result(name: str, simplify: bool) -> None:
    root, layers = NETWORK.record()
    method = METHODS[name]
    wrt = layers if method.by_layer else [parameter for layer in layers for parameter in layer]
    expected = gradient(root, wrt, method.engine).values
    found = straight(root, layers, name, simplify=simplify)()
    assert found == pytest.approx([*expected, root.data] if method.evaluates else expected)


@pytest.mark.parametrize("problem", [NETWORK, Problem.perceptron([4, 4, 4, 3], "ce", "scalar", 0)])
def test_the_simplifier_finds_backprop_in_the_chain_rule_and_the_tree_in_the_paths(problem: Problem) -> None:
    names = ("backprop", "layer", "restart", "tree", "paths")
    found = {name: operations_left(*problem.record(), name) for name in names}
    assert found["backprop"] == found["layer"] == found["restart"]
    assert found["backprop"] < found["tree"] == found["paths"]


def test_what_is_long_or_did_not_run_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    costs = NETWORK.form.costs
    monkeypatch.setattr(demos.complexity.clock, "MOST", costs["forward"].total)
    rows = list(study(NETWORK, ["forward", "paths", "tree"], costs["paths"].total))
    rows += study(CROSS_ENTROPY, ["tree"], 0)
    assert [row.measured for row in rows] == [True, True, True, False]
    found = [row for group in timed(rows) for row in group]
    assert [row.clock is not None for row in found] == [True, False, True, False]
    for row, clock in clocked(found):
        assert clock.lines == clock.operations == row.cost.total
        assert clock.seconds > 0
        assert clock.over_backprop > 0
    assert len(pace(found)) == 2
    assert list(simplified(found).values()) == [["tree recursion"], ["forward mode"]]
    assert pace(rows) == clocked(rows) == []


def test_times_stand_beside_the_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(demos.complexity.clock, "MOST", 600)
    assert main(["--clock", "--layers", "1:2", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "By the clock an operation takes about" in printed
    assert "Methods of at most" in printed
    assert "No times are shown" not in printed
    rows = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert all(list(row)[-len(KEYS) :] == KEYS for row in rows)
    for row in rows:
        untimed = row["total"] > 600 or row["method"] == "complex_step"
        assert (row["lines"] is None) == (row["microseconds"] is None) == untimed
    with (tmp_path / "results.csv").open(encoding="utf-8", newline="") as file:
        assert [row["lines"] for row in csv.DictReader(file)] == [str(row["lines"] or "") for row in rows]
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    check_page(text)
    for words in ("By the clock</h2>", "ns an operation", "have no line in common", "ns each"):
        assert words in text


def test_without_the_clock_there_are_no_times(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--sizes", "2,2", "--out", str(tmp_path)]) == 0
    assert "No times are shown" in capsys.readouterr().out
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "By the clock" not in text
    assert not set(KEYS) & set(json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))[0])


def test_nothing_that_is_short_enough(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--clock", "--sizes", "2,2", "--budget", "0", "--out", str(tmp_path)]) == 0
    assert "By the clock" not in capsys.readouterr().out
    check_page((tmp_path / "index.html").read_text(encoding="utf-8"))


def test_the_clock_is_for_scalars(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--clock", "--granularity", "matrix"])
    assert exit_.value.code == 2
    assert "--clock is for graphs of scalars" in capsys.readouterr().err


def test_control_c_keeps_the_rows_that_are_not_timed_yet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def interrupted(rows: list[Row]) -> Iterator[list[Row]]:
        yield next(timed(rows))
        raise KeyboardInterrupt

    monkeypatch.setattr("demos.complexity.command.timed", interrupted)
    options = ["--clock", "--layers", "1:2", "--methods", "layer", "--out", str(tmp_path)]
    assert main(options) == INTERRUPTED
    assert "covers the 2 rows that were finished" in capsys.readouterr().err
    rows = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert [row["lines"] is None for row in rows] == [False, True]
