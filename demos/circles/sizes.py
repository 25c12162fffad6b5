"""Question 4: how large the layers are, and how the width of the hidden one is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from demos.circles.learning import learn
from demos.page.parts import Part, Table
from nn.data import Data
from nn.evaluation import accuracy, evaluate
from nn.mlp import MLP

__all__ = ["SIZES", "Width", "measure_width", "tell_sizes"]

# Inputs, hidden neurons and outputs of the network of this lesson.
SIZES = (2, 4, 2)


@dataclass(frozen=True, slots=True)
class Width:
    """Networks with the same number of hidden neurons, judged on the validation part.

    Attributes:
        neurons: in the hidden layer.
        parameters: how many numbers the network has to learn.
        losses: mean cross-entropy after each training.
        accuracies: after each training, fractions.
    """

    neurons: int
    parameters: int
    losses: Sequence[float]
    accuracies: Sequence[float]

    @property
    def accuracy(self) -> float:
        """The mean accuracy, a fraction."""
        return float(np.mean(self.accuracies))


def measure_width(
    neurons: int, train: Data, validation: Data, repetitions: int, epochs: int, seed: int
) -> Width:
    """Train networks of one width.

    Args:
        neurons: in the hidden layer.
        train: examples to learn from.
        validation: examples to judge by.
        repetitions: how many networks.
        epochs: of each training.
        seed: of the first network; each further one adds 1.
    """
    losses, accuracies = [], []
    for repetition in range(repetitions):
        network = MLP([SIZES[0], neurons, SIZES[-1]], seed=seed + repetition)
        learn(network, train, epochs)
        losses.append(evaluate(network, validation)["loss"])
        accuracies.append(accuracy(network, validation))
    parameters = sum(parameter.size for parameter in network.parameters())
    return Width(neurons, parameters, losses, accuracies)


def tell_sizes(network: MLP, widths: Sequence[Width]) -> list[Part]:
    """Count the parameters of the network, and explain how its width is chosen."""
    n_x, n_h, n_y = network.sizes
    parameters = [
        (name, " × ".join(map(str, parameter.shape)), parameter.size)
        for name, parameter in zip(("W_h", "b_h", "W_y", "b_y"), network.parameters(), strict=True)
    ]
    total = sum(count for *_, count in parameters)
    highest = max(width.accuracy for width in widths)
    enough = min(width.neurons for width in widths if width.accuracy >= highest - 0.01)
    return [
        f"4. Two of the sizes are given. An example is a point in the plane, so n_x = {n_x}. There are "
        f"{n_y} classes, the inner ring and the outer, so n_y = {n_y}: one output for each. The number of "
        f"hidden neurons is free; here n_h = {n_h}. The sizes determine how many numbers are to be learned, "
        f"{total} in all.",
        Table(
            ("parameter", "shape", "numbers"),
            [*parameters, ("all", "", total)],
            caption="A layer has a weight for each pair of neuron and input, and a bias for each neuron.",
        ),
        "How large should n_h be? Too few neurons cannot form the boundary. More than enough cost time and "
        "can memorise the noise. So several widths are tried and judged on examples that the weights were "
        "not fitted to: the validation part.",
        Table(
            ("n_h", "numbers", "loss", "accuracy", "worst"),
            [
                (
                    str(width.neurons),
                    width.parameters,
                    float(np.mean(width.losses)),
                    f"{width.accuracy:.1%}",
                    f"{min(width.accuracies):.1%}",
                )
                for width in widths
            ],
            caption=f"On the validation part, after training each width {len(widths[0].losses)} times: the "
            "means, and the worst accuracy.",
        ),
        f"The smallest width within one percentage point of the best is n_h = {enough}. "
        + _why_three(widths)
        + f"We take {n_h}{_why_not(enough, n_h)}.",
    ]


def _why_three(widths: Sequence[Width]) -> str:
    """Explain by geometry why three neurons are enough, if the accuracies agree."""
    few = [width.accuracy for width in widths if width.neurons < 3]
    enough = [width.accuracy for width in widths if width.neurons >= 3]
    if not few or not enough or max(few) >= min(enough):
        return ""
    return (
        "This fits the geometry: a tanh neuron switches along a straight line. The region that one or two "
        "lines bound stays open on some side; three can close a triangle around the inner ring. "
    )


def _why_not(enough: int, taken: int) -> str:
    """Explain a width that differs from the smallest good one."""
    if enough == taken:
        return ""
    return ", to be on the safe side" if enough < taken else ", which is still small enough to draw"
