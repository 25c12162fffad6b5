"""The same network trained with three activations; one of them, a step, has the slope 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor, gradient, relu, softmax_cross_entropy
from demos.page.data_sets import circles
from nn.optimisers import Adam

__all__ = ["ActivationTraining", "steps"]

Array = NDArray[np.float64]
# Step of the central differences; so short that a hidden unit rarely crosses its threshold within it.
STEP = 1e-7


@dataclass(frozen=True, slots=True)
class ActivationTraining:
    """One training of a 2-16-2 network, with one activation in its hidden layer.

    Attributes:
        slope: greatest magnitude in the gradient by the hidden weights (16, 2), before training.
        differences: ``slope`` by central differences.
        moved: greatest change of a hidden weight during training.
        accuracy: share of fresh points classified correctly, from 0 to 1.
    """

    slope: float
    differences: float
    moved: float
    accuracy: float


def step(x: Any) -> Any:
    """1 above 0, and 0 elsewhere. The derivative is 0, so the result is recorded as a constant."""
    return np.where(x.data > 0, 1.0, 0.0)


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {"tanh": np.tanh, "ReLU": relu, "step": step}


def logits(parameters: Sequence[Any], x: Array, activation: Callable[[Any], Any]) -> Any:
    """The outputs (examples, 2) of a network with one hidden layer.

    Args:
        parameters: W_h (16, 2), b_h (16,), W_y (2, 16) and b_y (2,).
        x: inputs (examples, 2).
        activation: of the hidden layer.
    """
    w_h, b_h, w_y, b_y = parameters
    return activation(x @ w_h.T + b_h) @ w_y.T + b_y


def steps(examples: int, epochs: int, seed: int) -> dict[str, ActivationTraining]:
    """Train a 2-16-2 network on two rings with each activation, from the same initial weights."""
    return {name: _trained(activation, examples, epochs, seed) for name, activation in ACTIVATIONS.items()}


def _trained(activation: Callable[[Any], Any], examples: int, epochs: int, seed: int) -> ActivationTraining:
    data, fresh = circles(examples, seed), circles(1000, seed + 1)

    def loss(parameters: Sequence[Any]) -> Any:
        return softmax_cross_entropy(logits(parameters, data.inputs, activation), data.targets)

    rng = np.random.default_rng(seed)
    w_h, *others = parameters = [
        Tensor(rng.normal(size=(16, 2)), name="W_h"),
        Tensor(rng.normal(size=16), name="b_h"),
        Tensor(rng.normal(size=(2, 16)) / 4, name="W_y"),
        Tensor(np.zeros(2), name="b_y"),
    ]
    slope = gradient(loss(parameters), [w_h]).values[0]
    before = w_h.data.copy()
    differences = [
        (loss([Tensor(before + unit), *others]) - loss([Tensor(before - unit), *others])).item() / (2 * STEP)
        for unit in STEP * np.eye(before.size).reshape(-1, *before.shape)
    ]
    optimiser = Adam(parameters, 0.05)
    for _ in range(epochs):
        optimiser.zero_grad()
        loss(parameters).backward()
        optimiser.step()
    correct = logits(parameters, fresh.inputs, activation).data.argmax(axis=1) == fresh.targets
    return ActivationTraining(
        slope=_greatest(slope),
        differences=_greatest(differences),
        moved=_greatest(w_h.data - before),
        accuracy=float(np.mean(correct)),
    )


def _greatest(numbers: Any) -> float:
    return float(np.abs(numbers).max())
