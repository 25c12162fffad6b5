"""Descent by the gradient of any method, right or wrong: the 2-4-2 network on two rings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import METHODS, Graph, Linearization, Node, softmax_cross_entropy
from autograd.differentiation.methods import Method
from demos.data_sets import circles
from nn import MLP, SGD

__all__ = ["Descent", "descend", "error_on_matrices"]

Vector = NDArray[np.float64]
SIZES = (2, 4, 2)


@dataclass(frozen=True, slots=True)
class Descent:
    """What became of a network that followed the gradients of a method.

    Attributes:
        error: the distance of the first gradient from the right one, over the length of the right one.
        length: that of the first gradient, over that of the right one.
        cosine: of the angle between these two.
        losses: before every step, and after the last.
    """

    error: float
    length: float
    cosine: float
    losses: list[float]


def descend(method: Method, examples: int, steps: int, rate: float, seed: int) -> Descent:
    """Go down the mean cross-entropy of all examples, in a graph of scalars."""
    data = circles(examples, seed)
    model = MLP(SIZES, seed=seed, granularity="scalar")
    parameters = model.parameters()
    optimiser = SGD(parameters, rate)

    def loss() -> Any:
        return softmax_cross_entropy(model(data.inputs), data.targets)

    first, right = (_gradient(way, loss(), parameters) for way in (method, METHODS["backprop"]))
    losses = []
    for _ in range(steps):
        now = loss()
        losses.append(now.data)
        for parameter, slope in zip(parameters, _gradient(method, now, parameters), strict=True):
            parameter.grad = float(slope)
        optimiser.step()
    length, unit = np.linalg.norm(first), np.linalg.norm(right)
    return Descent(
        error=_error(first, right),
        length=float(length / unit),
        cosine=float(first @ right / (length * unit)),
        losses=[*losses, loss().data],
    )


def error_on_matrices(method: Method, examples: int, seed: int) -> float:
    """The error of the first gradient where the same network is recorded as whole matrices."""
    data = circles(examples, seed)
    model = MLP(SIZES, seed=seed)
    loss = softmax_cross_entropy(model(data.inputs), data.targets)
    return _error(*(_gradient(way, loss, model.parameters()) for way in (method, METHODS["backprop"])))


def _gradient(method: Method, root: Node, parameters: list[Any]) -> Vector:
    """The derivatives by all parameters, one after the other."""
    slopes = method(Linearization(Graph(root), [parameters], recorded=False))
    return np.concatenate([np.ravel(slope) for slope in slopes])


def _error(found: Vector, right: Vector) -> float:
    return float(np.linalg.norm(found - right) / np.linalg.norm(right))
