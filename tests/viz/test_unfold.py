import re

import pytest

from autograd import BudgetError, Value, gradient, predict, softmax_cross_entropy
from nn import MLP
from tests.viz.pictures import SVG, drawn, edges, ladder, random_graph
from viz import unfold


def terms(picture):
    return [float(term) for term in re.findall(r">term ([^<]+)<", picture.source)]


def test_the_tree_has_one_edge_for_every_multiplication_of_the_tree_method():
    network = MLP([2, 4, 2])
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


def test_only_what_depends_on_the_values_asked_for_is_there():
    w, x = Value(2.0, name="w"), Value(3.0, name="x")
    picture = unfold(w * x + 1.0, [w])
    assert len(edges(picture)) == 2
    assert ">x<" not in picture.source
    assert len(edges(unfold(w * x, [Value(1.0)]))) == 0


def test_an_inner_value_and_the_result_can_be_asked_for():
    x = Value(3.0, name="x")
    square = x * x
    assert terms(unfold(square + 1.0, [square])) == [1.0]
    assert terms(unfold(square, [square, x])) == [1.0, 3.0, 3.0]


def test_a_tree_over_the_budget_is_refused_with_its_size():
    y, x = ladder(4)
    assert unfold(y, [x], budget=31)
    with pytest.raises(
        BudgetError, match="the tree of paths has 31 nodes here, over the budget of 30"
    ) as caught:
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
