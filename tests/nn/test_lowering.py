"""A program of Tensors is lowered to the scalar graph by running it on arrays of Values.

Every layer, network and loss is run both ways: outputs, gradients by every parameter and gradients by
the inputs are the same to 1e-12.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor, values
from nn import (
    MLP,
    Dropout,
    Identity,
    Linear,
    Module,
    ReLU,
    Sequential,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
    binary_cross_entropy_with_logits,
    cross_entropy,
    max_margin,
    mse,
    squared_error,
)

RNG = np.random.default_rng(0)
INPUTS = {shape: RNG.normal(size=shape) for shape in [(3,), (1, 3), (4, 3), (2, 2, 3)]}


def same(actual: Any, expected: Any) -> None:
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12)


def data(x: Any) -> Any:
    return x.data if not isinstance(x, np.ndarray) else np.vectorize(lambda v: v.data, otypes=[float])(x)


def grad(x: Any) -> Any:
    """The gradients with respect to a Tensor or an array of Values; 0 where none was computed."""
    if isinstance(x, Tensor):
        return np.zeros(x.shape) if x.grad is None else x.grad
    return np.vectorize(lambda v: 0.0 if v.grad is None else v.grad, otypes=[float])(x)


def lowered_alike(build: Callable[[Any], Module], x: np.ndarray[Any, Any], loss: Any = None) -> None:
    """The same module with Tensors and with Values gives the same results and gradients."""
    found = []
    for dtype, make in ((np.float64, Tensor), (object, values)):
        module, inputs = build(dtype), make(x)
        outputs = module(inputs)
        # Uneven weights keep gradients from cancelling: softmax outputs add up to 1.
        weights = np.cos(np.arange(outputs.size)).reshape(outputs.shape)
        result = np.sum(outputs * weights) if loss is None else loss(outputs)
        result.backward()
        gradients = {name: grad(p) for name, p in module.named_parameters()}
        found.append((data(outputs), data(result), grad(inputs), gradients, module.state_dict()))
    (outputs, result, by_inputs, gradients, state), lowered = found
    same(lowered[0], outputs)
    same(lowered[1], result)
    same(lowered[2], by_inputs)
    assert list(lowered[3]) == list(gradients)
    for name in gradients:
        same(lowered[3][name], gradients[name])
        same(lowered[4][name], state[name])


LAYERS: dict[str, Callable[[Any], Module]] = {
    "Linear": lambda dtype: Linear(3, 2, dtype=dtype, seed=1),
    "Linear without biases": lambda dtype: Linear(3, 2, dtype=dtype, seed=1, bias=False),
    "Identity": lambda dtype: Identity(),
    "Tanh": lambda dtype: Tanh(),
    "ReLU": lambda dtype: ReLU(),
    "Sigmoid": lambda dtype: Sigmoid(),
    "Softplus": lambda dtype: Softplus(),
    "Softmax": lambda dtype: Softmax(),
    "GELU": lambda dtype: nn.GELU(),
    "GELU by tanh": lambda dtype: nn.GELU("tanh"),
    "Flatten": lambda dtype: nn.Flatten(0),
    "LayerNorm": lambda dtype: nn.LayerNorm(3, dtype=dtype),
    "RMSNorm": lambda dtype: nn.RMSNorm(3, dtype=dtype),
    "MaxPool1d": lambda dtype: nn.MaxPool1d(2, 1, 1),
    "AvgPool1d": lambda dtype: nn.AvgPool1d(2, 1, 1),
    "Dropout": lambda dtype: Dropout(0.5, seed=1),
    "Dropout in use": lambda dtype: Dropout(0.5, seed=1).eval(),
    "Sequential": lambda dtype: Sequential(
        Linear(3, 4, dtype=dtype, seed=1),
        np.tanh,
        Dropout(0.25, seed=2),
        Linear(4, 4, dtype=dtype, seed=3),
        ReLU(),
        Linear(4, 2, dtype=dtype, seed=4),
        Softmax(),
    ),
}


@pytest.mark.parametrize("shape", INPUTS)
@pytest.mark.parametrize("layer", LAYERS)
def test_layers(layer: str, shape: tuple[int, ...]) -> None:
    lowered_alike(LAYERS[layer], INPUTS[shape])


@pytest.mark.parametrize("granularity", ["scalar", "neuron"])
@pytest.mark.parametrize(
    "activation", ["tanh", "relu", "sigmoid", "softplus", "sin", "cos", "exp", "square", "abs", "neg"]
)
@pytest.mark.parametrize("shape", INPUTS)
def test_networks(granularity: str, activation: str, shape: tuple[int, ...]) -> None:
    def build(dtype: Any) -> Module:
        kind = granularity if dtype is object else "matrix"
        return MLP([3, 4, 4, 2], activation=activation, seed=2, granularity=kind)

    lowered_alike(build, INPUTS[shape])


def one_class(shape: tuple[int, ...]) -> Any:
    return np.arange(int(np.prod(shape))).reshape(shape) % 3


LOSSES: dict[Any, Callable[[tuple[int, ...]], Any]] = {
    mse: lambda shape: np.sin(np.arange(np.prod(shape))).reshape(shape),
    squared_error: lambda shape: np.sin(np.arange(np.prod(shape))).reshape(shape),
    binary_cross_entropy_with_logits: lambda shape: np.sin(np.arange(np.prod(shape))).reshape(shape) ** 2,
    cross_entropy: lambda shape: one_class(shape[:-1]),
    max_margin: lambda shape: one_class(shape[:-1]),
}


def test_every_layer_and_every_loss_is_lowered() -> None:
    layers = {name for name in nn.layers.__all__ if isinstance(getattr(nn, name), type)}
    assert layers <= set(LAYERS)
    assert {loss.__name__ for loss in LOSSES} == {getattr(nn, name).__name__ for name in nn.losses.__all__}


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", INPUTS)
@pytest.mark.parametrize("loss", LOSSES)
def test_losses(loss: Any, shape: tuple[int, ...], reduction: str) -> None:
    targets = LOSSES[loss](shape)
    plain = loss(INPUTS[shape], targets, reduction=reduction)
    results = []
    for make in (Tensor, values):
        outputs = make(INPUTS[shape])
        result = loss(outputs, targets, reduction=reduction)
        same(data(result), plain)
        if np.shape(plain):
            result = np.sum(result * np.cos(np.arange(plain.size)).reshape(plain.shape))
        result.backward()
        results.append(grad(outputs))
    same(*results)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_network_and_its_loss(loss: Any, activation: str) -> None:
    def build(dtype: Any) -> Module:
        kind = "scalar" if dtype is object else "matrix"
        return MLP([3, 5, 3], activation=activation, seed=3, granularity=kind)

    lowered_alike(build, INPUTS[4, 3], lambda outputs: loss(outputs, LOSSES[loss]((4, 3))))


def test_soft_targets_are_lowered() -> None:
    shares = np.array([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0], [0.1, 0.2, 0.7], [1.0, 0.0, 0.0]])
    lowered_alike(lambda dtype: Identity(), INPUTS[4, 3], lambda outputs: cross_entropy(outputs, shares))


@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=5),
    st.integers(1, 3),
    st.sampled_from(["tanh", "relu", "sigmoid", "softplus"]),
    st.integers(0, 2**32),
)
def test_any_network(sizes: list[int], examples: int, activation: str, seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(examples, sizes[0]))
    y = np.random.default_rng(seed + 1).normal(size=(examples, sizes[-1]))

    def build(dtype: Any) -> Module:
        kind = "scalar" if dtype is object else "matrix"
        return MLP(sizes, activation=activation, seed=seed, granularity=kind)

    lowered_alike(build, x, lambda outputs: mse(outputs, y))


def test_training_is_the_same_step_by_step() -> None:
    """Ten steps of descent, dropout included: the same weights to 1e-12."""
    networks = [
        Sequential(
            Linear(3, 6, dtype=dtype, seed=1),
            np.tanh,
            Dropout(0.3, seed=2),
            Linear(6, 3, dtype=dtype, seed=3),
        )
        for dtype in (np.float64, object)
    ]
    for network in networks:
        for _ in range(10):
            network.zero_grad()
            cross_entropy(network(INPUTS[4, 3]), [0, 2, 1, 1]).backward()
            for p in network.parameters():
                p.data = p.data - 0.5 * p.grad
    matrix, scalar = (network.state_dict() for network in networks)
    start = Linear(3, 6, seed=1).weight.data
    assert np.abs(matrix["layers.0.weight"] - start).max() > 0.01
    for name in matrix:
        same(scalar[name], matrix[name])
