"""`walk`: the steps of a method end with the values and the cost that `gradient` gives."""

from itertools import pairwise

import numpy as np
import pytest

from autograd import METHODS, Graph, Tensor, Value, gradient, predict, softmax_cross_entropy, walk
from autograd.costs.walk import walks
from autograd.differentiation.methods import accuracy
from autograd.differentiation.sweep import accumulate
from tests.cases import ARRAY_METHODS, EXACT_METHODS
from tests.graphs import mlp, random_graph


def network():
    perceptron = mlp([2, 3, 2], seed=3)
    return softmax_cross_entropy(perceptron([0.5, -1.0]), 1), perceptron.by_layer()


def tensors():
    W = Tensor([[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]], name="W")
    b = Tensor(np.zeros(3), name="b")
    loss = softmax_cross_entropy(np.tanh(np.arange(8.0).reshape(4, 2) @ W.T + b), [0, 1, 2, 0])
    return loss, [W, b]


def square():
    x = Value(3.0)
    return x * x, [x]


@pytest.mark.parametrize("problem", [network, tensors, square, lambda: random_graph(5)])
@pytest.mark.parametrize("method", METHODS)
def test_a_run_ends_with_the_gradient_and_its_cost(method, problem):
    if problem is tensors and method not in ARRAY_METHODS:
        pytest.skip("it runs on numbers")
    root, wrt = problem()
    run, expected = walk(root, wrt, method), gradient(root, wrt, method)
    assert run.gradient.cost == expected.cost
    assert all(map(np.array_equal, run.gradient.values, expected.values))
    costs = [step.cost for step in run.steps]
    assert all(
        a <= b
        for before, after in pairwise(costs)
        for a, b in zip(before._replace(stored=0), after._replace(stored=0), strict=True)
    )


@pytest.mark.parametrize("method", EXACT_METHODS)
def test_on_scalars_every_walk_is_a_multiplication_and_every_merge_an_addition(method):
    root, wrt = network()
    run = walk(root, wrt, method)
    kinds = [step.kind for step in run.steps]
    cost = gradient(root, wrt, method).cost
    products, sums = kinds.count("walk") + kinds.count("bypass"), kinds.count("merge") + kinds.count("join")
    assert (products, sums) == (cost.multiplications, cost.additions)


def test_backprop_walks_each_edge_once_and_leaves_only_complete_nodes():
    root, wrt = network()
    graph = Graph(root)
    run = walk(root, wrt)
    edges = [step.edge for step in run.steps if step.kind == "walk"]
    assert len(set(edges)) == len(edges)
    standing = {}
    for step in run.steps:
        if step.kind == "walk":
            assert not standing[step.edge[0]].partial, "a node is left only when nothing more comes to it"
        standing[step.node] = step
    root.backward()
    assert {i: step.value for i, step in standing.items()} == {i: graph.nodes[i].grad for i in standing}
    assert all(step.until == len(run.steps) for step in standing.values() if not step.partial)


def test_a_merge_completes_partial_sums():
    (root, wrt) = square()
    start, first, second, total = walk(root, wrt, "paths").steps[0:1] + [
        step for step in walk(root, wrt, "paths").steps if step.kind != "start"
    ]
    assert [s.kind for s in (start, first, second, total)] == ["start", "walk", "walk", "merge"]
    assert first.partial
    assert second.partial
    assert not total.partial
    assert total.value == first.value + second.value


def test_the_path_sum_keeps_sums_and_drops_products():
    root, wrt = network()
    graph = Graph(root)
    run = walk(root, wrt, "paths")
    kept = {step.node: step.value for step in run.steps if step.until == len(run.steps) and not step.partial}
    asked = [v for group in wrt for v in group]
    values = gradient(root, wrt, "paths").values
    assert {graph.index(v): value for v, value in zip(asked, values, strict=True)}.items() <= kept.items()


def test_a_step_ends_at_an_end_of_its_edge():
    root, wrt = random_graph(3)
    graph = Graph(root)
    for method in EXACT_METHODS:
        for step in walk(root, wrt, method).steps:
            if step.edge:
                user, k = step.edge
                assert step.ends == (graph.inputs(user)[k], user)
            if step.kind == "walk":
                assert step.node == step.ends[method == "forward"]
            if step.kind == "bypass":
                assert step.ends[0] < step.node < step.ends[1]


@pytest.mark.parametrize("order", ["reverse", "forward", "markowitz"])
def test_an_elimination_walks_joins_and_adds_edges_between_nodes_that_are_connected(order):
    root, wrt = random_graph(3)
    graph = Graph(root)
    run, cost = walk(root, wrt, f"eliminate-{order}"), gradient(root, wrt, f"eliminate-{order}").cost
    assert run.gradient.cost == cost
    assert run.steps[-1].cost._replace(stored=cost.stored) == cost
    seen = set(graph.edges)
    for step in run.steps:
        assert step.ends is None or step.ends in seen or step.kind == "bypass"
        seen.add(step.ends)


def test_reverse_elimination_is_walked_as_backprop():
    root, wrt = network()
    ours, theirs = (
        sorted((step.kind, step.ends, step.value) for step in walk(root, wrt, method).steps if step.ends)
        for method in ("eliminate-reverse", "backprop")
    )
    assert ours == theirs


def test_a_long_run_is_cut_off_without_a_gradient():
    x = y = Value(1.01)
    for _ in range(60):
        y = y * y
    run = walk(y, [x], "paths", steps=100)
    assert len(run.steps) == 100
    assert run.gradient is None
    (total,) = (step for step in run.steps if step.node == 0 and step.until == 100)
    assert total.partial, "more paths lead to x"
    assert not any(step.partial for step in run.steps if step.kind == "start")
    assert walk(y, [x]).gradient is not None


def test_finite_differences_evaluate_the_whole_graph_for_each_leaf():
    root, wrt = random_graph(2)
    graph = Graph(root)
    run = walk(root, wrt, "finite_difference")
    computed = sum(1 for v in graph.nodes if v.inputs)
    kinds = [step.kind for step in run.steps]
    there = [v for v in wrt if v in graph]
    assert kinds.count("evaluate") == computed * (len(wrt) + 1)
    assert kinds.count("start") == len(there)
    answers = {step.node: step.value for step in run.steps if step.kind == "answer"}
    assert answers == {
        graph.index(v): value for v, value in zip(wrt, run.gradient.values, strict=True) if v in graph
    }


def test_any_function_over_a_linearization_can_be_walked():
    def overwrite(linearization):
        adjoints = {linearization.root: linearization.seed}
        for v in reversed(range(len(linearization.edges))):
            for u, derivative in linearization.edges[v]:
                adjoints[u] = adjoints[v] * derivative
        return linearization.gather(adjoints)

    def from_nothing(linearization):
        adjoints = {linearization.root: linearization.seed}
        for v in reversed(range(len(linearization.edges))):
            for u, derivative in linearization.edges[v]:
                accumulate(adjoints, u, 0 + adjoints[v] * derivative)
        return linearization.gather(adjoints)

    root, wrt = square()
    wrong, right = walk(root, wrt, overwrite), walk(root, wrt, from_nothing)
    assert (wrong.method, wrong.gradient.values) == ("overwrite", [3.0])
    assert right.gradient.values == [6.0]
    assert right.gradient.cost.additions == 1


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (lambda linearization: None, "but this one returned None"),
        (lambda linearization: [linearization.seed], "a list with one derivative for each of the 2 values"),
        (lambda linearization: linearization.gather({"x": 1})[5], "list index out of range"),
        (lambda linearization: [linearization.seed * 2], "this one multiplies a number by 2"),
        (lambda linearization: [linearization.seed + 1], "this one adds a number and 1"),
        (lambda linearization: [2 * linearization.edges[-1][0][1]], "this one multiplies an edge by 2"),
    ],
)
def test_a_broken_method_is_explained_and_stops_no_other(method, message):
    root, wrt = square()
    wrong, right = walks(Graph(root), [*wrt, root], {"wrong": method, "right": "backprop"})
    assert message in str(wrong.error)
    assert right.gradient.values == [6.0, 1.0]
    with pytest.raises(type(wrong.error)):
        walk(root, [*wrt, root], method)


def test_whole_adjoints_are_marked():
    root, wrt = random_graph(6)
    asked = {Graph(root).index(v) for v in wrt if v in Graph(root)}
    for method in ("paths", "tree"):
        for step in walk(root, wrt, method).steps:
            if step.whole and not step.partial and step.node not in asked:
                arrivals = [s for s in walk(root, wrt, method).steps if s.node == step.node]
                assert len(arrivals) == 1, "it is the only one that ever came there"
    final = {step.node: step for step in walk(root, wrt).steps}
    assert all(step.whole and not step.partial for step in final.values())


@pytest.mark.parametrize("method", [name for name in METHODS if accuracy(name) == "estimate"])
@pytest.mark.parametrize("problem", [square, tensors])
def test_an_estimate_ends_with_its_answers(problem, method):
    root, wrt = problem()
    for name in (method, f"{method}-2"):
        run = walk(root, wrt, name)
        last = run.steps[-len(wrt) :]
        assert [step.kind for step in last] == ["answer"] * len(wrt)
        assert all(map(np.array_equal, [step.value for step in last], run.gradient.values))
        assert last[-1].cost == run.gradient.cost._replace(stored=None)


def test_every_run_on_one_graph_pays_for_what_it_uses():
    root, wrt = network()
    names = [*METHODS, "eliminate-reverse", "eliminate-forward", "checkpoint-1", "forward_gradient-2"]
    for run in walks(Graph(root), wrt, dict(zip(names, names, strict=True))):
        assert run.gradient.cost == gradient(root, wrt, run.method).cost


def test_a_run_cut_off_predicts_the_groups_of_its_own():
    x, w = Value(0.5), Value(2.0)
    root, wrt = (w * x).tanh() * x, [x, w]
    for method in ("checkpoint", "checkpoint-1", "restart"):
        assert walk(root, wrt, method, steps=1).predicted == predict(root, wrt, method)


def test_a_pass_is_dropped_when_the_next_begins():
    root, wrt = random_graph(2)
    steps = walk(root, wrt, "finite_difference").steps
    passes = [i for i, step in enumerate(steps) if step.kind == "start"]
    first = [step for step in steps[: passes[0]] if step.kind == "evaluate"]
    assert first
    assert {step.until for step in first} == {passes[0]}


def test_the_walk_by_an_unrelated_value_gives_zero():
    root, wrt = square()
    for method in METHODS:
        assert walk(root, [*wrt, Value(1.0)], method).gradient.values[1] == 0


def test_walk_refuses_bad_arguments():
    x = Tensor([1.0, 2.0])
    with pytest.raises(KeyError, match="there is no method 'magic'"):
        walk(x.sum(), [x], "magic")
    with pytest.raises(ValueError, match="backward starts at one number"):
        walk(x, [x])
    with pytest.raises(ValueError, match="must be a whole number of at least 1, not 0"):
        walk(x.sum(), [x], steps=0)
    for method in (None, 3):
        with pytest.raises(TypeError, match="a method must be a name such as 'backprop', not"):
            walk(x.sum(), [x], method)
    with pytest.raises(ValueError, match="must be a whole number of at least 1, not 0"):
        walks(Graph(x.sum()), [x], {"kept": "checkpoint-0"})
    zero = Value(0.0)
    with pytest.raises(ZeroDivisionError, match="the derivative of sqrt"):
        walk(zero.sqrt(), [zero])
