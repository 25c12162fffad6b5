"""The command, with the rivals that need no environment of their own."""

from __future__ import annotations

import pytest

from benchmarks import __main__ as command
from benchmarks import costs
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
    def interrupted(work, systems, rounds):
        assert not systems
        yield Board("a work", [Lane("whygrad", True, dict, times=[1.0])])
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
        (["--works", "tiny,nothing"], "there is no work 'nothing'; there are tiny, small"),
        (["--rounds", "0"], "'0' is no number of rounds: give 1 or more"),
        (["--output", "plot.png"], "give --output a name that ends in .svg, not 'plot.png'"),
    ],
)
def test_what_is_asked_wrongly_is_refused(arguments, words, capsys):
    with pytest.raises(SystemExit) as stopped:
        command.main(arguments)
    assert stopped.value.code == 2
    assert words in capsys.readouterr().err


def test_what_only_we_are_asked():
    rows = dict(costs.chain(1000).rows)
    assert int(rows["recorded"].split()[0]) < int(rows["with its gradients"].split()[0]) < 1000
    small, large = costs.compiling((2, 3)).rows
    assert (small[0], large[0]) == ("2-2-2-1", "2-3-3-1")
    assert 50 < int(small[1]) < int(large[1]) < 200
    found = {row[0].rpartition(", ")[2]: row[1:] for row in costs.memory(["practical-10"]).rows}
    assert found["by hand"][0] == "0 B"
    assert found["by hand"][2] == "1.00"
