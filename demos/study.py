"""The study: the gradient of one graph by every method, each row measured or predicted."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from autograd import Cost, Node, Value, gradient, softmax_cross_entropy
from autograd.costs.closed_forms import (
    ClosedForm,
    chain,
    chain_with_parameters,
    ladder_residual,
    ladder_square,
)
from autograd.costs.perceptrons import matrix_mlp, mlp
from demos.iris import flowers
from nn import MLP, one_hot, squared_error

__all__ = ["GRAPHS", "METHODS", "Clock", "Layers", "Method", "Problem", "Row", "by_method", "study"]

Layers = list[list[Any]]

# A title names this many sizes; of more it names the first two and the last two.
_SPELT_OUT = 6


@dataclass(frozen=True, slots=True)
class Method:
    """A way of differentiating, as the study names it.

    Attributes:
        title: its name in full, so that no row just says "naive".
        words: what it does, for a reader who has not met it.
        engine: the name of the method of `autograd.gradient`.
        by_layer: whether the parameters are asked for layer by layer.
        is_exact: whether it is exact but for rounding; else it is forward passes and nothing more.
    """

    title: str
    words: str
    engine: str
    by_layer: bool = False
    is_exact: bool = True


METHODS = {
    "backprop": Method(
        "backprop",
        "one sweep from the loss back; every edge once",
        "backprop",
    ),
    "layer": Method(
        "chain rule per layer",
        "the chain from the loss worked out afresh for every layer",
        "restart",
        by_layer=True,
    ),
    "restart": Method(
        "chain rule per parameter",
        "the chain from the loss worked out afresh for every parameter",
        "restart",
    ),
    "forward": Method(
        "forward mode",
        "one sweep of tangents for every parameter",
        "forward",
    ),
    "tree": Method(
        "tree recursion",
        "recursion from the loss that forgets what it has computed",
        "tree",
    ),
    "paths": Method(
        "sum over paths",
        "every path from a parameter to the loss multiplied out",
        "paths",
    ),
    "finite_difference": Method(
        "finite differences",
        "P + 1 forward passes; approximate",
        "finite_difference",
        is_exact=False,
    ),
    "central_difference": Method(
        "central differences",
        "2 P forward passes; approximate",
        "central_difference",
        is_exact=False,
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One graph to differentiate: its sizes, and how to record it.

    Attributes:
        graph: the family: ``mlp`` or a key of `GRAPHS`.
        sizes: of an MLP ``n_0 … n_L``; of a chain or ladder its length.
        loss: ``ce`` or ``se`` for an MLP, else None.
        form: the closed forms for these sizes.
        record: computes the result, and gives it with its parameters layer by layer.
        batch: of an MLP of Tensors, how many examples it takes at once; else None.
    """

    graph: str
    sizes: tuple[int, ...]
    loss: str | None
    form: ClosedForm
    record: Callable[[], tuple[Any, Layers]]
    batch: int | None = None

    @property
    def layers(self) -> int:
        """How deep it is: the layers of an MLP, the steps of a chain or ladder."""
        return len(self.sizes) - 1 if self.graph == "mlp" else self.sizes[0]

    @property
    def title(self) -> str:
        """What a table calls it: ``4-4-3``, or ``4-4-…-4-3`` where it is long; ``chain 8``."""
        if self.graph != "mlp":
            return f"{self.graph} {self.sizes[0]}"
        names = [str(n) for n in self.sizes]
        return "-".join(names if len(names) <= _SPELT_OUT else [*names[:2], "…", *names[-2:]])

    @classmethod
    def perceptron(cls, sizes: Sequence[int], loss: str, granularity: str, seed: int) -> Problem:
        """An MLP on an iris flower, both drawn by the seed; its true class is the species, modulo n_L."""

        def record() -> tuple[Value, Layers]:
            flower = random.Random(seed).choice(flowers())
            network = MLP(sizes, seed=seed, granularity=granularity)
            layers = [layer.parameters() for layer in network.layers]
            outputs = network(flower.inputs(sizes[0]))
            target = flower.species % sizes[-1]
            if loss == "ce":
                return softmax_cross_entropy(outputs, target), layers
            return squared_error(outputs, [float(i == target) for i in range(sizes[-1])]), layers

        return cls("mlp", tuple(sizes), loss, mlp(sizes, loss, granularity), record)

    @classmethod
    def matrices(cls, sizes: Sequence[int], loss: str, batch: int, seed: int) -> Problem:
        """An MLP of Tensors on a batch of different iris flowers, at most 150, all drawn by the seed."""

        def record() -> tuple[Node, Layers]:
            garden = random.Random(seed).sample(flowers(), batch)
            network = MLP(sizes, seed=seed)
            layers = [layer.parameters() for layer in network.layers]
            outputs = network([[x.data for x in flower.inputs(sizes[0])] for flower in garden])
            targets = np.array([flower.species % sizes[-1] for flower in garden])
            if loss == "ce":
                return softmax_cross_entropy(outputs, targets), layers
            return squared_error(outputs, one_hot(targets, sizes[-1])), layers

        return cls("mlp", tuple(sizes), loss, matrix_mlp(sizes, batch, loss), record, batch)

    @classmethod
    def recurrence(cls, graph: str, length: int, seed: int) -> Problem:
        """A chain or ladder of a given length, its numbers drawn by the seed."""
        form, record = GRAPHS[graph]
        return cls(graph, (length,), None, form(length), lambda: record(length, random.Random(seed)))


def _chain(length: int, rng: random.Random) -> tuple[Value, Layers]:
    return _steps(length, rng, lambda x: x.tanh())


def _ladder_square(length: int, rng: random.Random) -> tuple[Value, Layers]:
    return _steps(length, rng, lambda x: x * x)


def _ladder_residual(length: int, rng: random.Random) -> tuple[Value, Layers]:
    return _steps(length, rng, lambda x: x + x.tanh())


def _steps(length: int, rng: random.Random, step: Callable[[Any], Any]) -> tuple[Value, Layers]:
    start = x = Value(rng.uniform(0.5, 1.0), name="x0")
    for _ in range(length):
        x = step(x)
    return x, [[start]]


def _chain_with_parameters(length: int, rng: random.Random) -> tuple[Value, Layers]:
    weights = [Value(rng.uniform(0.5, 1.5), name=f"w{k}") for k in range(1, length + 1)]
    x: Any = rng.uniform(0.5, 1.0)
    for weight in weights:
        x = (weight * x).tanh()
    return x, [[weight] for weight in weights]


# The families beside the MLP: what they cost, and how they are recorded.
GRAPHS: dict[
    str, tuple[Callable[[int], ClosedForm], Callable[[int, random.Random], tuple[Value, Layers]]]
] = {
    "chain": (chain, _chain),
    "chain-params": (chain_with_parameters, _chain_with_parameters),
    "ladder-square": (ladder_square, _ladder_square),
    "ladder-residual": (ladder_residual, _ladder_residual),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """How long a method takes as straight-line code.

    Attributes:
        operations: of the method, as they are counted.
        lines: of the code, one for each operation.
        simplified: how many of them the simplifier leaves.
        seconds: that one gradient takes, by the code as it is.
        over_backprop: the same over the time of backprop.
    """

    operations: int
    lines: int
    simplified: int
    seconds: float
    over_backprop: float

    @property
    def nanoseconds(self) -> float:
        """The time of one operation."""
        return self.seconds * 1e9 / self.operations


@dataclass(frozen=True, slots=True)
class Row:
    """One gradient of one problem by one method.

    Attributes:
        problem: what was differentiated.
        method: a key of `METHODS`.
        predicted: what the closed form says.
        cost: what was measured; where the method was over the budget, the prediction.
        measured: which of the two.
        max_error: the greatest distance of a derivative from backprop's; None if not measured.
        clock: what the clock said; None if it was not asked, or the code would have been too long.
    """

    problem: Problem
    method: str
    predicted: Cost
    cost: Cost
    measured: bool
    max_error: float | None
    clock: Clock | None = None

    @property
    def work(self) -> int:
        """What methods are compared by: all operations; of networks of Tensors, the multiply-adds of
        matrix products, which in wide layers are nearly all of them.
        """
        return _work(self.problem, self.cost)

    @property
    def over_backprop(self) -> Decimal:
        """The work over that of backprop on the same graph; it may be greater than any float."""
        return Decimal(self.work) / _work(self.problem, self.problem.form.costs["backprop"])

    @property
    def agrees(self) -> bool:
        """Whether the closed form gave what was measured."""
        return self.cost._replace(stored=None) == self.predicted

    def record(self) -> dict[str, Any]:
        """The row as plain data, for JSON and CSV."""
        shape, cost = self.problem.form.shape, self.cost
        record = {
            "graph": self.problem.graph,
            "sizes": list(self.problem.sizes),
            "loss": self.problem.loss,
            "method": self.method,
            "parameters": shape.parameters,
            "vertices": shape.vertices,
            "edges": shape.edges,
            "paths": shape.paths,
            "multiplications": cost.multiplications,
            "additions": cost.additions,
            "partials": cost.partials,
            "forward": cost.forward,
            "total": cost.total,
            "measured": self.measured,
            "predicted_multiplications": self.predicted.multiplications,
            "predicted_additions": self.predicted.additions,
            "max_error": self.max_error,
        }
        if self.clock is not None:
            record |= {
                "lines": self.clock.lines,
                "simplified_lines": self.clock.simplified,
                "microseconds": self.clock.seconds * 1e6,
                "nanoseconds_per_operation": self.clock.nanoseconds,
                "time_over_backprop": self.clock.over_backprop,
            }
        if self.problem.batch is None:
            return record
        return record | {
            "granularity": "matrix",
            "batch": self.problem.batch,
            "multiply_adds": cost.multiply_adds,
            "forward_multiply_adds": cost.forward_multiply_adds,
            "predicted_multiply_adds": self.predicted.multiply_adds,
            "predicted_forward_multiply_adds": self.predicted.forward_multiply_adds,
        }


def _work(problem: Problem, cost: Cost) -> int:
    return cost.total if problem.batch is None else cost.multiply_adds + cost.forward_multiply_adds


def study(problem: Problem, methods: Sequence[str], budget: int) -> Iterator[Row]:
    """One row per method: run where the predicted total fits the budget, predicted where it does not.

    The graph is recorded once, and only if something is run on it.
    """
    root: Node | None = None
    layers: Layers = []
    reference: list[Any] = []
    for name in methods:
        predicted = problem.form.costs[name]
        if predicted.total > budget:
            yield Row(problem, name, predicted, predicted, measured=False, max_error=None)
            continue
        if root is None:
            root, layers = problem.record()
            root.backward()
            reference = [parameter.grad for layer in layers for parameter in layer]
        method = METHODS[name]
        wrt: Any = layers if method.by_layer else [parameter for layer in layers for parameter in layer]
        result = gradient(root, wrt, method.engine, budget=None)
        error = max(float(np.max(abs(a - b))) for a, b in zip(result.values, reference, strict=True))
        yield Row(problem, name, predicted, result.cost, measured=True, max_error=error)


def by_method(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows by method, from the shallowest to the deepest."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.problem.layers):
        found.setdefault(row.method, []).append(row)
    return {method: found[method] for method in METHODS if method in found}
