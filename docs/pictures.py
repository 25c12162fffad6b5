"""``python -m docs.pictures``: make the pictures of the README and the guide."""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

import viz
from autograd import Tensor, Value, softmax_cross_entropy
from autograd.files import write
from demos.circles.learning import moments_plot, trained
from demos.complexity.network_plot import kinds, networks_plot
from demos.complexity.plots import cost_plot
from demos.complexity.problems import Problem
from demos.complexity.study import METHODS, Row, study
from demos.page.data_sets import circles
from demos.page.plotting import Plot, on_white
from docs.lab_pictures import screens
from nn import MLP
from viz.checking.check_page import page as verdict_page
from viz.checking.student_check import check
from viz.commands import Parser

HERE = Path(__file__).parent
# Steps to take before the screenshot of the report: there backprop is almost done.
STEPS = 15


def graph(folder: Path) -> None:
    """A graph: values, operations, local derivatives"""
    x = Value(0.5, name="x")
    y = (x * x + 3).tanh()
    y.name = "y"
    y.backward()
    viz.render(viz.draw(y, wrt=[x]), folder / "graph.svg")


def compare(folder: Path) -> None:
    """The sum over paths beside backprop"""
    model = MLP([2, 2, 2], seed=1, granularity="neuron")
    x = [Value(0.5, name="x[0]"), Value(-1.0, name="x[1]")]
    loss = softmax_cross_entropy(model(x), 0)
    loss.name = "loss"
    viz.render(viz.compare(loss, model.parameters()), folder / "compare.svg")


def growth(folder: Path) -> None:
    """The cost of a gradient against the number of layers"""
    rows: list[Row] = []
    for layers in range(1, 9):
        sizes = [4] * layers + [3]
        rows += study(Problem.perceptron(sizes, "ce", "scalar", seed=0), list(METHODS), budget=10**5)
    _write_plot(folder / "growth.svg", cost_plot(rows))


def networks(folder: Path) -> None:
    """The same for the networks that people build"""
    _write_plot(folder / "networks.svg", networks_plot(kinds(range(1, 9), seed=0)))


def tensors(folder: Path) -> None:
    """A graph of tensors"""
    rng = np.random.default_rng(0)
    W = Tensor(rng.normal(size=(2, 2)), name="W")
    loss = softmax_cross_entropy(rng.normal(size=(5, 2)) @ W, [0, 1, 1, 0, 1], "sum")
    loss.name = "loss"
    loss.backward()
    viz.render(viz.draw(loss, wrt=[W]), folder / "tensors.svg")


def boundary(folder: Path) -> None:
    """What a 2-4-2 network learns"""
    data = circles(120, seed=0)
    moments = trained(MLP([2, 4, 2], seed=0), data, (0, 20, 300))
    _write_plot(folder / "boundary.svg", moments_plot(moments, data))


def report(folder: Path) -> None:
    """A report: every method, step by step"""
    model = MLP([2, 2, 2], seed=1, granularity="neuron")
    loss = softmax_cross_entropy(model([Value(0.5, name="x[0]"), Value(-1.0, name="x[1]")]), 0)
    loss.name = "loss"
    with tempfile.TemporaryDirectory() as other, sync_playwright() as playwright:
        page = viz.report(loss, model.parameters(), Path(other) / "steps.html")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        window = browser.new_page(viewport={"width": 1440, "height": 790})
        window.goto(page.as_uri())
        for _ in range(STEPS):
            window.keyboard.press("ArrowRight")
        write(folder / "report.png", window.screenshot())
        browser.close()


def checking(folder: Path) -> None:
    """A student's engine, checked"""
    with tempfile.TemporaryDirectory() as other, sync_playwright() as playwright:
        path = Path(other) / "engine.py"
        path.write_text(code_block(HERE / "check.md", "python"), encoding="utf-8")
        page = path.with_name("report.html")
        page.write_text(verdict_page(check(path, operators=["+", "*", "tanh"])), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        window = browser.new_page(viewport={"width": 1080, "height": 920})
        window.goto(page.as_uri())
        write(folder / "checking.png", window.screenshot())
        browser.close()


def learning(folder: Path) -> None:
    """A network while it learns"""
    write(folder / "learning.png", screens()["learning"])


def lab(folder: Path) -> None:
    """A question of the practical, in the lab"""
    write(folder / "lab.png", screens()["lab"])


def code_block(page: Path, language: str) -> str:
    """The first block of code of a language in a page."""
    return page.read_text(encoding="utf-8").partition(f"```{language}\n")[2].partition("```")[0]


def _write_plot(path: Path, plot: Plot) -> None:
    write(path, on_white(plot.svg()).encode())


PICTURES = (graph, compare, growth, networks, tensors, boundary, report, checking, learning, lab)
# Those that need a browser.
SCREENSHOTS = (report, checking, learning, lab)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the pictures that are named, or all. Returns the exit status 0."""
    drawers = {draw.__name__: draw for draw in PICTURES}
    parser = Parser(prog="python -m docs.pictures", description="Draw the pictures of the documentation.")
    parser.add_argument(
        "pictures", nargs="*", metavar="NAME", help=f"some of {', '.join(drawers)} (default: all)"
    )
    chosen = parser.parse_args(arguments).pictures or list(drawers)
    for name in chosen:
        if name not in drawers:
            parser.error(f"there is no picture {name!r:.40}; there are {', '.join(drawers)}")
    for name in chosen:
        drawers[name](HERE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
