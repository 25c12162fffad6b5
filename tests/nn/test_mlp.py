"""The multi-layer perceptron."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from autograd import Dual, Graph, Tensor, Value, gradient, primitive, softmax_cross_entropy
from autograd.rules.primitive import TABLE
from nn import MLP, Linear, kaiming_uniform, squared_error

GRANULARITIES = ["matrix", "scalar", "neuron"]


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("sizes", [[1, 1], [3, 2], [2, 4, 2], [3, 4, 4, 1]])
def test_shapes(sizes: list[int], granularity: str) -> None:
    network = MLP(sizes, granularity=granularity)
    assert [w.shape for w in network.weights] == [(o, i) for i, o in pairwise(sizes)]
    assert [b.shape for b in network.biases] == [(o,) for o in sizes[1:]]
    parameters = network.parameters()
    assert sum(np.size(p) for p in parameters) == sum(o * (i + 1) for i, o in pairwise(sizes))
    assert {type(p) for p in parameters} == {Tensor if granularity == "matrix" else Value}
    assert all(type(layer) is Linear for layer in network.layers)
    assert network.sizes == sizes
    assert network([0.5] * sizes[0]).shape == (sizes[-1],)
    assert network(np.full((3, sizes[0]), 0.5)).shape == (3, sizes[-1])
    assert network(np.empty((0, sizes[0]))).shape == (0, sizes[-1])
    if granularity != "matrix":
        assert all(type(y) is Value for y in network([0.5] * sizes[0]))


def test_the_default_is_a_network_of_tensors() -> None:
    network = MLP([2, 3, 1])
    assert network.granularity == "matrix"
    assert [p.name for p in network.parameters()] == ["W1", "b1", "W2", "b2"]
    assert [p.dtype for p in network.parameters()] == [np.float64] * 4
    single = MLP([2, 3, 1], dtype=np.float32)
    assert [p.dtype for p in single.parameters()] == [np.float32] * 4
    assert single(np.ones(2)).dtype == np.float32


@pytest.mark.parametrize("granularity", ["scalar", "neuron"])
def test_the_order_of_parameters(granularity: str) -> None:
    network = MLP([2, 3, 1], granularity=granularity)
    names = [[v.name for v in layer.parameters()] for layer in network.layers]
    assert names == [
        ["W1[0,0]", "W1[0,1]", "W1[1,0]", "W1[1,1]", "W1[2,0]", "W1[2,1]", "b1[0]", "b1[1]", "b1[2]"],
        ["W2[0,0]", "W2[0,1]", "W2[0,2]", "b2[0]"],
    ]
    assert [v.name for v in network.parameters()] == names[0] + names[1]
    assert network.weights[0][2][1].name == "W1[2,1]"


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "sin"])
def test_the_outputs_equal_plain_matrix_products(granularity: str, activation: str) -> None:
    network = MLP([3, 4, 2], activation=activation, seed=5, granularity=granularity)
    W1, b1, W2, b2 = network.state_dict().values()
    x = np.array([[0.5, -1.0, 2.0], [1.5, 0.0, -0.25]])
    expected = TABLE[activation].forward(x @ W1.T + b1) @ W2.T + b2
    np.testing.assert_allclose(data(network(x)), expected, rtol=1e-12)
    np.testing.assert_allclose(data(network(x[1])), expected[1], rtol=1e-12)


def data(outputs: Any) -> Any:
    return outputs.data if isinstance(outputs, Tensor) else np.vectorize(lambda v: v.data)(outputs)


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_a_seed_fixes_the_weights(granularity: str) -> None:
    first, again, other, matrix = (
        MLP([3, 5, 2], seed=s, granularity=g).state_dict()
        for s, g in ((7, granularity), (7, granularity), (8, granularity), (7, "matrix"))
    )
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
        np.testing.assert_array_equal(first[name], matrix[name])
        assert name.endswith("bias") or (first[name] != other[name]).all()


def test_layers_of_one_size_are_not_alike() -> None:
    first, second = MLP([4, 4, 4]).weights
    assert (first.data != second.data).all()
    third, _ = MLP([4, 4, 4], seed=np.random.default_rng(0)).weights
    assert (third.data == first.data).all()


def test_weights_are_within_glorots_bound_and_biases_zero() -> None:
    network = MLP([20, 30])
    bound = math.sqrt(6 / 50)
    weights = network.weights[0].data
    assert 0.9 * bound < np.abs(weights).max() <= bound
    assert not network.biases[0].data.any()
    assert np.abs(MLP([20, 30], initialiser=kaiming_uniform).weights[0].data).max() > 1.1 * bound


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_both_granularities_are_the_same_function(activation: str) -> None:
    networks = [MLP([2, 4, 3], activation=activation, seed=1, granularity=g) for g in ("scalar", "neuron")]
    losses = [softmax_cross_entropy(network([0.5, -1.5]), 2) for network in networks]
    assert losses[0].data == pytest.approx(losses[1].data, rel=1e-14)
    scalar, fused = (
        gradient(loss, network.parameters()).values for loss, network in zip(losses, networks, strict=True)
    )
    assert scalar == pytest.approx(fused, rel=1e-12, abs=1e-15)
    assert len(Graph(losses[1])) < len(Graph(losses[0]))


def test_one_node_per_neuron() -> None:
    network = MLP([2, 3, 1], granularity="neuron")
    (y,) = network([0.5, 1.0])
    assert [v.op for v in Graph(y).nodes if v.inputs] == ["tanh neuron"] * 3 + ["neuron"]


@pytest.mark.parametrize("granularity", ["scalar", "neuron"])
def test_inputs_may_be_values_or_duals_of_numpy(granularity: str) -> None:
    network = MLP([2, 3, 1], granularity=granularity, seed=2)
    x = [Value(0.5), Value(-1.0)]
    (output,) = network(x)
    output.backward()
    assert all(v.grad is not None for v in x)
    (from_array,) = network(np.array([0.5, -1.0]))
    assert from_array.data == output.data
    assert type(from_array.data) is float


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_a_user_defined_activation(granularity: str, table: None) -> None:
    primitive("cubic_of_mine", lambda a: a * a * a, lambda out, a: (3 * a * a,))
    network = MLP([1, 1, 1], activation="cubic_of_mine", granularity=granularity)
    (w1, _), (w2, _) = (layer.parameters() for layer in network.layers)
    (output,) = network([2.0])
    assert output.data == pytest.approx(np.squeeze(w2.data * (2 * w1.data) ** 3))


@pytest.fixture
def table() -> Iterator[None]:
    """Restore the table of primitives at the end."""
    before = dict(TABLE)
    yield
    TABLE.clear()
    TABLE.update(before)


@pytest.mark.parametrize("sizes", [[], [3], [2, 0], [2, -1, 2], [0, 1], 4, "24"])
def test_invalid_sizes(sizes: Any) -> None:
    with pytest.raises(ValueError, match="two or more sizes, whole numbers of at least 1"):
        MLP(sizes)


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("activation", ["swoosh", "backward", "data", "mul"])
def test_an_unknown_activation_is_named(activation: Any, granularity: str) -> None:
    with pytest.raises((KeyError, ValueError, TypeError), match=f"{activation!r}"):
        MLP([1, 1, 1], activation=activation, granularity=granularity)([1.0])


@pytest.mark.parametrize("activation", ["ReLU", "mul", np.tanh, ["tanh"], None])
def test_an_activation_must_be_a_name(activation: Any) -> None:
    with pytest.raises(ValueError, match=r"there is no activation .* as 'tanh', 'relu', .*'softplus'$"):
        MLP([1, 1, 1], activation=activation)


def test_an_unknown_granularity_is_named() -> None:
    with pytest.raises(ValueError, match="'matrix', 'scalar' or 'neuron', not 'layer'"):
        MLP([1, 1], granularity="layer")


@pytest.mark.parametrize("granularity", ["scalar", "neuron"])
def test_values_have_no_choice_of_precision(granularity: str) -> None:
    with pytest.raises(TypeError, match="a network of Values has the dtype float64, not float32"):
        MLP([1, 1], granularity=granularity, dtype=np.float32)


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("x", [[], [1.0], [1.0, 2.0, 3.0]])
def test_an_example_has_the_width_of_the_input(x: list[float], granularity: str) -> None:
    network = MLP([2, 1], granularity=granularity)
    with pytest.raises(ValueError, match=f"takes 2 inputs, not {len(x)}"):
        network(x)
    with pytest.raises(ValueError, match=f"takes 2 inputs, not {len(x)}"):
        network([x])


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_a_network_learns(granularity: str) -> None:
    network = MLP([2, 4, 1], seed=1, granularity=granularity)
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    xor = np.array([[0.0], [1.0], [1.0], [0.0]])
    first = squared_error(network(x), xor).data
    for _ in range(250):
        network.zero_grad()
        squared_error(network(x), xor).backward()
        for p in network.parameters():
            p.data = p.data - 0.3 * p.grad
    assert squared_error(network(x), xor).data < first / 10


def test_a_network_runs_on_duals() -> None:
    network = MLP([2, 3, 1], seed=2, granularity="scalar")
    x = [Value(0.5), Value(-1.0)]
    (output,) = network(x)
    graph = Graph(output)
    moved = graph.replay({x[0]: Dual(0.5, 1.0)})[-1]
    assert moved.tangent == pytest.approx(gradient(output, [x[0]]).values[0], rel=1e-12)
