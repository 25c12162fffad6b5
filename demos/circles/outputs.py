"""Questions 5 and 6: targets and outputs, and the softmax that makes a distribution of the scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autograd import sigmoid, softmax
from demos.circles.forward import Example, up_to, vector
from demos.page.parts import Part, Table
from nn.data import Data, one_hot
from nn.evaluation import predict
from nn.mlp import MLP

__all__ = ["Outputs", "Way", "measure_outputs", "tell_softmax", "tell_targets"]

Array = NDArray[np.float64]

WAYS: dict[str, Callable[[Array], Array]] = {
    "ỹ unchanged": lambda z: z,
    "ỹ / Σ ỹ_j": lambda z: z / z.sum(),
    "1 for the largest, else 0": lambda z: one_hot(z.argmax(), len(z)),
    "a sigmoid of each": sigmoid,
    "softmax": softmax,
}


@dataclass(frozen=True, slots=True)
class Way:
    """A way from scores ỹ to outputs ŷ, applied to one example.

    Attributes:
        title: a formula or a name.
        outputs: what it gives, (n_y,).
        nonnegative: whether every output is at least 0.
        sums_to_one: whether the outputs sum to 1, up to rounding.
        responds: whether the outputs change when a score changes a little.
    """

    title: str
    outputs: Array
    nonnegative: bool
    sums_to_one: bool
    responds: bool


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs of the network on the test part; errors are the greatest absolute ones.

    Attributes:
        sum_error: of the sum of the outputs of an example, which should be 1.
        scores: ỹ of the example that the ways are applied to, (n_y,).
        ways: from scores to outputs, softmax last.
        shift_error: how much adding 100 to all scores changes the outputs.
        sigmoid_error: of the sigmoid of the difference of the scores, as the output for class 1.
    """

    sum_error: float
    scores: Array
    ways: Sequence[Way]
    shift_error: float
    sigmoid_error: float


def measure_outputs(network: MLP, test: Data) -> Outputs:
    """Check the properties of the softmax on the test part, and try other ways on one example."""
    scores = predict(network, test.inputs)
    y_hat: Array = softmax(scores)
    # Two signs show what can go wrong; scores close to each other show how the ways differ.
    chosen = scores[np.where(scores.prod(axis=1) < 0, np.ptp(scores, axis=1), np.inf).argmin()]
    return Outputs(
        sum_error=float(np.abs(y_hat.sum(axis=1) - 1).max()),
        scores=chosen,
        ways=[tried(title, chosen) for title in WAYS],
        shift_error=float(np.abs(softmax(scores + 100) - y_hat).max()),
        sigmoid_error=float(np.abs(sigmoid(scores[:, 1] - scores[:, 0]) - y_hat[:, 1]).max()),
    )


def tried(title: str, scores: Array) -> Way:
    """Apply one of the `WAYS` to the scores of an example, (n_y,)."""
    way = WAYS[title]
    outputs, moved = way(scores), way(scores + np.array([0, 0.01]))
    return Way(
        title=title,
        outputs=outputs,
        nonnegative=bool((outputs >= 0).all()),
        sums_to_one=bool(abs(outputs.sum() - 1) < 1e-12),
        responds=bool((outputs != moved).any()),
    )


def tell_targets(examples: Sequence[Example], sum_error: float) -> list[Part]:
    """Explain targets and outputs, question 5."""
    rows = [
        (
            example.title,
            vector(example.numbers["x"]),
            vector(example.numbers["y"], 0),
            vector(example.numbers["y_hat"]),
            f"{example.cross_entropy:.3f}",
        )
        for example in examples
    ]
    return [
        "5. The target y is known: it comes with the example and states its class. It is one-hot, "
        "y ∈ {0,1}^n_y with a single 1 at the place of the true class. The output ŷ is computed: it states "
        "how likely each class is according to the network. It is a distribution over the classes, "
        "ŷ_i > 0 and Σ_i ŷ_i = 1. A one-hot y is a distribution too, one without doubt, so the two can be "
        "compared by the cross-entropy -Σ_i y_i log ŷ_i, of which only the term of the true class remains.",
        Table(
            ("test example", "x", "y", "ŷ", "cross-entropy"),
            rows,
            caption=f"Over the test part, Σ_i ŷ_i is 1 {up_to(sum_error)}.",
        ),
    ]


def tell_softmax(found: Outputs) -> list[Part]:
    """Compare the softmax with other ways, question 6."""
    rows = [
        (
            way.title,
            vector(way.outputs, 3),
            *("yes" if check else "no" for check in (way.nonnegative, way.sums_to_one, way.responds)),
        )
        for way in found.ways
    ]
    return [
        "6. The last layer gives scores ỹ, real numbers of any sign and size. They have to be turned into a "
        "distribution. The softmax ŷ_i = exp(ỹ_i) / Σ_j exp(ỹ_j) does this: exp makes every score positive "
        "and keeps their order, and the division makes the sum 1. It is smooth, so gradient descent always "
        "has a direction to follow, and the logarithm in the cross-entropy cancels its exp: the gradient "
        "that remains is ŷ - y (question 14).",
        Table(
            ("from ỹ to ŷ", "gives", "≥ 0", "sum 1", "responds"),
            rows,
            caption=f"For a test example with ỹ = {vector(found.scores, 3)}. The last column: whether ŷ "
            "changes when ỹ does.",
        ),
        f"Only differences between scores count: adding 100 to all of them changes ŷ by at most "
        f"{found.shift_error:.0e}, which is rounding. For two classes, softmax is the sigmoid of the "
        f"difference: ŷ_1 = σ(ỹ_1 - ỹ_0) {up_to(found.sigmoid_error)}.",
    ]
