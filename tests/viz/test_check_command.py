"""``whygrad check``: the command, its outputs, and the page in a real browser."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys

import pytest

from tests.viz.browser import needs_browser, opened
from tests.viz.students import OPERATIONS, RIGHT, SWEEPS, changed
from viz.__main__ import main
from viz.checking import conventions
from viz.commands import INTERRUPTED

WRONG = SWEEPS["no topological order"]


@pytest.fixture(autouse=True)
def shallow(monkeypatch):
    monkeypatch.setattr(conventions, "DEPTHS", (100,))


@pytest.fixture
def handed_in(tmp_path):
    """Write a student's file, and run the command on it; return the exit status."""

    def run(text: str, *options: object, name: str = "engine.py") -> int:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return main(["check", str(path), "--graphs", "40", *map(str, options)])

    return run


def refused(capsys, *arguments):
    """The one line on stderr of a command that exits with status 2."""
    with pytest.raises(SystemExit) as end:
        main(["check", *map(str, arguments)])
    assert end.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_a_right_file_has_status_0(handed_in, capsys):
    assert handed_in(RIGHT) == 0
    out, err = capsys.readouterr()
    assert re.match(r"engine\.py: right on \d+ graphs of \+, -, \*, /, \*\*, neg, relu, tanh, exp\.\n", out)
    assert "Neither defined nor required: log." in out
    assert err == ""


def test_a_wrong_file_has_status_1_and_its_mistake_is_told(handed_in, capsys):
    assert handed_in(WRONG) == 1
    out = capsys.readouterr().out
    assert out.startswith("engine.py: 1 thing to correct, found on ")
    assert "The mistake “no topological order” gives the same numbers on all graphs." in out
    assert out.count("first wrong") == 1
    assert ".backward()\n" in out
    assert all(len(line) <= 100 for line in out.splitlines())


def test_the_program_shown_gives_the_numbers_shown(handed_in, capsys):
    handed_in(WRONG, "--json")
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    names = {}
    exec(f"{WRONG}\n{finding['program']}", names)  # noqa: S102 (texts of this test and of the check)
    for result in finding["results"]:
        assert names[result["name"]].data == pytest.approx(result["data"])
        assert names[result["name"]].grad == pytest.approx(result["gradient"])
    marked = [r for r in finding["results"] if r["wrong"]]
    assert {r["name"] for r in marked} == {
        r["name"] for r in finding["results"] if r["gradient"] != pytest.approx(r["right_gradient"])
    }
    assert sum(r["first_wrong"] for r in finding["results"]) == 1


def test_the_output_is_the_same_again_but_for_the_speed(handed_in, capsys):
    def told():
        handed_in(OPERATIONS["value of c - a: a - c"], "--seed", 5)
        out = capsys.readouterr().out
        return re.sub(r"takes [\d.]+ times", "", out)

    assert told() == told()


def test_gradescope_has_a_point_for_each_operator_and_one_for_graphs(handed_in, capsys, tmp_path):
    path = tmp_path / "results.json"
    assert handed_in(OPERATIONS["derivative of a.tanh() by a: 1 - out"], "--gradescope", path) == 1
    out = capsys.readouterr().out
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["output"].startswith(out[:40])
    scores = {test["name"]: (test["score"], test["max_score"], test["status"]) for test in found["tests"]}
    assert scores.pop("tanh: value and derivative") == (0, 1, "failed")
    assert "gradients of graphs" in scores
    assert len(scores) == 9
    assert set(scores.values()) == {(1, 1, "passed")}
    assert handed_in(RIGHT, "--gradescope", path, "--strict") == 0
    tests = json.loads(path.read_text(encoding="utf-8"))["tests"]
    assert [test["score"] for test in tests] == [1] * 11


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("class Value", "engine.py", "SyntaxError (expected ':') in line 1 of engine.py: class Value"),
        ("{}", "engine.ipynb", "engine.ipynb cannot be checked: it is a notebook: save its code as a file"),
    ],
)
def test_every_output_says_that_a_file_cannot_be_checked(handed_in, capsys, tmp_path, text, name, said):
    path, shown = tmp_path / "results.json", tmp_path / "report.html"
    with pytest.raises(SystemExit) as end:
        handed_in(text, "--json", "--gradescope", path, "--html", shown, name=name)
    assert end.value.code == 2
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found["error"].startswith(said)
    assert (found["right"], found["graphs"], found["findings"]) == (False, 0, [])
    assert err.splitlines()[-1].startswith(f"whygrad check: {said}")
    graded = json.loads(path.read_text(encoding="utf-8"))
    assert graded["score"] == 0
    assert graded["output"].startswith(said)
    content = html.unescape(shown.read_text(encoding="utf-8"))
    assert f"Not checked: {said}" in content
    assert "How deep" not in content


def test_gradescope_learns_of_a_file_that_is_not_there(tmp_path):
    path = tmp_path / "results.json"
    with pytest.raises(SystemExit):
        main(["check", str(tmp_path / "nowhere.py"), "--gradescope", str(path)])
    assert "nowhere.py': No such file or directory." in json.loads(path.read_text(encoding="utf-8"))["output"]


def test_gradescope_has_a_file_to_read_before_the_check_ends(handed_in, tmp_path, monkeypatch):
    def killed(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("viz.checking.check_command.check", killed)
    path = tmp_path / "results.json"
    assert handed_in(RIGHT, "--gradescope", path) == INTERRUPTED
    found = json.loads(path.read_text(encoding="utf-8"))
    assert (found["score"], found["output"]) == (0, "The check did not finish.")


def test_an_operator_that_nobody_told_of_has_no_point(handed_in, tmp_path):
    path = tmp_path / "results.json"
    text = RIGHT.replace("        order, seen = [], set()", "        raise NotImplementedError")
    assert handed_in(text, "--gradescope", path) == 1
    tests = json.loads(path.read_text(encoding="utf-8"))["tests"]
    assert [test["score"] for test in tests] == [0] * 10
    assert "Value(2.5).backward() fails: NotImplementedError in line" in tests[-1]["output"]


# ---- the page


def test_the_page_is_complete_in_itself_and_escaped(handed_in, tmp_path):
    page = tmp_path / "report.html"
    name = "<img src=x onerror=alert(1)>.py"
    text = WRONG.replace(
        "def relu(self):", 'def relu(self):\n        raise ValueError("<script>alert(2)</script>")'
    )
    assert handed_in(text, "--html", page, name=name) == 1
    content = page.read_text(encoding="utf-8")
    assert "<img src=x" not in content
    assert "<script" not in content
    assert "&lt;img src=x onerror=alert(1)&gt;.py, checked" in content
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in content
    assert "<p>Depth: a chain of 100 operations works" in content
    assert not re.search(r'(src|href)="(?!data:image/svg)', content)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".html"] == ["report.html"]


@needs_browser
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_shows_both_graphs(handed_in, browser, tmp_path, width):
    page = tmp_path / "report.html"
    handed_in(
        changed(("1 - out.data**2", "1 - out.data"), ("in reversed(order)", "in order")), "--html", page
    )
    with opened(browser, page, width=width) as shown:
        assert shown.texts("h2")[:2] == ["1. derivative of a.tanh() by a: 1 - out", "2. order not reversed"]
        images = shown.page.locator("figure img")
        assert images.count() == 4
        for i in range(4):
            assert images.nth(i).evaluate("image => image.naturalWidth") > 100
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
        assert shown.texts("tr.wrong td.mark") == ["first wrong", "first wrong"]


def test_without_graphviz_the_page_has_the_numbers(handed_in, tmp_path, monkeypatch):
    monkeypatch.setattr("viz.layout.shutil.which", lambda name: None)
    monkeypatch.setattr("viz.layout.find_spec", lambda name: None)
    page = tmp_path / "report.html"
    handed_in(WRONG, "--html", page)
    content = page.read_text(encoding="utf-8")
    assert "<figure" not in content
    assert "first wrong" in content


# ---- what is refused


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required: FILE.py"),
        (["nowhere.py"], "cannot read 'nowhere.py': No such file or directory"),
        (["."], "cannot read '.': Is a directory"),
        ([os.devnull], f"cannot read {os.devnull!r}: it is not an ordinary file"),
        (["x.py", "--html", "x.txt"], "'x.txt' does not end in .html"),
        (["x.py", "--html", "nowhere/x.html"], "there is no folder 'nowhere'"),
        (["x.py", "--operators", "+,sinh"], "there is no operator 'sinh'"),
        (["x.py", "--graphs", "0"], "0 is out of range"),
        (["x.py", "--seconds", "1.5"], "'1.5' is not a whole number"),
    ],
)
def test_wrong_input_ends_in_one_line(capsys, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert said in refused(capsys, *arguments)


def test_a_file_that_cannot_be_checked_has_status_2(capsys, tmp_path):
    path = tmp_path / "engine.py"
    path.write_text("print('hello')\n", encoding="utf-8")
    assert refused(capsys, path) == "whygrad check: engine.py cannot be checked: it defines no class Value\n"


def test_help_says_that_it_is_no_sandbox(capsys):
    with pytest.raises(SystemExit) as end:
        main(["check", "--help"])
    assert end.value.code == 0
    out = capsys.readouterr().out
    assert "no sandbox" in re.sub(r"\s+", " ", out)
    assert "exit status: 0 right, 1 wrong, 2 cannot be checked" in out


def test_ctrl_c_is_a_status(handed_in, capsys, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("viz.checking.check_command.check", interrupted)
    assert handed_in(RIGHT) == INTERRUPTED
    assert capsys.readouterr().err == "interrupted\n"


def test_it_runs_as_a_command(tmp_path):
    path = tmp_path / "engine.py"
    path.write_text(SWEEPS["no seed"], encoding="utf-8")
    command = [sys.executable, "-m", "viz", "check", str(path), "--graphs", "5", "--operators", "+"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert (done.returncode, done.stderr) == (1, "")
    assert "The mistake “no seed” gives the same numbers" in " ".join(done.stdout.split())
