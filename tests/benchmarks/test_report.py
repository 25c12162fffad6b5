"""Tables and the plot of given times."""

from __future__ import annotations

from xml.etree import ElementTree

from rich.console import Console

from benchmarks.plot import plot
from benchmarks.race import Board, Lane
from benchmarks.report import machine, markdown, ranking, shown, time


def board():
    def ask(do):
        raise AssertionError(do)

    return Board(
        "1 < 2 & [b]",
        [
            Lane("whygrad, compiled", True, ask, times=[2e-6, 4e-6, 2e-6]),
            Lane("rival", False, ask, error=1e-9, times=[1e-6, 1e-6, 1e-6]),
            Lane("slow", False, ask, times=[1.0, 2.0, 3.0], reason="it ended in round 4"),
            Lane("absent", False, ask, reason="it is not there"),
        ],
    )


def test_losses_stand_above_us():
    table = ranking(board())
    assert table.columns == ["", "time", "÷ compiled", "error"]
    assert table.rows == [
        ["rival", "1 µs", "0.5", "1e-09"],
        ["whygrad, compiled", "2 µs", "1", "0"],
        ["slow", "2 s", "5e+05", "0"],
    ]
    assert table.bold == [1]
    assert table.notes == ["slow: it ended in round 4", "absent: it is not there"]


def test_units_of_time():
    found = [time(seconds) for seconds in (3.21e-9, 3.214e-6, 0.0321, 3.21, 3210.0)]
    assert found == ["3.21 ns", "3.21 µs", "32.1 ms", "3.21 s", "3,210 s"]


def test_markdown_and_the_terminal():
    text = markdown(["head"], [ranking(board())])
    assert text.startswith("# Benchmarks\n\nhead\n\n## 1 < 2 & [b]\n\n|  | time |")
    assert "| **whygrad, compiled** | **2 µs** | **1** | **0** |" in text
    assert "- absent: it is not there" in text
    console = Console(width=100)
    with console.capture() as capture:
        console.print(shown(ranking(board())))
    assert "1 < 2 & [b]" in capture.get()
    assert "it is not there" in capture.get()


def test_the_machine_and_its_versions():
    hardware, versions = machine({"numpy": "2", "jax": "1"})
    assert "cores" in hardware
    assert versions == "numpy 2, jax 1"


def test_the_plot_says_in_words_what_it_shows():
    svg = plot([board(), Board("nothing to see", []), board()])
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own
    names = [child.tag.rpartition("}")[2] for child in root]
    assert root.get("role") == "img"
    assert names[:3] == ["title", "desc", "rect"]
    words = root[1].text
    assert words.count("1 < 2 & [b]: rival 1 µs; whygrad, compiled 2 µs; slow 2 s.") == 2
    assert "nothing to see" not in words
    assert "currentColor" not in svg


def test_a_plot_of_nothing():
    assert ElementTree.fromstring(plot([])).get("role") == "img"  # noqa: S314 - our own
