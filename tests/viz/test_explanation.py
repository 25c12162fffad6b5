"""Which paths carry a derivative, against the sum over all paths, one by one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Graph, Tensor, Value, gradient, softmax_cross_entropy
from autograd.differentiation.linearization import Linearization
from autograd.differentiation.path_tree import path_tree
from autograd.differentiation.path_weights import flow, heaviest
from nn import MLP
from tests.viz.pictures import drawn, ladder, node_texts, random_graph
from viz import explain, render


def products(root, value):
    """The product along every path, walked one by one."""
    linearization = Linearization(Graph(root), [[value]], recorded=False)
    if not linearization.targets:
        return []
    found, along = [], []
    (target,) = linearization.targets
    if target == linearization.root:
        return [1.0]
    for depth, vertex, derivative in path_tree(linearization.edges, linearization.root):
        along[depth - 1 :] = [derivative]
        if vertex == target:
            found.append(math.prod(along))
    return found


def network(activation="tanh", hidden=2):
    model = MLP([2, *[3] * hidden, 2], activation=activation, granularity="scalar", seed=3)
    return softmax_cross_entropy(model([0.7, -0.4]), 1), model.layers[0].weight[0, 0]


@given(st.integers(0, 200))
def test_the_ranked_paths_are_the_heaviest_of_all(seed):
    root, wrt = random_graph(seed)
    for value in wrt:
        every = products(root, value)
        found = explain(root, value, most=7)
        heavy = sorted((abs(p) for p in every if p), reverse=True)
        assert found.paths == len(every)
        assert [abs(path.product) for path in found.ranked] == pytest.approx(heavy[:7])
        assert found.magnitude == pytest.approx(sum(heavy))
        assert found.derivative == pytest.approx(gradient(root, [value]).values[0])
        assert found.paths == 0 or [path.share for path in found.ranked] == pytest.approx(
            [p / sum(heavy) for p in heavy[:7]]
        )


def test_the_parts_multiply_to_the_derivative():
    for activation in ("tanh", "sigmoid", "softplus"):
        found = explain(*network(activation, hidden=3))
        assert found.left * found.effective * found.typical == pytest.approx(abs(found.derivative))
        magnitudes = [abs(p) for p in products(*network(activation, hidden=3))]
        shares = [p / sum(magnitudes) for p in magnitudes]
        assert found.effective == pytest.approx(math.exp(-sum(p * math.log(p) for p in shares)))
        assert found.typical == pytest.approx(
            math.exp(sum(s * math.log(p) for s, p in zip(shares, magnitudes, strict=True)))
        )


def test_more_paths_than_could_be_walked():
    y, x = ladder(200, at=1.0)
    found = explain(y, x, most=3)
    assert found.paths == 2**200
    assert [path.product for path in found.ranked] == [1.0] * 3
    assert found.effective == pytest.approx(2.0**200)


def test_a_long_path_is_shortened_and_nothing_underflows():
    x = Value(1.0, name="x")
    y = x
    for _ in range(2000):
        y = y * 0.5
    found = explain(y + y, x)
    assert (found.derivative, found.magnitude, found.paths) == (0.0, 0.0, 2)
    assert [path.share for path in found.ranked] == pytest.approx([0.5, 0.5])
    assert found.factors[0].times == pytest.approx(2000)
    assert "… 1,976 more …" in str(found)
    assert " in 2,000 steps." in str(found)


def test_parallel_edges_are_two_paths():
    x = Value(3.0, name="x")
    found = explain(x * x, x)
    assert (found.paths, [path.product for path in found.ranked]) == (2, [3.0, 3.0])
    assert found.effective == pytest.approx(2)


def test_cancelling_paths():
    x = Value(2.0, name="x")
    found = explain(x * 1000.0 - x * 999.0, x)
    assert found.left == pytest.approx(1 / 1999)
    assert "The paths cancel: their magnitudes add up to 1999, of which 0.1% is left." in str(found)


def test_a_factor_of_zero_cuts_the_paths():
    x = Value(-1.0, name="x")
    dead = x.relu()
    dead.name = "dead"
    found = explain(dead * 3.0, x)
    assert (found.derivative, found.ranked, found.typical) == (0.0, [], 0.0)
    assert str(found) == "The derivative is 0, the sum over 1 path.\nEvery path has a factor 0, at dead."
    assert "Other paths are cut by a factor 0, as at dead." in str(explain(dead + x, x))


def test_what_does_not_matter_and_the_result_itself():
    x, y = Value(2.0, name="x"), Value(3.0, name="y")
    assert str(explain(x * x, y)) == "The derivative is 0: the result does not depend on this value."
    product = x * y
    found = explain(product, product)
    assert (found.derivative, found.paths, found.ranked[0].factors) == (1.0, 1, [])
    found.picture.svg()


def test_what_operations_do_is_said_in_words():
    x = Value(0.0, name="x")
    text = str(explain((x * 8.0).tanh() * 0.5, x))
    assert "Along a path, * multiplies by 4 in 2 steps." in text
    assert "tanh" not in text.split("\n\n")[0]  # its slope is 1 here
    assert text.endswith("1. 4, 100.0% of the magnitude: x · 8 (*) · 0.5 (*)")


def test_the_picture_shows_the_ranked_paths_and_no_others():
    root, weight = network()
    found = explain(root, weight, most=1)
    svg = drawn(found.picture)
    (first,) = found.ranked
    titles = [g.findtext("{*}title") for g in svg.iter() if g.get("class") == "node"]
    changed = [v for v, f in zip(first.nodes[1:], first.factors, strict=True) if f != 1]
    assert len(titles) == 1 + len(changed)
    assert node_texts(svg, titles[0]) == ["W1[0,0]"]


def test_a_notebook_shows_words_table_and_picture(tmp_path, monkeypatch):
    x = Value(0.5, name="<x>")
    found = explain(x.tanh() * x, x)
    bundle = found._repr_mimebundle_()
    assert bundle["text/plain"] == str(found)
    assert "&lt;x&gt;" in bundle["text/html"]
    assert "<x>" not in bundle["text/html"]
    assert render(found.picture, tmp_path / "paths.svg").stat().st_size


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((Tensor([1.0]).sum(), Value(1.0)), TypeError, "values(array)"),
        ((Value(1.0), 3.0), TypeError, "not a float"),
        ((Value(1.0), Value(1.0), 0), ValueError, "most must be at least 1"),
    ],
)
def test_what_is_refused(arguments, error, words):
    root, value, *most = arguments
    with pytest.raises(error, match=words.replace("(", r"\(").replace(")", r"\)")):
        explain(root, value, most=most[0] if most else 5)


def test_a_derivative_that_is_not_a_number():
    x = Value(math.nan, name="x")
    with pytest.raises(ValueError, match="a local derivative of tanh is not finite at this point"):
        explain(x.tanh(), x)


def test_the_sweeps_take_numbers_of_edges():
    edges = [[], [(0, 2.0), (0, -0.5)], [(1, 3.0), (0, 1.0)]]
    assert [[e.derivative for e in path] for path in heaviest(edges, 0, 2)] == [[2.0, 3.0], [-0.5, 3.0]]
    assert flow(edges, 0).magnitude == 8.5
