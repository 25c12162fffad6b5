"""micrograd's moons demo as a program of any engine's `Value`, so that only the import differs."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import autograd

Neuron = Callable[[Sequence[Any], Any, Sequence[Any], bool], Any]


def scalar_neuron(weights: Sequence[Any], bias: Any, inputs: Sequence[Any], last: bool) -> Any:
    total = sum((w * x for w, x in zip(weights, inputs, strict=True)), bias)
    return total if last else total.relu()


def fused_neuron(weights: Sequence[Any], bias: Any, inputs: Sequence[Any], last: bool) -> Any:
    return autograd.neuron(bias, weights, inputs, None if last else "relu")


class Moons:
    """A 2-16-16-1 relu network, 100 points of two half circles, max-margin loss and L2 penalty."""

    sizes = (2, 16, 16, 1)

    def __init__(self, value: type[Any], *, neuron: Neuron = scalar_neuron, points: int = 100) -> None:
        rng = random.Random(1337)
        self.value = value
        self.neuron = neuron
        self.layers = [
            [([value(rng.uniform(-1, 1)) for _ in range(fan_in)], value(0.0)) for _ in range(fan_out)]
            for fan_in, fan_out in zip(self.sizes, self.sizes[1:], strict=False)
        ]
        self.points: list[tuple[float, float]] = []
        self.labels: list[int] = []
        for i in range(points):
            angle = math.pi * rng.random()
            x, y, label = math.cos(angle), math.sin(angle), 1
            if i % 2:
                x, y, label = 1 - x, 0.5 - y, -1
            self.points.append((x + rng.gauss(0, 0.1), y + rng.gauss(0, 0.1)))
            self.labels.append(label)

    def parameters(self) -> list[Any]:
        return [p for layer in self.layers for weights, bias in layer for p in (*weights, bias)]

    def score(self, point: Sequence[Any]) -> Any:
        activations: Sequence[Any] = point
        for layer in self.layers:
            last = layer is self.layers[-1]
            activations = [self.neuron(weights, bias, activations, last) for weights, bias in layer]
        return activations[0]

    def loss(self) -> Any:
        scores = [self.score([self.value(x) for x in point]) for point in self.points]
        losses = [(1 + -label * score).relu() for label, score in zip(self.labels, scores, strict=True)]
        penalty = 1e-4 * sum(p * p for p in self.parameters())
        return sum(losses) * (1.0 / len(losses)) + penalty

    def step(self) -> None:
        """Forward, backward and a small step downhill."""
        loss = self.loss()
        for p in self.parameters():
            p.grad = 0
        loss.backward()
        for p in self.parameters():
            p.data -= 0.01 * p.grad
