"""Train a small network with the gradient of any method, right or wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import METHODS, Graph, Linearization, Node, softmax_cross_entropy
from autograd.differentiation.methods import Method
from demos.page.data_sets import circles
from nn import MLP, SGD

__all__ = ["Descent", "descend", "error_on_matrices"]

Vector = NDArray[np.float64]
# The layers of the network that is trained with each gradient.
SIZES = (2, 4, 2)
BACKPROP = METHODS["backprop"]


@dataclass(frozen=True, slots=True)
class Descent:
    """A network trained with the gradient of one method.

    Attributes:
        error: norm of the first gradient's error, divided by the norm of the right gradient.
        length: norm of the first gradient, divided by the norm of the right one.
        cosine: of the angle between these two.
        losses: mean cross-entropy before each step and after the last.
    """

    error: float
    length: float
    cosine: float
    losses: list[float]


def descend(method: Method, examples: int, steps: int, rate: float, seed: int) -> Descent:
    """Minimise the mean cross-entropy of all examples on two rings, recorded as a graph of scalars.

    Args:
        method: computes the gradient.
        examples: number of points.
        steps: of gradient descent.
        rate: its learning rate.
        seed: of the points and of the weights.
    """
    data = circles(examples, seed)
    model = MLP(SIZES, seed=seed, granularity="scalar")
    parameters = model.parameters()
    optimiser = SGD(parameters, rate)

    def loss() -> Any:
        return softmax_cross_entropy(model(data.inputs), data.targets)

    first, right = (_gradient(way, loss(), parameters) for way in (method, BACKPROP))
    losses = []
    for _ in range(steps):
        now = loss()
        losses.append(now.data)
        for parameter, slope in zip(parameters, _gradient(method, now, parameters), strict=True):
            parameter.grad = float(slope)
        optimiser.step()
    first_norm, right_norm = np.linalg.norm(first), np.linalg.norm(right)
    return Descent(
        error=_error(first, right),
        length=float(first_norm / right_norm),
        cosine=float(first @ right / (first_norm * right_norm)),
        losses=[*losses, loss().data],
    )


def error_on_matrices(method: Method, examples: int, seed: int) -> float:
    """The error of the first gradient, as in `Descent`, where the network is recorded as matrices."""
    data = circles(examples, seed)
    model = MLP(SIZES, seed=seed)
    loss = softmax_cross_entropy(model(data.inputs), data.targets)
    return _error(*(_gradient(way, loss, model.parameters()) for way in (method, BACKPROP)))


def _gradient(method: Method, root: Node, parameters: list[Any]) -> Vector:
    """The derivatives by all parameters, concatenated."""
    slopes = method(Linearization(Graph(root), [parameters], recorded=False))
    return np.concatenate([np.ravel(slope) for slope in slopes])


def _error(found: Vector, right: Vector) -> float:
    return float(np.linalg.norm(found - right) / np.linalg.norm(right))
