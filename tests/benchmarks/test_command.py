"""The command, with the rivals that need no environment of their own."""

from __future__ import annotations

from functools import partial

import pytest

from benchmarks import __main__ as command
from benchmarks import attachments, costs
from benchmarks.race import Board, Lane


def test_it_races_and_writes(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "RIVALS", ("hips",))
    out = tmp_path / "plot.svg"
    arguments = ["--no-peers", "--rounds", "1", "--works", "tiny", "--output", str(out)]
    assert command.main(arguments) == 0
    assert out.read_text().startswith("<svg")
    text = out.with_suffix(".md").read_text()
    assert "| **whygrad, compiled** |" in text
    assert "| by hand, Python |" in text
    assert "hips is left out: ModuleNotFoundError: No module named 'autograd.numpy'" in text
    assert "whygrad, compiled" in capsys.readouterr().out


def test_ctrl_c_leaves_what_there_is(tmp_path, monkeypatch):
    def interrupted(workload, systems, rounds):
        assert not systems
        yield Board("a workload", [Lane("whygrad", True, dict, times=[1.0])])
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "HERE", ())
    monkeypatch.setattr(command, "RIVALS", ())
    monkeypatch.setattr(command, "race", interrupted)
    out = tmp_path / "plot.svg"
    assert command.main(["--no-peers", "--works", "tiny,imports", "--output", str(out)]) == 130
    text = out.with_suffix(".md").read_text()
    assert "interrupted" in text
    assert "| **whygrad** | **1 s** |" in text
    assert "## import" not in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--works", "tiny,nothing"], "there is no workload 'nothing'; there are tiny, small"),
        (["--rounds", "0"], "0 is out of range: give a number at least 1"),
        (["--output", "plot.png"], "give --output a name that ends in .svg, not 'plot.png'"),
    ],
)
def test_wrong_options_are_refused(arguments, words, capsys):
    with pytest.raises(SystemExit) as stopped:
        command.main(arguments)
    assert stopped.value.code == 2
    assert words in capsys.readouterr().err


def test_import_times_are_interleaved_and_shown_as_ratios_to_numpys():
    fixed = dict(
        zip(["pass", *(row.statement for row in costs.IMPORTS)], (1.0, 3.0, 4.0, 5.0, 4.5, 6.0), strict=True)
    )
    calls = []

    def timed(statement):
        calls.append(statement)
        round_ = (len(calls) - 1) // len(fixed)
        return fixed[statement] + (100.0 if round_ in (0, 2) else 0.0)  # a slow warm-up and a slow round

    table = costs.imports(5, timed)
    assert calls == list(fixed) * 6
    assert [row[1:] for row in table.rows] == [
        ["2 s", ""],
        ["3 s", "0.50"],
        ["4 s", "1.00"],
        ["3.5 s", "0.25"],
        ["5 s", "1.00"],
    ]
    assert table.notes[0].startswith("medians of 5 interleaved fresh processes each")


def test_imports_alone_are_printed_and_nothing_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(command.COSTS, "imports", partial(costs.imports, 1))
    assert command.main(["--imports"]) == 0
    out = capsys.readouterr().out
    assert "import numpy, autograd" in out
    assert "adds" in out
    assert not list(tmp_path.iterdir())


def test_measurements_of_this_package_alone():
    rows = dict(costs.chain(1000).rows)
    assert 0 < int(rows["recorded"].split()[0]) <= int(rows["with its gradients"].split()[0]) < 1000
    small, large = costs.compiling((2, 3)).rows
    assert (small[0], large[0]) == ("2-2-2-1", "2-3-3-1")
    assert 50 < int(small[1]) < int(large[1]) < 200
    ((tokens, nodes, *times),) = costs.documents((0,)).rows
    assert (tokens, int(nodes.replace(",", "")) > 8_000) == ("2 tokens", True)
    assert all(" a node, then " in text for text in times)
    found = {row[0].rpartition(", ")[2]: row[1:] for row in costs.memory(["practical-10"]).rows}
    assert found["by hand"][0] == "0 B"
    assert found["by hand"][2] == "1.00"


def test_what_is_attached_to_a_value_is_timed_with_and_without_it():
    table = attachments.attachments(repeats=20, rounds=1)
    times = {name: (time, added) for name, time, added in table.rows}
    assert times["a product"][1] == ""
    assert float(times["a product within source_lines"][1].replace(",", "")) > 0
    assert "in use" in table.notes[0]


def test_the_help_says_which_engines_are_left_out_and_why(capsys):
    with pytest.raises(SystemExit):
        command.main(["--help"])
    words = " ".join(capsys.readouterr().out.split())
    assert "micrograd-rust 0.1.0 is left out" in words
    assert "72 instead of 54" in words
