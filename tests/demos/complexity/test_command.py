"""The command: what it prints, what it writes, what it refuses, and what Ctrl-C leaves."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

import demos.complexity.command
from demos.complexity import main
from demos.complexity.study import METHODS
from demos.page.command import INTERRUPTED
from viz import LayoutError

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
        exact = "difference" not in row["method"]
        assert (row["forward"], row["partials"]) == (45, 11) if exact else row["partials"] == 0
        assert row["total"] == sum(
            row[key] for key in ("multiplications", "additions", "partials", "forward")
        )
        assert row["max_error"] < (1e-12 if exact else 1e-6)
        assert exact or row["max_error"] > 0


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
        (["--seed", "x"], "invalid int value"),
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
    assert over == {"forward", "restart", "paths", "finite_difference", "central_difference"}
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
        assert row["max_error"] < 1e-5
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
    assert set(rows) == set(METHODS)
    for name, row in rows.items():
        assert list(row) == [*KEYS, *MATRIX_KEYS]
        assert (row["granularity"], row["batch"], row["parameters"], row["paths"]) == ("matrix", 5, 22, 4)
        assert row["measured"]
        for key in ("multiplications", "additions", "multiply_adds", "forward_multiply_adds"):
            assert row[key] == row[f"predicted_{key}"], (name, key)
        assert row["max_error"] < (1e-6 if "difference" in name else 1e-12)
    # Five examples, 8 weights in either layer.
    products = {name: (row["multiply_adds"], row["forward_multiply_adds"]) for name, row in rows.items()}
    assert products["backprop"] == products["tree"] == (5 * (8 + 8 + 8), 5 * 16)
    assert products["layer"] == (5 * (8 + 16), 5 * 16)
    assert products["restart"] == products["paths"] == (5 * (8 + 16 + 0 + 8), 5 * 16)
    assert products["finite_difference"] == (0, 23 * 5 * 16)


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


def test_the_seed_draws_the_point_and_not_the_cost(capsys: pytest.CaptureFixture[str]) -> None:
    first, again, other = (records(capsys, "--sizes", "5,3,2", "--seed", seed) for seed in ("1", "1", "2"))
    assert first == again
    assert first["finite_difference"]["max_error"] != other["finite_difference"]["max_error"]
    assert first["paths"]["total"] == other["paths"]["total"]


class References(HTMLParser):
    """Everything a page would fetch, and how its elements open and close."""

    VOID = ("meta", "br")

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("src", "href", "xlink:href", "data") and not (value or "").startswith("#"):
                self.fetched.append(value or "")
        assert tag not in ("script", "link", "iframe", "img", "base")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check_page(text: str) -> None:
    page = References()
    page.feed(text)
    assert page.open == []
    assert page.fetched == []
    assert len(page.ids) == len(set(page.ids))
    assert "url(http" not in text
    assert "@import" not in text
    start = 0
    while (start := text.find("<svg", start)) >= 0 and text[:start].rstrip().endswith(">"):
        end = text.find("</figure>", start)
        svg = text[start : text.rindex("</svg>", start, end) + len("</svg>")]
        for one in svg.split('</div>\n<div class="narrow">'):
            ElementTree.fromstring(one)  # noqa: S314 - made a moment ago, here
        start = end


def test_the_page_and_its_data(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    options = ["--layers", "1:6", "--budget", "3000", "--out", str(out)]
    assert main(options) == 0
    printed = capsys.readouterr()
    assert printed.err == f"wrote results.csv, results.json, index.html to {out}\n"
    for sentence in (
        "backprop: linear: one more layer adds 124;",
        "chain rule per layer: quadratic: one more layer adds 60 more",
        "predicted",
        "partials: Operations to evaluate the local derivatives",
    ):
        assert sentence in printed.out
    rows = json.loads((out / "results.json").read_text(encoding="utf-8"))
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        assert [row["total"] for row in csv.DictReader(file)] == [str(row["total"]) for row in rows]
    assert len(rows) == 6 * len(METHODS)
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
    assert sorted(path.name for path in out.iterdir()) == ["index.html", "results.csv", "results.json"]
    assert main(options) == 0
    assert (out / "index.html").read_text(encoding="utf-8") == text


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


def test_a_file_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "index.html").mkdir()
    with pytest.raises(SystemExit) as exit_:
        main(["--sizes", "2,2", "--format", "csv", "--out", str(tmp_path)])
    assert exit_.value.code == 2
    assert "cannot write" in capsys.readouterr().err
    assert not list(tmp_path.glob(".*"))


def test_control_c_keeps_the_finished_rows(tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--layers", "9:9", "--methods", "backprop,layer,paths", "--budget", "1000000000"]
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
    assert "interrupted: what follows is made of the 2 rows that were finished" in errors
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


def test_an_interrupt_before_the_first_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demos.complexity.command, "study", interrupted)
    assert main(["--sizes", "2,2", "--out", str(tmp_path)]) == INTERRUPTED
    printed = capsys.readouterr()
    assert (printed.out, "nothing is written" in printed.err) == ("", True)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_while_measuring_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("in the thread")

    monkeypatch.setattr(demos.complexity.command, "study", broken)
    with pytest.raises(ZeroDivisionError, match="in the thread"):
        main(["--sizes", "2,2", "--format", "json"])
