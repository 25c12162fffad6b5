"""Programs written for a textbook `Value` run on ours with only the class changed, and train the same."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from autograd import Value
from benchmarks.gpt import ScalarGPT
from benchmarks.textbook import TextbookValue
from benchmarks.workloads import language

STEPS = 20


def train_gpt(new: Any) -> list[float]:
    problem = language(vocabulary=4, block=6, width=4, heads=2)
    problem.weights["unused"] = np.zeros((1, 1))
    model = ScalarGPT(new, problem)
    m, v = [0.0] * len(model.parameters), [0.0] * len(model.parameters)
    losses = []
    for step in range(STEPS):
        word = ("abca", "bcab", "cabc")[step % 3]
        loss = model.loss([3, *(ord(c) - ord("a") for c in word), 3])
        losses.append(loss.data)
        loss.backward()
        for i, p in enumerate(model.parameters):  # Adam, as people write it
            m[i] = 0.9 * m[i] + 0.1 * p.grad
            v[i] = 0.95 * v[i] + 0.05 * p.grad**2
            p.data -= (
                0.05 * (m[i] / (1 - 0.9 ** (step + 1))) / ((v[i] / (1 - 0.95 ** (step + 1))) ** 0.5 + 1e-8)
            )
            p.grad = 0
    return losses


def train_mlp(new: Any) -> list[float]:
    rng = random.Random(2)
    sizes = [2, 5, 4, 1]
    layers = [
        [([new(rng.uniform(-1, 1)) for _ in range(a)], new(0)) for _ in range(b)] for a, b in pairwise(sizes)
    ]
    parameters = [p for layer in layers for weights, bias in layer for p in (*weights, bias)]
    points = [([rng.uniform(-1, 1), rng.uniform(-1, 1)], rng.choice([-1, 1])) for _ in range(8)]
    losses = []
    for step in range(STEPS):
        terms = []
        for x, target in points:
            h: list[Any] = x
            for i, layer in enumerate(layers):
                h = [sum((w * xi for w, xi in zip(ws, h, strict=True)), b) for ws, b in layer]
                h = [z.tanh() if i == 0 else z.relu() if i == 1 else z for z in h]
            terms.append((1 + -target * h[0]).relu() + (h[0] - target) ** 2 / 4)
        loss = sum(terms) * (1.0 / len(terms)) + 1e-4 * sum(p * p for p in parameters)
        losses.append(loss.data)
        for p in parameters:
            p.grad = 0.0 if step % 2 else 0
        loss.backward()
        for p in parameters:
            p.data -= (0.1 - 0.004 * step) * p.grad
    return losses


@pytest.mark.parametrize("train", [train_gpt, train_mlp])
def test_losses_are_the_textbooks(train: Any) -> None:
    expected = train(TextbookValue)
    assert train(Value) == pytest.approx(expected, rel=1e-9)
    assert expected[-1] < expected[0]


def test_the_names_of_micrograd_are_read_only_aliases() -> None:
    x = Value(2.0)
    y = x * x
    assert (y._prev, y._op, x._prev, x._op) == ((x, x), "*", (), "")
    for name in ("_prev", "_op"):
        with pytest.raises(AttributeError):
            setattr(y, name, ())


def test_a_value_of_a_whole_number_divides_and_formats() -> None:
    x = Value(0)
    assert f"{(1 / (x + 2)).data:.4f} {x.data}" == "0.5000 0"
    assert (Value(4) ** -0.5).data == 0.5
