"""Networks and losses are compiled like any other function, with their parameters read at every call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import compile, gradient  # noqa: A004
from nn import (
    MLP,
    Linear,
    Module,
    ReLU,
    Sequential,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
    cross_entropy,
    mse,
    squared_error,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3))
NETWORKS: dict[str, Module] = {
    "tanh": MLP([3, 4, 2], seed=0),
    "softplus": MLP([3, 4, 2], seed=0, activation="softplus"),
    "single": MLP([3, 4, 2], seed=0, dtype=np.float32),
    "softmax": Sequential(Linear(3, 4, seed=1), ReLU(), Linear(4, 2, seed=2), Softmax()),
    "all": Sequential(Linear(3, 4, seed=1), Sigmoid(), Softplus(), Tanh()),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network(name: str) -> None:
    network = NETWORKS[name]
    x = X.astype(network.parameters()[0].dtype)
    compiled = compile(network)
    for _ in range(2):
        expected = network(x).data
        assert compiled(x).dtype == expected.dtype
        np.testing.assert_allclose(compiled(x), expected, rtol=1e-6 if name == "single" else 1e-12)
        for parameter in network.parameters():
            parameter.data = parameter.data * 0.5


@pytest.mark.parametrize(
    ("loss", "targets"),
    [
        (mse, RNG.normal(size=(5, 2))),
        (squared_error, RNG.normal(size=(5, 2))),
        (cross_entropy, np.array([0, 1, 1, 0, 1])),
        (cross_entropy, np.abs(X[:, :2])),
    ],
)
def test_the_gradient_of_a_loss_by_the_parameters(loss: Any, targets: Any) -> None:
    network = MLP([3, 4, 2], seed=0)
    parameters = network.parameters()

    def slopes(x: Any, y: Any) -> Any:
        return gradient(loss(network(x), y), parameters, create_graph=True).values

    compiled = compile(slopes)
    for _ in range(3):
        network.zero_grad()
        loss(network(X), targets).backward()
        for slope, parameter in zip(compiled(X, targets), parameters, strict=True):
            np.testing.assert_allclose(slope, parameter.grad, rtol=1e-11, atol=1e-13)
            parameter.data = parameter.data - 0.1 * slope


@pytest.mark.parametrize("granularity", ["scalar", "neuron"])
def test_a_network_of_values_over_a_batch(granularity: str) -> None:
    matrix, scalars = MLP([3, 4, 2], seed=0), MLP([3, 4, 2], seed=0, granularity=granularity)
    np.testing.assert_allclose(compile(scalars, batch=0)(X), matrix(X).data, rtol=1e-12, atol=1e-12)
