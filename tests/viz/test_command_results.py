"""``python -m viz``: several results, standard input, JSON, completion and further commands."""

import io
import json
import re
import subprocess
import sys

import pytest

from autograd import METHODS, Graph, gradient, predict
from autograd.differentiation.methods import accuracy
from viz.__main__ import COSTS, main
from viz.commands import SUBCOMMANDS
from viz.completion import SHELLS
from viz.edge_uses import MEASURED
from viz.expression import parse
from viz.function_names import functions

NETWORK = ["h = tanh(w*x); h*v; h + 1", "w=0.5", "x=1", "v=2"]
POINT = {"w": 0.5, "x": 1.0, "v": 2.0}


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def typed(monkeypatch, content):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))


def test_every_result_has_its_tables(capsys):
    assert main(NETWORK) == 0
    out = capsys.readouterr().out
    h = parse("tanh(w*x)", {"w": 0.5, "x": 1.0}).data
    blocks = out.split("\n\n")
    assert [blocks[0], blocks[1], blocks[4]] == [
        f"h = tanh(w*x) = {h:.12g}",
        f"h*v = {2 * h:.12g}",
        f"h + 1 = {h + 1:.12g}",
    ]
    assert [block.split()[:4] for block in blocks if block.startswith("gradient")] == [
        ["gradient", "d/dw", "d/dx", "d/dv"],
        ["gradient", "d/dw", "d/dx", "backprop"],
    ]
    assert out.count("≈ approximate") == 1


def test_json_has_all_digits(capsys):
    assert main(["--json", *NETWORK]) == 0
    h, first, second = json.loads(capsys.readouterr().out)["statements"]
    root = parse("tanh(w*x)*v", POINT)
    leaves = Graph(root).leaves
    assert h == {"text": "h = tanh(w*x)", "name": "h", "value": root.data / 2}
    assert (first["text"], first["name"], first["value"]) == ("h*v", None, root.data)
    assert first["at"] == POINT
    assert [one["method"] for one in first["methods"]] == list(METHODS)
    for one in first["methods"]:
        found = gradient(root, leaves, one["method"])
        assert list(one["gradient"].items()) == [
            (leaf.name, x) for leaf, x in zip(leaves, found.values, strict=True)
        ]
        assert one["operations"] == {name: getattr(found.cost, name) for name in COSTS}
        assert (one["accuracy"], one["predicted"], one["note"]) == (accuracy(one["method"]), False, None)
    assert list(second["methods"][0]["gradient"]) == ["w", "x"]


def test_json_of_a_method_that_was_not_run(capsys):
    assert main(["x+" * 500 + "x", "x=1", "--json"]) == 0
    methods = {one["method"]: one for one in json.loads(capsys.readouterr().out)["statements"][0]["methods"]}
    root = parse("x+" * 500 + "x", {"x": 1.0})
    assert methods["paths"]["predicted"]
    assert methods["paths"]["gradient"] is None
    assert (
        methods["paths"]["operations"]["total"] == predict(root, Graph(root).leaves, "paths").total > MEASURED
    )
    assert "not run: it would take" in methods["paths"]["note"]
    assert methods["backprop"]["gradient"] == {"x": 501.0}


def test_json_and_latex_exclude_each_other(capsys):
    assert "not allowed with argument" in refused(capsys, "x", "x=1", "--json", "--latex")


@pytest.mark.parametrize("content", [b"-x*x", b"  -x*x \n", b"\n-x*x\n\n", b"\xef\xbb\xbf-x*x\r\n"])
def test_an_expression_from_standard_input(capsys, monkeypatch, content):
    typed(monkeypatch, content)
    assert main(["-", "x=3"]) == 0
    assert capsys.readouterr().out.startswith("-x*x = -9\n\n")


def test_a_line_of_standard_input_is_a_statement(capsys, monkeypatch):
    typed(monkeypatch, "η = 2*x\r\nη*η\n".encode())
    assert main(["-", "x=3"]) == 0
    assert capsys.readouterr().out.startswith("η = 2*x = 6\n\nη*η = 36\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the expression is empty"),
        (b"\n\n", "the expression is empty"),
        (b"x*" * 10**6, "over the limit of 2,000"),
        (b"x\0", "is U+0000"),
        (b"\xff\xfe", "standard input is not text: give an expression in UTF-8"),
        (b"import os", "cannot be read at column 1"),
    ],
)
def test_wrong_standard_input_ends_in_one_line(capsys, monkeypatch, content, message):
    typed(monkeypatch, content)
    assert message in refused(capsys, "-", "x=3")


def test_bytes_that_are_no_text_are_told_in_the_c_locale_too(capsys, monkeypatch):
    lenient = io.TextIOWrapper(io.BytesIO(b"x*\xff"), encoding="utf-8", errors="surrogateescape")
    monkeypatch.setattr(sys, "stdin", lenient)
    assert "standard input is not text" in refused(capsys, "-", "x=3")


@pytest.mark.parametrize(("word", "meant"), [("doctro", "doctor"), ("help", "--help")])
def test_a_word_near_a_subcommand_is_told(capsys, word, meant):
    assert refused(capsys, word) == (
        f"whygrad: {word!r} at column 1 has no value: write {word}=1; perhaps you mean whygrad {meant}\n"
    )


def test_several_results_are_a_page_or_a_derivation_but_no_picture(capsys, tmp_path):
    assert "a picture shows one result, and there are 2: write .html or .tex" in refused(
        capsys, *NETWORK, "-o", str(tmp_path / "x.dot")
    )
    assert main([*NETWORK, "-o", str(tmp_path / "x.html")]) == 0
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "h*v" in page
    assert "h + 1" in page
    capsys.readouterr()
    assert main(["x*x; x", "x=2", "--latex"]) == 0
    both = capsys.readouterr().out
    main(["x*x", "x=2", "--latex"])
    assert both.startswith(capsys.readouterr().out)
    assert both.count("\\begin{") == 2


def test_a_named_result_is_named_in_the_picture(tmp_path):
    assert main(["h = x*w; h*h", "x=2", "w=3", "-o", str(tmp_path / "x.dot")]) == 0
    assert ">h<" in (tmp_path / "x.dot").read_text()


@pytest.mark.parametrize("command", SUBCOMMANDS)
def test_further_commands_have_help(capsys, command):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: whygrad {command} ")
    assert command not in functions()


def test_completion_needs_shtab(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)
    message = refused(capsys, "--print-completion", "bash")
    assert message == "whygrad: completion needs shtab: pip install 'whygrad[completion]'\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_completion_script_knows_the_options_of_all_commands(capsys, shell):
    pytest.importorskip("shtab")
    with pytest.raises(SystemExit) as ended:
        main([f"--print-completion={shell}"])
    assert ended.value.code == 0
    words = set(re.findall(r"\w[\w-]*", capsys.readouterr().out))
    assert {*SUBCOMMANDS, "latex", "clear", "gradescope", "no-browser"} <= words


def test_a_shell_that_shtab_does_not_know_is_one_line(capsys, monkeypatch):
    shtab = pytest.importorskip("shtab")
    monkeypatch.setattr(shtab, "SUPPORTED_SHELLS", ["bash"])
    assert refused(capsys, "--print-completion", "fish") == (
        "whygrad: completion in fish needs a later shtab: pip install --upgrade shtab\n"
    )


def test_bash_completes_options_and_commands(capsys):
    pytest.importorskip("shtab")
    with pytest.raises(SystemExit):
        main(["--print-completion", "bash"])
    script = capsys.readouterr().out
    asked = """
COMP_WORDS=(whygrad "$@"); COMP_CWORD=$#; COMP_LINE="whygrad $*"
_shtab_whygrad; echo "${COMPREPLY[@]}"
"""
    for words, expected in [
        (["--js"], "--json"),
        (["doc"], "doctor"),
        (["x*y", "x=2", "y=3", "--la"], "--latex"),
        (["check", "--ht"], "--html"),
        (["cache", "--"], "--help --clear --json"),
    ]:
        command = ["bash", "-c", script + asked, "bash", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert (done.stdout.replace("-h ", ""), done.stderr) == (f"{expected}\n", "")
