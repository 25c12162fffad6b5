"""Descents that differ only in how the gradient is found: what the same loss costs by each method."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograd import gradient, softmax_cross_entropy
from demos.complexity.iris import Flower, flowers
from demos.complexity.study import METHODS
from nn import MLP

__all__ = ["DESCENTS", "GOAL", "MethodDescent", "descents"]

SIZES, FLOWERS, GOAL, RATE = (2, 4, 2), 6, 0.2, 0.5
# The most steps of a descent.
MOST = 400
# The methods, one of each kind; of the estimates, the number of random directions averaged in a step.
DESCENTS = (
    ("backprop", 1),
    ("forward", 1),
    ("finite_difference", 1),
    ("complex_step", 1),
    ("forward_gradient", 1),
    ("forward_gradient", 8),
    ("simultaneous_perturbation", 1),
    ("simultaneous_perturbation", 8),
)


@dataclass(frozen=True, slots=True)
class MethodDescent:
    """One descent.

    Attributes:
        title: the method, and the number of samples of an estimate.
        steps: until the loss was at most the goal, or all that were taken.
        operations: of the gradients of all steps, as measured.
        loss: at the end.
        error: the sum of squared errors of a step's gradient over the square of its length, on average.
    """

    title: str
    steps: int
    operations: int
    loss: float
    error: float


def descents(seed: int, kinds: Sequence[tuple[str, int]] = DESCENTS) -> list[MethodDescent]:
    """Train the same network by every method from the same start; the seed draws weights and flowers."""
    return [_descent(method, samples, seed) for method, samples in kinds]


def _descent(method: str, samples: int, seed: int) -> MethodDescent:
    network = MLP(SIZES, seed=seed, granularity="scalar")
    parameters = network.parameters()
    sample = random.Random(seed).sample(flowers(), FLOWERS)
    variant = METHODS[method]
    estimated = variant.accuracy == "estimate"
    # The mean squared error of an estimate is about P / k times the square of the gradient: smaller steps.
    rate = RATE / (1 + len(parameters) / samples) if estimated else RATE
    operations, errors = 0, 0.0
    for step in range(MOST + 1):
        loss = _loss(network, sample)
        if loss.data <= GOAL or step == MOST:
            break
        options: dict[str, Any] = {"samples": samples, "seed": [seed, step]} if estimated else {}
        found = gradient(loss, parameters, variant.engine, budget=None, **options)
        operations += found.cost.total
        right = gradient(loss, parameters).values
        off = sum((a - b) ** 2 for a, b in zip(found.values, right, strict=True))
        errors += off / sum(x * x for x in right)
        for parameter, slope in zip(parameters, found.values, strict=True):
            parameter.data -= rate * slope
    title = f"{variant.title}, {samples} samples" if estimated and samples > 1 else variant.title
    return MethodDescent(title, step, operations, float(loss.data), errors / max(1, step))


def _loss(network: MLP, sample: Sequence[Flower]) -> Any:
    losses = [
        softmax_cross_entropy(network(flower.inputs(SIZES[0])), flower.species % SIZES[-1])
        for flower in sample
    ]
    return sum(losses[1:], start=losses[0]) * (1 / len(losses))
