"""``python -m docs.pictures``: make the pictures of the README anew."""

import re
import shutil
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

import viz
from autograd import Tensor, Value, softmax_cross_entropy
from demos.circles import draw_moments, trained
from demos.complexity.plots import cost_plot
from demos.complexity.study import METHODS, Problem, Row, study
from demos.page.data_sets import circles
from nn import MLP
from viz.files import write

HERE = Path(__file__).parent
# As far as the report is photographed: backprop is about to be done there.
STEPS = 15


def graph() -> None:
    x = Value(0.5, name="x")
    y = (x * x + 3).tanh()
    y.name = "y"
    y.backward()
    viz.render(viz.draw(y, wrt=[x]), HERE / "graph.svg")


def compare() -> None:
    model = MLP([2, 2, 2], seed=1, granularity="neuron")
    x = [Value(0.5, name="x[0]"), Value(-1.0, name="x[1]")]
    loss = softmax_cross_entropy(model(x), 0)
    loss.name = "loss"
    viz.render(viz.compare(loss, model.parameters()), HERE / "compare.svg")


def growth() -> None:
    rows: list[Row] = []
    for layers in range(1, 9):
        sizes = [4] * layers + [3]
        rows += study(Problem.perceptron(sizes, "ce", "scalar", seed=0), list(METHODS), budget=10**5)
    _write_plot("growth", cost_plot(rows).svg())


def tensors() -> None:
    rng = np.random.default_rng(0)
    W = Tensor(rng.normal(size=(2, 2)), name="W")
    loss = softmax_cross_entropy(rng.normal(size=(5, 2)) @ W, [0, 1, 1, 0, 1], "sum")
    loss.name = "loss"
    loss.backward()
    viz.render(viz.draw(loss, wrt=[W]), HERE / "tensors.svg")


def boundary() -> None:
    data = circles(120, seed=0)
    moments = trained(MLP([2, 4, 2], seed=0), data, (0, 20, 300))
    _write_plot("boundary", draw_moments(moments, data, columns=3))


def report() -> None:
    model = MLP([2, 2, 2], seed=1, granularity="neuron")
    loss = softmax_cross_entropy(model([Value(0.5, name="x[0]"), Value(-1.0, name="x[1]")]), 0)
    loss.name = "loss"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = viz.report(loss, model.parameters(), Path(folder) / "steps.html")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        window = browser.new_page(viewport={"width": 1440, "height": 790})
        window.goto(page.as_uri())
        for _ in range(STEPS):
            window.keyboard.press("ArrowRight")
        write(HERE / "report.png", window.screenshot())
        browser.close()


def _write_plot(name: str, plot: str) -> None:
    # On white and in black, as a picture in a page cannot take the page's colours.
    ground = r'\g<0><rect width="100%" height="100%" fill="white"/>'
    plot = re.sub(r"<svg[^>]*>", ground, plot, count=1)
    plot = plot.replace("currentColor", "black").replace("var(--paper, white)", "white")
    write(HERE / f"{name}.svg", plot.encode())


def main() -> None:
    graph()
    compare()
    growth()
    tensors()
    boundary()
    report()


if __name__ == "__main__":
    main()
