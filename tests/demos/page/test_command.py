"""The option types that all programs of the demos share."""

import argparse
from pathlib import Path

import pytest

from demos.page.command import Parser, add_out, add_seed, names, whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("1_000", 1000)])
def test_a_whole_number(text: str, number: int) -> None:
    assert whole_number(0)(text) == number


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "'x' is not a whole number"),
        ("1.5", "'1.5' is not a whole number"),
        ("0", "0 is out of range: give a number from 1 to 1,000"),
        ("1001", "1001 is out of range"),
    ],
)
def test_what_is_no_whole_number_in_range(text: str, message: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=message):
        whole_number(1, 1000)(text)


def test_no_upper_bound() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="-1 is out of range: give a number at least 0"):
        whole_number(0)("-1")


def test_names_are_taken_once_and_in_order() -> None:
    assert names(["a", "b", "c"], "letter")("c,a,c") == ["c", "a"]
    with pytest.raises(argparse.ArgumentTypeError, match="there is no letter 'x'; there are a, b, c"):
        names(["a", "b", "c"], "letter")("a,x")


def test_seed_and_folder() -> None:
    parser = Parser(prog="p")
    add_seed(parser)
    add_out(parser, "index.html", Path("there"))
    assert vars(parser.parse_args([])) == {"seed": 0, "out": Path("there")}
    assert vars(parser.parse_args(["--seed", "3", "--out", "a/b"])) == {"seed": 3, "out": Path("a/b")}
    assert "folder for index.html (default: there)" in parser.format_help()
    other = Parser(prog="p")
    add_out(other, "index.html", Path("there"), always=False)
    assert other.parse_args([]).out is None


@pytest.mark.parametrize("options", [["--seed", "-1"], ["--seed", "x"], ["--out", ""], ["--out", "a\x00b"]])
def test_what_is_refused(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    parser = Parser(prog="p")
    add_seed(parser)
    add_out(parser, "index.html", Path("there"))
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(options)
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
