"""Programs written for a textbook `Value` run on ours with only the class changed, and train the same."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

from autograd import Value
from tests.autograd.recording import textbook

STEPS = 20


def linear(x: list[Any], w: list[list[Any]]) -> list[Any]:
    return [sum(wi * xi for wi, xi in zip(wo, x, strict=True)) for wo in w]


def softmax(logits: list[Any]) -> list[Any]:
    top = max(v.data for v in logits)
    exps = [(v - top).exp() for v in logits]
    total = sum(exps)
    return [e / total for e in exps]


def rmsnorm(x: list[Any]) -> list[Any]:
    scale = (sum(xi * xi for xi in x) / len(x) + 1e-5) ** -0.5
    return [xi * scale for xi in x]


class GPT:
    """A character-level transformer in scalars: one layer, causal attention, and an unused parameter."""

    def __init__(self, new: Any, vocabulary: int, block: int, width: int, heads: int) -> None:
        rng = random.Random(1)
        self.heads, self.width = heads, width

        def matrix(rows: int, columns: int) -> list[list[Any]]:
            return [[new(rng.gauss(0, 0.3)) for _ in range(columns)] for _ in range(rows)]

        self.weights = {
            "wte": matrix(vocabulary, width),
            "wpe": matrix(block, width),
            **{name: matrix(width, width) for name in ("wq", "wk", "wv", "wo")},
            "up": matrix(2 * width, width),
            "down": matrix(width, 2 * width),
            "unused": [[new(0)]],
        }
        self.parameters = [p for m in self.weights.values() for row in m for p in row]

    def __call__(self, token: int, position: int, keys: list[Any], values: list[Any]) -> list[Any]:
        w, size = self.weights, self.width // self.heads
        x = rmsnorm([t + p for t, p in zip(w["wte"][token], w["wpe"][position], strict=True)])
        q, k, v = (linear(x, w[name]) for name in ("wq", "wk", "wv"))
        keys.append(k)
        values.append(v)
        attended = []
        for start in range(0, self.width, size):
            part = slice(start, start + size)
            scores = [
                sum(a * b for a, b in zip(q[part], other[part], strict=True)) / size**0.5 for other in keys
            ]
            shares = softmax(scores)
            attended += [
                sum(s * value[j] for s, value in zip(shares, values, strict=True))
                for j in range(start, start + size)
            ]
        x = [a + b for a, b in zip(linear(attended, w["wo"]), x, strict=True)]
        hidden = [h.relu() for h in linear(rmsnorm(x), w["up"])]
        x = [a + b for a, b in zip(linear(hidden, w["down"]), x, strict=True)]
        return linear(x, w["wte"])


def train_gpt(new: Any) -> list[float]:
    words = ["abca", "bcab", "cabc"]
    model = GPT(new, vocabulary=4, block=6, width=4, heads=2)
    m, v = [0.0] * len(model.parameters), [0.0] * len(model.parameters)
    losses = []
    for step in range(STEPS):
        tokens = [3, *(ord(c) - ord("a") for c in words[step % len(words)]), 3]
        keys: list[Any] = []
        values: list[Any] = []
        terms = []
        for position, (token, target) in enumerate(pairwise(tokens)):
            shares = softmax(model(token, position, keys, values))
            terms.append(-shares[target].log())
        loss = (1 / len(terms)) * sum(terms)
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
    expected = train(textbook.Value)
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
