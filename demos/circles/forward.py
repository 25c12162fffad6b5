"""Question 7: the forward pass by its equations, with the numbers of three examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from autograd import softmax
from demos.page.neurons import network_plot
from demos.page.parts import Part, Verbatim
from nn.data import Data, one_hot
from nn.evaluation import predict
from nn.mlp import MLP

__all__ = [
    "Example",
    "Forward",
    "Pass",
    "examples",
    "measure_forward",
    "step_by_step",
    "tell_forward",
    "up_to",
    "vector",
]

Array = NDArray[np.float64]

# Padded to two columns in print, where a combining mark takes none.
SYMBOLS = ("x ", "h̃ ", "h ", "ỹ ", "ŷ ", "y ")


@dataclass(frozen=True, slots=True)
class Pass:
    """The numbers of a forward pass, one row per example.

    Attributes:
        x: inputs, (examples, n_x).
        h_tilde: hidden pre-activations, (examples, n_h).
        h: hidden activations, (examples, n_h).
        y_tilde: scores, (examples, n_y).
        y_hat: outputs, probabilities, (examples, n_y).
    """

    x: Array
    h_tilde: Array
    h: Array
    y_tilde: Array
    y_hat: Array

    def row(self, i: int) -> dict[str, Array]:
        """The numbers of one example, by name."""
        return {field.name: getattr(self, field.name)[i] for field in fields(self)}


@dataclass(frozen=True, slots=True)
class Example:
    """A test example and what the trained network computes for it.

    Attributes:
        title: which one it is.
        numbers: ``x``, ``h_tilde``, ``h``, ``y_tilde``, ``y_hat`` and the one-hot ``y``, each (n,).
        cross_entropy: of its output, in nats.
    """

    title: str
    numbers: dict[str, Array]
    cross_entropy: float


@dataclass(frozen=True, slots=True)
class Forward:
    """The forward pass on the test part; errors are the greatest absolute differences.

    Attributes:
        examples: three of the test examples.
        tests: how many test examples there are.
        error: of the scores by the equations, compared with the engine.
        column_error: of h̃ of the second example as a column, compared with the row.
    """

    examples: Sequence[Example]
    tests: int
    error: float
    column_error: float


def measure_forward(network: MLP, test: Data) -> Forward:
    """Compute the forward pass by its equations, and compare it with the engine."""
    forward, scores = step_by_step(network, test.inputs), predict(network, test.inputs)
    y_hat: Array = softmax(scores)
    shown = examples(network, test)
    second = shown[1][1]
    column = network.weights[0].data @ test.inputs[second] + network.biases[0].data
    return Forward(
        examples=[
            Example(
                title,
                {**forward.row(i), "y": one_hot(test.targets[i], network.sizes[-1])},
                float(-np.log(y_hat[i, test.targets[i]])),
            )
            for title, i in shown
        ],
        tests=len(test),
        error=float(np.abs(forward.y_tilde - scores).max()),
        column_error=float(np.abs(column - forward.h_tilde[second]).max()),
    )


def examples(network: MLP, data: Data) -> list[tuple[str, int]]:
    """Titles and rows of three examples: one of each class, and the one the network is least sure of."""
    y_hat = softmax(predict(network, data.inputs))
    unsure = int(np.argmin(np.abs(y_hat[:, 1] - 0.5)))
    rest = [i for i in range(len(data)) if i != unsure]
    inside, outside = (next(i for i in rest if data.targets[i] == label) for label in (0, 1))
    return [("on the inner ring", inside), ("on the outer ring", outside), ("least certain", unsure)]


def step_by_step(network: MLP, x: Array) -> Pass:
    """Compute the forward pass in NumPy, by its equations; x is (examples, n_x)."""
    (w_h, w_y), (b_h, b_y) = ([p.data for p in parts] for parts in (network.weights, network.biases))
    h_tilde = x @ w_h.T + b_h
    h = np.tanh(h_tilde)
    y_tilde = h @ w_y.T + b_y
    # The shift keeps exp from overflowing; it does not change the quotient.
    e = np.exp(y_tilde - y_tilde.max(axis=1, keepdims=True))
    return Pass(x, h_tilde, h, y_tilde, e / e.sum(axis=1, keepdims=True))


def tell_forward(network: MLP, found: Forward) -> list[Part]:
    """Give the equations of the forward pass, and the numbers of the examples."""
    blocks = [
        "\n".join([example.title, *map(_line, SYMBOLS, example.numbers.values())])
        for example in found.examples
    ]
    shown = found.examples[1]
    row = shown.numbers
    return [
        "7. With an example as a row, and N examples as the rows of a matrix, the forward pass takes four "
        "lines. Each bias is added to every row; tanh applies to each element, softmax to each row.",
        Verbatim(
            "x                    N × n_x\n"
            "h̃ = x W_hᵀ + b_h     N × n_h\n"
            "h = tanh(h̃)          N × n_h\n"
            "ỹ = h W_yᵀ + b_y     N × n_y\n"
            "ŷ = softmax(ỹ)       N × n_y"
        ),
        f"Written in NumPy, these lines give the outputs of the engine {up_to(found.error)}, over the "
        f"{found.tests} test examples. The form for a single column, h̃ = W_h x + b_h, is the transpose of "
        f"the row form and gives the same numbers {up_to(found.column_error)}. For the three examples from "
        "above:",
        Verbatim("\n\n".join(blocks)),
        network_plot(network, row).illustration(
            words="The network as neurons and edges, with the numbers of one example: "
            f"x = {vector(row['x'])}, h = {vector(row['h'])}, ŷ = {vector(row['y_hat'])}.",
            caption=f"The network and the example {shown.title}. Each edge is labelled with its weight: its "
            "line is solid where the weight is positive, dashed where it is negative, and thicker where it "
            "is larger. A hidden neuron adds its weighted inputs and its bias b to get h̃, and outputs "
            "h = tanh h̃.",
        ),
    ]


def vector(x: Array, digits: int = 2) -> str:
    """A vector in print, such as ``(0.50, -1.00)``."""
    return f"({', '.join(f'{v:.{digits}f}' for v in x)})"


def up_to(error: float) -> str:
    """The size of an error in words."""
    return f"up to {error:.0e}" if error else "to the last bit"


def _line(symbol: str, x: Array) -> str:
    return f"{symbol}= ({', '.join(f'{v:6.3f}' for v in x)})"
