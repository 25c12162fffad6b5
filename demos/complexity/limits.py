"""Where backprop does not win: each case measured on the smallest graph that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograd import Cost, Value, gradient
from demos.complexity.problems import Layers, Problem
from demos.complexity.study import METHODS

__all__ = ["Limit", "limits"]


@dataclass(frozen=True, slots=True)
class Limit:
    """One case.

    Attributes:
        title: of the case.
        words: the reason.
        costs: as measured, by the title of the method.
        memory: whether the case is about numbers held at once rather than operations.
    """

    title: str
    words: str
    costs: dict[str, Cost]
    memory: bool = False


def limits(seed: int) -> list[Limit]:
    """All cases, measured now; the seed draws weights and flower."""
    one_parameter = Problem.recurrence("chain", 8, seed).record()
    one_layer = Problem.perceptron((4, 3), "ce", "scalar", seed).record()
    narrow = Problem.recurrence("chain-params", 8, seed).record()
    deep = Problem.perceptron((4, 4, 4, 4, 3), "ce", "scalar", seed).record()
    return [
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
        Limit(
            "Many outputs",
            "The whole Jacobian of one input, a trunk of 8 tanh, and 8 outputs w·h. Reverse mode needs one "
            "sweep per output, forward mode one in all. Forward mode is measured on the sum of the outputs, "
            "which makes it do more than it must. Both rows include that graph's forward pass and partials.",
            _jacobian(trunk=8, outputs=8),
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
