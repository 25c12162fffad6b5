"""Parallel identical blocks are merged into one box, in which nothing is lost."""

import re

import pytest

from autograd import Graph, Value, softmax_cross_entropy
from nn import MLP
from tests.viz.browser import needs_browser, opened
from tests.viz.pictures import SVG, drawn, ladder, random_graph
from tests.viz.reports import diamond
from tests.viz.test_report_drawing import check_no_overlaps, check_totals
from viz import draw, report
from viz.fold import FEW, boxes, fold
from viz.repeats import Repeats
from viz.wrt import indices, layers


def perceptron(sizes, granularity="scalar"):
    mlp = MLP(sizes, granularity=granularity, seed=0)
    inputs = [Value(0.1 * i, name=f"x{i}") for i in range(sizes[0])]
    return softmax_cross_entropy(mlp(inputs), 0), [layer.parameters() for layer in mlp.layers]


def heads(number, *, odd=False):
    """Parallel blocks tanh(w·x)·v with a layer each; the last one differs if it is odd."""
    stem, joint = Value(0.5, name="stem"), Value(1.0, name="joint")
    x, ends, wrt = stem.tanh(), [], {"stem": [stem]}
    for i in range(number):
        w, v = Value(0.1 * i, name=f"w{i}"), Value(0.2 * i, name=f"v{i}")
        inner = (w * x).sin() if odd and i == number - 1 else (w * x).tanh()
        ends.append(inner * v)
        wrt[f"head {i + 1}"] = [w, v]
    wrt["joint"] = [joint]
    products = [end * joint for end in ends]
    return sum(products[1:], start=products[0]), wrt


def runs(box):
    found = [box] if box.times > 1 else []
    return found + [run for part in box.parts for run in runs(part)]


def test_the_neurons_of_a_layer_are_one_run():
    root, wrt = perceptron((3, 12, 2))
    graph = Graph(root)
    order, whole = boxes(graph, layers(graph, wrt), merge=True)
    first, *_ = runs(whole)
    assert (first.times, len(first.parts)) == (12, 12)
    blocks = [[graph.nodes[i].op for i in order[part.start : part.end]] for part in first.parts]
    assert all(block == blocks[0] for block in blocks)
    assert sum(op == "tanh" for op in blocks[0]) == 1
    assert not runs(boxes(graph, layers(graph, wrt))[1])


def test_runs_are_parallel_and_identical():
    for root, wrt in (*(random_graph(seed, steps=60) for seed in range(10)), perceptron((2, 5, 3)), heads(6)):
        graph = Graph(root)
        order, whole = boxes(graph, layers(graph, wrt), merge=True)
        assert sorted(order) == list(range(len(graph)))
        place = {i: at for at, i in enumerate(order)}
        assert all(place[a] < place[b] for a, b in graph.edges)
        for run in runs(whole):
            within = {i: n for n, part in enumerate(run.parts) for i in order[part.start : part.end]}
            assert len({part.end - part.start for part in run.parts}) == 1
            assert all(within[a] == within[b] for a, b in graph.edges if a in within and b in within)


def test_blocks_that_feed_each_other_or_differ_are_not_merged():
    y, _ = ladder(40)
    graph = Graph(y)
    assert Repeats(graph, range(len(graph))).runs(0, len(graph) - 1) == []
    root, wrt = heads(5, odd=True)
    graph = Graph(root)
    (run,) = runs(boxes(graph, layers(graph, wrt), merge=True)[1])
    assert (run.times, run.name) == (4, "head 1 – head 4")


@pytest.mark.parametrize("budget", [1, 20, 600, None])
def test_drawn_and_hidden_are_the_total(budget):
    for root, wrt in (perceptron((3, 12, 2)), heads(12), diamond()):
        graph = Graph(root)
        folding = fold(graph, indices(graph, wrt), budget, layers(graph, wrt), merge=True)
        assert sorted(i for cluster in folding.clusters for i in cluster.nodes) == list(range(len(graph)))
        inside = sum(cluster.edges for cluster in folding.clusters)
        assert inside + sum(folding.bundles.values()) == len(list(graph.edges))
        targets = [graph.nodes[i] for i in indices(graph, wrt)]
        assert folding.paths == sum(map(graph.count_paths, targets))
        assert all(tail < head for tail, head in folding.bundles)


def test_a_static_picture_merges_when_asked():
    root, wrt = heads(12)
    merged, whole = draw(root, wrt=wrt, merge=True), draw(root, wrt=wrt)
    assert "× 12" not in whole.source
    texts = [text.text for text in drawn(merged).iter(f"{SVG}text")]
    (said,) = [text for text in texts if text and text.startswith("× ")]
    times, each = map(int, re.findall(r"\d+", said))
    assert (times, each) == (12, 5)
    hidden = int(next(text for text in texts if re.fullmatch(r"\d+ values", text)).split()[0])
    assert hidden == times * each
    assert f"the other {hidden} folded into 1 box" in " ".join(filter(None, texts))


@needs_browser
@pytest.mark.parametrize("width", [1280, 390])
def test_a_report_opens_merged_blocks_on_a_click(browser, tmp_path, width):
    root, wrt = perceptron((3, 12, 2))
    size = len(Graph(root))
    path = report(root, wrt, tmp_path / "r.html", methods=["paths", "backprop"])
    with opened(browser, path, width=width) as page:
        names = page.texts(".pane >> nth=0 >> .node.folded .what")
        assert any(name.endswith("× 12") for name in names)
        check_totals(page, size)
        check_no_overlaps(page)
        page.pane(0).locator(".node.folded").first.dispatch_event("click")
        blocks = page.texts(".pane >> nth=0 >> .node.folded .what")
        check_totals(page, size)
        check_no_overlaps(page)
        assert len(blocks) != len(names) or blocks != names
        assert page.page.get_by_role("button", name="× 12").count() == 1
        page.page.get_by_role("button", name="× 12").click()
        assert page.texts(".pane >> nth=0 >> .node.folded .what") == names
        assert page.page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_short_runs_stay_open():
    root, wrt = perceptron((1, 2, 2))
    graph = Graph(root)
    assert all(run.end - run.start <= FEW for run in runs(boxes(graph, layers(graph, wrt), merge=True)[1]))


def test_a_big_graph_without_runs_is_searched_only_so_far():
    y, _ = ladder(20_000)
    graph = Graph(y)
    order, whole = boxes(graph, merge=True)
    assert runs(whole) == []
    assert order == list(range(len(graph)))
