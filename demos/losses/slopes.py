"""How cross-entropy and squared error change with the outputs, and with the logits behind a softmax."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from autograd import Tensor, softmax
from demos.page.parts import Part, Table, Verbatim
from demos.page.plotting import COLORS, INK, Layout, Plot
from nn.data import one_hot
from nn.losses import cross_entropy, squared_error

__all__ = ["CE", "SE", "Slopes", "measure_slopes", "squared_error_of_softmax", "tell_slopes"]

Array = NDArray[np.float64]
# A loss of each of many numbers or rows by itself.
Profile = Callable[[Any], Any]

CE, SE = "cross-entropy", "squared error"


def squared_error_of_softmax(logits: Any, targets: Any) -> Any:
    """The squared error of a network that ends in a softmax; targets are classes."""
    return squared_error(softmax(logits), one_hot(targets, logits.shape[-1]))


OF_TRUE_CLASS: dict[str, Profile] = {
    CE: lambda y_hat: -np.log(y_hat),
    SE: lambda y_hat: (1.0 - y_hat) ** 2,
}
BEHIND_SOFTMAX: dict[str, Profile] = {
    CE: lambda z: cross_entropy(_two_logits(z), np.zeros(len(z.data), int), reduction="none"),
    SE: lambda z: ((softmax(_two_logits(z)) - np.array([1.0, 0.0])) ** 2).sum(axis=-1),
}


def _two_logits(z: Tensor) -> Any:
    """Put 0 for the other class beside the logit of the true one: (n,) to (n, 2)."""
    return np.stack([z, 0.0 * z], axis=1)


@dataclass(frozen=True, slots=True)
class ExampleSlopes:
    """Derivatives of both losses for one example with three classes, each array (3,).

    Attributes:
        y: the one-hot target.
        y_hat: the outputs, probabilities.
        by_output: of each loss by the outputs ŷ.
        by_logit: of each loss by the logits ỹ.
    """

    y: Array
    y_hat: Array
    by_output: Mapping[str, Array]
    by_logit: Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Sampled:
    """Losses of one number at some points, and their derivatives by the engine; every array is (n,).

    Attributes:
        at: the points, increasing.
        values: of each loss.
        slopes: of each loss.
    """

    at: Array
    values: Mapping[str, Array]
    slopes: Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Slopes:
    """The slopes of both losses.

    Attributes:
        example: for one example with three classes.
        near_one: by the output of the true class, evenly spaced.
        near_zero: by the output of the true class, logarithmically spaced from a confident mistake on.
        by_logit: by the logit of the true class behind a softmax, over the range of the plot.
        some_logits: the same at a few logits.
        probabilities: ŷ of the true class at these logits, (n,).
    """

    example: ExampleSlopes
    near_one: Sampled
    near_zero: Sampled
    by_logit: Sampled
    some_logits: Sampled
    probabilities: Array


def measure_slopes() -> Slopes:
    """Differentiate both losses by an output and by a logit."""
    logits = np.array([-12.0, -6.0, 0.0, 6.0])
    return Slopes(
        example=slopes_of_example(),
        near_one=sampled(OF_TRUE_CLASS, np.linspace(0.01, 1, 200)),
        near_zero=sampled(OF_TRUE_CLASS, np.logspace(-6, -0.01, 200)),
        by_logit=sampled(BEHIND_SOFTMAX, np.linspace(-12, 8, 201)),
        some_logits=sampled(BEHIND_SOFTMAX, logits),
        probabilities=softmax(np.stack([logits, np.zeros(len(logits))], axis=1))[:, 0],
    )


def values_and_slopes(loss: Profile, at: Array) -> tuple[Array, Array]:
    """Evaluate a loss of each number or row by itself, and its derivative, with the engine."""
    x = Tensor(at)
    losses = loss(x)
    losses.sum().backward()
    return losses.data, np.asarray(x.grad)


def sampled(profiles: Mapping[str, Profile], at: Array) -> Sampled:
    """Evaluate several losses and their derivatives at the same points, (n,)."""
    both = {name: values_and_slopes(loss, at) for name, loss in profiles.items()}
    return Sampled(
        at,
        {name: values for name, (values, _) in both.items()},
        {name: slopes for name, (_, slopes) in both.items()},
    )


def slopes_of_example() -> ExampleSlopes:
    """Differentiate both losses for one example by its outputs and by its logits."""
    y, y_hat = np.array([1.0, 0.0, 0.0]), np.array([0.2, 0.7, 0.1])
    by_output: dict[str, Profile] = {
        CE: lambda p: -(y * np.log(p)).sum(axis=-1),
        SE: lambda p: ((p - y) ** 2).sum(axis=-1),
    }
    by_logit: dict[str, Profile] = {
        CE: lambda z: cross_entropy(z, [0]),
        SE: lambda z: squared_error_of_softmax(z, np.array([0])),
    }
    return ExampleSlopes(
        y,
        y_hat,
        # Adding 0 turns -0 into 0.
        {name: values_and_slopes(loss, y_hat[np.newaxis])[1][0] + 0.0 for name, loss in by_output.items()},
        {name: values_and_slopes(loss, np.log(y_hat)[np.newaxis])[1][0] for name, loss in by_logit.items()},
    )


def tell_slopes(found: Slopes) -> list[Part]:
    """Explain question 8: which way each loss moves the outputs, and how hard it pulls."""
    return [*_by_class(found.example), *_by_output(found), *_by_logit(found)]


def _by_class(slopes: ExampleSlopes) -> list[Part]:
    columns = (*(slopes.by_output[loss] for loss in (CE, SE)), *(slopes.by_logit[loss] for loss in (CE, SE)))
    names = ("1, the true one", "2", "3")
    rows = zip(slopes.y, slopes.y_hat, *columns, strict=True)
    return [
        "8. A loss falls fastest if the outputs move against its gradient. Here is the gradient for one "
        "example with three classes.",
        Verbatim(
            "cross-entropy  ℓ = −Σ_i y_i log ŷ_i      ∂ℓ/∂ŷ_i = −y_i / ŷ_i\n"
            "squared error  ℓ =  Σ_i (ŷ_i − y_i)²     ∂ℓ/∂ŷ_i = 2 (ŷ_i − y_i)"
        ),
        Table(
            ("class i", "y_i", "ŷ_i", "CE by ŷ_i", "SE by ŷ_i", "CE by ỹ_i", "SE by ỹ_i"),
            [(name, *map(float, row)) for name, row in zip(names, rows, strict=True)],
            caption="Slopes of cross-entropy (CE) and squared error (SE), by the outputs and by the logits. "
            "Where a slope is negative, the loss falls as the number grows.",
        ),
        "The output of the true class has to rise; both losses agree on that. Squared error also pulls every "
        "other output towards 0. Cross-entropy ignores them: their slopes are 0. It can, because the softmax "
        "before it makes the outputs sum to 1: as one rises, the others fall. By the logits, every slope of "
        f"cross-entropy is ŷ_i − y_i: {_signed(slopes.by_logit[CE][0])} for the true class, and its own "
        "probability for each other class. Squared error is less clear by the logits: it pushes class 2 down "
        "so hard that it pulls the logit of class 3 up, with a slope of "
        f"{_signed(slopes.by_logit[SE][2])}, although that class is wrong too.",
    ]


def _by_output(found: Slopes) -> list[Part]:
    mistake = found.near_zero
    return [
        "How strong is the pull? Let ŷ be the output of the true class alone.",
        output_plot(found.near_one, found.near_zero).illustration(
            words="Two plots over the output for the true class. Towards 0 the cross-entropy rises without "
            "bound and the squared error to 1. On logarithmic axes the slope of the cross-entropy is a "
            "straight line up to a million; the slope of the squared error stays below 2.",
            caption="First: the losses. Second: how steep they are, both axes logarithmic.",
        ),
        f"At ŷ = {mistake.at[0]:f}, a confident mistake, the slope of cross-entropy is "
        f"{_signed(mistake.slopes[CE][0])}, and of squared error {_signed(mistake.slopes[SE][0])}. The first "
        "is −1/ŷ, which grows without bound as ŷ goes to 0. The second, 2 (ŷ − 1), never goes beyond −2. "
        "Near ŷ = 1 squared error is flat, while cross-entropy still has a slope of −1.",
    ]


def _by_logit(found: Slopes) -> list[Part]:
    at, ce, se = found.some_logits.at, found.some_logits.slopes[CE], found.some_logits.slopes[SE]
    columns = (map(float, column) for column in (found.probabilities, ce, se))
    return [
        "But a network does not move ŷ. It moves the logits ỹ, and the softmax lies between. Where the "
        "network is confidently wrong, the softmax is flat: ŷ hardly changes with ỹ. Multiplied by this "
        "small slope, the exploding slope of cross-entropy becomes just right, and the bounded slope of "
        "squared error vanishes. With two classes, let z be the logit of the true class minus the other:",
        Verbatim("ŷ = 1 / (1 + exp(−z))\n∂CE/∂z = ŷ − 1\n∂SE/∂z = −4 ŷ (1 − ŷ)²"),
        Table(
            ("z", "ŷ", "slope of CE", "slope of SE"),
            list(zip(map(str, map(float, at)), *columns, strict=True)),
            caption="Behind a softmax, differentiated by the engine.",
        ),
        logit_plot(found.by_logit).illustration(
            words="Slopes over the logit of the true class from -12 to 8. The slope of cross-entropy goes "
            "from -1 where the network is wrong to 0 where it is right. The slope of squared error is 0 at "
            "both ends.",
            caption="The gradient that reaches the network. Under squared error, the network learns least "
            "from the examples it gets most wrong.",
        ),
        f"At z = {_signed(at[0])} cross-entropy pulls {ce[0] / se[0]:,.0f} times as hard as squared error.",
    ]


def output_plot(near_one: Sampled, near_zero: Sampled) -> Plot:
    """Both losses by the output of the true class, and how steep they are."""

    def draw(layout: Layout) -> Figure:
        figure, (left, right) = layout.subplots(2, height=layout.choose(3.6, 6.0))
        labels = {CE: ((0.3, 1.75), (1e-4, 6e4)), SE: ((0.02, 0.22), (1e-5, 4))}
        for loss, color, style in zip(labels, COLORS, ("-", "--"), strict=False):
            left.plot(near_one.at, near_one.values[loss], style, color=color)
            right.loglog(near_zero.at, -near_zero.slopes[loss], style, color=color)
            for axes, place in zip((left, right), labels[loss], strict=True):
                axes.annotate(loss, place, color=color)
        left.set(xlabel="ŷ of the true class", ylim=(0, 4.7))
        left.set_title("loss", loc="left")
        right.set(xlabel="ŷ of the true class", ylim=(0.02, 3e6))
        right.set_title("how steeply it falls, −∂ℓ/∂ŷ", loc="left")
        return figure

    return Plot("losses-by-output", draw)


def logit_plot(by_logit: Sampled) -> Plot:
    """Slopes of both losses behind a softmax, by the logit of the true class."""

    def draw(layout: Layout) -> Figure:
        figure, axes = layout.subplots(height=3.4)
        places = {CE: (-11.8, -0.93), SE: (-11.8, -0.12)}
        for loss, color, style in zip(places, COLORS, ("-", "--"), strict=False):
            axes.plot(by_logit.at, by_logit.slopes[loss], style, color=color)
            axes.annotate(loss, places[loss], color=color)
        axes.axvline(0, color=INK, linewidth=0.8, alpha=0.4)
        axes.set(xlabel="z: wrong on the left, right on the right", ylim=(-1.08, 0.08))
        axes.set_title("slope of the loss by z", loc="left")
        return figure

    return Plot("losses-by-logit", draw)


def _signed(x: float) -> str:
    """Three digits, with a minus sign in place of the hyphen."""
    return f"{x:,.0f}".replace("-", "−") if abs(x) >= 1000 else f"{x:.3g}".replace("-", "−")
