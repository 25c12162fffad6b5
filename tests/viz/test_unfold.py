import re

import numpy as np
import pytest

from autograd import BudgetError, Tensor, Value, gradient, predict, softmax_cross_entropy
from nn import MLP
from tests.viz.pictures import SVG, drawn, edges, ladder, perceptron, random_graph, texts
from viz import unfold


def terms(picture):
    return [float(term) for term in re.findall(r">term ([^<]+)<", picture.source)]


def test_the_tree_has_one_edge_for_every_multiplication_of_the_tree_method():
    network = MLP([2, 4, 2], granularity="scalar")
    loss = softmax_cross_entropy(network([1.0, 2.0]), 0)
    assert len(edges(unfold(loss, network.parameters()))) == 90
    for seed in range(10):
        root, leaves = random_graph(seed)
        tree = edges(unfold(root, leaves, budget=None))
        assert len(tree) == predict(root, leaves, "tree").multiplications
        assert len({child for child, _ in tree}) == len(tree), "a node of a tree has one user"


def test_the_terms_add_up_to_the_derivative():
    for seed in range(10):
        root, leaves = random_graph(seed)
        for leaf in leaves:
            (value,) = gradient(root, [leaf]).values
            assert sum(terms(unfold(root, [leaf], budget=None))) == pytest.approx(value, rel=1e-2)


def test_a_ladder_unfolds_into_a_binary_tree():
    y, x = ladder(4)
    picture = unfold(y, [x])
    assert len(terms(picture)) == 16
    assert len(edges(picture)) == 30
    assert "16 paths in a tree of 31 nodes, from 5 values" in [
        t.text for t in drawn(picture).iter(f"{SVG}text")
    ]


def test_only_values_that_depend_on_wrt_are_in_the_tree():
    w, x = Value(2.0, name="w"), Value(3.0, name="x")
    picture = unfold(w * x + 1.0, [w])
    assert len(edges(picture)) == 2
    assert ">x<" not in picture.source
    assert len(edges(unfold(w * x, [Value(1.0)]))) == 0


def test_wrt_may_hold_an_inner_value_and_the_result():
    x = Value(3.0, name="x")
    square = x * x
    assert terms(unfold(square + 1.0, [square])) == [1.0]
    assert terms(unfold(square, [square, x])) == [1.0, 3.0, 3.0]


def test_a_tree_over_the_budget_is_refused_with_its_size():
    y, x = ladder(4)
    assert unfold(y, [x], budget=31)
    with pytest.raises(BudgetError, match="the tree of paths has 31 nodes, over the budget of 30") as caught:
        unfold(y, [x], budget=30)
    assert (caught.value.predicted, caught.value.budget) == (31, 30)


def test_an_astronomical_tree_is_refused_at_once():
    y, x = ladder(20_000)
    with pytest.raises(BudgetError, match=r"≈ 7\.96×10\^6020 nodes") as caught:
        unfold(y, [x])
    assert caught.value.predicted == 2**20_001 - 1


def test_deep_trees_are_unfolded_without_recursion():
    x = y = Value(0.5, name="x")
    for _ in range(3_000):
        y = y.tanh()
    assert len(edges(unfold(y, [x], budget=None))) == 3_000


def test_the_same_graph_gives_the_same_tree():
    assert unfold(*random_graph(3), budget=None).source == unfold(*random_graph(3), budget=None).source


def test_the_terms_of_tensors_are_arrays_that_add_up_to_the_derivative():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], name="x")
    w = Tensor([[0.5], [2.0]], name="w")
    y = ((x @ w + w) * w).sum()
    picture = unfold(y, [w])
    svg = drawn(picture)
    nodes = [texts(svg, node) for node in re.findall(r"^\t(t\d+) \[", picture.source, re.M)]
    columns = [[float(number) for number in node[2:]] for node in nodes if "term" in node]
    assert len(columns) == 3
    assert np.sum(columns, axis=0)[:, None] == pytest.approx(gradient(y, [w]).values[0])


def test_the_term_of_a_broadcast_value_is_summed():
    b = Tensor([1.0, 2.0], name="b")
    picture = unfold((np.ones((3, 2)) + b).sum(), [b])
    assert texts(drawn(picture), "t2") == ["b", "term", "3", "3"]


def test_a_tree_of_tensors_shows_its_linear_maps():
    loss, parameters = perceptron()
    shown = [t.text for t in drawn(unfold(loss, parameters)).iter(f"{SVG}text")]
    assert shown.count("G @ Bᵀ") == 1
    assert shown.count("Aᵀ @ G") == 2
    assert shown.count("term") == 4
    assert "4 paths in a tree of 14 nodes, from 16 values" in shown
    single, parameters = perceptron(np.float32)
    assert len(edges(unfold(single, parameters))) == 13


def test_a_result_that_is_an_array_starts_with_ones():
    x = Tensor([1.0, 2.0, 3.0], name="x")
    assert texts(drawn(unfold(x * x, [x])), "t1") == ["x", "term", "1", "2", "3"]
