"""The multi-layer perceptron."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from autograd import Dual, Graph, Value, gradient, primitive, softmax_cross_entropy
from autograd.primitives import TABLE
from nn import MLP, squared_error


@pytest.mark.parametrize("sizes", [[1, 1], [3, 2], [2, 4, 2], [3, 4, 4, 1]])
def test_shapes(sizes: list[int]) -> None:
    network = MLP(sizes)
    assert [(len(w), len(w[0])) for w in network.weights] == [(o, i) for i, o in pairwise(sizes)]
    assert [len(b) for b in network.biases] == sizes[1:]
    assert len(network.parameters()) == sum(o * (i + 1) for i, o in pairwise(sizes))
    outputs = network([0.5] * sizes[0])
    assert len(outputs) == sizes[-1]
    assert all(type(y) is Value for y in outputs)
    assert network.sizes == sizes


def test_the_order_of_parameters() -> None:
    network = MLP([2, 3, 1])
    names = [[v.name for v in layer] for layer in network.layers()]
    assert names == [
        ["W1[0,0]", "W1[0,1]", "W1[1,0]", "W1[1,1]", "W1[2,0]", "W1[2,1]", "b1[0]", "b1[1]", "b1[2]"],
        ["W2[0,0]", "W2[0,1]", "W2[0,2]", "b2[0]"],
    ]
    assert [v.name for v in network.parameters()] == names[0] + names[1]
    assert network.weights[0][2][1].name == "W1[2,1]"


@pytest.mark.parametrize("granularity", ["scalar", "neuron"])
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "sin"])
def test_the_outputs_are_those_of_matrices(granularity: str, activation: str) -> None:
    network = MLP([3, 4, 2], activation=activation, seed=5, granularity=granularity)
    x = np.array([0.5, -1.0, 2.0])
    hidden = np.array([[w.data for w in row] for row in network.weights[0]]) @ x
    hidden = TABLE[activation].forward(hidden + [b.data for b in network.biases[0]])
    expected = np.array([[w.data for w in row] for row in network.weights[1]]) @ hidden
    assert [y.data for y in network(x)] == pytest.approx(list(expected), rel=1e-12)


def test_a_seed_fixes_the_weights() -> None:
    first, again, other = (MLP([3, 5, 2], seed=s) for s in (7, 7, 8))
    assert [v.data for v in first.parameters()] == [v.data for v in again.parameters()]
    assert [v.data for v in first.parameters()] != [v.data for v in other.parameters()]


def test_weights_are_within_glorots_bound_and_biases_zero() -> None:
    network = MLP([20, 30])
    bound = math.sqrt(6 / 50)
    weights = [w.data for row in network.weights[0] for w in row]
    assert max(weights) <= bound
    assert min(weights) >= -bound
    assert max(weights) > 0.9 * bound
    assert all(b.data == 0 for b in network.biases[0])


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


@pytest.mark.parametrize("granularity", ["scalar", "neuron"])
def test_an_activation_may_be_ones_own(granularity: str, table: None) -> None:
    primitive("cubic_of_mine", lambda a: a * a * a, lambda out, a: (3 * a * a,))
    network = MLP([1, 1, 1], activation="cubic_of_mine", granularity=granularity)
    (w1, _), (w2, _) = network.layers()
    (output,) = network([2.0])
    assert output.data == pytest.approx(w2.data * (2 * w1.data) ** 3)


@pytest.fixture
def table() -> Iterator[None]:
    """The table of primitives, put back as it was afterwards."""
    before = dict(TABLE)
    yield
    TABLE.clear()
    TABLE.update(before)


@pytest.mark.parametrize("sizes", [[], [3], [2, 0], [2, -1, 2], [0, 1]])
def test_sizes_are_at_least_two_and_positive(sizes: list[int]) -> None:
    with pytest.raises(ValueError, match="at least two sizes, whole numbers from 1 on"):
        MLP(sizes)


@pytest.mark.parametrize("granularity", ["scalar", "neuron"])
@pytest.mark.parametrize("activation", ["swoosh", "backward", "data", "mul"])
def test_an_unknown_activation_is_named(activation: Any, granularity: str) -> None:
    with pytest.raises((KeyError, ValueError, TypeError), match=f"{activation!r}"):
        MLP([1, 1, 1], activation=activation, granularity=granularity)([1.0])


def test_an_unknown_granularity_is_named() -> None:
    with pytest.raises(ValueError, match="'scalar' or 'neuron', not 'layer'"):
        MLP([1, 1], granularity="layer")


@pytest.mark.parametrize("x", [[], [1.0], [1.0, 2.0, 3.0]])
def test_an_example_has_the_width_of_the_input(x: list[float]) -> None:
    with pytest.raises(ValueError, match=f"takes 2 inputs, not {len(x)}"):
        MLP([2, 1])(x)


def test_it_learns() -> None:
    network = MLP([2, 4, 1], seed=1, granularity="neuron")
    examples = [((0.0, 0.0), 0.0), ((0.0, 1.0), 1.0), ((1.0, 0.0), 1.0), ((1.0, 1.0), 0.0)]

    def loss() -> Value:
        losses = [squared_error(network(x), [y]) for x, y in examples]
        return sum(losses[1:], start=losses[0]) / len(losses)

    first = loss().data
    for _ in range(150):
        total = loss()
        for v, slope in zip(network.parameters(), gradient(total, network.parameters()).values, strict=True):
            v.data = v.data - 0.3 * slope
    assert loss().data < first / 10


def test_a_network_runs_on_duals() -> None:
    network = MLP([2, 3, 1], seed=2)
    x = [Value(0.5), Value(-1.0)]
    (output,) = network(x)
    graph = Graph(output)
    moved = graph.replay({x[0]: Dual(0.5, 1.0)})[-1]
    assert moved.tangent == pytest.approx(gradient(output, [x[0]]).values[0], rel=1e-12)
