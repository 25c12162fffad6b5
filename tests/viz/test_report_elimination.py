"""Step through an elimination: edges appear and vanish as the engine makes and drops them."""

from __future__ import annotations

import json
import re
from functools import partial

import pytest

from autograd import METHODS, Graph, Linearization, Value, gradient, walk
from autograd.differentiation.methods.eliminate import Elimination, steps
from tests.viz.browser import needs_browser, opened
from tests.viz.pictures import random_graph
from tests.viz.reports import diamond, network
from tests.viz.test_report_drawing import check_no_overlaps, check_totals
from viz import report
from viz.labels import number

ORDERS = ("reverse", "forward", "markowitz")


def left(root, wrt, order):
    """The edges between nodes that depend on ``wrt``, at the start and after each drop, by the engine."""
    graph = Graph(root)
    linearization = Linearization(graph, [wrt], recorded=False)
    places = [graph.index(linearization.node(v)) for v in range(len(linearization.edges))]
    state = Elimination(linearization.edges, [linearization.root], 1.0)

    def now():
        rows = enumerate(state.inputs[: state.size])
        return {(places[u], places[v]): number(x) for v, row in rows for u, x in row.items()}

    yield now()
    for v in steps(state, linearization, order):
        state.drop(v)
        yield now()


def shown(page, graph):
    """The edges that the first pane shows as left, by their ends, without edges from constants."""
    found = page.pane(0).evaluate(
        "pane => [...pane.querySelectorAll('.edge:not(.gone, .leaving, .idle)')]"
        ".map(e => [e.dataset.key, e.querySelector('text').textContent])"
    )
    edges = {}
    for key, text in found:
        if "~" in key:
            edges[tuple(map(int, key.split("~")))] = text
        else:
            user, k = map(int, key.split("."))
            edges[graph.inputs(user)[k], user] = text
    return edges


def drops(path):
    """After how many steps of the first run each node of it is gone."""
    text = re.search(r'id="data">(.*?)</script>', path.read_text(encoding="utf-8"))
    return sorted(set(json.loads(text[1])["runs"][0]["dropped"].values()))


@needs_browser
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("problem", [diamond, network, lambda: random_graph(3, steps=12)])
def test_the_edges_left_are_those_of_the_engine(browser, tmp_path, problem, order):
    root, wrt = problem()
    leaves = [x for group in wrt for x in (group if isinstance(group, list) else [group])]
    path = report(root, wrt, tmp_path / "r.html", methods=[f"eliminate-{order}"])
    graph = Graph(root)
    first, *states = left(root, leaves, order)
    times = drops(path)
    assert len(times) == len(states)
    with opened(browser, path) as page:
        assert set(shown(page, graph)) == set(first)
        for done, expected in zip(times, states, strict=True):
            page.go(done)
            assert shown(page, graph) == expected
        cost = gradient(root, wrt, f"eliminate-{order}").cost
        page.press("End")
        assert page.counter(0, "multiplications") == cost.multiplications
        assert page.counter(0, "additions") == cost.additions
        for leaf, value in zip(leaves, gradient(root, leaves).values, strict=True):
            assert page.shown(0, leaf.name) == f"∂ {number(value)}"


@needs_browser
def test_each_step_of_an_elimination_is_told_and_counted(browser, tmp_path):
    root, wrt = network()
    run = walk(root, wrt, "eliminate-forward")
    with opened(browser, report(root, wrt, tmp_path / "r.html", methods=["eliminate-forward"])) as page:
        for step in run.steps:
            page.press("ArrowRight")
            words = page.text(".sentence")
            assert words.split()[0] == step.kind.capitalize()
            assert number(step.value) in words
            assert page.counter(0, "multiplications") == step.cost.multiplications
            assert page.counter(0, "additions") == step.cost.additions
            lit = page.pane(0).locator(".edge.lit")
            assert lit.count() == (step.kind in ("walk", "bypass", "join"))
            if step.kind in ("bypass", "join"):
                assert lit.locator("text").text_content() == number(step.value)


@needs_browser
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_overlaps_while_edges_appear(browser, tmp_path, width):
    for root, wrt in (network(), diamond(), random_graph(4, steps=14)):
        methods = ["eliminate-markowitz", "eliminate-forward"]
        with opened(browser, report(root, wrt, tmp_path / "r.html", methods=methods), width=width) as page:
            last = int(page.page.get_attribute("#slider", "max"))
            for step in sorted({*range(min(last, 12)), *range(0, last, 1 + last // 12), last}):
                page.go(step)
                check_no_overlaps(page)
            assert page.page.evaluate("() => document.documentElement.scrollWidth") <= width


@needs_browser
def test_the_other_run_keeps_all_its_edges_on_the_same_layout(browser, tmp_path):
    root, wrt = diamond()
    methods = ["eliminate-forward", "backprop"]
    with opened(browser, report(root, wrt, tmp_path / "r.html", methods=methods)) as page:
        page.press("End")
        edges = len(list(Graph(root).edges))
        assert page.pane(1).locator(".edge:not(.gone)").count() == edges
        assert page.pane(1).locator(".node.dropped").count() == 0
        assert page.pane(0).locator(".node.dropped").count() == len(Graph(root)) - 1
        places = [
            page.pane(i).locator(".node").evaluate_all("ns => ns.map(n => n.getAttribute('transform'))")
            for i in (0, 1)
        ]
        assert places[0] == places[1]
        page.page.select_option("#panes select >> nth=0", label="backprop")
        assert page.page.locator(".stage .edge.made").count() == 0


@needs_browser
def test_a_bundle_counts_the_edges_left(browser, tmp_path):
    root, wrt = network((8, 20, 20, 4))
    path = report(root, wrt, tmp_path / "r.html", methods=["eliminate-reverse"], steps=10_000)
    with opened(browser, path) as page:
        check_totals(page, len(Graph(root)))
        labels = ".pane >> nth=0 >> .edge:not(.gone) text"

        def between():
            return sum(
                int(n.replace(",", "")) for n in re.findall(r"([\d,]+) edge", " ".join(page.texts(labels)))
            )

        whole = between()
        page.go(drops(path)[-1] // 2)
        assert 0 < between() < whole
        check_totals(page, len(Graph(root)))
        page.press("End")
        assert page.pane(0).locator(".edge:not(.gone, .leaving)").count() == 0


@needs_browser
def test_an_estimate_is_called_one_and_stands_where_the_direction_stood(browser, tmp_path):
    root, wrt = diamond()
    (value,) = gradient(root, wrt, "forward_gradient").values
    with opened(browser, report(root, wrt, tmp_path / "r.html", methods=["forward_gradient"])) as page:
        page.press("End")
        assert page.text(".sentence") == f"The estimated derivative by x is {number(value)}."
        assert page.shown(0, "x") == f"∂ {number(value)}"


def test_a_run_cut_off_drops_what_it_finished(tmp_path):
    root, wrt = diamond()
    path = report(root, wrt, tmp_path / "r.html", methods=["eliminate-forward"], steps=5)
    text = re.search(r'id="data">(.*?)</script>', path.read_text(encoding="utf-8"))
    (run,) = json.loads(text[1])["runs"]
    assert run["cut"]
    assert run["dropped"] == {"1": 4}


def test_constants_go_with_their_last_user(tmp_path):
    x, c = Value(2.0, name="x"), Value(3.0, name="c")
    path = report((x * c).tanh() + c, [x], tmp_path / "r.html", methods=["eliminate-forward", "backprop"])
    text = re.search(r'id="data">(.*?)</script>', path.read_text(encoding="utf-8"))
    first, second = json.loads(text[1])["runs"]
    assert second["dropped"] is None
    assert first["dropped"]["1"] == max(first["dropped"].values())


def test_nodes_in_an_order_of_ones_own_are_dropped_in_it(tmp_path):
    root, (x,) = diamond()
    order = [node for node in Graph(root).nodes if node.inputs]
    own = partial(METHODS["eliminate"], order=order)
    text = report(root, [x], tmp_path / "r.html", methods=[own, "eliminate-forward"]).read_text("utf-8")
    ours, forward = json.loads(re.search(r'id="data">(.*?)</script>', text).group(1))["runs"]
    assert ours["method"] == "eliminate"
    assert ours["dropped"] == forward["dropped"]
    assert ours["steps"] == forward["steps"]
