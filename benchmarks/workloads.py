"""The workloads: problems made from a seed that every system gets, and solutions written by hand.

Only NumPy is imported, so that this module runs in the environment of every rival.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise
from math import inf
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DESCENTS",
    "FORMULAS",
    "PENALTY",
    "RATE",
    "WORKLOADS",
    "Classifier",
    "Digits",
    "Formula",
    "Job",
    "Language",
    "Moons",
    "Ways",
    "Workload",
    "classifier",
    "classifier_by_hand",
    "language",
    "moons",
    "moons_by_hand",
    "numbers",
    "without_collector",
]

Array = NDArray[Any]
Layers = list[tuple[Array, Array]]
# Does a workload once. It returns its numbers, or a function that fetches them, which is not timed.
Job = Callable[[], Any]
# By name of the workload, then by name of the way: functions from the problem to a job.
Ways = dict[str, dict[str, Callable[[Any], Job]]]


class Workload(NamedTuple):
    """A computation that systems are compared on.

    Attributes:
        title: what is computed.
        problem: makes the input.
        tolerance: the largest accepted difference from our numbers, relative to them or to 1 if that is more.
    """

    title: str
    problem: Callable[[], Any]
    tolerance: float = 1e-9


def numbers(result: Any) -> Array:
    """All numbers that a job returned, in order."""
    if callable(result):
        return numbers(result())
    if isinstance(result, (list, tuple)):
        return np.concatenate([np.empty(0), *map(numbers, result)])
    return np.asarray(result, np.float64).ravel()


def without_collector(step: Job) -> Job:
    """Pause the cyclic garbage collector while a job runs."""

    def run() -> Any:
        gc.disable()
        result = step()
        gc.enable()
        return result

    return run


# ---- formulas of two numbers


class Formula(NamedTuple):
    """The value and the gradient of a function at a point.

    Attributes:
        function: takes two numbers and the ReLU for numbers of their kind.
        by_hand: returns the value and both derivatives, in plain Python.
        point: where both are evaluated.
    """

    function: Callable[[Any, Any, Any], Any]
    by_hand: Callable[[Any, Any], Any]
    point: tuple[float, float]


def tiny(a: Any, b: Any, relu: Any) -> Any:
    """The first example of K. Burlachenko and P. Richtárik, "BurTorch", 2025."""
    return (a + b - (a * b + b**3)) ** 2 / 2


def tiny_by_hand(a: float, b: float) -> Any:
    e = a + b - (a * b + b**3)
    return e * e / 2, (e * (1 - b), e * (1 - a - 3 * b * b))


def small(a: Any, b: Any, relu: Any) -> Any:
    """The expression in micrograd's README."""
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + relu(b + a)
    d = d + 3 * d + relu(b - a)
    e = c - d
    f = e**2
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


# ---- micrograd's moons


class Moons(NamedTuple):
    """The loss of micrograd's moons demo, and its gradient: a 2-16-16-1 ReLU network, max-margin and L2.

    Attributes:
        layers: the weights, of shape (neurons, inputs), and biases of each layer.
        points: (100, 2), on two half circles.
        sides: (100,), 1 or -1.
    """

    layers: Layers
    points: Array
    sides: Array


PENALTY = 1e-4


def moons(sizes: tuple[int, ...] = (2, 16, 16, 1), examples: int = 100) -> Moons:
    rng = np.random.default_rng(1337)
    layers = [(rng.uniform(-1, 1, (n, m)), np.zeros(n)) for m, n in pairwise(sizes)]
    angles = np.pi * rng.random(examples)
    sides = np.where(np.arange(examples) % 2, -1.0, 1.0)
    points = np.stack([np.cos(angles), np.sin(angles)], 1)
    points[1::2] = [1, 0.5] - points[1::2]
    return Moons(layers, points + 0.1 * rng.normal(size=points.shape), sides)


def moons_by_hand(layers: Layers, points: Array, sides: Array) -> Any:
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
    return np.maximum(margin, 0).mean() + PENALTY * penalty, [
        (dw + 2 * PENALTY * w, db + 2 * PENALTY * b) for (dw, db), (w, b) in zip(slopes, layers, strict=True)
    ]


# ---- a GPT in scalars


class Language(NamedTuple):
    """The loss of a character-level GPT on one document, and its gradient.

    Attributes:
        weights: by name, of shape (outputs, inputs).
        tokens: the document, with its start and end.
        heads: of the attention.
    """

    weights: dict[str, Array]
    tokens: list[int]
    heads: int


def language(
    vocabulary: int = 27, block: int = 16, width: int = 16, heads: int = 4, name: str = "sophia"
) -> Language:
    """A name of lower-case letters; the last token of the vocabulary stands for its start and end."""
    rng = np.random.default_rng(0)
    shapes = {
        "token": (vocabulary, width),
        "position": (block, width),
        **dict.fromkeys(("query", "key", "value", "output"), (width, width)),
        "up": (4 * width, width),
        "down": (width, 4 * width),
        "head": (vocabulary, width),
    }
    weights = {matrix: 0.2 * rng.normal(size=shape) for matrix, shape in shapes.items()}
    end = vocabulary - 1
    return Language(weights, [end, *((ord(c) - ord("a")) % end for c in name), end], heads)


# ---- descent steps


class Classifier(NamedTuple):
    """A descent step of a network with one hidden layer of tanh, on softmax cross-entropy.

    Attributes:
        weights: W1, b1, W2, b2; weights have shape (neurons, inputs).
        inputs: (examples, inputs).
        labels: (examples,), integers.
    """

    weights: list[Array]
    inputs: Array
    labels: Array

    def descend(
        self, step: Callable[[Any, Any, Any], Any], finish: Callable[[Any], Any] = lambda x: x
    ) -> Job:
        """A job that runs ``step(weights, inputs, labels)`` and continues from the weights it returned.

        Args:
            step: returns the loss and new weights.
            finish: takes the result and returns it once it is computed.
        """
        weights: Any = self.weights

        def run() -> Any:
            nonlocal weights
            result = finish(step(weights, self.inputs, self.labels))
            weights = result[1]
            return result

        return run


RATE = 0.1


def classifier(sizes: tuple[int, int, int], examples: int, dtype: Any = np.float64) -> Classifier:
    rng = np.random.default_rng(0)
    shapes = [(sizes[1], sizes[0]), (sizes[1],), (sizes[2], sizes[1]), (sizes[2],)]
    weights = [(0.3 * rng.normal(size=shape)).astype(dtype) for shape in shapes]
    inputs = rng.normal(size=(examples, sizes[0])).astype(dtype)
    return Classifier(weights, inputs, rng.integers(0, sizes[2], examples))


def classifier_by_hand(weights: Any, x: Any, y: Any) -> Any:
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
    return value, [w - RATE * slope for w, slope in zip(weights, slopes, strict=True)]


# ---- a whole training run


class Digits(NamedTuple):
    """Training of a 64-64-10 ReLU network by Adam until it reaches an accuracy on the test digits.

    The digits come with scikit-learn: 8 × 8 pixels, four fifths for training.

    Attributes:
        inputs, labels: shapes (examples, 64), from 0 to 1, and (examples,).
        test_inputs, test_labels: likewise.
        sizes, rate, batch: layer sizes, learning rate and batch size.
        goal: the test accuracy at which training ends.
        limit: the most epochs.
    """

    inputs: Array
    labels: Array
    test_inputs: Array
    test_labels: Array

    sizes: tuple[int, ...] = (64, 64, 10)
    rate: float = 1e-3
    batch: int = 32
    goal: float = 0.97
    limit: int = 200

    def run(self, accuracies: Iterable[float]) -> bool:
        """Train until the goal is reached.

        Args:
            accuracies: the test accuracy after each epoch; taking the next one trains an epoch.

        Raises:
            RuntimeError: the goal is not reached within the limit.
        """
        for accuracy, _ in zip(accuracies, range(self.limit), strict=False):
            if accuracy >= self.goal:
                return True
        raise RuntimeError(f"its test accuracy was below {self.goal:.0%} after {self.limit} epochs")


def digits() -> Digits:
    # Defers the load of scikit-learn to the workload that needs its data.
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    train, test = np.split(order, [len(order) * 4 // 5])
    return Digits(images[train] / 16, labels[train], images[test] / 16, labels[test])


FORMULAS = ("tiny", "small")
DESCENTS = ("practical-1", "practical-10", "practical-1000", "wide")
WORKLOADS = {
    "tiny": Workload(
        "(a+b-(a·b+b³))²/2, value and gradient", lambda: Formula(tiny, tiny_by_hand, (-41.0, 2.0))
    ),
    "small": Workload(
        "micrograd's README, value and gradient", lambda: Formula(small, small_by_hand, (-4.0, 2.0))
    ),
    "moons": Workload("micrograd's moons, 2-16-16-1, 100 points: loss and gradient", moons),
    "gpt": Workload("a GPT in scalars, 4,192 parameters, 7 tokens: loss and gradient", language),
    **{
        f"practical-{n}": Workload(f"2-4-2, batch {n}: a descent step", partial(classifier, (2, 4, 2), n))
        for n in (1, 10, 1000)
    },
    "wide": Workload(
        "784-100-10, batch 128, float32: a descent step",
        partial(classifier, (784, 100, 10), 128, np.float32),
        tolerance=1e-5,
    ),
    "counted": Workload("counted gradients of a chain of 10,000 tanh", lambda: 10_000, tolerance=1e-6),
    "complexity": Workload("the study of demos.complexity, with no options", tuple),
    "picture": Workload("a picture of the moons' graph, 100,168 nodes", partial(moons, examples=153)),
    "digits": Workload("digits, 64-64-10, Adam, from scratch to 97% on the test set", digits, tolerance=inf),
}
