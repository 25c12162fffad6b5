import re
from collections import Counter

import pytest

from autograd import Graph, Value, softmax_cross_entropy
from nn import MLP
from tests.viz.pictures import SVG, chain, drawn, edges, ladder, random_graph, texts
from viz import draw
from viz.fold import SLABS, fold
from viz.wrt import indices, layers


def network(sizes, granularity="scalar"):
    mlp = MLP(sizes, granularity=granularity)
    return softmax_cross_entropy(mlp([0.1] * sizes[0]), 0), mlp.parameters()


def graphs():
    yield from (random_graph(seed, steps=40) for seed in range(10))
    yield network([3, 8, 8, 2])
    yield network([3, 8, 8, 2], "neuron")
    y, x = ladder(200)
    yield y, [x]
    yield sum((Value(1.0) for _ in range(50)), start=Value(0.0)), []
    yield Value(1.0) * 2.0, []


@pytest.mark.parametrize("budget", [1, 2, 5, 20, 60, None])
def test_drawn_and_hidden_add_up_to_the_whole_graph(budget):
    for root, wrt in graphs():
        graph = Graph(root)
        folding = fold(graph, indices(graph, wrt), budget)
        assert sorted(i for cluster in folding.clusters for i in cluster.nodes) == list(range(len(graph)))
        assert all(cluster.nodes for cluster in folding.clusters)
        assert sum(cluster.edges for cluster in folding.clusters) + sum(folding.bundles.values()) == len(
            list(graph.edges)
        )
        assert folding.paths == sum(map(graph.count_paths, wrt))
        assert all(tail < head for tail, head in folding.bundles), "the boxes are in an order: no cycle"
        assert folding.clusters[folding.home[-1]].single == len(graph) - 1
        if budget is None or len(graph) <= budget:
            assert folding.drawn == list(range(len(graph)))
        else:
            assert len(folding.clusters) <= SLABS + 1


def test_boxes_count_what_they_hide():
    root, parameters = network([4, 30, 30, 3])
    graph = Graph(root)
    picture = draw(root, wrt=parameters)
    said = Counter()
    for line in picture.source.splitlines():
        where = "on an edge" if "->" in line else line[:2]
        for n, what in re.findall(r">([\d,]+) (value|edge|path)", line):
            said[where, what] += int(n.replace(",", ""))
    folded = re.findall(r"^\tf\d+ \[", picture.source, re.MULTILINE)
    assert len(folded) == SLABS
    assert said["\tf", "value"] + 1 == len(graph)
    assert said["\tf", "edge"] + said["on an edge", "edge"] == len(list(graph.edges))
    assert said["\tf", "path"] == sum(map(graph.count_paths, parameters))
    texts = [t.text for t in drawn(picture).iter(f"{SVG}text")]
    assert (
        f"1 of {len(graph):,} values drawn, the other {len(graph) - 1:,} folded into {len(folded)} boxes"
        in texts
    )


def test_a_cut_is_made_where_few_values_cross_it():
    # Two wide parts meet in one value, off the middle: the cut between two slabs is there.
    wide = [Value(1.0) for _ in range(100)]
    neck = sum((v * v for v in wide), start=wide[0])
    further = [neck * neck for _ in range(110)]
    root = sum(further[1:], start=further[0])
    graph = Graph(root)
    folding = fold(graph, set(), budget=10)
    at = graph.index(neck)
    assert folding.clusters[folding.home[at]].nodes[-1] == at


def test_many_layers_are_gathered_into_a_few_boxes():
    weights = [Value(0.5, name=f"w{i}") for i in range(300)]
    y = Value(1.0)
    for w in weights:
        y = y * w + 1.0
    graph = Graph(y)
    folding = fold(graph, set(), budget=10, layers=layers(graph, [[w] for w in weights]))
    assert len(folding.clusters) == SLABS + 1
    names = [cluster.name for cluster in folding.clusters]
    assert names[0] == "layer 1 – layer 38"
    assert names[-2:] == ["layer 267 – layer 300", ""]
    assert sum(len(cluster.nodes) for cluster in folding.clusters) == len(graph)
    assert all(tail < head for tail, head in folding.bundles)


def test_layers_are_boxes_with_their_names():
    mlp = MLP([4, 20, 20, 3], granularity="scalar")
    loss = softmax_cross_entropy(mlp([0.1] * 4), 0)
    picture = draw(loss, wrt={f"L{i}": layer.parameters() for i, layer in enumerate(mlp.layers)})
    boxes = [texts(drawn(picture), f"f{i}") for i in range(3)]
    assert [lines[0] for lines in boxes] == ["L0", "L1", "L2"]


def test_without_wrt_paths_start_at_all_leaves():
    root, parameters = network([4, 30, 30, 3])
    everything = draw(root).source
    assert everything == draw(root, wrt=None).source
    assert everything != draw(root, wrt=parameters[:1]).source


def test_the_budget_limits_the_values_drawn_one_by_one():
    y, _ = ladder(30)
    assert len(edges(draw(y, budget=31))) == 90
    assert len(re.findall(r"^\tf\d+ \[", draw(y, budget=30).source, re.MULTILINE)) == SLABS
    with pytest.raises(ValueError, match="the budget is 1 or more, not 0"):
        draw(y, budget=0)


def test_a_value_drawn_beside_a_box_keeps_its_place():
    x = Value(1.0, name="x")
    picture = draw(x * x * x * x, budget=3)
    assert set(edges(picture)) >= {("o3", "n3")}
    assert drawn(picture).tag == f"{SVG}svg"


def test_deep_graphs_and_astronomically_many_paths_are_folded():
    deep = draw(chain(10**5)).source
    y, _ = ladder(5_000)
    assert "≈ " in draw(y).source
    assert len(deep) < 10_000


@pytest.mark.parametrize(
    ("length", "lines"),
    [(20, [">1,048,576 paths from here<"]), (63, [">9,223,372,036,854,775,808<", ">paths from here<"])],
)
def test_a_large_number_of_paths_is_not_cut_off(length, lines):
    y, x = ladder(length)
    source = draw(y * 1.0, wrt=[x], budget=1).source
    assert all(line in source for line in lines)
    assert "…" not in source
