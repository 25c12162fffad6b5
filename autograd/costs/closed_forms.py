"""Closed forms: the cost of a gradient as a function of sizes, without building a graph.

They are exact integers of any size, so a path sum of ``n^L`` terms is priced in microseconds. They hold for
regular graphs: chains and ladders here, multilayer perceptrons in `perceptrons` and `matrix_perceptrons`.

The path sum multiplies out every path (Bauer, "Computational graphs and rounding error", 1974), so its cost
is a sum of path lengths. Every other method walks edges, so its cost is a sum of edges, and each vertex
reached takes one addition less than the edges that reach it (Griewank and Walther, *Evaluating Derivatives*,
2nd ed., 2008, on vertex and edge counts).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from autograd.costs.cost import Cost
from autograd.differentiation.methods.checkpoint import schedule_of

__all__ = [
    "TANH_PARTIAL",
    "ClosedForm",
    "Shape",
    "chain",
    "chain_with_parameters",
    "costs_by_method",
    "ladder_residual",
    "ladder_square",
    "recomputed",
]

# tanh has the derivative 1 - out·out: a multiplication and a subtraction.
TANH_PARTIAL = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of the active part of a graph: what depends on a parameter and reaches the result.

    Attributes:
        parameters: the values to differentiate by.
        vertices: the parameters and everything computed from them.
        edges: one for every use of a vertex, repeats included.
        paths: from all parameters to the result: the terms of the path sum.
    """

    parameters: int
    vertices: int
    edges: int
    paths: int


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """The size of a graph and the predicted cost of its gradient by every method.

    Attributes:
        shape: the size of the graph.
        costs: by the name of the method; ``layer`` is ``restart`` with one group per layer.
    """

    shape: Shape
    costs: dict[str, Cost]


def chain(length: int) -> ClosedForm:
    """``x_k = tanh(x_{k-1})``, by x_0: there is one path.

    Raises:
        ValueError: the length is below 1.
    """
    walk = (_at_least_one(length), 0)
    return ClosedForm(
        Shape(1, length + 1, length, 1),
        costs_by_method(
            1,
            length,
            TANH_PARTIAL * length,
            backprop=walk,
            layer=walk,
            alone=walk,
            tree=walk,
            paths=walk,
        ),
    )


def chain_with_parameters(length: int) -> ClosedForm:
    """``x_k = tanh(w_k · x_{k-1})``, by every w_k: deep, but nothing branches; x_0 is a constant.

    Raises:
        ValueError: the length is below 1.
    """
    once = (3 * _at_least_one(length) - 1, 0)
    again = (length * (length + 1), 0)
    return ClosedForm(
        Shape(length, 3 * length, 3 * length - 1, length),
        costs_by_method(
            length,
            2 * length,
            TANH_PARTIAL * length,
            backprop=once,
            layer=again,
            alone=again,
            tree=once,
            paths=again,
        ),
    )


def ladder_square(length: int) -> ClosedForm:
    """``x_k = x_{k-1} · x_{k-1}``, by x_0: every step doubles the paths.

    Raises:
        ValueError: the length is below 1.
    """
    paths = 2 ** _at_least_one(length)
    merged = (2 * length, length)
    return ClosedForm(
        Shape(1, length + 1, 2 * length, paths),
        costs_by_method(
            1,
            length,
            0,
            backprop=merged,
            layer=merged,
            alone=merged,
            tree=(2 * paths - 2, paths - 1),
            paths=(length * paths, paths - 1),
        ),
    )


def ladder_residual(length: int) -> ClosedForm:
    """``x_k = x_{k-1} + tanh(x_{k-1})``, by x_0: every step doubles the paths.

    Raises:
        ValueError: the length is below 1.
    """
    paths = 2 ** _at_least_one(length)
    merged = (3 * length, length)
    return ClosedForm(
        Shape(1, 2 * length + 1, 3 * length, paths),
        costs_by_method(
            1,
            2 * length,
            TANH_PARTIAL * length,
            backprop=merged,
            layer=merged,
            alone=merged,
            tree=(3 * (paths - 1), paths - 1),
            paths=(3 * length * paths // 2, paths - 1),
        ),
    )


def costs_by_method(
    parameters: int,
    forward: int,
    partials: int,
    *,
    backprop: tuple[int, int],
    layer: tuple[int, int],
    alone: tuple[int, int],
    tree: tuple[int, int],
    paths: tuple[int, int],
) -> dict[str, Cost]:
    """Return the cost of every method, given multiplications and additions of the exact ones.

    Args:
        parameters: how many there are.
        forward: operations of one forward pass.
        partials: operations of the local derivatives.
        backprop: multiplications and additions of one sweep.
        layer: the same for one chain per layer.
        alone: the same for one sweep per parameter. It walks the same edges in either direction, so
            ``forward`` and ``restart`` agree.
        tree: the same for the recursion without a memo.
        paths: the same for the path sum.
    """
    exact = {
        "backprop": backprop,
        "layer": layer,
        "restart": alone,
        "forward": alone,
        "tree": tree,
        "paths": paths,
    }
    costs = {method: Cost(m, a, partials, forward) for method, (m, a) in exact.items()}
    p = parameters
    # Forward passes, with one division and two or three sums for each parameter.
    costs["finite_difference"] = Cost(p, 2 * p, 0, (p + 1) * forward)
    costs["central_difference"] = Cost(p, 3 * p, 0, 2 * p * forward)
    costs["complex_step"] = Cost(p, 0, 0, p * forward)
    # All parameters at once: the edges that backprop walks, the other way; and a product for each parameter.
    edges, merges = backprop
    costs["forward_gradient"] = Cost(edges + p, merges + p - 1, partials, forward)
    costs["simultaneous_perturbation"] = Cost(p + 1, 2 * p + 1, 0, 2 * forward)
    return costs


def recomputed(steps: Sequence[int], states: int | None = None, schedule: str = "binomial") -> int:
    """Return the forward operations of `checkpoint` from the forward operations of every step."""
    before = [0, *accumulate(steps)]
    return sum(before[run.end] - before[run.start] for run in schedule_of(len(steps), states, schedule))


def _at_least_one(length: int) -> int:
    if length < 1:
        raise ValueError(f"a chain or ladder has a length of at least 1, not {length}")
    return length
