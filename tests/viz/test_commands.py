"""The options that commands share, read and refused."""

from pathlib import Path

import pytest

from viz.commands import Parser, add_out, add_seed, folder, names, prepare, whole_number


def command():
    parser = Parser(prog="command")
    parser.add_argument("--layers", type=whole_number(1, 2_000), default=1)
    parser.add_argument("--epochs", type=whole_number(1))
    parser.add_argument("--methods", type=names(["paths", "backprop"], "method"))
    parser.add_argument("--data", type=folder)
    add_seed(parser)
    add_out(parser, "results", Path("out"))
    return parser


def test_options_are_read():
    options = command().parse_args(
        [
            "--layers",
            "1_000",
            "--epochs=3",
            "--methods",
            "backprop,paths,backprop",
            "--data",
            "a b",
            "--seed=7",
        ]
    )
    assert (options.layers, options.epochs, options.seed) == (1000, 3, 7)
    assert options.methods == ["backprop", "paths"]
    assert (options.data, options.out) == (Path("a b"), Path("out"))


def test_without_options_there_are_defaults():
    options = command().parse_args([])
    assert (options.layers, options.seed, options.out) == (1, 0, Path("out"))
    parser = Parser()
    add_out(parser, "results", Path("out"), always=False)
    assert parser.parse_args([]).out is None
    assert "folder for results (default: out)" in parser.format_help()


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [
        ("--layers", "0", "0 is out of range: give a number from 1 to 2,000"),
        ("--layers", "2001", "2001 is out of range"),
        ("--layers", "1.5", "'1.5' is not a whole number"),
        ("--epochs", "-1", "-1 is out of range: give a number at least 1"),
        ("--seed", "-1", "-1 is out of range: give a number at least 0"),
        ("--seed", "x", "'x' is not a whole number"),
        ("--methods", "paths,magic", "there is no method 'magic'; there are paths, backprop"),
        ("--data", "", "'' is not the name of a folder"),
        ("--out", "a\nb", r"'a\nb' is not the name of a folder"),
    ],
)
def test_a_wrong_option_is_one_line_and_status_2(capsys, option, text, message):
    with pytest.raises(SystemExit) as ended:
        command().parse_args([f"{option}={text}"])
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith(f"command: argument {option}: ")
    assert message in error
    assert error.count("\n") == 1


def test_the_output_folder_is_made(tmp_path):
    prepare(command(), tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_an_output_folder_that_cannot_be_made_ends_the_command(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit) as ended:
        prepare(command(), tmp_path / "file" / "out")
    assert ended.value.code == 2
    assert "cannot write to " in capsys.readouterr().err
