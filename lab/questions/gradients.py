"""Questions 12 to 17: what gradients cost, when they exist, and every one of them by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import Value, gradient, predict, softmax_cross_entropy
from autograd.costs.perceptrons import mlp
from lab.line_plot import LinePlot
from lab.page_parts import Control, Drawn, LabPage, LabPart, Rows
from lab.questions.network import softmax
from nn import MLP, cross_entropy

__all__ = ["PAGES"]

METHODS = {"paths": "paths (naive)", "restart": "a chain for each parameter", "backprop": "backprop"}


def growth(width: int, layers: int, outputs: int) -> Sequence[LabPart]:
    lines: dict[str, list[tuple[float, float]]] = {name: [] for name in METHODS.values()}
    rows = []
    for depth in range(1, layers + 1):
        costs = mlp([width] * depth + [outputs]).costs
        for method, name in METHODS.items():
            lines[name].append((float(depth), float(costs[method].multiplications)))
        ratio = costs["paths"].multiplications / costs["backprop"].multiplications
        rows.append((depth, *[costs[method].multiplications for method in METHODS], f"{ratio:,.1f}"))
    naive = (
        "Naively, as the sum over all paths, the cost is **exponential** in the number of layers: each "
        f"layer multiplies the paths by its width, {width}."
        if width > 1
        else "With one neuron in a layer no path branches, and the sum over all paths is only **quadratic**."
    )
    return [
        f"{naive} Backprop walks each edge once, so its cost is **linear**.",
        Drawn(LinePlot(lines, "layers", "multiplications for one gradient", log_up=True).svg()),
        Rows(("layers", *METHODS.values(), "naive / backprop"), rows),
        "The numbers are exact closed forms; tests compare them with the operations that the methods really "
        "do. Set the width to 1: without branching, nothing is exponential.",
    ]


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0.0),
    "absolute value": np.abs,
    "step": np.sign,
}


def conditions(function: str, x: float) -> Sequence[LabPart]:
    rule = FUNCTIONS[function]

    def slope(at: float) -> float:
        leaf = Value(at, name="x")
        result = rule(leaf)
        return float(gradient(result, [leaf]).values[0]) if isinstance(result, Value) else 0.0

    grid = [float(t) for t in np.linspace(-3, 3, 121)]
    lines = {"function": [(t, float(rule(t))) for t in grid], "derivative": [(t, slope(t)) for t in grid]}
    verdict = {
        "step": "Its derivative is 0 wherever it exists, so no gradient passes through it: layers before it "
        "never learn.",
        "relu": "It has a kink at 0, where the engine takes the slope 0. One kink is no obstacle: almost "
        "no input falls on it.",
        "absolute value": "It has a kink at 0, where the engine takes the slope 0.",
    }.get(function, "It is differentiable everywhere, but flat far from 0: there gradients fade.")
    return [
        "A graph can be optimised by gradients if every operation on the way from the parameters to the "
        "loss is differentiable almost everywhere, with a derivative that is not 0 everywhere, and if the "
        "graph has no cycle.",
        verdict,
        Rows(("x", "function", "derivative"), [(x, float(rule(x)), slope(x))]),
        Drawn(LinePlot(lines, "x", function).svg()),
    ]


def fused(z0: float, z1: float, z2: float, target: int) -> Sequence[LabPart]:
    z = [Value(x, name=f"z{i}") for i, x in enumerate((z0, z1, z2))]
    exponentials = [x.exp() for x in z]
    total = exponentials[0] + exponentials[1] + exponentials[2]
    textbook, short = -(exponentials[target] / total).log(), softmax_cross_entropy(z, target)
    p = softmax([z0, z1, z2])
    by_graph, by_formula = gradient(textbook, z), [p[i] - (i == target) for i in range(3)]
    rows = [(f"by z{i}", by_graph.values[i], by_formula[i]) for i in range(3)]
    costs = [
        (name, predict(root, z).total) for name, root in (("textbook", textbook), ("one operation", short))
    ]
    return [
        "Together, -log softmax(z)_y = log Σ exp(z_j) - z_y, and the derivative is **ŷ - y**: "
        "the exponential and the logarithm cancel.",
        Rows(("derivative", "by backprop through the textbook's graph", "ŷ - y"), rows),
        Rows(("form", "operations of one gradient"), costs),
        f"The loss is {short.data:.6g}. The short form also never overflows: it subtracts the greatest "
        "score first.",
    ]


class HandGradient:
    """A 2-4-2 network with tanh on one example, and its gradients by hand.

    Args:
        x: the inputs.
        target: the class.
        seed: of the weights.
    """

    def __init__(self, x: Sequence[float], target: int, seed: int) -> None:
        self.model = MLP([2, 4, 2], seed=seed)
        self.x, self.target = np.array(x), target
        first, second = self.model.layers
        self.h = np.tanh(first.weight.data @ self.x + first.bias.data)
        scores = second.weight.data @ self.h + second.bias.data
        # By ỹ, by the output layer, by h̃ and by the hidden layer.
        self.scores = np.array(softmax(list(scores))) - np.eye(2)[target]
        self.hidden = (second.weight.data.T @ self.scores) * (1 - self.h**2)

    def engine(self) -> list[Any]:
        """The gradients by W_h, b_h, W_y and b_y, by backprop."""
        loss = cross_entropy(self.model(self.x[None]), np.array([self.target]))
        first, second = self.model.layers
        return gradient(loss, [first.weight, first.bias, second.weight, second.bias]).values


def _compared(names: Sequence[str], by_hand: Sequence[Any], engine: Sequence[Any]) -> Rows:
    rows = []
    for name, hand, found in zip(names, by_hand, engine, strict=True):
        for place in np.ndindex(np.shape(hand)):
            label = f"{name}[{', '.join(map(str, place))}]"
            rows.append(
                (label, float(hand[place]), float(found[place]), float(abs(hand[place] - found[place])))
            )
    return Rows(("by", "by hand", "by the engine", "difference"), rows)


def by_scores(x0: float, x1: float, target: int, seed: int) -> Sequence[LabPart]:
    found = HandGradient((x0, x1), target, seed)
    *_, bias = found.engine()
    return [
        "**∂L/∂ỹ = ŷ - y.** A score moves the loss by how far its probability is from its target.",
        _compared(["ỹ"], [found.scores], [bias]),
        "The engine's numbers are the derivatives by b_y: it is added to ỹ, so they are the same.",
    ]


def by_outputs(x0: float, x1: float, target: int, seed: int) -> Sequence[LabPart]:
    found = HandGradient((x0, x1), target, seed)
    _, _, weight, bias = found.engine()
    return [
        "With δ = ŷ - y: **∂L/∂W_y = δ hᵀ** and **∂L/∂b_y = δ**. A weight's derivative is the error at "
        "its end times the activation at its start.",
        _compared(["W_y", "b_y"], [np.outer(found.scores, found.h), found.scores], [weight, bias]),
    ]


def by_hidden(x0: float, x1: float, target: int, seed: int) -> Sequence[LabPart]:
    found = HandGradient((x0, x1), target, seed)
    weight, bias, _, _ = found.engine()
    return [
        "**∂L/∂h̃ = (W_yᵀ δ) ⊙ (1 - h²)**, then **∂L/∂W_h = (∂L/∂h̃) xᵀ** and **∂L/∂b_h = ∂L/∂h̃**: the "
        "error goes back through the weights, and through the slope of tanh, 1 - tanh².",
        _compared(["W_h", "b_h"], [np.outer(found.hidden, found.x), found.hidden], [weight, bias]),
    ]


_EXAMPLE = (
    Control("x0", "x[0]", 0.5, -2, 2, 0.1),
    Control("x1", "x[1]", -1.0, -2, 2, 0.1),
    Control("target", "class of the example", 0, 0, 1),
    Control("seed", "seed of the weights", 0, 0, 20),
)
PAGES = (
    LabPage(
        "12",
        "How the cost of a gradient grows with depth",
        "How does the complexity depend on the number of layers, for the naive approach and for backprop?",
        (
            Control("width", "neurons in a layer", 4, 1, 32),
            Control("layers", "most layers", 8, 2, 20),
            Control("outputs", "outputs", 3, 1, 10),
        ),
        growth,
    ),
    LabPage(
        "13",
        "Which graphs can be optimised by gradients",
        "Which conditions must an architecture satisfy so that its parameters can be optimised by gradients?",
        (
            Control("function", "operation", "relu", choices=tuple(FUNCTIONS)),
            Control("x", "x", 0.5, -3, 3, 0.1),
        ),
        conditions,
    ),
    LabPage(
        "14",
        "Softmax and cross-entropy simplify each other",
        "How can softmax and cross-entropy be combined into a simpler expression?",
        (
            *(Control(f"z{i}", f"score of class {i}", v, -5, 5, 0.1) for i, v in enumerate((1.0, 2.0, -0.5))),
            Control("target", "true class", 0, 0, 2),
        ),
        fused,
    ),
    LabPage(
        "15", "The gradient by the scores", "What is the gradient of the loss by ỹ?", _EXAMPLE, by_scores
    ),
    LabPage(
        "16",
        "The gradients of the output layer",
        "What are the gradients by the weights W_y and biases b_y of the output layer?",
        _EXAMPLE,
        by_outputs,
    ),
    LabPage(
        "17",
        "The gradients of the hidden layer",
        "What are the gradients by h̃, W_h and b_h of the hidden layer?",
        _EXAMPLE,
        by_hidden,
    ),
)
