"""Any two methods side by side."""

import re
from functools import partial

import pytest

from autograd import METHODS, BudgetError, Graph, Value, gradient
from tests.viz.pictures import SVG, drawn, edges, ladder, parsed, perceptron, random_graph
from tests.viz.reports import diamond, network
from viz import compare
from viz.edge_uses import uses
from viz.wrt import grouped, indices

ALL = (
    "tree",
    "forward",
    "restart",
    "checkpoint",
    "eliminate-forward",
    "eliminate-markowitz",
    "eliminate-reverse",
)


def flat(wrt):
    return [v for group in grouped(wrt) for v in group]


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("problem", [diamond, network, *(lambda s=s: random_graph(s) for s in range(4))])
def test_the_edges_walked_are_the_multiplications(problem, method):
    root, wrt = problem()
    found = compare(root, flat(wrt), methods=(method, "backprop"))
    cost = gradient(root, flat(wrt), method).cost
    assert found.methods == (method, "backprop")
    assert found.naive == cost
    assert found.measured
    assert found.backprop == gradient(root, flat(wrt)).cost
    assert found.walked == cost.multiplications
    left, right = found.uses
    assert right.walked == sum(map(sum, right.edges))
    if not left.made and "eliminate" not in method:
        assert sum(map(sum, left.edges)) == cost.multiplications
    assert f"{cost.multiplications:,} multiplications" in found.captions()[0][2]


def test_the_order_of_the_methods_is_the_order_of_the_pictures():
    root, wrt = diamond()
    one = compare(root, wrt, methods=("backprop", "paths"))
    assert one.captions() == compare(root, wrt).captions()[::-1]
    assert one.naive == gradient(root, wrt).cost


def test_reverse_elimination_uses_the_edges_that_backprop_walks():
    root, wrt = network()
    left, right = compare(root, wrt, methods=("eliminate-reverse", "backprop")).uses
    assert not left.made
    assert left.edges == right.edges


def test_edges_made_are_dashed_and_leave_room_in_the_other_picture():
    root, wrt = diamond()
    found = compare(root, wrt, methods=("eliminate-markowitz", "backprop"))
    assert found.uses[0].made == {(0, 1): 1, (2, 4): 1, (2, 5): 1}
    assert found.left.source.count("style=dashed") == 3
    assert found.right.source.count("style=invis") == 3
    assert "dashed: made by the elimination" in found.left.source
    assert "dashed" not in found.right.source
    assert found.captions()[0] == [
        "eliminate-markowitz",
        "4 edges and 3 made by the elimination",
        "5 multiplications, 3 additions (measured)",
    ]
    assert edges(found.left) == edges(found.right)
    # The legends differ in width, and so does the place of the whole graph.
    (left, right) = (
        [float(text.get("y")) for text in drawn(picture).iter(f"{SVG}text") if text.text in ("sin", "tanh")]
        for picture in (found.left, found.right)
    )
    assert left[0] - left[1] == right[0] - right[1]
    svg = parsed(found.svg)
    ids = [element.get("id") for element in svg.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_a_folded_graph_adds_up_made_edges_in_bundles():
    root, wrt = network((4, 8, 8, 2))
    found = compare(root, wrt, methods=("eliminate-forward", "eliminate-reverse"), budget=50)
    assert "folded into" in found.left.source
    assert edges(found.left) == edges(found.right)
    assert found.walked > found.edges


def test_a_graph_is_folded_where_an_elimination_makes_many_edges():
    root, wrt = network((2, 6, 2))
    methods = ("eliminate-forward", "eliminate-reverse")
    found = compare(root, wrt, methods=methods)
    assert len(found.uses[0].made) > 200
    for picture in (found.left, found.right):
        assert "folded into" in picture.source
        assert len(edges(picture)) < 100
    assert "folded into" not in compare(root, wrt, methods=methods, budget=None).left.source
    assert "folded into" not in compare(root, wrt).left.source
    with pytest.raises(ValueError, match="budget"):
        compare(root, wrt, methods=methods, budget=0)


def test_between_tensors_the_methods_walk_maps():
    loss, parameters = perceptron()
    found = compare(loss, parameters, methods=("forward", "restart"))
    assert found.captions()[0][1].endswith("edges walked")
    assert found.naive == gradient(loss, parameters, "forward").cost


def test_a_function_is_a_method():
    def mine(linearization):
        return [1.0] * len(linearization.wrt)

    x = Value(2.0)
    found = compare(x * x, [x], methods=(mine, "backprop"))
    assert found.methods == ("mine", "backprop")
    assert found.walked == 0
    assert "mine" in found.svg
    named = compare(x * x, [x], methods=(partial(METHODS["checkpoint"], states=1), "checkpoint-1"))
    assert named.methods == ("checkpoint", "checkpoint-1")
    assert named.naive == named.backprop


def test_wrong_methods_are_one_sentence():
    y, x = ladder(2)
    with pytest.raises(TypeError, match="two names, not 'paths' alone: write"):
        compare(y, [x], methods="paths")
    with pytest.raises(ValueError, match="two methods are compared, not 1"):
        compare(y, [x], methods=("paths",))
    with pytest.raises(KeyError, match="there is no method 'nothing'"):
        compare(y, [x], methods=("nothing", "backprop"))
    deep, x = ladder(30)
    with pytest.raises(BudgetError, match="tree takes more than 100,000 steps here, too many to draw"):
        compare(deep, [x], methods=("tree", "backprop"))


def test_uses_name_every_edge_of_the_graph():
    root, wrt = random_graph(5)
    graph = Graph(root)
    for method in ("paths", *ALL):
        found = uses(graph, grouped(wrt), indices(graph, wrt), method)
        assert [len(row) for row in found.edges] == [len(graph.inputs(i)) for i in range(len(graph))]
        assert all(re.fullmatch(r"[a-z-]+", name) for name in (found.method,))
