"""micrograd's moons demo for any engine's `Value`, so that only the import differs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.workloads import PENALTY, Moons

__all__ = ["ScalarMoons"]

Neuron = Callable[[Sequence[Any], Any, Sequence[Any], bool], Any]


def scalar_neuron(weights: Sequence[Any], bias: Any, inputs: Sequence[Any], last: bool) -> Any:
    total = sum((w * x for w, x in zip(weights, inputs, strict=True)), bias)
    return total if last else total.relu()


class ScalarMoons:
    """The network, its loss and its gradient, with a node for every product and sum.

    Args:
        value: the engine's scalar class.
        problem: weights and points.
        neuron: computes a neuron from weights, bias, inputs, and whether it is in the last layer.
    """

    def __init__(self, value: type[Any], problem: Moons, neuron: Neuron = scalar_neuron) -> None:
        self.value = value
        self.neuron = neuron
        self.layers = [
            [(list(map(value, row)), value(b)) for row, b in zip(w.tolist(), b.tolist(), strict=True)]
            for w, b in problem.layers
        ]
        self.parameters = [p for layer in self.layers for weights, bias in layer for p in (*weights, bias)]
        self.points, self.sides = problem.points.tolist(), problem.sides.tolist()

    def score(self, point: Sequence[Any]) -> Any:
        activations: Sequence[Any] = point
        for layer in self.layers:
            last = layer is self.layers[-1]
            activations = [self.neuron(weights, bias, activations, last) for weights, bias in layer]
        return activations[0]

    def loss(self) -> Any:
        scores = [self.score([self.value(x) for x in point]) for point in self.points]
        losses = [(1 + -side * score).relu() for side, score in zip(self.sides, scores, strict=True)]
        penalty = PENALTY * sum(p * p for p in self.parameters)
        return sum(losses) * (1.0 / len(losses)) + penalty

    def step(self) -> Any:
        """Run forward and backward; return a function that fetches the loss and the gradient."""
        loss = self.loss()
        for p in self.parameters:
            p.grad = 0
        loss.backward()
        return lambda: (loss.data, [self.slopes(layer) for layer in self.layers])

    @staticmethod
    def slopes(layer: Any) -> tuple[Any, Any]:
        return np.array([[w.grad for w in weights] for weights, _ in layer]), [b.grad for _, b in layer]
