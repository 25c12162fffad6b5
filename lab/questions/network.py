"""Questions 3 to 7: activations, sizes, targets and outputs, the softmax, the forward pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import viz
from autograd import Value
from lab.examples import learn, rings
from lab.page_parts import Control, Drawn, LabPage, LabPart, Rows
from nn import MLP, accuracy, cross_entropy, evaluate
from viz import LayoutError

__all__ = ["PAGES", "softmax"]


def softmax(z: Sequence[float]) -> list[float]:
    """The exponentials of scores, divided by their sum."""
    shifted = np.exp(np.array(z) - max(z))
    return [float(p) for p in shifted / shifted.sum()]


def activations(layers: int, width: int, epochs: int) -> Sequence[LabPart]:
    data, sizes = rings(200), [2, *[width] * layers, 2]
    straight, bent = MLP(sizes, activation="identity"), MLP(sizes)
    for model in (straight, bent):
        learn(model, data, epochs)
    matrix, bias = np.eye(2), np.zeros(2)
    for layer in straight.layers:
        matrix, bias = layer.weight.data @ matrix, layer.weight.data @ bias + layer.bias.data
    gap = float(np.abs(straight(data.inputs).data - (data.inputs @ matrix.T + bias)).max())
    rows = [
        (name, evaluate(model, data)["loss"], accuracy(model, data))
        for name, model in (("none", straight), ("tanh", bent))
    ]
    return [
        f"Without activations the {layers + 1} matrices multiply to a single one, W = [{matrix[0, 0]:.3f} "
        f"{matrix[0, 1]:.3f}; {matrix[1, 0]:.3f} {matrix[1, 1]:.3f}]. Its outputs differ from the whole "
        f"network's by at most {gap:.1g}, so the network draws one straight line between the classes, "
        "however many layers it has.",
        Rows(("activation", "loss", "accuracy"), rows),
    ]


def sizes(hidden: int, epochs: int) -> Sequence[LabPart]:
    data = rings(200)
    model = MLP([2, hidden, 2])
    learn(model, data, epochs)
    rows = [
        ("W_h", f"{hidden} × 2", 2 * hidden),
        ("b_h", f"{hidden}", hidden),
        ("W_y", f"2 × {hidden}", 2 * hidden),
        ("b_y", "2", 2),
    ]
    return [
        "n_x = 2 is the number of features of an example, and n_y = 2 the number of classes: the data "
        f"decide both. n_h = {hidden} is chosen on validation data: with too few neurons the network cannot "
        "bend its border enough; with many it costs more and overfits sooner.",
        Rows(("parameter", "shape", "numbers"), [*rows, ("all", "", 5 * hidden + 2)]),
        f"After {epochs} epochs it gets {accuracy(model, data):.1%} of the two rings right. With n_h = 1 "
        "or 2 no choice of weights encloses the inner ring.",
    ]


def targets(z0: float, z1: float, target: int) -> Sequence[LabPart]:
    p = softmax([z0, z1])
    y = [float(i == target) for i in range(2)]
    return [
        f"y is given with the example: the vector with a 1 at its class, {target}. ŷ is the network's "
        "answer: a probability for each class. Training moves ŷ towards y and never changes y.",
        Rows(
            ("class", "score ỹ", "ŷ", "y", "ŷ - y"),
            [(i, (z0, z1)[i], p[i], y[i], p[i] - y[i]) for i in (0, 1)],
        ),
        f"The cross-entropy is -log ŷ[{target}] = {-np.log(p[target]):.4g}. It is 0 only if ŷ = y.",
    ]


def outputs(z0: float, z1: float, z2: float, shift: float) -> Sequence[LabPart]:
    z = [z0, z1, z2]
    p, q = softmax(z), softmax([x + shift for x in z])
    rows = [(i, z[i], float(np.exp(z[i])), p[i], q[i]) for i in range(3)]
    return [
        "Scores can be any numbers. The softmax turns them into probabilities: all positive, with the sum 1, "
        "in the same order, and differentiable everywhere.",
        Rows(("class", "score", "exp(score)", "softmax", "softmax of the scores + shift"), rows),
        f"The sum is {sum(p):.6g}. Only differences of scores matter: adding {shift:g} to all of them "
        f"changes the probabilities by {max(abs(a - b) for a, b in zip(p, q, strict=True)):.1g}. "
        "Implementations use that, and subtract the greatest score so that no exponential overflows.",
    ]


def forward(x0: float, x1: float, target: int, seed: int) -> Sequence[LabPart]:
    model = MLP([2, 4, 2], seed=seed, granularity="neuron")
    x = [Value(x0, name="x[0]"), Value(x1, name="x[1]")]
    hidden, scores = model.outputs(np.array(x, dtype=object))
    loss = cross_entropy(scores, target)
    loss.name = "loss"
    loss.backward()
    sums = [float(np.arctanh(np.clip(h.data, -1 + 1e-15, 1 - 1e-15))) for h in hidden]
    rows = [(f"h[{i}]", sums[i], h.data) for i, h in enumerate(hidden)]
    answers = softmax([z.data for z in scores])
    shown: list[LabPart] = [
        "h̃ = W_h x + b_h, h = tanh(h̃), ỹ = W_y h + b_y, ŷ = softmax(ỹ).",
        Rows(("neuron", "h̃", "h"), rows),
        Rows(("class", "ỹ", "ŷ"), [(i, z.data, answers[i]) for i, z in enumerate(scores)]),
        f"The loss for class {target} is {loss.data:.4g}.",
    ]
    try:
        shown.append(Drawn(viz.draw(loss, wrt=[layer.parameters() for layer in model.layers]).svg()))
    except LayoutError as error:
        shown.append(f"The graph cannot be drawn: {error}")
    return shown


_SCORES = tuple(
    Control(f"z{i}", f"score of class {i}", v, -5, 5, 0.1) for i, v in enumerate((1.0, 2.0, -0.5))
)
PAGES = (
    LabPage(
        "3",
        "Why there are activation functions",
        "Why is it important to use activation functions between the linear transformations?",
        (
            Control("layers", "hidden layers", 2, 1, 5),
            Control("width", "neurons in each", 6, 1, 24),
            Control("epochs", "epochs", 60, 10, 200, 10),
        ),
        activations,
    ),
    LabPage(
        "4",
        "The sizes of the layers",
        "What are the sizes n_x, n_h and n_y, and how is each chosen?",
        (Control("hidden", "n_h", 4, 1, 32), Control("epochs", "epochs", 80, 10, 300, 10)),
        sizes,
    ),
    LabPage(
        "5",
        "Targets and outputs",
        "What are y and ŷ, and how do they differ?",
        (*_SCORES[:2], Control("target", "class of the example", 1, 0, 1)),
        targets,
    ),
    LabPage(
        "6",
        "The softmax at the output",
        "Why is there a softmax at the output?",
        (*_SCORES, Control("shift", "shift of all scores", 3.0, -10, 10, 0.5)),
        outputs,
    ),
    LabPage(
        "7",
        "The forward pass",
        "What does the forward pass of a 2-4-2 network compute?",
        (
            Control("x0", "x[0]", 0.5, -2, 2, 0.1),
            Control("x1", "x[1]", -1.0, -2, 2, 0.1),
            Control("target", "class of the example", 0, 0, 1),
            Control("seed", "seed of the weights", 0, 0, 20),
        ),
        forward,
    ),
)
