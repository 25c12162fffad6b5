import os
import re
import subprocess
import sys

import graphviz
import pytest

from autograd import Value, apply, softmax_cross_entropy
from autograd.primitives import TABLE
from nn import MLP
from tests.viz.pictures import SVG, chain, drawn, edges, node_texts
from viz import draw
from viz.style import STYLES


def example():
    x = Value(2.0, name="x")
    return x, (x * x + 3).tanh()


def test_it_is_a_graphviz_digraph():
    _, y = example()
    assert isinstance(draw(y), graphviz.Digraph)
    assert draw(y).copy().source == draw(y).source


def test_x_times_x_has_two_edges_each_with_its_derivative():
    x = Value(2.5, name="x")
    picture = draw(x * x)
    assert edges(picture).count(("n0", "o1")) == 2
    svg = drawn(picture)
    (first, second) = [g for g in svg.iter(f"{SVG}g") if g.findtext(f"{SVG}title") == "n0->o1"]
    assert first.findtext(f"{SVG}text") == second.findtext(f"{SVG}text") == "2.5"


def test_a_value_is_name_data_and_gradient():
    x = Value(2.0, name="x")
    y = x * x
    assert node_texts(drawn(draw(y)), "n0") == ["x2"]
    y.backward()
    assert node_texts(drawn(draw(y)), "n0") == ["x24"]
    assert node_texts(drawn(draw(y)), "n1") == ["41"]


def test_a_blank_gradient_is_an_empty_cell_and_zero_is_not():
    x = Value(2.0, name="x")
    y = x * 0.0
    empty = '<TD WIDTH="16"></TD>'
    assert draw(y).source.count(empty + "</TR>") == 3
    y.backward()
    assert draw(y).source.count(empty + "</TR>") == 0
    assert node_texts(drawn(draw(y)), "n0") == ["x20"]


def test_an_undefined_derivative_is_shown_as_nan():
    zero = Value(0.0, name="x")
    picture = draw(apply(TABLE["sqrt"], zero))
    assert "nan" in [t.text for t in drawn(picture).iter(f"{SVG}text")]


def test_kinds_differ_in_colour_and_in_border():
    w, x = Value(1.0, name="w"), Value(2.0, name="x")
    y = w * x + 3.0
    lines = dict(re.findall(r"^\t(n\d+) \[label=<<TABLE ([^>]*)>", draw(y, wrt=[w]).source, re.MULTILINE))
    assert [lines[f"n{i}"] for i in range(5)] == [
        STYLES[kind] for kind in ("parameter", "input", "computed", "constant", "result")
    ]
    for attributes in (r' COLOR="[^"]*"', r' BGCOLOR="[^"]*"'):
        assert len({re.search(attributes, style)[0] for style in STYLES.values()}) == len(STYLES)
    assert len({re.sub(r' (BG)?COLOR="[^"]*"', "", style) for style in STYLES.values()}) == len(STYLES)


def test_parameters_are_what_is_asked_for_in_groups_or_not():
    network = MLP([2, 2, 1], granularity="neuron")
    (y,) = network([1.0, 2.0])
    flat = draw(y, wrt=network.parameters()).source
    assert flat == draw(y, wrt=network.layers()).source
    assert flat.count(STYLES["parameter"]) == 1 + len(network.parameters())
    assert draw(y).source.count(STYLES["parameter"]) == 0
    assert draw(y, wrt=[]).source == draw(y).source


def test_both_granularities_are_drawn():
    for granularity, operations in [("scalar", 2 * 2 * 4 + 2 + 1), ("neuron", 4 + 1)]:
        network = MLP([2, 2, 2], granularity=granularity)
        loss = softmax_cross_entropy(network([1.0, 2.0]), 0)
        assert len(re.findall(r"^\to\d+ \[", draw(loss).source, re.MULTILINE)) == operations
        assert drawn(draw(loss)).tag == f"{SVG}svg"


def test_the_same_graph_gives_the_same_dot_in_every_run():
    program = (
        "from autograd import Value\nfrom viz import draw\n"
        "a, b = Value(1.0, name='a'), Value(2.0, name='b')\n"
        "print(draw(((a * b).tanh() + a) * (b - a), wrt=[b]).source)"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(runs) == 1
    assert b"n0" in runs.pop()


def test_two_pictures_in_one_page_do_not_share_an_id():
    x, y = example()
    before = drawn(draw(y))
    y.backward()
    after = drawn(draw(y))
    ids = [{element.get("id") for element in svg.iter() if element.get("id")} for svg in (before, after)]
    assert len(ids[0]) > 5
    assert not ids[0] & ids[1]
    assert x.grad is not None


def test_the_title_says_what_it_is():
    _, y = example()
    assert drawn(draw(y)).find(f"{SVG}g").findtext(f"{SVG}title") == "graph of 5 values"


def test_a_notebook_is_given_svg_and_nothing_else():
    picture = draw(example()[1])
    assert picture._repr_mimebundle_()["image/svg+xml"].startswith("<?xml")
    assert list(picture._repr_mimebundle_(include=["image/svg+xml", "image/png"])) == ["image/svg+xml"]
    assert picture._repr_mimebundle_(include=["image/png"]) == {}
    assert picture._repr_mimebundle_(exclude=["image/svg+xml"]) == {}


def test_a_leaf_alone_is_drawn():
    picture = draw(Value(1.0, name="x"))
    assert edges(picture) == []
    assert node_texts(drawn(picture), "n0") == ["x1"]


def test_deep_graphs_are_drawn_without_recursion():
    depth = 4 * sys.getrecursionlimit()
    y = chain(depth)
    assert len(edges(draw(y, budget=None))) == 3 * depth


@pytest.mark.parametrize("wrong", [3, "y", None])
def test_only_values_are_drawn(wrong):
    with pytest.raises(TypeError, match="a Value"):
        draw(wrong)
    with pytest.raises(TypeError, match="Value"):
        draw(Value(1.0), wrt=[wrong])
