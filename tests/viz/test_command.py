"""``python -m viz``, in this process and in another."""

import io
import os
import re
import signal
import subprocess
import sys
import time

import pytest

import autograd
import viz
from autograd import METHODS, Graph, gradient, predict
from autograd.costs.cost import readable
from autograd.differentiation.methods import accuracy
from tests.viz.pictures import SVG, parsed
from viz.__main__ import COSTS, main
from viz.commands import INTERRUPTED
from viz.edge_uses import MEASURED
from viz.expression import parse
from viz.layout import LayoutError

COMMAND = [sys.executable, "-m", "viz"]
NEURON = ["tanh(w*x + b)", "w=0.5", "x=1", "b=-0.2"]
POINT = {"w": 0.5, "x": 1.0, "b": -0.2}


def refused(capsys, *arguments):
    """Run the command on wrong input, and return its one line of error."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("whygrad: ")
    assert err.count("\n") == 1
    return err


def table(text, title):
    """The header and the rows of the printed table with a title, by their first words."""
    (block,) = [block for block in text.split("\n\n") if block.startswith(title)]
    header, *lines = (re.split(r"  +", line) for line in block.splitlines())
    return header[1:], {line[0]: line[1:] for line in lines}


def test_it_prints_the_value_the_gradients_and_the_costs(capsys):
    assert main(NEURON) == 0
    out, err = capsys.readouterr()
    assert err == ""
    root = parse(NEURON[0], POINT)
    leaves = Graph(root).leaves
    assert out.startswith(f"tanh(w*x + b) = {root.data:.12g}\n\n")
    names, gradients = table(out, "gradient")
    assert names == ["d/dw", "d/dx", "d/db"]
    columns, costs = table(out, "operations")
    assert columns == list(COSTS)
    assert list(costs) == list(METHODS)
    for method, name in zip(METHODS, gradients, strict=True):
        result = gradient(root, leaves, method)
        assert name == method + ("" if accuracy(method) == "exact" else " ≈")
        assert list(map(float, gradients[name])) == pytest.approx(result.values, rel=1e-11)
        assert costs[method] == [readable(getattr(result.cost, kind)) for kind in COSTS]
    assert out.splitlines()[-1].startswith("≈ approximate")
    assert all(len(line) <= 80 for line in out.splitlines()[:-1])


def test_the_error_of_finite_differences_is_visible(capsys):
    main(["exp(x)*sin(x)", "x=1.3"])
    _, gradients = table(capsys.readouterr().out, "gradient")
    exact = {tuple(gradients[method]) for method in METHODS if accuracy(method) == "exact"}
    assert len(exact) == 1
    approximate = {tuple(gradients[f"{kind}_difference ≈"]) for kind in ("finite", "central")}
    assert len(exact | approximate) == 3


def test_many_names_are_printed_a_few_at_a_time(capsys):
    names = [f"x{i}" for i in range(7)]
    main(["*".join(names), *(f"{name}={i + 1}" for i, name in enumerate(names))])
    out = capsys.readouterr().out
    headers = [line.split()[1:] for line in out.splitlines() if line.startswith("gradient")]
    assert headers == [[f"d/d{name}" for name in names[i : i + 3]] for i in (0, 3, 6)]


def test_columns_align_with_their_headers(capsys):
    main(["x*y", "x=1e-300", "y=-123456"])
    blocks = [block.splitlines() for block in capsys.readouterr().out.split("\n\n")[1:3]]
    for block in blocks:
        assert len({len(line) for line in block}) == 1


def test_a_method_over_the_budget_shows_its_predicted_cost(capsys):
    expression = "x+" * 500 + "x"
    assert main([expression, "x=1"]) == 0
    out = capsys.readouterr().out
    root = parse(expression, {"x": 1.0})
    cost = predict(root, Graph(root).leaves, "paths")
    _, gradients = table(out, "gradient")
    assert gradients["paths"] == ["-"]
    assert float(gradients["backprop"][0]) == 501
    _, costs = table(out, "operations")
    assert costs["paths (predicted)"] == [readable(getattr(cost, kind)) for kind in COSTS]
    assert cost.total > MEASURED
    assert f"paths: not run: it would take {cost.total:,} operations, over the limit" in out


def test_many_names_take_the_methods_that_are_linear(capsys):
    names = [c for c in map(chr, range(0x4E00, 0x9000)) if c.isidentifier()][:999]
    assert main(["+".join(names), *(f"{name}=1" for name in names)]) == 0
    _, costs = table(capsys.readouterr().out, "operations")
    estimates = [name for name in METHODS if accuracy(name) == "estimate"]
    run = {"tree", "backprop", "eliminate", "checkpoint", *estimates}
    assert run <= set(costs)
    assert {name for name in costs if name.endswith(" (predicted)")} == {
        f"{name} (predicted)" for name in METHODS if name not in run
    }


def test_a_difference_that_steps_out_of_the_domain_is_explained(capsys):
    assert main(["log(x)", "x=1e-9"]) == 0
    out = capsys.readouterr().out
    assert table(out, "gradient")[1]["central_difference ≈"] == ["-"]
    assert table(out, "operations")[1]["central_difference"] == ["-"] * len(COSTS)
    assert re.search(r"^central_difference: .*log.*math domain error$", out, re.MULTILINE)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("-x**2", -4),
        ("-x", -2),
        ("--x*3", 6),
        ("-o*x", -6),
        ("-h+x", 0),
        ("-out*x", -2),
        ("- x", -2),
    ],
)
def test_an_expression_may_begin_with_a_minus(capsys, expression, value):
    numbers = {"x": 2.0, "o": 3.0, "h": 2.0, "out": 1.0}
    used = [f"{name}={x}" for name, x in numbers.items() if name in re.findall(r"[a-z]+", expression)]
    assert main([expression, *used]) == 0
    assert capsys.readouterr().out.startswith(f"{expression} = {value}\n")


@pytest.mark.parametrize("place", range(4))
def test_options_may_be_anywhere(capsys, tmp_path, place):
    arguments = ["-x*y", "x=-2", "y=-0.5"]
    arguments[place:place] = ["-o", str(tmp_path / "graph.dot")]
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("-x*y = -1\n")
    assert (tmp_path / "graph.dot").read_text().startswith("digraph")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: EXPRESSION"),
        ([""], "the expression is empty"),
        (["x"], "'x' at column 1 has no value: write x=1"),
        (["x*x", "x=1", "y=2"], "the expression does not use 'y'"),
        (["x*x", "x=1", "x=1"], "x is given twice"),
        (["x*x", "x=nan"], "x=nan is not finite"),
        (["x*x", "x=-inf"], "x=-inf is not finite"),
        (["x", "+", "1", "x=1"], "'+' is not NAME=NUMBER"),
        (["x", "x=1", "-e"], "'-e' is not NAME=NUMBER"),
        (["x", "x=1", "--latx"], "unrecognized arguments: --latx"),
        (["x", "x=1", "--lat"], "unrecognized arguments: --lat"),
        (["1 + 2"], "nothing to differentiate by"),
        (["x[0]", "x=1"], "'x[0]' at column 1 is not arithmetic"),
        (["log(x)", "x=-1"], "math domain error"),
        (["sqrt(x)", "x=0"], "the derivative of sqrt('x'=0.0) is undefined"),
        (["x\x00\x1b[31m", "x=1"], "is U+0000"),
        (["x\udcff", "x=1"], "is U+DCFF"),
        (["x", "x=1", "-o"], "argument -o: expected one argument"),
        (
            ["x", "x=1", "-o", "x.gif"],
            "argument -o: 'x.gif' ends in none of .svg, .png, .pdf, .dot, .html, .tex",
        ),
        (["x", "x=1", "-o", "svg"], "'svg' ends in none of"),
        (["x", "x=1", "-o", ""], "'' ends in none of"),
        (["x", "x=1", "-o", "x\0.svg"], r"'x\x00.svg' ends in none of"),
    ],
)
def test_wrong_input_ends_in_one_line(capsys, arguments, message):
    assert message in refused(capsys, *arguments)


@pytest.mark.parametrize("suffix", ["svg", "SVG", "png", "pdf"])
def test_it_writes_the_picture(capsys, tmp_path, suffix):
    path = tmp_path / f"graph.{suffix}"
    assert main([*NEURON, "-o", str(path)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("tanh(w*x + b) = ")
    assert err == f"wrote {path}\n"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert path.stat().st_size > 100


def test_the_picture_has_the_names_and_the_gradients(tmp_path):
    path = tmp_path / "graph.svg"
    main([*NEURON, "-o", str(path)])
    texts = {text.text for text in parsed(path.read_text()).iter(f"{SVG}text")}
    assert {"w", "x", "b", "tanh", "0.9151", "0.4576"} <= texts


def test_a_file_may_begin_with_a_dash(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["x*x", "x=1", "-o", "-x.dot"]) == 0
    assert (tmp_path / "-x.dot").read_text().startswith("digraph")


def test_a_page_is_a_report(tmp_path):
    assert main([*NEURON, "-o", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<title>tanh(w*x + b), differentiated step by step</title>" in page
    assert "0.9151" in page


def test_the_derivation_is_printed_or_written(capsys, tmp_path):
    assert main(["--latex", *NEURON, "-o", str(tmp_path / "x.tex")]) == 0
    printed = capsys.readouterr().out
    assert "\\bar{v}_3 \\cdot (1 - v_3^2)" in printed
    assert (tmp_path / "x.tex").read_text(encoding="utf-8").rstrip("\n") == printed.rstrip("\n")
    assert main([*NEURON, "--latex"]) == 0
    assert capsys.readouterr().out == printed


def test_a_graph_too_long_to_derive_is_refused(capsys):
    assert "over the budget of 200" in refused(capsys, "+".join(["sin(x)"] * 150), "x=1", "--latex")


def never(*arguments):
    raise AssertionError("something was computed, though its file cannot be written")


def test_a_missing_folder_is_refused_before_the_work(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("viz.__main__.parse_all", never)
    message = refused(capsys, *NEURON, "-o", str(tmp_path / "nowhere" / "x.svg"))
    assert re.search(r"cannot write '.*x\.svg': No such file or directory; give another -o", message)


def test_a_folder_is_not_overwritten(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("viz.__main__.parse_all", never)
    (tmp_path / "x.svg").mkdir()
    assert "x.svg': it is a folder" in refused(capsys, *NEURON, "-o", str(tmp_path / "x.svg"))


def test_a_missing_backend_is_reported_before_the_work(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("viz.layout.shutil.which", lambda name: None)
    monkeypatch.setattr("viz.layout.find_spec", lambda name: None)
    assert main([*NEURON, "-o", str(tmp_path / "x.dot")]) == 0
    capsys.readouterr()
    monkeypatch.setattr("viz.__main__.parse_all", never)
    message = refused(capsys, *NEURON, "-o", str(tmp_path / "x.svg"))
    assert "nothing is installed that lays out graphs: pip install" in message
    assert [path.name for path in tmp_path.iterdir()] == ["x.dot"]


def test_a_write_that_fails_is_one_line(capsys, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("viz.__main__.write", full)
    monkeypatch.setattr(viz, "latex", lambda root, wrt: "", raising=False)
    message = refused(capsys, *NEURON, "-o", str(tmp_path / "x.tex"))
    assert message.endswith("x.tex': No space left on device; give another -o\n")


def test_a_name_too_long_for_a_file_is_one_line(capsys, tmp_path):
    assert "File name too long" in refused(capsys, *NEURON, "-o", str(tmp_path / f"{'x' * 300}.dot"))


def test_a_layout_that_fails_is_one_line(capsys, tmp_path, monkeypatch):
    def slow(*arguments):
        raise LayoutError("the layout took too long")

    monkeypatch.setattr(viz, "render", slow)
    assert refused(capsys, *NEURON, "-o", str(tmp_path / "x.svg")) == "whygrad: the layout took too long\n"


def test_help_shows_examples_and_the_functions(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert 'whygrad "tanh(w*x + b)" w=0.5 x=1 b=-0.2' in out
    assert "softplus" in out
    assert all(len(line) <= 80 for line in out.splitlines())


def test_an_interruption_is_an_exit_status_without_traceback(capsys, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("viz.__main__.parse_all", interrupted)
    assert main(NEURON) == INTERRUPTED
    assert capsys.readouterr().err == "interrupted\n"


def test_it_prints_to_any_stdout(monkeypatch):
    monkeypatch.setattr(sys, "stdout", text := io.StringIO())
    assert main(NEURON) == 0
    assert text.getvalue().startswith("tanh(w*x + b) = ")


def test_it_runs_as_a_command():
    done = subprocess.run([*COMMAND, *NEURON], capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("tanh(w*x + b) = 0.2913")


def test_characters_that_the_terminal_lacks_are_question_marks():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [*COMMAND, "ξ*ξ", "ξ=2"], capture_output=True, text=True, timeout=120, env=environment
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("?*? = 4\n")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are POSIX's")
def test_a_closed_pipe_is_not_an_error():
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing) as gone:
        done = subprocess.run(
            [*COMMAND, *NEURON], stdout=gone, stderr=subprocess.PIPE, text=True, timeout=120
        )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device here")  # noqa: PTH110
def test_output_that_cannot_be_written_is_one_line():
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [*COMMAND, *NEURON], stdout=full, stderr=subprocess.PIPE, text=True, timeout=120
        )
    assert (done.returncode, done.stderr) == (2, "whygrad: cannot print: No space left on device\n")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_ctrl_c_in_a_layout_ends_it(tmp_path):
    # A `dot` that creates a file when it starts, and never ends.
    dot = tmp_path / "dot"
    dot.write_text(f"#!/bin/sh\ntouch '{tmp_path}/begun'\nexec sleep 60\n")
    dot.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    command = [*COMMAND, *NEURON, "-o", str(tmp_path / "x.svg")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as running:
        while not (tmp_path / "begun").exists() and running.poll() is None:
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (INTERRUPTED, "", "interrupted\n")
    assert not (tmp_path / "x.svg").exists()


@pytest.mark.parametrize("arguments", [["--version"], ["--version", "x*x", "x=1"]])
def test_the_version_is_printed(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 0
    assert capsys.readouterr().out == f"whygrad {autograd.__version__}\n"
