"""A 2-4-2 network learns two rings: its sizes, its targets and outputs, its softmax, its forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from demos.circles.forward import Forward, measure_forward, tell_forward
from demos.circles.learning import Learning, measure_learning, tell_learning
from demos.circles.outputs import Outputs, measure_outputs, tell_softmax, tell_targets
from demos.circles.sizes import SIZES, Width, measure_width, tell_sizes
from demos.page.data_sets import circles
from demos.page.lesson import Lesson
from demos.page.parts import Part
from nn.data import split
from nn.mlp import MLP

__all__ = ["LESSON", "answer", "measure", "tell"]


@dataclass(frozen=True, slots=True)
class Circles:
    """Everything the lesson measures.

    Attributes:
        network: the 2-4-2 network after training.
        widths: networks of other widths, in increasing order.
        outputs: the network's outputs on the test part, and ways to compute them from the scores.
        forward: its forward pass on the test part.
        learning: what it went through in training.
    """

    network: MLP
    widths: Sequence[Width]
    outputs: Outputs
    forward: Forward
    learning: Learning


def measure(
    seed: int = 0,
    *,
    epochs: Sequence[int] = (0, 10, 20, 40, 80, 300),
    widths: Sequence[int] = (1, 2, 3, 4, 8),
    repetitions: int = 3,
) -> Circles:
    """Train a 2-4-2 network and networks of other widths, and check the forward pass.

    Args:
        seed: of the data and of the networks.
        epochs: when to record what the network has learned, increasing; it is trained until the last.
        widths: of the hidden layer, to compare.
        repetitions: trainings of each width, each from weights of its own.
    """
    data = circles(300, seed)
    train, validation, test = split(data.inputs, data.targets, seed=seed)
    network = MLP(SIZES, seed=seed)
    learning = measure_learning(network, train, test, epochs)
    return Circles(
        network=network,
        widths=[measure_width(n, train, validation, repetitions, epochs[-1], seed) for n in widths],
        outputs=measure_outputs(network, test),
        forward=measure_forward(network, test),
        learning=learning,
    )


def tell(found: Circles) -> list[Part]:
    """Explain the sizes, the targets, the softmax and the forward pass of the network."""
    return [
        *tell_sizes(found.network, found.widths),
        *tell_targets(found.forward.examples, found.outputs.sum_error),
        *tell_softmax(found.outputs),
        *tell_forward(found.network, found.forward),
        *tell_learning(found.learning),
    ]


LESSON = Lesson(
    name="circles",
    numbers="4–7",
    title="A 2-4-2 network, from its sizes to its forward pass",
    question=(
        "What are the sizes n_x, n_h and n_y, and how is each chosen? What are y and ŷ, and how do they "
        "differ? Why is there a softmax at the output? What does the forward pass compute?"
    ),
    measure=measure,
    tell=tell,
    slip=(
        f"The target y is not an arbitrary vector of {SIZES[-1]} real numbers: it is one-hot, an element of "
        "{0,1}^n_y with a single 1. And ỹ is not one number but a vector with a score for each class: "
        "softmax needs all of them to compute any ŷ_i. In the forward pass, choose one form and keep it: "
        "W x + b takes one example as a column, X Wᵀ + b takes many as rows. A derivation that starts with "
        "columns and ends with rows has a transpose in the wrong place."
    ),
)
answer = LESSON.answer
