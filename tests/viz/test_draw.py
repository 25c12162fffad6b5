import os
import re
import subprocess
import sys

import graphviz
import numpy as np
import pytest

from autograd import Tensor, Value, apply, softmax_cross_entropy
from autograd.rules.primitive import TABLE
from nn import MLP
from tests.viz.pictures import STYLES, SVG, chain, drawn, edges, node_texts, perceptron, texts
from viz import draw


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


def test_a_value_shows_name_data_and_gradient():
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


def test_parameters_are_the_values_in_wrt_grouped_or_not():
    network = MLP([2, 2, 1], granularity="neuron")
    (y,) = network([1.0, 2.0])
    flat = draw(y, wrt=network.parameters()).source
    assert flat == draw(y, wrt=[layer.parameters() for layer in network.layers]).source
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


def test_the_title_describes_the_graph():
    _, y = example()
    assert drawn(draw(y)).find(f"{SVG}g").findtext(f"{SVG}title") == "graph of 5 values"


def test_a_notebook_is_given_svg_and_nothing_else():
    picture = draw(example()[1])
    assert picture._repr_mimebundle_()["image/svg+xml"].startswith("<svg ")
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


def test_a_small_array_is_drawn_with_its_numbers_and_a_bigger_one_with_shape_and_range():
    x = Tensor([[1.0, -2.5], [3.0, 4.0]], name="x")
    w = Tensor(np.arange(8.0).reshape(2, 4), name="w")
    y = (x @ w).sum()
    assert texts(drawn(draw(y)), "n0") == ["x", "1", "-2.5", "3", "4"]
    assert texts(drawn(draw(y)), "n1") == ["w", "(2, 4)", "0 … 7"]
    y.backward()
    assert texts(drawn(draw(y)), "n0") == ["x", "1", "-2.5", "3", "4", "6", "22", "6", "22"]
    assert texts(drawn(draw(y)), "n1") == ["w", "(2, 4)", "0 … 7", "(2, 4)", "1.5 … 4"]


def test_a_constant_array_shows_its_shape_and_a_constant_number_itself():
    y = np.ones((2, 2)) * Tensor([1.0, 2.0], name="x") + 3.0
    svg = drawn(draw(y))
    assert texts(svg, "n0") == ["(2, 2)"]
    assert texts(svg, "n3") == ["3"]


def test_only_single_precision_is_shown():
    loss, parameters = perceptron(np.float32)
    assert texts(drawn(draw(loss, wrt=parameters)), "n1")[:3] == ["W1", "float32", "(4, 2)"]
    boxes = re.findall(r"^\tn\d+ \[", draw(loss).source, re.MULTILINE)
    assert draw(loss).source.count("float32") == len(boxes)
    assert "float32" not in draw(perceptron()[0]).source


def test_edges_of_tensors_show_the_transformed_gradient():
    loss, _ = perceptron()
    svg = drawn(draw(loss))
    assert texts(svg, "n0->o3") == ["G @ Bᵀ"]
    assert texts(svg, "n2->o3") == ["Aᵀ @ G"]
    assert texts(svg, "n1->o2") == ["Gᵀ"]
    assert texts(svg, "n3->o5") == ["1"]
    assert texts(svg, "n4->o5") == ["Σ G"]
    assert texts(svg, "n5->o6") == ["G ⊙ (5, 4)"]
    assert texts(svg, "n11->o12") == ["G ⊙ (softmax - y)"]
    assert texts(svg, "n12->o13") == ["G copied"]
    assert texts(svg, "n13->o15") == ["0.2"]
    below = [t.text for t in svg.iter(f"{SVG}text")]
    assert "G: the incoming gradient; ⊙: elementwise product" in below
    assert "A and B: the left and the right factor of A @ B" in below


def test_without_arrays_there_is_no_key_for_them():
    x = Tensor(2.0, name="x")
    assert "incoming" not in draw(x * x).source
    assert "A and B" not in draw((Tensor([1.0]) * 2.0).sum()).source


def test_drawing_does_not_change_a_tensor():
    w = Tensor([1.0, 2.0], name="w")
    before = (w * w).sum()
    draw(before, wrt=[w])
    after = (w * 3.0).sum()
    before.backward()
    after.backward()
    assert w.grad.tolist() == [5.0, 7.0]


def test_entries_that_are_not_finite_are_drawn_without_a_warning():
    x = Tensor([[0.0, 1.0], [np.inf, np.nan]], name="x")
    with np.errstate(all="ignore"):
        y = np.log(x).sum()
    svg = drawn(draw(y))
    assert texts(svg, "n0") == ["x", "0", "1", "inf", "nan"]
    assert texts(svg, "n0->o1") == ["G ⊙", "inf", "1", "0", "nan"]


def test_a_big_array_is_drawn_small():
    x = Tensor(np.linspace(-1.0, 1.0, 784_000).reshape(1000, 784), name="images")
    y = (x * x).mean()
    y.backward()
    assert len(draw(y).source) < 10_000
    assert texts(drawn(draw(y)), "n0")[:3] == ["images", "(1000, 784)", "-1 … 1"]


def test_a_big_graph_of_tensors_is_folded():
    x = y = Tensor([1.0, 2.0], name="x")
    for _ in range(50):
        y = y * 0.5 + x
    assert "folded into" in draw(y, budget=20).source
