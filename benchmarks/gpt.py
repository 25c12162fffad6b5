"""A character-level GPT in scalars, as people write it by hand: for any engine's `Value`."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.workloads import Language

__all__ = ["ScalarGPT", "mean_loss", "softmax"]


def linear(x: list[Any], w: list[list[Any]]) -> list[Any]:
    return [sum(wi * xi for wi, xi in zip(row, x, strict=True)) for row in w]


def softmax(logits: list[Any]) -> list[Any]:
    top = max(v.data for v in logits)
    exps = [(v - top).exp() for v in logits]
    total = sum(exps)
    return [e / total for e in exps]


def rmsnorm(x: list[Any]) -> list[Any]:
    scale = (sum(xi * xi for xi in x) / len(x) + 1e-5) ** -0.5
    return [xi * scale for xi in x]


class ScalarGPT:
    """One layer: embeddings, RMS norm, causal multi-head attention, a ReLU perceptron, residual connections.

    Args:
        value: the engine's scalar class, with ``exp``, ``log`` and ``relu``.
        problem: weights and a document.
    """

    def __init__(self, value: Any, problem: Language) -> None:
        self.tokens, self.heads = problem.tokens, problem.heads
        self.weights = {
            name: [[value(x) for x in row] for row in matrix.tolist()]
            for name, matrix in problem.weights.items()
        }
        self.parameters = [p for matrix in self.weights.values() for row in matrix for p in row]

    def attend(self, x: list[Any], keys: list[Any], values: list[Any]) -> list[Any]:
        q, k, v = (linear(x, self.weights[name]) for name in ("query", "key", "value"))
        keys.append(k)
        values.append(v)
        size = len(x) // self.heads
        attended: list[Any] = []
        for start in range(0, len(x), size):
            part = slice(start, start + size)
            scores = [
                sum(a * b for a, b in zip(q[part], other[part], strict=True)) / size**0.5 for other in keys
            ]
            shares = softmax(scores)
            attended += [
                sum(s * other[j] for s, other in zip(shares, values, strict=True))
                for j in range(start, start + size)
            ]
        return linear(attended, self.weights["output"])

    def logits(self, token: int, position: int, keys: list[Any], values: list[Any]) -> list[Any]:
        w = self.weights
        embedded = zip(w["token"][token], w["position"][position], strict=True)
        x = rmsnorm([t + p for t, p in embedded])
        x = [a + b for a, b in zip(self.attend(rmsnorm(x), keys, values), x, strict=True)]
        hidden = [h.relu() for h in linear(rmsnorm(x), w["up"])]
        x = [a + b for a, b in zip(linear(hidden, w["down"]), x, strict=True)]
        return linear(x, w["head"])

    def loss(self, tokens: list[int]) -> Any:
        keys: list[Any] = []
        values: list[Any] = []
        terms = [
            -softmax(self.logits(token, position, keys, values))[target].log()
            for position, (token, target) in enumerate(pairwise(tokens))
        ]
        return mean_loss(terms)

    def step(self) -> Any:
        """Run forward and backward; return a function that fetches the loss and the gradient."""
        loss = self.loss(self.tokens)
        for p in self.parameters:
            p.grad = 0
        loss.backward()
        return lambda: (loss.data, np.array([p.grad for p in self.parameters]))


def mean_loss(terms: list[Any]) -> Any:
    return (1 / len(terms)) * sum(terms)
