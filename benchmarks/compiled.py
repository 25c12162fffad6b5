"""Training steps and gradients, compiled, beside the same written out by hand in plain Python or NumPy."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from autograd import compile, neuron, relu, softmax_cross_entropy, value_and_grad  # noqa: A004
from autograd.containers import flatten

__all__ = ["Work", "works"]


class Work(NamedTuple):
    """One computation, done in several ways with the same results.

    Attributes:
        name: what is computed.
        by_hand: as a person writes it who has derived the gradient.
        compiled: by `autograd.compile`.
        eager: by the same function, not compiled; None where that is another program.
    """

    name: str
    by_hand: Callable[[], Any]
    compiled: Callable[[], Any]
    eager: Callable[[], Any] | None

    def check(self) -> None:
        """Make sure that all ways give the same numbers.

        Raises:
            AssertionError: they do not.
        """
        wanted = flatten(self.by_hand())[0]
        for way in filter(None, (self.compiled, self.eager)):
            for x, y in zip(flatten(way())[0], wanted, strict=True):
                single = getattr(y, "dtype", None) == np.float32
                np.testing.assert_allclose(
                    x, y, rtol=1e-3 if single else 1e-10, atol=1e-5 if single else 1e-12
                )


def works() -> Iterator[Work]:
    """Everything that is measured."""
    for name, f, by_hand, point in (
        ("two inputs, 7 operations", tiny, tiny_by_hand, (-41.0, 2.0)),
        ("micrograd's README", small, small_by_hand, (-4.0, 2.0)),
    ):
        yield _work(name, value_and_grad(f, (0, 1)), by_hand, *point)
    rng = np.random.default_rng(0)
    layers = [(rng.uniform(-1, 1, (n, m)), np.zeros(n)) for m, n in ((2, 16), (16, 16), (16, 1))]
    points, sides = rng.normal(size=(100, 2)), np.where(rng.random(100) < 0.5, 1.0, -1.0)
    for backend in (None, "native"):
        step = compile(value_and_grad(hinge), batch=(1, 2), reduce="mean", backend=backend)
        with warnings.catch_warnings(action="ignore"):  # without a compiler it is NumPy twice
            step(layers, points, sides)
        yield Work(
            f"2-16-16-1 as scalars, 100 points, {'C' if backend else 'NumPy'} (by hand: matrices)",
            partial(hinge_by_hand, layers, points, sides),
            partial(step, layers, points, sides),
            None,
        )
    for sizes, examples, dtype in (
        ((2, 4, 2), 1, np.float64),
        ((2, 4, 2), 10, np.float64),
        ((2, 4, 2), 1000, np.float64),
        ((784, 100, 10), 128, np.float32),
    ):
        shapes = [(sizes[1], sizes[0]), (sizes[1],), (sizes[2], sizes[1]), (sizes[2],)]
        weights = [(0.3 * rng.normal(size=shape)).astype(dtype) for shape in shapes]
        x = rng.normal(size=(examples, sizes[0])).astype(dtype)
        y = rng.integers(0, sizes[2], examples)
        name = f"{'-'.join(map(str, sizes))}, batch {examples}, {np.dtype(dtype)}: a step of descent"
        yield _work(name, classifier_step, classifier_step_by_hand, weights, x, y)


def _work(name: str, f: Callable[..., Any], by_hand: Callable[..., Any], *args: Any) -> Work:
    return Work(name, partial(by_hand, *args), partial(compile(f), *args), partial(f, *args))


def tiny(a: Any, b: Any) -> Any:
    return (a + b - (a * b + b**3)) ** 2 / 2


def tiny_by_hand(a: float, b: float) -> Any:
    e = a + b - (a * b + b**3)
    return e * e / 2, (e * (1 - b), e * (1 - a - 3 * b * b))


def small(a: Any, b: Any) -> Any:
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + relu(b + a)
    d += 3 * d + relu(b - a)
    f = (c - d) ** 2
    return f / 2.0 + 10.0 / f


def small_by_hand(a: float, b: float) -> Any:
    s, t = b + a, b - a
    above, below = (1.0 if s > 0 else 0.0), (1.0 if t > 0 else 0.0)
    d = 3 * (a * b + b**3) + above * s
    e = 4 * s + 2 + 1 - a - (4 * d + below * t)
    f = e * e
    slope = (0.5 - 10.0 / (f * f)) * 2 * e
    by_d = -4 * slope
    by_a = slope * 3 + below * slope + by_d * (3 * b + above)
    by_b = slope * 4 - below * slope + by_d * (3 * (a + 3 * b * b) + above)
    return f / 2.0 + 10.0 / f, (by_a, by_b)


def hinge(layers: Any, x: Any, side: Any) -> Any:
    """Of one point: the max-margin loss and the L2 penalty of micrograd's moons demo."""
    for i, (weights, biases) in enumerate(layers, start=1):
        activation = None if i == len(layers) else "relu"
        x = [neuron(b, w, x, activation) for w, b in zip(weights, biases, strict=True)]
    penalty = sum(np.sum(w * w) + np.sum(b * b) for w, b in layers)
    return relu(1 - side * x[0]) + 1e-4 * penalty


def hinge_by_hand(layers: Any, points: Any, sides: Any) -> Any:
    (w1, b1), (w2, b2), (w3, b3) = layers
    z1 = points @ w1.T + b1
    h1 = np.maximum(z1, 0)
    z2 = h1 @ w2.T + b2
    h2 = np.maximum(z2, 0)
    margin = 1 - sides * (h2 @ w3.T + b3)[:, 0]
    penalty = sum((p * p).sum() for layer in layers for p in layer)
    g = (-sides / len(sides) * (margin > 0))[:, None]
    g2 = (g @ w3) * (z2 > 0)
    g1 = (g2 @ w2) * (z1 > 0)
    slopes = [(g1.T @ points, g1.sum(0)), (g2.T @ h1, g2.sum(0)), (g.T @ h2, g.sum(0))]
    return np.maximum(margin, 0).mean() + 1e-4 * penalty, [
        (dw + 2e-4 * w, db + 2e-4 * b) for (dw, db), (w, b) in zip(slopes, layers, strict=True)
    ]


def classifier_step(weights: Any, x: Any, y: Any) -> Any:
    def loss(weights: Any) -> Any:
        w1, b1, w2, b2 = weights
        return softmax_cross_entropy(np.tanh(x @ w1.T + b1) @ w2.T + b2, y)

    value, slopes = value_and_grad(loss)(weights)
    return value, [w - 0.1 * slope for w, slope in zip(weights, slopes, strict=True)]


def classifier_step_by_hand(weights: Any, x: Any, y: Any) -> Any:
    w1, b1, w2, b2 = weights
    examples = np.arange(len(x))
    h = np.tanh(x @ w1.T + b1)
    z = h @ w2.T + b2
    z -= z.max(1, keepdims=True)
    e = np.exp(z)
    total = e.sum(1, keepdims=True)
    value = (np.log(total[:, 0]) - z[examples, y]).mean()
    g = e / total
    g[examples, y] -= 1
    g /= len(x)
    gh = (g @ w2) * (1 - h * h)
    slopes = (gh.T @ x, gh.sum(0), g.T @ h, g.sum(0))
    return value, [w - 0.1 * slope for w, slope in zip(weights, slopes, strict=True)]
