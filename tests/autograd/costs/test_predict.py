"""Predicted, measured and written down: the exact counts of networks, chains and ladders."""

from __future__ import annotations

import pytest

from autograd import Cost, Graph, Value, gradient, predict, softmax_cross_entropy
from nn import MLP, squared_error

# Cross-entropy, tanh hidden, linear last; every row was checked by enumerating its paths.
# P, V, E = M_bp, A_bp, paths, M_path, M_tree, M_fwd, A_fwd, M_layer, F, partials
GOLDEN = {
    (2, 4, 2): (22, 59, 62, 4, 34, 234, 90, 194, 12, 78, 45, 11),
    (2, 2, 2): (12, 31, 32, 2, 18, 102, 46, 82, 6, 40, 27, 7),
    (2, 2, 2, 2): (18, 47, 50, 4, 42, 350, 110, 216, 24, 78, 37, 11),
    (3, 4, 4, 1): (41, 114, 125, 12, 89, 1037, 245, 749, 48, 177, 77, 18),
}


def measured(root: Value, wrt: list, method: str) -> Cost:
    """The measured cost, once it was seen to be the predicted one."""
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
    P, V, E, A_bp, paths, M_path, M_tree, M_fwd, A_fwd, M_layer, F, partials = GOLDEN[sizes]
    network = MLP(sizes, granularity="scalar")
    loss = softmax_cross_entropy(network([0.5] * sizes[0]), 0)
    parameters = network.parameters()
    assert len(parameters) == P
    assert active(loss, parameters) == (V, E)
    assert sum(map(Graph(loss).count_paths, parameters)) == paths

    for method, multiplications, additions in (
        ("backprop", E, A_bp),
        ("paths", M_path, paths - P),
        ("tree", M_tree, paths - P),
        ("forward", M_fwd, A_fwd),
        ("restart", M_fwd, A_fwd),
    ):
        cost = measured(loss, parameters, method)
        assert (cost.multiplications, cost.additions) == (multiplications, additions), method
        assert (cost.partials, cost.forward) == (partials, F), method

    n = list(sizes)
    A_layer = sum(n[r - 1] * (n[r] - 1) for layer in range(1, len(n)) for r in range(layer + 1, len(n)))
    by_layer = measured(loss, [layer.parameters() for layer in network.layers], "restart")
    assert (by_layer.multiplications, by_layer.additions) == (M_layer, A_layer)


def test_squared_error_costs_what_the_golden_table_says() -> None:
    network = MLP([2, 4, 2], granularity="scalar")
    loss = squared_error(network([0.5, -0.5]), [1.0, 0.0])
    parameters = network.parameters()
    assert active(loss, parameters) == (63, 66)
    assert measured(loss, parameters, "backprop").multiplications == 66
    assert measured(loss, parameters, "paths").multiplications == 302
    assert measured(loss, parameters, "tree").multiplications == 94
    assert measured(loss, parameters, "forward").multiplications == 262
    by_layer = measured(loss, [layer.parameters() for layer in network.layers], "restart")
    assert (by_layer.multiplications, by_layer.forward, by_layer.partials) == (86, 41, 10)


def test_neuron_level_networks_cost_what_the_golden_table_says() -> None:
    network = MLP([2, 4, 2], granularity="neuron")
    loss = softmax_cross_entropy(network([0.5, -0.5]), 1)
    parameters = network.parameters()
    assert active(loss, parameters) == (29, 32)
    assert sum(map(Graph(loss).count_paths, parameters)) == 34
    assert measured(loss, parameters, "backprop").multiplications == 32
    assert measured(loss, parameters, "paths").multiplications == 92
    assert measured(loss, parameters, "tree").multiplications == 44
    assert measured(loss, [layer.parameters() for layer in network.layers], "restart").multiplications == 34
    # A neuron's forward pass is counted operation by operation, whatever the graph shows.
    assert measured(loss, parameters, "backprop").forward == 45


@pytest.mark.parametrize("sizes", GOLDEN)
def test_active_inputs_cost_extra(sizes: tuple[int, ...]) -> None:
    network = MLP(sizes, granularity="scalar")
    inputs = [Value(0.5) for _ in range(sizes[0])]
    loss = softmax_cross_entropy(network(inputs), 0)
    _, V, E, A_bp, paths, _, M_tree, *_ = GOLDEN[sizes]
    wrt = network.parameters() + inputs
    product = 1
    for n in sizes:
        product *= n
    assert active(loss, wrt) == (V + sizes[0], E + sizes[0] * sizes[1])
    assert measured(loss, wrt, "backprop").additions == A_bp + sizes[0] * (sizes[1] - 1)
    assert measured(loss, wrt, "tree").multiplications == M_tree + product
    assert sum(map(Graph(loss).count_paths, wrt)) == paths + product


# Multiplications of the path sum per one of backprop, width 4, to three digits.
@pytest.mark.parametrize(
    ("layers", "ratio"),
    list(enumerate(["1.77", "6.83", "27.5", "111", "445", "1.78e+03", "7.15e+03", "2.86e+04"], start=1)),
)
def test_the_path_sum_grows_by_the_width_with_every_layer(layers: int, ratio: str) -> None:
    network = MLP([4] * (layers + 1), granularity="scalar")
    loss = softmax_cross_entropy(network([0.5] * 4), 0)
    naive = predict(loss, network.parameters(), "paths").multiplications
    assert f"{naive / predict(loss, network.parameters()).multiplications:.3g}" == ratio


def chain(length: int) -> tuple[Value, list[Value]]:
    x = leaf = Value(0.5)
    for _ in range(length):
        x = x.sin()
    return x, [leaf]


def chain_with_parameters(length: int) -> tuple[Value, list[Value]]:
    x: Value | float = 0.5
    weights = [Value(0.5 + k) for k in range(length)]
    for w in weights:
        x = (w * x).tanh()
    return x, weights  # type: ignore[return-value]


def ladder_square(length: int) -> tuple[Value, list[Value]]:
    x = leaf = Value(1.0)
    for _ in range(length):
        x = x * x
    return x, [leaf]


def ladder_residual(length: int) -> tuple[Value, list[Value]]:
    x = leaf = Value(0.5)
    for _ in range(length):
        x = x + x.sin()
    return x, [leaf]


def ladder_of_two(length: int) -> tuple[Value, list[Value]]:
    x = leaf = Value(0.5)
    for _ in range(length):
        x = x.sin() * x.cos()
    return x, [leaf]


@pytest.mark.parametrize("L", [1, 2, 3, 7])
@pytest.mark.parametrize(
    ("build", "formula"),
    [
        # paths, M of paths, tree, forward, backprop, A of backprop
        (chain, lambda L: (1, L, L, L, L, 0)),
        (chain_with_parameters, lambda L: (L, L * (L + 1), 3 * L - 1, L * (L + 1), 3 * L - 1, 0)),
        (ladder_square, lambda L: (2**L, L * 2**L, 2 ** (L + 1) - 2, 2 * L, 2 * L, L)),
        (
            ladder_residual,
            lambda L: (2**L, 3 * L * 2 ** (L - 1), 3 * (2**L - 1), 3 * L, 3 * L, L),
        ),
        (ladder_of_two, lambda L: (2**L, 2 * L * 2**L, 4 * (2**L - 1), 4 * L, 4 * L, L)),
    ],
)
def test_chains_and_ladders(build, formula, L: int) -> None:
    root, wrt = build(L)
    paths, *multiplications, additions = formula(L)
    assert sum(map(Graph(root).count_paths, wrt)) == paths
    for method, expected in zip(("paths", "tree", "forward", "backprop"), multiplications, strict=True):
        assert measured(root, wrt, method).multiplications == expected, method
    assert measured(root, wrt, "backprop").additions == additions
    assert measured(root, wrt, "paths").additions == paths - len(wrt)


def test_differences_cost_forward_passes() -> None:
    root, wrt = chain_with_parameters(4)
    P, F = 4, 8
    assert measured(root, wrt, "finite_difference").total == (P + 1) * F + 3 * P
    assert measured(root, wrt, "central_difference").total == 2 * P * F + 4 * P
    assert measured(root, wrt, "central_difference").partials == 0


def test_a_prediction_does_not_run_what_it_predicts() -> None:
    root, wrt = ladder_square(200)
    assert predict(root, wrt, "paths").multiplications == 200 * 2**200
    assert predict(root, wrt, "tree").multiplications == 2**201 - 2
    assert predict(root, wrt, "tree").additions == 2**200 - 1
    assert predict(root, wrt, "paths").stored is None


def test_groups_that_share_nothing_cost_nothing_more() -> None:
    x, y = Value(1.0), Value(2.0)
    assert predict(x * y, [[x, y]], "restart").multiplications == 2
    assert predict(x * y, [x, y], "restart").multiplications == 2
    assert predict(x * y, [[], [x, y]], "restart").multiplications == 2


def test_what_the_root_does_not_depend_on_costs_nothing() -> None:
    x, unused = Value(3.0), Value(4.0)
    assert predict(x * x, [unused]).multiplications == 0
    for method in ("backprop", "paths", "tree", "forward", "restart"):
        cost = measured(x * x, [unused], method)
        assert (cost.multiplications, cost.additions) == (0, 0), method


def test_an_unknown_method_is_named() -> None:
    x = Value(1.0)
    with pytest.raises(KeyError, match=r"'magic'.*backprop"):
        predict(x, [x], "magic")


def test_only_values_are_predicted() -> None:
    x = Value(1.0)
    with pytest.raises(TypeError, match="Value"):
        predict(3.0, [x])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"wrt\[1\]"):
        predict(x, [x, 3.0])  # type: ignore[list-item]
