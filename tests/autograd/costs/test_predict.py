"""Predicted costs equal measured costs and the golden counts of networks, chains and ladders."""

from __future__ import annotations

from math import prod

import pytest

from autograd import Cost, Graph, Value, gradient, predict, softmax_cross_entropy
from tests.cases import GOLDEN
from tests.graphs import ladder, mlp, repeated, squared_error, weighted_chain


def measured(root: Value, wrt: list, method: str) -> Cost:
    """The measured cost, checked against the predicted one."""
    cost, expected = gradient(root, wrt, method).cost, predict(root, wrt, method)
    for kind in ("multiplications", "additions", "partials", "forward", "total"):
        assert getattr(cost, kind) == getattr(expected, kind), (method, kind)
    return cost


def active(root: Value, wrt: list[Value]) -> tuple[int, int]:
    """The numbers of active vertices and edges."""
    graph = Graph(root)
    vertices = graph.active(wrt)
    return len(vertices), sum(i in vertices and j in vertices for i, j in graph.edges)


@pytest.mark.parametrize("sizes", GOLDEN)
def test_networks_cost_what_the_golden_table_says(sizes: tuple[int, ...]) -> None:
    golden = GOLDEN[sizes]
    network = mlp(sizes)
    loss = softmax_cross_entropy(network([0.5] * sizes[0]), 0)
    parameters = network.parameters()
    assert len(parameters) == golden.parameters
    assert active(loss, parameters) == (golden.vertices, golden.edges)
    assert sum(map(Graph(loss).count_paths, parameters)) == golden.paths

    merges = golden.paths - golden.parameters
    for method, multiplications, additions in (
        ("backprop", golden.edges, golden.additions),
        ("paths", golden.paths_multiplications, merges),
        ("tree", golden.tree_multiplications, merges),
        ("forward", golden.forward_multiplications, golden.forward_additions),
        ("restart", golden.forward_multiplications, golden.forward_additions),
    ):
        cost = measured(loss, parameters, method)
        assert (cost.multiplications, cost.additions) == (multiplications, additions), method
        assert (cost.partials, cost.forward) == (golden.partials, golden.forward), method

    n = list(sizes)
    additions = sum(n[r - 1] * (n[r] - 1) for layer in range(1, len(n)) for r in range(layer + 1, len(n)))
    by_layer = measured(loss, network.by_layer(), "restart")
    assert (by_layer.multiplications, by_layer.additions) == (golden.layer_multiplications, additions)


def test_squared_error_costs_what_the_golden_table_says() -> None:
    network = mlp([2, 4, 2])
    loss = squared_error(network([0.5, -0.5]), [1.0, 0.0])
    parameters = network.parameters()
    assert active(loss, parameters) == (63, 66)
    assert measured(loss, parameters, "backprop").multiplications == 66
    assert measured(loss, parameters, "paths").multiplications == 302
    assert measured(loss, parameters, "tree").multiplications == 94
    assert measured(loss, parameters, "forward").multiplications == 262
    by_layer = measured(loss, network.by_layer(), "restart")
    assert (by_layer.multiplications, by_layer.forward, by_layer.partials) == (86, 41, 10)


def test_neuron_level_networks_cost_what_the_golden_table_says() -> None:
    network = mlp([2, 4, 2], "neuron")
    loss = softmax_cross_entropy(network([0.5, -0.5]), 1)
    parameters = network.parameters()
    assert active(loss, parameters) == (29, 32)
    assert sum(map(Graph(loss).count_paths, parameters)) == 34
    assert measured(loss, parameters, "backprop").multiplications == 32
    assert measured(loss, parameters, "paths").multiplications == 92
    assert measured(loss, parameters, "tree").multiplications == 44
    assert measured(loss, network.by_layer(), "restart").multiplications == 34
    # A neuron's forward pass counts every operation, although the graph shows one node.
    assert measured(loss, parameters, "backprop").forward == 45


@pytest.mark.parametrize("sizes", GOLDEN)
def test_active_inputs_cost_extra(sizes: tuple[int, ...]) -> None:
    network = mlp(sizes)
    inputs = [Value(0.5) for _ in range(sizes[0])]
    loss = softmax_cross_entropy(network(inputs), 0)
    golden = GOLDEN[sizes]
    wrt = network.parameters() + inputs
    assert active(loss, wrt) == (golden.vertices + sizes[0], golden.edges + sizes[0] * sizes[1])
    assert measured(loss, wrt, "backprop").additions == golden.additions + sizes[0] * (sizes[1] - 1)
    assert measured(loss, wrt, "tree").multiplications == golden.tree_multiplications + prod(sizes)
    assert sum(map(Graph(loss).count_paths, wrt)) == golden.paths + prod(sizes)


# Multiplications of the path sum divided by backprop's, at width 4, to three digits.
@pytest.mark.parametrize(
    ("layers", "ratio"),
    list(enumerate(["1.77", "6.83", "27.5", "111", "445", "1.78e+03", "7.15e+03", "2.86e+04"], start=1)),
)
def test_the_path_sum_grows_by_the_width_with_every_layer(layers: int, ratio: str) -> None:
    network = mlp([4] * (layers + 1))
    loss = softmax_cross_entropy(network([0.5] * 4), 0)
    naive = predict(loss, network.parameters(), "paths").multiplications
    assert f"{naive / predict(loss, network.parameters()).multiplications:.3g}" == ratio


@pytest.mark.parametrize("L", [1, 2, 3, 7])
@pytest.mark.parametrize(
    ("build", "formula"),
    [
        # paths, multiplications of paths, tree, forward and backprop, additions of backprop
        (lambda L: repeated(Value.sin, L), lambda L: (1, L, L, L, L, 0)),
        (weighted_chain, lambda L: (L, L * (L + 1), 3 * L - 1, L * (L + 1), 3 * L - 1, 0)),
        (ladder, lambda L: (2**L, L * 2**L, 2 ** (L + 1) - 2, 2 * L, 2 * L, L)),
        (
            lambda L: repeated(lambda x: x + x.sin(), L),
            lambda L: (2**L, 3 * L * 2 ** (L - 1), 3 * (2**L - 1), 3 * L, 3 * L, L),
        ),
        (
            lambda L: repeated(lambda x: x.sin() * x.cos(), L),
            lambda L: (2**L, 2 * L * 2**L, 4 * (2**L - 1), 4 * L, 4 * L, L),
        ),
    ],
    ids=["chain", "weighted chain", "ladder of squares", "residual ladder", "ladder of products"],
)
def test_chains_and_ladders(build, formula, L: int) -> None:
    root, leaves = build(L)
    wrt = leaves if isinstance(leaves, list) else [leaves]
    paths, *multiplications, additions = formula(L)
    assert sum(map(Graph(root).count_paths, wrt)) == paths
    for method, expected in zip(("paths", "tree", "forward", "backprop"), multiplications, strict=True):
        assert measured(root, wrt, method).multiplications == expected, method
    assert measured(root, wrt, "backprop").additions == additions
    assert measured(root, wrt, "paths").additions == paths - len(wrt)


def test_differences_cost_forward_passes() -> None:
    root, wrt = weighted_chain(4)
    P, F = 4, 8
    assert measured(root, wrt, "finite_difference").total == (P + 1) * F + 3 * P
    assert measured(root, wrt, "central_difference").total == 2 * P * F + 4 * P
    assert measured(root, wrt, "central_difference").partials == 0


@pytest.mark.parametrize("method", ["finite_difference", "central_difference", "complex_step"])
def test_differences_by_an_inner_value_do_not_compute_its_last_operation(method: str) -> None:
    x = Value(2.0)
    inner = x * 3.0 + 1.0
    root = inner * inner + x
    for wrt, forward in (([x], 4), ([inner], 3), ([x, inner], 7)):
        passes = 2 if method == "central_difference" else 1
        whole = 4 if method == "finite_difference" else 0
        assert predict(root, wrt, method).forward == passes * forward + whole
        measured(root, wrt, method)


def test_a_prediction_does_not_run_the_method() -> None:
    root, x = ladder(200, at=1.0)
    wrt = [x]
    assert predict(root, wrt, "paths").multiplications == 200 * 2**200
    assert predict(root, wrt, "tree").multiplications == 2**201 - 2
    assert predict(root, wrt, "tree").additions == 2**200 - 1
    assert predict(root, wrt, "paths").stored is None


def test_disjoint_groups_cost_no_more_than_one() -> None:
    x, y = Value(1.0), Value(2.0)
    assert predict(x * y, [[x, y]], "restart").multiplications == 2
    assert predict(x * y, [x, y], "restart").multiplications == 2
    assert predict(x * y, [[], [x, y]], "restart").multiplications == 2


def test_unrelated_values_cost_nothing() -> None:
    x, unused = Value(3.0), Value(4.0)
    assert predict(x * x, [unused]).multiplications == 0
    for method in ("backprop", "paths", "tree", "forward", "restart"):
        cost = measured(x * x, [unused], method)
        assert (cost.multiplications, cost.additions) == (0, 0), method


def test_an_unknown_method_is_named() -> None:
    x = Value(1.0)
    with pytest.raises(KeyError, match=r"'magic'.*backprop"):
        predict(x, [x], "magic")


def test_predict_refuses_what_is_not_a_value() -> None:
    x = Value(1.0)
    with pytest.raises(TypeError, match="Value"):
        predict(3.0, [x])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"wrt\[1\]"):
        predict(x, [x, 3.0])  # type: ignore[list-item]
