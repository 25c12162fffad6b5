"""The data in the file of a report, and wrong requests."""

import json
import re
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from autograd import METHODS, Graph, Tensor, Value, gradient, predict, walk
from autograd.differentiation.methods import accuracy
from nn import MLP
from tests.viz.pictures import ladder, random_graph
from viz import report
from viz.fold import NODE_BUDGET


def data(path):
    text = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', path.read_text(encoding="utf-8")
    )
    return json.loads(text[1])


def table(path):
    """The rows of the table of costs, as dicts by heading."""
    page = path.read_text(encoding="utf-8")
    headings = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page)
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page)
    return {
        name: dict(zip(headings[1:], re.findall("<td>(.*?)</td>", cells), strict=True))
        for name, cells in rows
    }


def test_the_table_has_what_gradient_measures(tmp_path):
    root, wrt = random_graph(1)
    rows = table(report(root, wrt, tmp_path / "r.html"))
    for method in METHODS:
        name = method if accuracy(method) == "exact" else f"{method} ({accuracy(method)})"
        cost = gradient(root, wrt, method).cost
        for field in ("multiplications", "additions", "partials", "forward", "total"):
            assert rows[name].get(field, "0") == f"{getattr(cost, field):,}"
        assert rows[name][""] == "measured"


def test_the_cost_of_a_run_cut_off_is_predicted(tmp_path):
    y, x = ladder(200)
    rows = table(report(y, [x], tmp_path / "r.html", steps=50))
    assert rows["paths"][""] == rows["backprop"][""] == "predicted"
    assert rows["backprop"]["multiplications"] == f"{predict(y, [x]).multiplications:,}"
    assert rows["paths"]["multiplications"].startswith("≈ ")


def test_the_file_has_the_steps_of_the_walk(tmp_path):
    root, wrt = random_graph(2)
    page = data(report(root, wrt, tmp_path / "r.html", methods=["tree", "restart"]))
    assert [run["method"] for run in page["runs"]] == ["tree", "restart"]
    for run in page["runs"]:
        steps = walk(root, wrt, run["method"]).steps
        assert [step[:2] for step in run["steps"]] == [[step.kind[0], step.node] for step in steps]
        assert [tuple(step[2:4]) for step in run["steps"]] == [step.edge or (-1, -1) for step in steps]
        assert [step[6] for step in run["steps"]] == [step.until for step in steps]


def test_every_path_is_listed_and_the_products_add_up(tmp_path):
    root, wrt = random_graph(7)
    graph = Graph(root)
    (found,) = data(report(root, wrt, tmp_path / "r.html"))["graphs"]
    for leaf, value in zip(wrt, gradient(root, wrt).values, strict=True):
        listed = found["listings"][str(graph.index(leaf))]
        assert listed["count"] == f"{graph.count_paths(leaf):,}"
        assert len(listed["paths"]) == min(30, graph.count_paths(leaf))
        if graph.count_paths(leaf) <= 30:
            assert sum(float(product) for product, _ in listed["paths"]) == pytest.approx(value, rel=1e-2)
        for _, edges in listed["paths"]:
            at = len(graph) - 1
            for user, k in edges:
                assert user == at
                at = graph.inputs(user)[k]
            assert graph.nodes[at] is leaf


def test_boxes_are_named_layers_and_hold_every_node_once(tmp_path):
    mlp = MLP([6, 20, 20, 3], granularity="scalar", seed=0)
    root = sum(mlp([0.1] * 6))
    wrt = {
        "first": mlp.layers[0].parameters(),
        "rest": [*mlp.layers[1].parameters(), *mlp.layers[2].parameters()],
    }
    graph = Graph(root)
    assert len(graph) > NODE_BUDGET
    (found,) = data(report(root, wrt, tmp_path / "r.html"))["graphs"]
    assert sorted(found["order"]) == list(range(len(graph)))
    place = {i: at for at, i in enumerate(found["order"])}
    assert all(place[a] < place[b] for a, b in graph.edges), "every edge leads on"
    first, rest, result = found["tree"][4]
    assert [first[0], rest[0], result[0]] == ["first", "rest", ""]
    assert result[1:3] == [len(graph) - 1, len(graph)]
    within = set(found["order"][first[1] : first[2]])
    assert {graph.index(v) for v in wrt["first"]} <= within

    def check(box):
        _, start, end, _, parts, _ = box
        if parts:
            assert [start, end] == [parts[0][1], parts[-1][2]]
            assert all(a[2] == b[1] for a, b in pairwise(parts))
        for part in parts:
            check(part)

    check(found["tree"])
    total = sum(graph.count_paths(v) for group in wrt.values() for v in group)
    assert found["tree"][3] == f"{total:,}"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e300])
def test_numbers_without_a_json_form_are_text(tmp_path, number):
    x = Value(number, name="x")
    t = Tensor(np.array([number, 1.0]), name="t")
    assert data(report(x + 1, [x], tmp_path / "r.html"))
    assert data(report((t * 2).sum(), [t], tmp_path / "r.html"))


def test_wrong_requests_are_refused_before_anything_is_written(tmp_path):
    root, wrt = random_graph(1)
    for message, request in {
        "'r.txt' does not end in it": lambda: report(root, wrt, tmp_path / "r.txt"),
        "there is no method 'magic'": lambda: report(root, wrt, tmp_path / "r.html", methods=["magic"]),
        "needs at least one method": lambda: report(root, wrt, tmp_path / "r.html", methods=[]),
        "needs at least one result": lambda: report({}, wrt, tmp_path / "r.html"),
        "a graph needs a Value or a Tensor, not NoneType None": lambda: report(
            None, wrt, tmp_path / "r.html"
        ),
        "write \\[x\\] for one": lambda: report(root, wrt[0], tmp_path / "r.html"),
        "write \\['paths'\\] for one": lambda: report(root, wrt, tmp_path / "r.html", methods="paths"),
        "two results have the same name as shown: 1": lambda: report(
            {1: root, "1": root}, wrt, tmp_path / "r.html"
        ),
        "must be a whole number of at least 1": lambda: report(root, wrt, tmp_path / "r.html", steps=0),
        "there is no folder": lambda: report(root, wrt, tmp_path / "nowhere" / "r.html"),
    }.items():
        with pytest.raises((ValueError, KeyError, TypeError, FileNotFoundError), match=message):
            request()
    assert list(tmp_path.iterdir()) == []


def test_differences_are_approximate_under_any_name(tmp_path):
    root, wrt = random_graph(1)
    methods = {
        "fd": METHODS["finite_difference"],
        "bp": METHODS["backprop"],
        "fg": partial(METHODS["forward_gradient"], samples=2),
    }
    page = data(report(root, wrt, tmp_path / "r.html", methods=methods))
    assert [run["accuracy"] for run in page["runs"]] == ["approximate", "exact", "estimate"]
    assert [run["verdict"] for run in page["runs"]] == ["", "", ""]


def test_the_factored_sum_walks_each_edge_between_once(tmp_path):
    root, wrt = random_graph(7)
    graph = Graph(root)
    (found,) = data(report(root, wrt, tmp_path / "r.html"))["graphs"]
    for leaf in wrt:
        expected = gradient(root, [leaf]).cost.multiplications
        assert found["listings"][str(graph.index(leaf))]["edges"] == expected


def test_names_are_shown_as_text_in_one_line_that_keeps_its_direction(tmp_path):
    x = Value(1.0, name="\u202ex\ud800\n")
    y = x * 2
    y.name = "y" * 3000
    page = report({"\u202e\ud800": y}, {"\u2066": [x]}, tmp_path / "r.html")
    text = page.read_text(encoding="utf-8")
    assert "\\u202e" not in text
    assert "\u202e" not in text
    (found,) = data(page)["graphs"]
    assert found["names"][0] == "�x�␊"
    assert len(found["names"][-1]) == 32


def test_with_many_values_in_wrt_two_methods_run(tmp_path):
    y = x = Value(0.5)
    inner = [x]
    for _ in range(500):
        y = y.tanh()
        inner.append(y)
    page = data(report(y, inner, tmp_path / "r.html"))
    assert [run["method"] for run in page["runs"]] == ["paths", "backprop"]
