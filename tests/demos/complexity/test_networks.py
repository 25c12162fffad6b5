"""The networks that people build: their paths, their costs, and the sizes that are refused."""

import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from autograd import Graph, gradient
from demos.complexity import main
from demos.complexity.branching import attention_paths, gpt_paths
from demos.complexity.growth import growth
from demos.complexity.networks import NETWORKS, Family, Size
from demos.complexity.problems import Problem
from demos.complexity.study import METHODS

FAMILIES = [pytest.param(family, id=f"{name}-{grows}") for (name, grows), family in NETWORKS.items()]


def counted(family: Family, size: Size, *, whole: bool) -> tuple[float, int]:
    """The loss, and the paths from all parameters, counted over the graph."""
    loss, layers = family.record(size, whole, random.Random(3))
    graph = Graph(loss)
    places = [place for place in graph.find(p for layer in layers for p in layer) if place is not None]
    assert len(set(places)) == len(places)
    return float(loss.data), sum(graph.paths_from(places).values())


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("whole", [False, True])
def test_the_closed_forms_count_the_paths(family: Family, whole: bool) -> None:
    widths = [4] if family.name == "gpt" else [1, 2, 3]
    for width in widths:
        for to in (1, 2, 3, 4):
            size = family.grown(to, width)
            assert counted(family, size, whole=whole)[1] == family.paths(size, whole), size


@pytest.mark.parametrize("name", ["attention", "gpt"])
def test_length_and_depth_grow_together(name: str) -> None:
    family = NETWORKS[name, "depth"]
    for length, depth in ((1, 3), (3, 2), (5, 1)):
        size = replace(family.grown(depth, 4), length=length)
        assert counted(family, size, whole=False)[1] == family.paths(size)


@pytest.mark.parametrize("family", FAMILIES)
def test_scalars_and_whole_arrays_are_one_network(family: Family) -> None:
    size = family.grown(2, 4)
    scalars, arrays = (counted(family, size, whole=whole)[0] for whole in (False, True))
    assert scalars == pytest.approx(arrays, abs=1e-12)


def test_the_paths_of_a_gpt_on_six_letters() -> None:
    assert gpt_paths(NETWORKS["gpt", "depth"].grown(1)) == 11_586_610_161_060_032


def test_length_alone_is_a_polynomial_and_depth_is_not() -> None:
    lengths = [attention_paths(NETWORKS["attention", "length"].grown(n)) for n in range(1, 12)]
    depths = [attention_paths(NETWORKS["attention", "depth"].grown(n)) for n in range(1, 12)]
    assert (growth(lengths).kind, growth(depths).kind) == ("cubic", "exponential")
    tokens = [gpt_paths(NETWORKS["gpt", "length"].grown(n)) for n in range(1, 12)]
    blocks = [gpt_paths(NETWORKS["gpt", "depth"].grown(n)) for n in range(1, 12)]
    assert growth(tokens).kind in ("quadratic", "cubic", "quartic")
    assert growth(blocks).kind == "exponential"
    residual = NETWORKS["residual", "depth"]
    assert residual.paths(residual.grown(999), True) == 2**1000


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("granularity", ["scalar", "matrix"])
def test_predictions_are_what_is_measured(family: Family, granularity: str) -> None:
    width = 4 if family.name == "gpt" else 2
    problem = Problem.network(family, 2, width=width, granularity=granularity, seed=1)
    root, layers = problem.record()
    ran = 0
    for name, variant in METHODS.items():
        predicted = problem.form.costs.get(name)
        if predicted is not None and predicted.total < 150_000:
            found = gradient(root, variant.wrt(layers), variant.engine, budget=None)
            assert found.cost._replace(stored=None) == predicted, name
            ran += 1
    assert ran >= 2


@pytest.mark.parametrize(
    ("options", "graph", "sizes"),
    [
        (["--graph", "rnn"], "rnn", [2, 1, 4]),
        (["--graph", "residual", "--width", "3"], "residual", [1, 2, 3]),
        (["--graph", "convolution"], "convolution", [6, 2, 2]),
        (["--graph", "attention"], "attention", [4, 2, 2]),
        (["--graph", "attention", "--grow", "length"], "attention", [2, 1, 2]),
        (["--graph", "gpt", "--grow", "length", "--width", "4"], "gpt", [2, 1, 4]),
    ],
)
@pytest.mark.parametrize("granularity", ["scalar", "matrix"])
def test_rows(
    capsys: pytest.CaptureFixture[str], options: list[str], graph: str, sizes: list[int], granularity: str
) -> None:
    given = ["--layers", "2:2", "--granularity", granularity, "--budget", "60_000", "--format", "json"]
    assert main([*options, *given, "--methods", "backprop,layer,paths,tree"]) == 0
    rows = {row["method"]: row for row in json.loads(capsys.readouterr().out)}
    assert list(rows) == ["backprop", "layer", "paths", "tree"]
    for row in rows.values():
        assert (row["graph"], row["sizes"], row["loss"]) == (graph, sizes, None)
        assert ("multiply_adds" in row) == (granularity == "matrix")
        assert row["multiplications"] == row["predicted_multiplications"]
        assert not row["measured"] or row["max_error"] < 1e-12
    assert rows["backprop"]["measured"]
    assert rows["backprop"]["total"] <= rows["tree"]["total"] <= rows["paths"]["total"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--graph", "gpt", "--width", "6"],
            "a gpt has 4 heads, so its width must be one of 4, 8, 12, …, not 6",
        ),
        (
            ["--graph", "gpt", "--width", "1"],
            "a gpt has 4 heads, so its width must be one of 4, 8, 12, …, not 1",
        ),
        (["--graph", "gpt", "--grow", "length", "--layers", "15:17"], "a gpt has 16 positions"),
        (["--graph", "gpt", "--layers", "1:1000"], "products, over the 200,000 that are recorded"),
        (["--graph", "residual", "--width", "10000"], "products, over the 200,000 that are recorded"),
        (["--graph", "rnn", "--grow", "depth"], "--graph rnn grows in length alone: leave out --grow"),
        (["--graph", "residual", "--grow", "length"], "--graph residual grows in depth alone"),
        (
            ["--graph", "chain", "--grow", "length"],
            "--grow is for rnn, residual, convolution, attention, gpt",
        ),
        (["--grow", "depth"], "leave it out with --graph mlp"),
        (["--graph", "rnn", "--sizes", "2,2"], "--sizes is for the MLP"),
        (["--graph", "rnn", "--loss", "se"], "--loss is for the MLP"),
        (["--graph", "rnn", "--batch", "2"], "--batch is for the MLP"),
        (["--graph", "rnn", "--granularity", "neuron"], "--granularity neuron is for the MLP"),
        (["--graph", "rnn", "--granularity", "matrix", "--clock"], "--clock is for graphs of scalars"),
    ],
)
def test_what_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, options: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([*options, "--out", str(tmp_path / "out")])
    printed = capsys.readouterr()
    assert exit_.value.code == 2
    assert message in printed.err
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert not (tmp_path / "out").exists()


def test_the_page_of_a_network(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "demos.complexity", "--graph", "residual", "--layers", "1:6"]
    done = subprocess.run(
        [*command, "--budget", "200_000", "--out", str(tmp_path)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "tree recursion: exponential: one more block multiplies it by" in done.stdout
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "Where the exponential comes from" in text
    assert "x ← x + tanh(W x + b) in every block" in text
    # 16 residual blocks: of whole arrays 2^17 paths, one more doubles them.
    assert "<td>× 2</td><td>4</td><td>8</td><td>32</td><td>512</td><td>131,072</td>" in text
