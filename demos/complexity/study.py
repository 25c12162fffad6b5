"""The study: the gradient of a graph by every method, each row measured or predicted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from autograd import Cost, Node, Value, gradient, predict
from autograd.differentiation.methods import accuracy
from demos.complexity.problems import Layers, Problem
from nn.executing import completed

__all__ = ["METHODS", "Clock", "Row", "Variant", "by_method", "study", "study_all"]


@dataclass(frozen=True, slots=True)
class Variant:
    """A method of the engine, as the study applies and names it.

    Attributes:
        title: the full name; no row just says "naive".
        words: what it does, for a reader who does not know it.
        engine: the name of the method of `autograd.gradient`.
        by_layer: whether a chain is started per layer rather than per parameter.
        evaluates: whether it computes the result and all local derivatives once; otherwise it does forward
            passes only, or repeats them.
        bound: where the cost has no closed form, a method that has one and costs no less, nearly: the cost is
            counted over the graph if that one is within the budget.
    """

    title: str
    words: str
    engine: str
    by_layer: bool = False
    evaluates: bool = True
    bound: str = "backprop"

    @property
    def accuracy(self) -> str:
        """``"exact"`` but for rounding, ``"approximate"`` or ``"estimate"``."""
        return accuracy(self.engine)

    def wrt(self, layers: Layers) -> list[Any]:
        """The parameters in the form that `autograd.gradient` takes for this variant."""
        return layers if self.by_layer else [parameter for layer in layers for parameter in layer]


METHODS = {
    "backprop": Variant(
        "backprop",
        "one sweep back from the loss; every edge once",
        "backprop",
    ),
    "layer": Variant(
        "chain rule per layer",
        "the chain from the loss recomputed for every layer",
        "restart",
        by_layer=True,
    ),
    "restart": Variant(
        "chain rule per parameter",
        "the chain from the loss recomputed for every parameter",
        "restart",
    ),
    "forward": Variant(
        "forward mode",
        "one sweep of tangents for every parameter",
        "forward",
    ),
    "tree": Variant(
        "tree recursion",
        "recursion from the loss without memory of earlier results",
        "tree",
    ),
    "paths": Variant(
        "sum over paths",
        "the product along every path from a parameter to the loss",
        "paths",
    ),
    "finite_difference": Variant(
        "finite differences",
        "P + 1 forward passes; approximate",
        "finite_difference",
        evaluates=False,
    ),
    "central_difference": Variant(
        "central differences",
        "2 P forward passes; approximate",
        "central_difference",
        evaluates=False,
    ),
    "eliminate-reverse": Variant(
        "elimination in reverse",
        "every vertex dropped, its edges multiplied past it; from the loss back, which is backprop",
        "eliminate-reverse",
    ),
    "eliminate-forward": Variant(
        "elimination in order",
        "the same in the order of evaluation, which is forward mode",
        "eliminate-forward",
        bound="forward",
    ),
    "eliminate-markowitz": Variant(
        "elimination by Markowitz",
        "the same, the vertex with the fewest products next",
        "eliminate-markowitz",
        bound="forward",
    ),
    "checkpoint": Variant(
        "checkpointing",
        "backprop that keeps about √L states of L steps and computes the rest again",
        "checkpoint",
        by_layer=True,
        evaluates=False,
    ),
    "complex_step": Variant(
        "complex step",
        "P complex forward passes; approximate, without cancellation",
        "complex_step",
        evaluates=False,
    ),
    "forward_gradient": Variant(
        "forward gradient",
        "one sweep of tangents along a random direction; an estimate",
        "forward_gradient",
    ),
    "simultaneous_perturbation": Variant(
        "simultaneous perturbation",
        "2 forward passes, all parameters moved at random; an estimate",
        "simultaneous_perturbation",
        evaluates=False,
    ),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of one gradient, computed by straight-line code.

    Attributes:
        operations: of the method, as counted.
        lines: of the code, one per operation; fewer where an operation is on constants, or its result unused.
        simplified: the operations that remain after simplification.
        seconds: per gradient, by the code before simplification.
        over_backprop: `seconds` divided by backprop's on the same graph.
    """

    operations: int
    lines: int
    simplified: int
    seconds: float
    over_backprop: float

    @property
    def nanoseconds(self) -> float:
        """The time per operation."""
        return self.seconds * 1e9 / self.operations


@dataclass(frozen=True, slots=True)
class Row:
    """One gradient of one problem by one method.

    Attributes:
        problem: the graph.
        method: a key of `METHODS`.
        predicted: the cost by the closed form, or counted over the graph.
        cost: as measured; the prediction if the method was over the budget.
        measured: which of the two `cost` is.
        max_error: the greatest distance of a derivative from backprop's; None if not measured.
        clock: the time; None if the row was not timed.
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
        """The number that methods are compared by.

        All operations; for networks of Tensors the multiply-adds of matrix products, nearly all the work
        in wide layers.
        """
        return _work(self.problem, self.cost)

    @property
    def over_backprop(self) -> Decimal:
        """The work divided by backprop's on the same graph; may exceed any float."""
        return Decimal(self.work) / _work(self.problem, self.problem.form.costs["backprop"])

    @property
    def agrees(self) -> bool:
        """Whether the measurement was predicted exactly."""
        return self.cost._replace(stored=None) == self.predicted

    def record(self) -> dict[str, Any]:
        """The row as plain data, for JSON and CSV."""
        record = self._counts()
        if self.clock is not None:
            record |= {
                "lines": self.clock.lines,
                "simplified_lines": self.clock.simplified,
                "microseconds": self.clock.seconds * 1e6,
                "nanoseconds_per_operation": self.clock.nanoseconds,
                "time_over_backprop": self.clock.over_backprop,
            }
        if self.problem.batch is not None:
            record |= {
                "granularity": "matrix",
                "batch": self.problem.batch,
                "multiply_adds": self.cost.multiply_adds,
                "forward_multiply_adds": self.cost.forward_multiply_adds,
                "predicted_multiply_adds": self.predicted.multiply_adds,
                "predicted_forward_multiply_adds": self.predicted.forward_multiply_adds,
            }
        return record

    def _counts(self) -> dict[str, Any]:
        shape, cost = self.problem.form.shape, self.cost
        return {
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


def _work(problem: Problem, cost: Cost) -> int:
    return cost.total if problem.batch is None else cost.multiply_adds + cost.forward_multiply_adds


def study(problem: Problem, methods: Sequence[str], budget: int) -> Iterator[Row]:
    """Yield one row per method: measured if the predicted total is within the budget, otherwise predicted.

    The graph is recorded once, and only if a method runs. A method without a closed form is left out where
    its cost is not counted over the graph: on whole arrays, and if its `bound` is over the budget.
    """
    return (row for _, row in study_all([problem], methods, budget))


def study_all(
    problems: Sequence[Problem],
    methods: Sequence[str],
    budget: int,
    *,
    executor: Executor | None = None,
    tell_loss: Callable[[str], None] | None = None,
) -> Iterator[tuple[int, Row]]:
    """The rows of `study` for several problems, each with its index, as they are finished.

    Args:
        problems: the graphs.
        methods: keys of `METHODS`.
        budget: methods with more operations are not run.
        executor: runs several methods at once: see `nn.grid_search`. Each process records its own graphs.
        tell_loss: called with a sentence about a row whose worker died, which is left out; by default it
            is a RuntimeWarning.
    """
    items = [(problem, name, budget) for problem in problems for name in methods]
    names = [f"{problem.title}: {METHODS[name].title}" for problem, name, _ in items]
    try:
        for place, row in completed(_row, items, names, executor=executor, tell_loss=tell_loss):
            if row is not None:
                yield place, replace(row, problem=items[place][0])
    finally:
        _latest.__dict__.clear()


def _row(problem: Problem, name: str, budget: int) -> Row | None:
    recorded = _recorded(problem)
    predicted = _predicted(recorded, METHODS[name], name, budget)
    if predicted is None:
        return None
    if predicted.total > budget:
        return Row(problem, name, predicted, predicted, measured=False, max_error=None)
    result = gradient(recorded.root, METHODS[name].wrt(recorded.layers), METHODS[name].engine, budget=None)
    pairs = zip(result.values, recorded.slopes, strict=True)
    error = max(float(np.max(abs(a - b))) for a, b in pairs)
    return Row(problem, name, predicted, result.cost, measured=True, max_error=error)


# One graph for each thread, since `backward` writes to it.
_latest = threading.local()


def _recorded(problem: Problem) -> _Recorded:
    """The graph of a problem; the methods of one problem in a row share it."""
    if getattr(_latest, "problem", None) is not problem:
        _latest.problem, _latest.recorded = problem, _Recorded(problem)
    found: _Recorded = _latest.recorded
    return found


class _Recorded:
    """The graph of a problem, recorded when first asked for, and its gradient by backprop."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    @cached_property
    def _found(self) -> tuple[Node, Layers]:
        return self.problem.record()

    @property
    def root(self) -> Node:
        return self._found[0]

    @property
    def layers(self) -> Layers:
        return self._found[1]

    @cached_property
    def slopes(self) -> list[Any]:
        self.root.backward()
        return [parameter.grad for layer in self.layers for parameter in layer]


def _predicted(recorded: _Recorded, variant: Variant, name: str, budget: int) -> Cost | None:
    costs = recorded.problem.form.costs
    if name in costs:
        return costs[name]
    if costs[variant.bound].total > budget or not isinstance(recorded.root, Value):
        return None
    return predict(recorded.root, variant.wrt(recorded.layers), variant.engine)


def by_method(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows grouped by method, each group sorted by depth."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.problem.layers):
        found.setdefault(row.method, []).append(row)
    return {method: found[method] for method in METHODS if method in found}
