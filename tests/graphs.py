"""Shared graphs: random programs, chains and ladders, and perceptrons built by hand."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import add
from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd import Graph, Tensor, Value, apply, neuron, softmax_cross_entropy, values
from autograd.rules import scalars as p
from tests.programs import OPERATIONS, Program, inputs_of

# ---- random programs: see tests/programs.py

ALL = tuple(OPERATIONS)
EXACT = ("add", "sub", "mul", "neg", "shift", "scale", "square", "cube", "sum")
CHEAP = ("add", "sub", "mul", "square", "sin", "tanh")

floats = st.floats(-1, 1, allow_subnormal=False).map(lambda x: round(x, 3))
fractions = st.fractions(-2, 2, max_denominator=7)


@st.composite
def programs(
    draw: st.DrawFn,
    operations: Sequence[str] = ALL,
    numbers: st.SearchStrategy[Any] = floats,
    max_steps: int = 10,
    max_paths: int = 1000,
) -> Program:
    """A program with results within ±100 and few enough paths to walk each of them."""
    leaves = draw(st.lists(numbers, min_size=1, max_size=4))
    steps: list[tuple[str, tuple[int, ...]]] = []
    for _ in range(draw(st.integers(0, max_steps))):
        text = draw(st.sampled_from(OPERATIONS[draw(st.sampled_from(operations))]))
        arity = inputs_of(text)
        latest = len(leaves) + len(steps) - 1
        # Counting back from the latest result makes deep graphs likely.
        back = draw(st.lists(st.integers(0, latest), min_size=arity, max_size=arity))
        longer = (*steps, (text, tuple(latest - i for i in back)))
        root, values, results = Program(tuple(leaves), longer).record()
        graph = Graph(root)
        tame = all(math.isfinite(r.data) and abs(r.data) <= 100 for r in results)
        if tame and sum(map(graph.count_paths, values)) <= max_paths:
            steps = list(longer)
    return Program(tuple(leaves), tuple(steps))


def enumerate_paths(graph: Graph, source: int) -> list[list[int]]:
    """Every path from a node to the root, each as the indices of its nodes."""
    users: list[list[int]] = [[] for _ in graph.nodes]
    for i, j in graph.edges:
        users[i].append(j)
    finished, open_ = [], [[source]]
    while open_:
        path = open_.pop()
        if path[-1] == len(graph) - 1:
            finished.append(path)
        open_.extend([*path, user] for user in users[path[-1]])
    return finished


def random_graph(seed: int, steps: int = 8) -> tuple[Value, list[Value]]:
    """A small graph with shared values, repeated inputs and constants; its result and its leaves."""
    rng = random.Random(seed)
    leaves = [Value(rng.uniform(0.5, 1.5), name=f"x{i}") for i in range(3)]
    results = list(leaves)
    for _ in range(steps):
        a, b = rng.choice(results), rng.choice(results)
        results.append(rng.choice([lambda a, b: a * b, lambda a, b: a + b, lambda a, _: a * 2.0])(a, b))
    return sum(results[3:], start=results[-1]), leaves


# ---- chains and ladders: one step, applied again and again


def repeated(step: Callable[[Value], Value], length: int, at: float = 0.5) -> tuple[Value, Value]:
    """``x ← step(x)``, ``length`` times; the result and the leaf it starts from."""
    x = leaf = Value(at, name="x")
    for _ in range(length):
        x = step(x)
    return x, leaf


def ladder(length: int, at: float = 1.01) -> tuple[Value, Value]:
    """``x ← x·x``, which doubles the paths at every step; the result and the leaf."""
    return repeated(lambda x: x * x, length, at)


def chain(length: int) -> Value:
    """``x ← x + 1``: a deep graph without branches."""
    return repeated(lambda x: x + 1.0, length, at=1.0)[0]


def weighted_chain(length: int) -> tuple[Value, list[Value]]:
    """``x ← tanh(w·x)`` with a new weight at every step; the result and the weights."""
    x: Any = 0.75
    weights = [Value(0.5 + 0.1 * k) for k in range(length)]
    for w in weights:
        x = (w * x).tanh()
    return x, weights


# ---- one path, and paths that meet


def straight(at: float = 0.7) -> tuple[Value, Value, float]:
    """``tanh(sin(x²))``, where one path leads to x; the result, the leaf and the derivative."""
    x = Value(at)
    slope = (1 - math.tanh(math.sin(at**2)) ** 2) * math.cos(at**2) * 2 * at
    return x.square().sin().tanh(), x, slope


def diamond(at: float = 0.7) -> tuple[Value, Value, float]:
    """``sin(h) + h·h`` with ``h = x²``: three paths meet in h. The result, the leaf and the derivative."""
    x = Value(at)
    h = x.square()
    return h.sin() + h * h, x, (math.cos(at**2) + 2 * at**2) * 2 * at


# ---- perceptrons, from autograd alone


@dataclass(frozen=True)
class Network:
    """A perceptron with tanh in its hidden layers and a linear last layer.

    It records node for node what `nn.MLP` records at the same granularity; a test of nn compares the two.

    Attributes:
        layers: a weight (n_out, n_in) and a bias (n_out,) for each layer: Tensors at granularity
            ``"matrix"``, arrays of Values otherwise.
        granularity: ``"scalar"`` records every product and sum, ``"neuron"`` one node a neuron, and
            ``"matrix"`` a few nodes a layer.
    """

    layers: list[tuple[Any, Any]]
    granularity: str = "scalar"

    def __call__(self, x: Any) -> Any:
        """The outputs ``(n_out,)`` for one example ``(n_in,)``; at ``"matrix"`` also for a batch of them."""
        x = np.asarray(x)
        *hidden, last = self.layers
        for layer in hidden:
            x = self._layer(*layer, x, "tanh")
        return self._layer(*last, x)

    def _layer(self, weight: Any, bias: Any, x: Any, activation: str | None = None) -> Any:
        if self.granularity == "neuron":
            return np.array([neuron(b, w, x, activation) for w, b in zip(weight, bias, strict=True)])
        if self.granularity == "matrix":
            total = x @ weight.T + bias
        else:
            total = reduce(add, (weight[:, j] * x[j] for j in range(len(x))), bias)
        return np.tanh(total) if activation else total

    def by_layer(self) -> list[list[Any]]:
        """The parameters of each layer: its weights, neuron by neuron, then its biases."""
        if self.granularity == "matrix":
            return [list(layer) for layer in self.layers]
        return [[*weight.flat, *bias.flat] for weight, bias in self.layers]

    def parameters(self) -> list[Any]:
        return [parameter for layer in self.by_layer() for parameter in layer]


def mlp(sizes: Sequence[int], granularity: str = "scalar", seed: int = 0) -> Network:
    """A perceptron with the weights that `nn.MLP` draws from this seed, and biases of 0."""
    rng = np.random.default_rng(seed)
    make: Callable[[Any, str], Any] = Tensor if granularity == "matrix" else values
    layers = []
    for i, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        bound = math.sqrt(6 / (n_in + n_out))
        weight = make(rng.uniform(-bound, bound, (n_out, n_in)), name=f"W{i}")
        layers.append((weight, make(np.zeros(n_out), name=f"b{i}")))
    return Network(layers, granularity)


def squared_error(outputs: Any, targets: Any) -> Any:
    """``Σ (output - target)²`` for one example, averaged over a batch."""
    losses = np.sum(apply(p.square, outputs - np.asarray(targets)), axis=-1)
    return np.sum(losses) * (1 / losses.size) if np.shape(losses) else losses


def perceptron(dtype: Any = None) -> tuple[Tensor, list[Tensor]]:
    """Two layers of tensors on five examples; the loss and the parameters."""
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(5, 2)).astype(dtype)
    W1, W2 = (
        Tensor(rng.normal(size=shape), name=name, dtype=dtype)
        for name, shape in (("W1", (4, 2)), ("W2", (2, 4)))
    )
    b1, b2 = (Tensor(np.zeros(n), name=name, dtype=dtype) for name, n in (("b1", 4), ("b2", 2)))
    hidden = np.tanh(inputs @ W1.T + b1)
    loss = softmax_cross_entropy(hidden @ W2.T + b2, np.array([0, 1, 0, 1, 1]))
    loss.name = "loss"
    return loss, [W1, b1, W2, b2]
