"""The rows: their keys, the golden counts, and the graphs that options select."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from demos.complexity import main
from demos.complexity.study import METHODS

KEYS = [
    "graph",
    "sizes",
    "loss",
    "method",
    "parameters",
    "vertices",
    "edges",
    "paths",
    "multiplications",
    "additions",
    "partials",
    "forward",
    "total",
    "measured",
    "predicted_multiplications",
    "predicted_additions",
    "max_error",
]
MATRIX_KEYS = [
    "granularity",
    "batch",
    "multiply_adds",
    "forward_multiply_adds",
    "predicted_multiply_adds",
    "predicted_forward_multiply_adds",
]
GOLDEN = {
    "backprop": (62, 4),
    "paths": (234, 12),
    "tree": (90, 12),
    "forward": (194, 12),
    "restart": (194, 12),
    "layer": (78, 4),
    "finite_difference": (22, 44),
    "central_difference": (22, 66),
    "eliminate-reverse": (62, 4),
    "eliminate-forward": (194, 12),
    "eliminate-markowitz": (62, 4),
    "checkpoint": (62, 4),
    "complex_step": (22, 0),
    "forward_gradient": (84, 25),
    "simultaneous_perturbation": (23, 45),
}
# Operations of the forward passes, where they are not one pass of 45, of 25 before the last layer.
PASSES = {
    "finite_difference": 23 * 45,
    "central_difference": 44 * 45,
    "checkpoint": 45 + 20,
    "complex_step": 22 * 45,
    "simultaneous_perturbation": 2 * 45,
}
COMMAND = [sys.executable, "-m", "demos.complexity"]


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=120)


def records(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, dict]:
    assert main([*options, "--format", "json"]) == 0
    return {record["method"]: record for record in json.loads(capsys.readouterr().out)}


def test_golden_values_as_json(tmp_path: Path) -> None:
    done = run("--sizes", "2,4,2", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)
    assert [row["method"] for row in rows] == list(METHODS)
    for row in rows:
        assert list(row) == KEYS
        assert (row["graph"], row["sizes"], row["loss"]) == ("mlp", [2, 4, 2], "ce")
        assert (row["parameters"], row["vertices"], row["edges"], row["paths"]) == (22, 59, 62, 34)
        assert (row["multiplications"], row["additions"]) == GOLDEN[row["method"]]
        assert (row["predicted_multiplications"], row["predicted_additions"]) == GOLDEN[row["method"]]
        assert row["measured"] is True
        variant = METHODS[row["method"]]
        linearizes = row["method"] not in PASSES or row["method"] == "checkpoint"
        assert row["forward"] == PASSES.get(row["method"], 45)
        assert row["partials"] == (11 if linearizes else 0)
        assert row["total"] == sum(
            row[key] for key in ("multiplications", "additions", "partials", "forward")
        )
        assert row["max_error"] < {"exact": 1e-12, "approximate": 1e-6, "estimate": 100}[variant.accuracy]
        assert variant.accuracy == "exact" or row["max_error"] > 0


def test_csv_reads_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--sizes", "2,2,2", "--format", "csv", "--methods", "tree,backprop"]) == 0
    printed = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(printed.out)))
    assert printed.err == ""
    assert list(rows[0]) == KEYS
    assert [(row["method"], row["sizes"], row["multiplications"]) for row in rows] == [
        ("tree", "2,2,2", "46"),
        ("backprop", "2,2,2", "32"),
    ]


def test_methods_over_the_budget_are_predicted(capsys: pytest.CaptureFixture[str]) -> None:
    rows = records(capsys, "--sizes", "2,4,2", "--budget", "261")
    over = {name for name, row in rows.items() if not row["measured"]}
    # forward and restart take 262 in all, forward pass and partials included.
    over_the_budget = {"forward", "restart", "paths", "eliminate-forward", "complex_step"}
    assert over == over_the_budget | {"finite_difference", "central_difference"}
    assert "eliminate-markowitz" not in rows  # without a closed form, it is not counted over a large graph
    for name, row in rows.items():
        assert (row["multiplications"], row["additions"]) == GOLDEN[name]
        assert (row["max_error"] is None) == (name in over)


def test_nothing_is_recorded_when_nothing_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    wide = ",".join(["1000"] * 401)
    rows = records(capsys, "--sizes", wide, "--budget", "0")
    assert not any(row["measured"] for row in rows.values())
    assert rows["paths"]["paths"] == 1000 * 1001 * (1000**400 - 1) // 999


@pytest.mark.parametrize("graph", ["chain", "chain-params", "ladder-square", "ladder-residual"])
def test_recurrences(capsys: pytest.CaptureFixture[str], graph: str) -> None:
    rows = records(capsys, "--graph", graph, "--layers", "6:6")
    for row in rows.values():
        assert row["measured"]
        assert (row["graph"], row["sizes"], row["loss"]) == (graph, [6], None)
        assert row["multiplications"] == row["predicted_multiplications"]
        assert row["additions"] == row["predicted_additions"]
        assert row["max_error"] < (1e-5 if METHODS[row["method"]].accuracy != "estimate" else 10)
    expected = {"chain": 6, "chain-params": 42, "ladder-square": 384, "ladder-residual": 576}
    assert rows["paths"]["multiplications"] == expected[graph]


def test_squared_error_and_whole_neurons(capsys: pytest.CaptureFixture[str]) -> None:
    rows = records(capsys, "--sizes", "2,4,2", "--loss", "se")
    assert (rows["paths"]["multiplications"], rows["backprop"]["edges"]) == (302, 66)
    rows = records(capsys, "--sizes", "2,4,2", "--granularity", "neuron")
    assert (rows["paths"]["multiplications"], rows["backprop"]["vertices"]) == (92, 29)
    for row in rows.values():
        assert row["multiplications"] == row["predicted_multiplications"]


@pytest.mark.parametrize("loss", ["ce", "se"])
def test_whole_matrices(capsys: pytest.CaptureFixture[str], loss: str) -> None:
    options = ["--sizes", "2,4,2", "--granularity", "matrix", "--batch", "5", "--loss", loss]
    rows = records(capsys, *options)
    alone = {"complex_step", *(name for name in METHODS if name.startswith("eliminate"))}
    assert set(rows) == set(METHODS) - alone
    for name, row in rows.items():
        assert list(row) == [*KEYS, *MATRIX_KEYS]
        assert (row["granularity"], row["batch"], row["parameters"], row["paths"]) == ("matrix", 5, 22, 4)
        assert row["measured"]
        for key in ("multiplications", "additions", "multiply_adds", "forward_multiply_adds"):
            assert row[key] == row[f"predicted_{key}"], (name, key)
        assert (
            row["max_error"] < {"exact": 1e-12, "approximate": 1e-6, "estimate": 100}[METHODS[name].accuracy]
        )
    # Five examples, 8 weights in either layer.
    products = {name: (row["multiply_adds"], row["forward_multiply_adds"]) for name, row in rows.items()}
    assert products["backprop"] == products["tree"] == (5 * (8 + 8 + 8), 5 * 16)
    assert products["layer"] == (5 * (8 + 16), 5 * 16)
    assert products["restart"] == products["paths"] == (5 * (8 + 16 + 0 + 8), 5 * 16)
    assert products["finite_difference"] == (0, 23 * 5 * 16)


def test_the_seed_draws_the_point_and_not_the_cost(capsys: pytest.CaptureFixture[str]) -> None:
    first, again, other = (records(capsys, "--sizes", "5,3,2", "--seed", seed) for seed in ("1", "1", "2"))
    assert first == again
    assert first["finite_difference"]["max_error"] != other["finite_difference"]["max_error"]
    assert first["paths"]["total"] == other["paths"]["total"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--methods", "eliminate-markowitz", "--sizes", "4,4,3", "--budget", "10"),
            "eliminate-markowitz has no closed form, and counting takes more than the budget: raise --budget",
        ),
        (
            ("--methods", "complex_step,eliminate-reverse", "--granularity", "matrix", "--sizes", "2,4,2"),
            "complex_step, eliminate-reverse are for graphs of scalars: leave out --granularity matrix",
        ),
    ],
)
def test_methods_that_cannot_be_counted_are_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*options, "--out", str(tmp_path / "out")])
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err
    assert printed.err.count("\n") == 1
    assert not list((tmp_path / "out").iterdir())
