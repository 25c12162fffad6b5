import re
from collections import Counter

import numpy as np
import pytest

import viz.dot
from autograd import Graph, Tensor, Value, gradient, predict, softmax_cross_entropy
from nn import MLP, squared_error
from tests.viz.pictures import SVG, drawn, edges, ladder, parsed, perceptron, random_graph
from viz import LayoutError, compare
from viz.comparison import THICKEST
from viz.edge_uses import MEASURED, TIMES_BACKPROP, walk_counts
from viz.fold import fold
from viz.wrt import indices


def enumerated(graph, targets):
    """How many paths each edge (node, position among its inputs) lies on, by walking every path."""
    times = Counter()
    walk = [(len(graph) - 1, ())]
    while walk:
        i, path = walk.pop()
        if i in targets:
            times.update(path)
        walk.extend((j, (*path, (i, k))) for k, j in enumerate(graph.inputs(i)))
    return times


def classifier(sizes, granularity):
    network = MLP(sizes, granularity=granularity)
    return softmax_cross_entropy(network([0.5] * sizes[0]), 0), network.parameters()


def examples():
    yield from (random_graph(seed) for seed in range(20))
    yield classifier([2, 4, 2], "scalar")
    yield classifier([2, 4, 2], "neuron")
    y, x = ladder(5)
    yield y, [x]
    yield y, [x, y, *y.inputs]


def test_an_edge_is_walked_once_for_every_path_over_it():
    for root, wrt in examples():
        graph = Graph(root)
        targets = indices(graph, wrt)
        times = enumerated(graph, targets)
        assert walk_counts(graph, targets) == [
            [times[i, k] for k in range(len(graph.inputs(i)))] for i in range(len(graph))
        ]


def test_the_walks_add_up_to_the_multiplications():
    for root, wrt in examples():
        graph = Graph(root)
        table = walk_counts(graph, indices(graph, wrt))
        assert sum(map(sum, table)) == gradient(root, wrt, "paths").cost.multiplications
        assert sum(n > 0 for row in table for n in row) == gradient(root, wrt).cost.multiplications


def test_the_captions_hold_the_measured_totals():
    root, wrt = classifier([2, 4, 2], "scalar")
    comparison = compare(root, wrt)
    naive, backprop = gradient(root, wrt, "paths").cost, gradient(root, wrt).cost
    assert comparison.naive == naive
    assert comparison.backprop == backprop
    left, right = comparison.captions()
    assert left == ["naive: every path walked", "34 paths", "234 multiplications, 12 additions (measured)"]
    assert right == [
        "backprop: every edge walked once",
        "62 edges",
        "62 multiplications, 4 additions (measured)",
    ]
    texts = [t.text for t in parsed(comparison.svg).findall(f"{SVG}text")]
    assert texts == left + right


def test_a_path_sum_too_long_to_run_is_predicted():
    y, x = ladder(40)
    comparison = compare(y, [x])
    cost = predict(y, [x], "paths")
    assert cost.multiplications > MEASURED
    assert comparison.naive == cost
    assert not comparison.measured
    assert (
        comparison.captions()[0][2]
        == "43,980,465,111,040 multiplications, 1,099,511,627,775 additions (predicted)"
    )
    assert comparison.captions()[1][2].endswith("(measured)")
    assert comparison.paths == 2**40


def test_astronomical_counts_have_thick_edges_and_readable_labels():
    y, x = ladder(500)
    comparison = compare(y, [x])
    assert "×≈ 1.63×10^150" in comparison.left.source
    assert "≈ 3.27×10^150 paths" in comparison.captions()[0]
    pens = [float(pen) for pen in re.findall(r"penwidth=([\d.]+)", comparison.left.source)]
    assert len(pens) == 1000
    assert set(pens) == {THICKEST}


def test_thickness_grows_with_the_count_and_the_label_says_it():
    root, wrt = classifier([2, 4, 2], "neuron")
    comparison = compare(root, wrt)
    found = re.findall(
        r"^\tn\d+ -> n\d+ \[.*?>(?:×(\d+))?</TD>.* penwidth=([\d.]+)\]", comparison.left.source, re.M
    )
    pens = {int(count): float(pen) for count, pen in found if count}
    assert sorted(pens) == [2, 3, 17]
    assert 1 < pens[2] < pens[3] < pens[17] <= THICKEST
    assert {float(pen) for pen in re.findall(r"penwidth=([\d.]+)", comparison.right.source)} == {1.0}
    assert "×" not in comparison.right.source


def test_edges_that_are_never_walked_are_dotted_and_explained():
    x, w = Value(1.0, name="x"), Value(2.0, name="w")
    comparison = compare(w * x, [w])
    for picture in (comparison.left, comparison.right):
        assert picture.source.count("style=dotted") == 1
        assert "dotted: never" in picture.source
    assert "dotted" not in compare(w * x, [w, x]).left.source
    assert compare(w * x, []).left.source.count("style=dotted") == 2


def test_both_pictures_have_the_same_layout():
    for root, wrt in (
        classifier([2, 3, 2], "scalar"),
        classifier([2, 4, 2], "neuron"),
        classifier([3, 20, 20, 2], "scalar"),
    ):
        comparison = compare(root, wrt)
        places = []
        for picture in (comparison.left, comparison.right):
            svg = drawn(picture)
            nodes = [g for g in svg.iter(f"{SVG}g") if g.get("class") == "node"]
            places.append(
                [
                    (
                        g.findtext(f"{SVG}title"),
                        [t.attrib for t in g.iter() if t.tag in (f"{SVG}text", f"{SVG}ellipse")],
                    )
                    for g in nodes
                ]
            )
        assert places[0] == places[1]
        assert len(places[0]) > 5


def test_every_active_edge_is_drawn_when_nothing_is_folded():
    root, wrt = classifier([2, 4, 2], "scalar")
    comparison = compare(root, wrt)
    assert len(edges(comparison.left)) == len(list(Graph(root).edges))
    assert edges(comparison.left) == edges(comparison.right)
    y, x = ladder(1)
    assert edges(compare(y, [x]).left) == [("n0", "n1"), ("n0", "n1")]


def test_the_walks_through_a_bundle_are_summed():
    network = MLP([2, 10, 2], granularity="scalar")
    root = squared_error(network([1.0, 2.0]), [0.0, 1.0])
    graph = Graph(root)
    comparison = compare(root, network.parameters(), budget=10)
    targets = indices(graph, network.parameters())
    folding = fold(graph, targets, 10)
    through = Counter()
    for i, row in enumerate(walk_counts(graph, targets)):
        for j, n in zip(graph.inputs(i), row, strict=True):
            if folding.home[i] != folding.home[j]:
                through[folding.home[j], folding.home[i]] += n
    labels = re.findall(r"^\t\w+ -> \w+ \[.*?>(?:×([\d,]+))?</TD>", comparison.left.source, re.M)
    assert sorted(int(label.replace(",", "") or 1) for label in labels) == sorted(through.values())
    assert len(through) > 8
    assert "folded into" in comparison.left.source
    assert comparison.svg.count("<svg") == 3


def test_ids_of_the_two_pictures_differ_even_if_their_content_does_not():
    x = Value(1.0, name="x")
    svg = parsed(compare(x.tanh(), [x]).svg)
    ids = [element.get("id") for element in svg.iter() if element.get("id")]
    assert len(ids) > 4
    assert len(ids) == len(set(ids))


def test_the_svg_describes_itself_and_shows_in_a_notebook():
    y, x = ladder(2)
    comparison = compare(y, [x])
    assert comparison._repr_svg_() == comparison.svg
    svg = parsed(comparison.svg)
    assert svg.get("role") == "img"
    assert svg.findtext(f"{SVG}title") == "naive: every path walked beside backprop: every edge walked once"
    assert "4 paths; 8 multiplications, 3 additions (measured)" in svg.findtext(f"{SVG}desc")


def test_an_unknown_form_of_svg_is_an_error(monkeypatch):
    monkeypatch.setattr(viz.dot, "layout", lambda *_, **__: b"<svg/>")
    y, x = ladder(1)
    with pytest.raises(LayoutError, match="unknown form"):
        compare(y, [x]).compose()


def test_a_derivative_that_is_undefined_is_an_error():
    x = Value(0.0, name="x")
    with pytest.raises(ArithmeticError):
        compare(x.sqrt(), [x])


def test_wrt_may_be_an_iterator():
    x = Value(0.5)
    y = x * x
    assert compare(y, iter([x])).naive == compare(y, [x]).naive


def tensor_ladder(length):
    x = y = Tensor(np.full((2, 2), 0.5), name="x")
    for _ in range(length):
        y = y * y
    return y.sum(), x


def test_captions_of_tensors_count_walked_edges_and_multiplications():
    loss, parameters = perceptron()
    comparison = compare(loss, parameters)
    graph = Graph(loss)
    table = walk_counts(graph, indices(graph, parameters))
    assert comparison.walked == sum(map(sum, table))
    assert comparison.edges == sum(n > 0 for row in table for n in row)
    assert comparison.paths == len(parameters)
    assert comparison.naive == gradient(loss, parameters, "paths").cost
    assert comparison.backprop == gradient(loss, parameters).cost
    left, right = comparison.captions()
    assert left[1] == f"{comparison.paths} paths, {comparison.walked} edges walked"
    assert right[1] == f"{comparison.edges} edges"
    for line, cost in ((left[2], comparison.naive), (right[2], comparison.backprop)):
        assert line == (
            f"{cost.multiply_adds} multiply-adds, {cost.multiplications} multiplications, "
            f"{cost.additions} additions (measured)"
        )
    assert [t.text for t in parsed(comparison.svg).findall(f"{SVG}text")] == left + right


def test_the_tensors_of_a_chain_have_one_path_for_each_parameter():
    left = compare(*perceptron()).left.source
    assert [int(n) for n in re.findall(">×([0-9]+)<", left)] == [2, 2, 3, 4, 4, 4]


def test_a_path_sum_of_tensors_too_long_to_run_has_no_cost():
    y, x = tensor_ladder(40)
    comparison = compare(y, [x])
    assert comparison.walked > TIMES_BACKPROP * comparison.edges
    assert comparison.naive is None
    assert not comparison.measured
    left, right = comparison.captions()
    assert left[1:] == [f"{2**40:,} paths, {41 * 2**40:,} edges walked"]
    assert right[2].endswith("(measured)")
    assert parsed(comparison.svg).get("role") == "img"
    short, x = tensor_ladder(3)
    assert compare(short, [x]).measured


def test_the_nodes_of_tensors_show_their_shapes():
    loss, parameters = perceptron()
    svg = drawn(compare(loss, parameters).left)
    texts = [t.text for t in svg.iter(f"{SVG}text")]
    assert texts.count("(5, 4)") == 3
    assert texts.count("(4, 2)") == 2
    assert "()" not in texts
