"""Closed forms equal the counts over a graph and the measured costs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Cost, Graph, Value, gradient, predict, softmax_cross_entropy
from autograd.costs.closed_forms import (
    ClosedForm,
    chain,
    chain_with_parameters,
    ladder_residual,
    ladder_square,
)
from autograd.costs.matrix_perceptrons import matrix_mlp
from autograd.costs.perceptrons import mlp
from tests import graphs
from tests.cases import GOLDEN
from tests.graphs import repeated, squared_error

RECURRENCES = {
    chain: lambda length: repeated(lambda x: x.tanh(), length),
    chain_with_parameters: graphs.weighted_chain,
    ladder_square: graphs.ladder,
    ladder_residual: lambda length: repeated(lambda x: x + x.tanh(), length),
}


def network(sizes: list[int], loss: str, granularity: str) -> tuple[Value, list[list[Value]]]:
    net = graphs.mlp(sizes, granularity, seed=1)
    outputs = net([0.5 + 0.1 * i for i in range(sizes[0])])
    if loss == "ce":
        return softmax_cross_entropy(outputs, sizes[-1] - 1), net.by_layer()
    return squared_error(outputs, [0.25] * sizes[-1]), net.by_layer()


def recurrence(form, length: int) -> tuple[Value, list[list[Value]]]:
    root, found = RECURRENCES[form](length)
    return root, [[leaf] for leaf in (found if isinstance(found, list) else [found])]


def wrt_and_engine(method: str, layers: list[list[Value]]):
    if method in ("layer", "checkpoint"):
        return layers, "restart" if method == "layer" else method
    return [parameter for layer in layers for parameter in layer], method


def check_shape(form: ClosedForm, root: Value, layers: list[list[Value]]) -> None:
    parameters = [parameter for layer in layers for parameter in layer]
    graph = Graph(root)
    active = graph.active(parameters)
    assert form.shape.parameters == len(parameters)
    assert form.shape.vertices == len(active)
    assert form.shape.edges == sum(a in active and b in active for a, b in graph.edges)
    assert form.shape.paths == sum(graph.count_paths(parameter) for parameter in parameters)


@settings(max_examples=80)
@given(
    st.lists(st.integers(1, 5), min_size=2, max_size=6),
    st.sampled_from(["ce", "se"]),
    st.sampled_from(["scalar", "neuron"]),
)
def test_mlp_equals_counting_over_the_graph(sizes: list[int], loss: str, granularity: str) -> None:
    root, layers = network(sizes, loss, granularity)
    form = mlp(sizes, loss, granularity)
    check_shape(form, root, layers)
    for method, cost in form.costs.items():
        assert predict(root, *wrt_and_engine(method, layers)) == cost, method


@settings(max_examples=25)
@given(
    st.lists(st.integers(1, 3), min_size=2, max_size=5),
    st.sampled_from(["ce", "se"]),
    st.sampled_from(["scalar", "neuron"]),
)
def test_mlp_equals_measurement(sizes: list[int], loss: str, granularity: str) -> None:
    root, layers = network(sizes, loss, granularity)
    for method, cost in mlp(sizes, loss, granularity).costs.items():
        measured = gradient(root, *wrt_and_engine(method, layers)).cost
        assert measured._replace(stored=None) == cost, method


@settings(max_examples=40)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=6), st.integers(1, 5), st.sampled_from(["ce", "se"]))
def test_matrix_mlp_equals_measurement(sizes: list[int], batch: int, loss: str) -> None:
    net = graphs.mlp(sizes, "matrix", seed=1)
    outputs = net(np.linspace(-1, 1, batch * sizes[0]).reshape(batch, sizes[0]))
    if loss == "ce":
        root = softmax_cross_entropy(outputs, np.arange(batch) % sizes[-1])
    else:
        root = squared_error(outputs, np.full((batch, sizes[-1]), 0.25))
    layers = net.by_layer()
    flat = [parameter for layer in layers for parameter in layer]
    form = matrix_mlp(sizes, batch, loss)
    for method, cost in form.costs.items():
        measured = gradient(root, *wrt_and_engine(method, layers), budget=None).cost
        assert measured._replace(stored=None) == cost, method
    graph = Graph(root)
    active = graph.active(flat)
    assert form.shape.parameters == sum(parameter.size for parameter in flat)
    assert form.shape.vertices == len(active)
    assert form.shape.edges == sum(a in active and b in active for a, b in graph.edges)
    assert form.shape.paths == sum(map(graph.count_paths, flat))


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_per_layer_is_quadratic_in_matrix_products_and_backprop_linear(
    width: int, depth: int, batch: int
) -> None:
    sizes = [width] * (depth + 1)
    costs = matrix_mlp(sizes, batch).costs
    one = batch * width**2
    assert costs["backprop"].forward_multiply_adds == depth * one
    assert costs["backprop"].multiply_adds == (2 * depth - 1) * one
    assert costs["layer"].multiply_adds * 2 == depth * (depth + 1) * one
    assert costs["paths"].multiply_adds == depth**2 * one
    passes = costs["finite_difference"].forward_multiply_adds
    assert passes == (depth * width * (width + 1) + 1) * depth * one


@pytest.mark.parametrize("form", RECURRENCES)
@pytest.mark.parametrize("length", [1, 2, 3, 7])
def test_recurrences_equal_counting_and_measurement(form, length: int) -> None:
    root, layers = recurrence(form, length)
    check_shape(form(length), root, layers)
    for method, cost in form(length).costs.items():
        wrt, engine = wrt_and_engine(method, layers)
        assert predict(root, wrt, engine) == cost, method
        assert gradient(root, wrt, engine).cost._replace(stored=None) == cost, method


@pytest.mark.parametrize("sizes", GOLDEN)
def test_golden_values(sizes: tuple[int, ...]) -> None:
    form = mlp(sizes)
    shape, costs = form.shape, form.costs
    assert GOLDEN[sizes] == (
        shape.parameters,
        shape.vertices,
        costs["backprop"].multiplications,
        costs["backprop"].additions,
        shape.paths,
        costs["paths"].multiplications,
        costs["tree"].multiplications,
        costs["forward"].multiplications,
        costs["forward"].additions,
        costs["layer"].multiplications,
        costs["backprop"].forward,
        costs["backprop"].partials,
    )
    assert shape.edges == costs["backprop"].multiplications


def test_golden_values_of_squared_error_and_of_whole_neurons() -> None:
    form = mlp([2, 4, 2], "se")
    assert (form.shape.vertices, form.shape.edges) == (63, 66)
    by_method = [form.costs[m].multiplications for m in ("paths", "tree", "forward", "layer")]
    assert by_method == [302, 94, 262, 86]
    assert (form.costs["backprop"].forward, form.costs["backprop"].partials) == (41, 10)
    whole = mlp([2, 4, 2], granularity="neuron")
    assert (whole.shape.vertices, whole.shape.edges, whole.shape.paths) == (29, 32, 34)
    assert [whole.costs[m].multiplications for m in ("paths", "tree", "layer")] == [92, 44, 34]


def test_finite_differences_are_forward_passes() -> None:
    costs = mlp([2, 4, 2]).costs
    assert costs["finite_difference"] == Cost(22, 44, 0, 23 * 45)
    assert costs["central_difference"] == Cost(22, 66, 0, 44 * 45)


@pytest.mark.parametrize("n", [4, 16])
def test_growth_of_uniform_networks(n: int) -> None:
    published = {4: [1.77, 6.83, 27.5, 111, 445, 1783, 7147, 28600], 16: [3.78, 52.6, 809, 12700, 201000]}
    for depth, ratio in enumerate(published[n], 1):
        costs = mlp([n] * (depth + 1)).costs
        found = costs["paths"].multiplications / costs["backprop"].multiplications
        assert found == pytest.approx(ratio, rel=5e-3)


def test_path_sums_of_any_size_are_exact() -> None:
    n, depth = 1000, 300
    assert mlp([n] * (depth + 1)).shape.paths == n * (n + 1) * (n**depth - 1) // (n - 1)


def test_bad_sizes_are_refused() -> None:
    for sizes in ([3], [], [2, 0, 2]):
        with pytest.raises(ValueError, match="at least two sizes"):
            mlp(sizes)
    with pytest.raises(ValueError, match="'ce' or 'se', not 'mse'"):
        mlp([2, 2], "mse")
    with pytest.raises(ValueError, match="'scalar' or 'neuron', not 'matrix'"):
        mlp([2, 2], granularity="matrix")
    with pytest.raises(ValueError, match="at least two sizes"):
        matrix_mlp([2], 1)
    with pytest.raises(ValueError, match="at least one example, not 0"):
        matrix_mlp([2, 2], 0)
    with pytest.raises(ValueError, match="'ce' or 'se', not 'mse'"):
        matrix_mlp([2, 2], 1, "mse")
    for form in RECURRENCES:
        with pytest.raises(ValueError, match="length of at least 1, not 0"):
            form(0)
