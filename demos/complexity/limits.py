"""Where backprop does not win: each case measured on the smallest graph that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from autograd import Cost, Value, gradient, neuron
from autograd.costs.jacobians import jacobian_by
from demos.complexity.limit_curves import LimitCurve, bottleneck_curve, checkpoint_curve, outputs_curve
from demos.complexity.problems import Layers, Problem
from demos.complexity.study import METHODS
from nn import MLP

__all__ = ["Limit", "limits"]


@dataclass(frozen=True, slots=True)
class Limit:
    """One case.

    Attributes:
        title: of the case.
        words: the reason.
        costs: as measured, by the title of the method.
        memory: whether the case is about numbers held at once rather than operations.
        curve: the case measured against a size; None if it is one graph.
    """

    title: str
    words: str
    costs: dict[str, Cost]
    memory: bool = False
    curve: LimitCurve | None = None

    def record(self) -> dict[str, Any]:
        """The case as plain data, for JSON."""
        costs = [
            {"method": title, **cost._asdict(), "total": cost.total} for title, cost in self.costs.items()
        ]
        return {"case": self.title, "costs": costs, "curve": self.curve.record() if self.curve else []}


@cache
def limits(seed: int) -> tuple[Limit, ...]:
    """All cases, measured now; the seed draws weights and flower."""
    one_parameter = Problem.recurrence("chain", 8, seed).record()
    one_layer = Problem.perceptron((4, 3), "ce", "scalar", seed).record()
    narrow = Problem.recurrence("chain-params", 8, seed).record()
    return (
        Limit(
            "One parameter",
            "A chain of 8 tanh, differentiated with respect to its first number. One sweep is enough in "
            "either direction, so reverse saves nothing.",
            _measured(*one_parameter, ["backprop", "forward", "restart"]),
        ),
        Limit(
            "One layer",
            "A network 4-3. There is only one chain, so there is nothing to share.",
            _measured(*one_layer, ["backprop", "layer"]),
        ),
        Limit(
            "Deep, but one wide",
            "A chain of 8 steps tanh(w·x) with one weight each. Branching causes exponential cost, depth "
            "does not: tree recursion repeats nothing here, and even the sum over paths is only quadratic.",
            _measured(*narrow, ["backprop", "tree", "paths"]),
        ),
        Limit(
            "A tree",
            "Eight numbers multiplied in pairs. Every value is used once, so no paths merge, and "
            "tree recursion is the same as backprop.",
            _measured(*_product_tree(8), ["backprop", "tree"]),
        ),
        *_several_outputs(seed),
        *_memory(seed),
    )


def _several_outputs(seed: int) -> list[Limit]:
    return [
        Limit(
            "Many outputs",
            "The whole Jacobian of one input, a trunk of 8 tanh, and 8 outputs w·h. Reverse mode needs one "
            "sweep per output, forward mode one in all. Forward mode is measured on the sum of the outputs, "
            "which makes it do more than it must. Both rows include that graph's forward pass and partials.",
            _jacobian(trunk=8, outputs=8),
            curve=outputs_curve(seed=seed),
        ),
        Limit(
            "A bottleneck",
            "The Jacobian of a network 8-2-8, of all 8 outputs by all 8 inputs. Every path passes through "
            "the narrow layer, so multiplying from the middle outwards takes fewer operations than one sweep "
            "for each output or for each input.",
            _bottleneck((8, 2, 8), seed),
            curve=bottleneck_curve(seed=seed),
        ),
        Limit(
            "A chain of matrices",
            "The Jacobian of 4 layers of widths 8-1-8-1-8. It is a product of 4 matrices, and the best way "
            "to bracket a product (dynamic programming, Godbole 1973) is the best order to eliminate layers "
            "in: neither from the left nor from the right.",
            _matrix_chain((8, 1, 8, 1, 8)),
        ),
    ]


def _memory(seed: int) -> list[Limit]:
    deep = Problem.perceptron((4, 4, 4, 4, 3), "ce", "scalar", seed).record()
    return [
        Limit(
            "Memory against recomputation",
            "A chain of 100 tanh by checkpointing: backprop that keeps some states and computes the values "
            "between them again. The numbers held at once fall, the operations rise; the gradient is the "
            "same to the last bit.",
            _checkpointed(100, seed),
            memory=True,
            curve=checkpoint_curve(seed=seed),
        ),
        Limit(
            "Memory",
            "The numbers that a method holds at once on a network 4-4-4-4-3, including the 75 derivatives. "
            "The exact methods also need the values and local derivatives of the graph, which are not "
            "counted here; finite differences do not, and their count is one whole forward pass. Backprop "
            "holds an adjoint for every vertex, the sum over paths only the current path.",
            _measured(*deep, ["backprop", "forward", "tree", "paths", "finite_difference"]),
            memory=True,
        ),
    ]


def _measured(root: Value, layers: Layers, methods: Sequence[str]) -> dict[str, Cost]:
    variants = [METHODS[name] for name in methods]
    return {variant.title: gradient(root, variant.wrt(layers), variant.engine).cost for variant in variants}


def _product_tree(leaves: int) -> tuple[Value, Layers]:
    level = parameters = [Value(1 + i / leaves, name=f"x{i}") for i in range(leaves)]
    while len(level) > 1:
        level = [a * b for a, b in zip(level[::2], level[1::2], strict=True)]
    return level[0], [parameters]


def _bottleneck(sizes: Sequence[int], seed: int) -> dict[str, Cost]:
    inputs = [Value(0.1 * i - 0.3, name=f"x{i}") for i in range(sizes[0])]
    outputs = list(MLP(sizes, seed=seed, granularity="scalar")(inputs))
    return {
        "backprop, one sweep per output": jacobian_by(outputs, inputs, "reverse").cost,
        "forward mode, one sweep per input": jacobian_by(outputs, inputs, "forward").cost,
        METHODS["eliminate-markowitz"].title: jacobian_by(outputs, inputs, "eliminate-markowitz").cost,
    }


def _matrix_chain(sizes: Sequence[int]) -> dict[str, Cost]:
    layers: list[list[Any]] = [[Value(0.1 * i - 0.3, name=f"x{i}") for i in range(sizes[0])]]
    for n in sizes[1:]:
        weights = [[0.1 * (i - j) for j in range(len(layers[-1]))] for i in range(n)]
        layers.append([neuron(0.0, row, layers[-1]) for row in weights])
    order = [v for k in (len(sizes) - 1, *_bracketing(sizes)) for v in layers[k]]
    ways: dict[str, dict[str, Any]] = {
        "backprop, one sweep per output": {"method": "reverse"},
        "forward mode, one sweep per input": {"method": "forward"},
        METHODS["eliminate-markowitz"].title: {"method": "eliminate-markowitz"},
        "elimination by the best bracketing": {"method": "eliminate", "order": order},
    }
    return {title: jacobian_by(layers[-1], layers[0], **way).cost for title, way in ways.items()}


def _bracketing(sizes: Sequence[int]) -> list[int]:
    """The inner places of a chain of matrices of these sizes in the order of the cheapest products."""
    best: dict[tuple[int, int], tuple[int, list[int]]] = {(i, i + 1): (0, []) for i in range(len(sizes) - 1)}
    for length in range(2, len(sizes)):
        for start in range(len(sizes) - length):
            end = start + length
            best[start, end] = min(
                (
                    best[start, k][0] + best[k, end][0] + sizes[start] * sizes[k] * sizes[end],
                    [*best[start, k][1], *best[k, end][1], k],
                )
                for k in range(start + 1, end)
            )
    return best[0, len(sizes) - 1][1]


def _checkpointed(length: int, seed: int) -> dict[str, Cost]:
    root, layers = Problem.recurrence("chain", length, seed).record()
    costs = {
        f"{states} states": gradient(root, layers, "checkpoint", states=states).cost
        for states in (2, 3, 5, 10, 20, 50, length)
    }
    whole = gradient(root, layers, "checkpoint", states=1, schedule="uniform").cost
    return {**costs, "all values at once": whole}


def _jacobian(trunk: int, outputs: int) -> dict[str, Cost]:
    x = h = Value(0.5, name="x")
    for _ in range(trunk):
        h = h.tanh()
    results = [(1 + i / outputs) * h for i in range(outputs)]
    together = sum(results[1:], start=results[0])
    forward = gradient(together, [x], "forward").cost
    sweeps = [gradient(y, [x], "backprop").cost for y in results]
    reverse = Cost(
        sum(cost.multiplications for cost in sweeps),
        sum(cost.additions for cost in sweeps),
        forward.partials,
        forward.forward,
        max(cost.stored or 0 for cost in sweeps),
    )
    return {f"backprop, {outputs} sweeps": reverse, "forward mode, one sweep": forward}
