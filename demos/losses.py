"""How an output should move to lower cross-entropy and squared error, and which loss suits which task."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor, softmax
from demos.page.data_sets import circles
from demos.page.lesson import alone
from demos.page.parts import Answer, Code, Part, Picture, Table
from demos.page.plotting import COLORS, INK, MARKERS, PAPER, legend, plot, to_svg
from nn.data import Data, Split, one_hot, split
from nn.evaluation import accuracy, predict
from nn.fit import fit
from nn.layers import Linear
from nn.losses import cross_entropy, max_margin, mse, squared_error
from nn.mlp import MLP
from nn.optimisers import SGD, Adam
from nn.schedules import cosine

__all__ = ["answer"]

Array = NDArray[np.float64]
Loss = Callable[[Any, Any], Any]

SIZES = (2, 4, 2)
CLASSIFIER = (2, 16, 2)
ORDINARY, MISTAKEN = "from ordinary weights", "from a confident mistake"
# The line behind the examples of the regression.
SLOPE, INTERCEPT = 2.0, 1.0


def squared_error_of_softmax(logits: Any, targets: Any) -> Any:
    """What a network with a softmax minimises under squared error; targets are classes."""
    return squared_error(softmax(logits), one_hot(targets, logits.shape[-1]))


def absolute_error(outputs: Any, targets: Any) -> Any:
    return np.mean(np.abs(outputs - targets))


CLASSIFIERS: dict[str, Loss] = {
    "cross-entropy": cross_entropy,
    "squared error": squared_error_of_softmax,
    "max-margin": max_margin,
}
REGRESSIONS: dict[str, Loss] = {"squared error": mse, "absolute error": absolute_error}


@dataclass(frozen=True, slots=True)
class Run:
    """A training: the rate it took, and the validation accuracy before it and after each epoch."""

    rate: float
    accuracies: list[float]


def answer(
    seed: int = 0,
    *,
    epochs: int = 40,
    rates: Sequence[float] = (0.3, 1.0),
    steps: int = 200,
) -> Answer:
    """Questions 8 and 9.

    Args:
        seed: of the data and of the networks.
        epochs: that each classifier is trained for.
        rates: that each is tried with.
        steps: of descent for each line, and for the network that the slice goes through.
    """
    data = circles(300, seed)
    parts = split(data.inputs, data.targets, seed=seed)
    slip_words, slip_picture = slice_between_minima(parts.train, steps, seed)
    return Answer(
        name="losses",
        numbers="8, 9",
        title="What a loss asks of the outputs, and which loss suits which task",
        question=(
            "How must the output ŷ_i move to lower the cross-entropy, and how to lower the squared error? "
            "Which of them suits classification, and which regression?"
        ),
        parts=[
            *directions(),
            *by_output(),
            *by_logit(),
            *classification(parts, epochs, rates, seed),
            *regression(steps, seed),
            "One more thing about their shape, which is easily got wrong:",
            slip_picture,
        ],
        slip=slip_words,
    )


def values_and_slopes(loss: Callable[[Any], Any], at: Array) -> tuple[Array, Array]:
    """A loss of each number or row by itself, and its derivative, both by the engine."""
    x = Tensor(at)
    losses = loss(x)
    losses.sum().backward()
    return losses.data, np.asarray(x.grad)


def directions() -> list[Part]:
    """Question 8, for one example."""
    y, y_hat = np.array([1.0, 0.0, 0.0]), np.array([0.2, 0.7, 0.1])
    by_outputs = [
        values_and_slopes(loss, y_hat[np.newaxis])[1][0] + 0.0  # so that -0 is shown as 0
        for loss in (lambda p: -(y * np.log(p)).sum(axis=-1), lambda p: ((p - y) ** 2).sum(axis=-1))
    ]
    by_logits = [
        values_and_slopes(loss, np.log(y_hat)[np.newaxis])[1][0]
        for loss in (lambda z: cross_entropy(z, [0]), lambda z: squared_error_of_softmax(z, np.array([0])))
    ]
    rows = list(zip(("1, the true one", "2", "3"), y, y_hat, *by_outputs, *by_logits, strict=True))
    return [
        "8. A loss falls fastest if the outputs move against its gradient. So let us look at the gradient, "
        "for one example with three classes.",
        Code(
            "cross-entropy  ℓ = −Σ_i y_i log ŷ_i      ∂ℓ/∂ŷ_i = −y_i / ŷ_i\n"
            "squared error  ℓ =  Σ_i (ŷ_i − y_i)²     ∂ℓ/∂ŷ_i = 2 (ŷ_i − y_i)"
        ),
        Table(
            ("class i", "y_i", "ŷ_i", "CE by ŷ_i", "SE by ŷ_i", "CE by ỹ_i", "SE by ỹ_i"),
            [tuple(x if isinstance(x, str) else float(x) for x in row) for row in rows],
            caption="Slopes of cross-entropy (CE) and squared error (SE), by the outputs and by the logits. "
            "Where a slope is negative, the loss falls as the number grows.",
        ),
        "The output of the true class has to rise; both losses say so. Squared error asks each other output "
        "to fall towards 0 as well. Cross-entropy does not look at them: their slopes are 0. It need not, "
        "because the softmax before it makes the outputs sum to 1: if one rises, the others fall. By the "
        f"logits, every slope of cross-entropy is ŷ_i − y_i: {_signed(by_logits[0][0])} for the true class, "
        "and for each other class its own probability. Squared error is less clear by the logits: it presses "
        "class 2 so hard that it asks the logit of class 3 to rise, "
        f"{_signed(by_logits[1][2])}, though that class is wrong, too.",
    ]


def by_output() -> list[Part]:
    """Both losses as the output of the true class moves."""
    smallest = 1e-6
    wrong = np.array([smallest])
    slopes = {name: float(values_and_slopes(loss, wrong)[1][0]) for name, loss in OF_TRUE_CLASS.items()}
    return [
        "How strongly do they pull? Let ŷ be the output of the true class alone.",
        Picture(
            svg=draw_by_output("losses-by-output", width=8.4, height=3.6),
            narrow=draw_by_output("losses-by-output-narrow", width=3.9, height=6.0, columns=1),
            words="Two plots over the output for the true class. The cross-entropy rises without bound "
            "towards 0 and the squared error to 1. On logarithmic axes the slope of the cross-entropy is a "
            "straight line up to a million; that of the squared error stays below 2.",
            caption="First: the losses. Second: how steep they are, both axes logarithmic.",
        ),
        f"At ŷ = {smallest:f}, a confident mistake, the slope of cross-entropy is "
        f"{_signed(slopes['cross-entropy'])}, and that of squared error {_signed(slopes['squared error'])}. "
        "The one is −1/ŷ, without bound as ŷ goes to 0; the other, 2 (ŷ − 1), never passes −2. Near ŷ = 1 "
        "squared error is flat, while cross-entropy still has a slope of −1.",
    ]


OF_TRUE_CLASS: dict[str, Callable[[Any], Any]] = {
    "cross-entropy": lambda y_hat: -np.log(y_hat),
    "squared error": lambda y_hat: (1.0 - y_hat) ** 2,
}


def draw_by_output(name: str, *, width: float, height: float, columns: int = 2) -> str:
    figure, (left, right) = plot(3 - columns, columns, width=width, height=height)
    linear, logarithmic = np.linspace(0.01, 1, 200), np.logspace(-6, -0.01, 200)
    for (loss, function), color, style in zip(OF_TRUE_CLASS.items(), COLORS, ("-", "--"), strict=False):
        left.plot(linear, values_and_slopes(function, linear)[0], style, color=color)
        right.loglog(logarithmic, -values_and_slopes(function, logarithmic)[1], style, color=color)
        of_loss = (0.3, 1.75) if loss == "cross-entropy" else (0.02, 0.22)
        left.annotate(loss, of_loss, color=color)
        of_slope = (1e-4, 6e4) if loss == "cross-entropy" else (1e-5, 4)
        right.annotate(loss, of_slope, color=color)
    left.set(xlabel="ŷ of the true class", ylim=(0, 4.7))
    left.set_title("loss", loc="left")
    right.set(xlabel="ŷ of the true class", ylim=(0.02, 3e6))
    right.set_title("how steeply it falls, −∂ℓ/∂ŷ", loc="left")
    return to_svg(figure, name)


def by_logit() -> list[Part]:
    """Both losses behind a softmax, by the logit of the true class."""
    at = (-12.0, -6.0, 0.0, 6.0)
    columns = [values_and_slopes(loss, np.array(at)) for loss in BEHIND_SOFTMAX.values()]
    (_, ce), (_, se) = columns
    probabilities = softmax(np.stack([at, np.zeros(len(at))], axis=1))[:, 0]
    ratio = ce[0] / se[0]
    return [
        "But ŷ is not what a network moves. It moves the logits ỹ, and the softmax stands between. Where the "
        "network is confidently wrong, the softmax is flat: ŷ hardly changes with ỹ. Multiplied by that, "
        "the exploding slope of cross-entropy comes out just right, and the bounded slope of squared error "
        "vanishes. With two classes, let z be the logit of the true class less that of the other:",
        Code("ŷ = 1 / (1 + exp(−z))\n∂CE/∂z = ŷ − 1\n∂SE/∂z = −4 ŷ (1 − ŷ)²"),
        Table(
            ("z", "ŷ", "slope of CE", "slope of SE"),
            list(zip(map(str, at), map(float, probabilities), map(float, ce), map(float, se), strict=True)),
            caption="Behind a softmax, by the engine.",
        ),
        Picture(
            svg=draw_by_logit("losses-by-logit", width=8.4, height=3.4),
            narrow=draw_by_logit("losses-by-logit-narrow", width=3.9, height=3.4),
            words="Slopes over the logit of the true class from -12 to 8. That of cross-entropy goes from -1 "
            "where the network is wrong up to 0 where it is right. That of squared error is 0 at both ends.",
            caption="The gradient that reaches the network. Under squared error, those examples that it gets "
            "most wrong teach it least.",
        ),
        f"At z = {_signed(at[0])} cross-entropy pulls {ratio:,.0f} times as hard as squared error.",
    ]


BEHIND_SOFTMAX: dict[str, Callable[[Any], Any]] = {
    "cross-entropy": lambda z: cross_entropy(_two_logits(z), np.zeros(len(z.data), int), reduction="none"),
    "squared error": lambda z: ((softmax(_two_logits(z)) - np.array([1.0, 0.0])) ** 2).sum(axis=-1),
}


def _two_logits(z: Tensor) -> Any:
    """The logit of the true class, and 0 for the other."""
    return np.stack([z, 0.0 * z], axis=1)


def draw_by_logit(name: str, *, width: float, height: float) -> str:
    figure, axes = plot(width=width, height=height)
    z = np.linspace(-12, 8, 201)
    for (loss, function), color, style in zip(BEHIND_SOFTMAX.items(), COLORS, ("-", "--"), strict=False):
        axes.plot(z, values_and_slopes(function, z)[1], style, color=color)
        place = (-11.8, -0.93) if loss == "cross-entropy" else (-11.8, -0.12)
        axes.annotate(loss, place, color=color)
    axes.axvline(0, color=INK, linewidth=0.8, alpha=0.4)
    axes.set(xlabel="z: wrong on the left, right on the right", ylim=(-1.08, 0.08))
    axes.set_title("slope of the loss by z", loc="left")
    return to_svg(figure, name)


def classification(parts: Split, epochs: int, rates: Sequence[float], seed: int) -> list[Part]:
    """Question 9, for classes."""
    network = MLP(CLASSIFIER, seed=seed)
    ordinary = network.state_dict()
    swapped = Data(parts.train.inputs, 1 - parts.train.targets)
    optimiser = Adam(network.parameters(), 0.05)
    fit(network, swapped, epochs=200, optimiser=optimiser, batch_size=None, progress=False)
    starts = {ORDINARY: ordinary, MISTAKEN: network.state_dict()}
    mistaken = accuracy(network, parts.train)
    runs = {
        (start, name): best_run(parts, loss, state, epochs, rates, seed)
        for start, state in starts.items()
        for name, loss in CLASSIFIERS.items()
    }
    goal = 0.9
    rows = []
    for (start, name), run in runs.items():
        first = next((str(i) for i, a in enumerate(run.accuracies) if a >= goal), "not reached")
        rows.append((f"{name}, {start}", run.rate, f"{run.accuracies[-1]:.1%}", first))
    ends = {key: run.accuracies[-1] for key, run in runs.items()}
    ahead = ends[MISTAKEN, "cross-entropy"] - ends[MISTAKEN, "squared error"]
    sizes = "-".join(map(str, CLASSIFIER))
    return [
        f"9. Does it matter in training? A {sizes} network learns the two rings under three losses: "
        "cross-entropy, the squared error of the softmax's outputs, and the max-margin loss (it wants the "
        "score of the true class to lead by 1, and knows no probabilities). It starts once from ordinary "
        "weights, and once from a confident mistake: weights that were first trained on swapped labels, "
        f"and get {mistaken:.0%} of the training examples right.",
        Picture(
            svg=draw_classification("losses-classes", runs, width=8.4, height=3.7),
            narrow=draw_classification("losses-classes-narrow", runs, width=3.9, height=6.6, columns=1),
            words="Validation accuracy against epochs for the three losses, from ordinary weights and from "
            "a confident mistake.",
            caption="Accuracy on validation examples, epoch by epoch.",
        ),
        Table(
            ("loss and start", "rate", "at the end", f"epochs to {goal:.0%}"),
            rows,
            caption="Stochastic gradient descent in batches of 32, with the same order of examples. The rate "
            f"is whichever of {' and '.join(f'{rate:g}' for rate in rates)} gave the highest "
            "accuracy, on average over the epochs.",
        ),
        (
            f"From the mistake, cross-entropy ends at {ends[MISTAKEN, 'cross-entropy']:.0%} and squared "
            f"error at {ends[MISTAKEN, 'squared error']:.0%}: the gradient of the examples that it gets most "
            "wrong is too small to put them right. "
            if ahead > 0.05
            else "In this run squared error keeps up with cross-entropy, even from the mistake. "
        )
        + "For classes, take cross-entropy: outputs behind a softmax are probabilities, cross-entropy "
        "is the negative log-likelihood of the true classes under them, and its gradient does not vanish "
        "where they are wrong.",
    ]


def best_run(
    parts: Split,
    loss: Loss,
    start: dict[str, Array],
    epochs: int,
    rates: Sequence[float],
    seed: int,
) -> Run:
    """The training with the rate that gave the highest accuracy, on average over the epochs."""
    runs = []
    for rate in rates:
        network = MLP(CLASSIFIER)
        network.load_state_dict(start)
        accuracies = [accuracy(network, parts.validation)]
        history = fit(
            network,
            parts.train,
            epochs=epochs,
            loss=loss,
            optimiser=SGD(network.parameters(), rate),
            validation=parts.validation,
            seed=seed,
            progress=False,
        )
        accuracies += [epoch.validation["accuracy"] for epoch in history.epochs]
        runs.append(Run(rate, accuracies))
    return max(runs, key=lambda run: sum(run.accuracies))


def draw_classification(
    name: str, runs: dict[tuple[str, str], Run], *, width: float, height: float, columns: int = 2
) -> str:
    figure, axes = plot(3 - columns, columns, width=width, height=height)
    lines = {}
    starts = list(dict.fromkeys(start for start, _ in runs))
    for (start, loss), run in runs.items():
        place, i = axes[starts.index(start)], list(CLASSIFIERS).index(loss)
        style = {"color": COLORS[i], "marker": MARKERS[i], "markevery": max(1, len(run.accuracies) // 8)}
        (lines[loss],) = place.plot(run.accuracies, linestyle=("-", "--", ":")[i], **style)
        place.set(xlabel="epochs", ylim=(-0.03, 1.03))
        place.set_title(start, loc="left")
        place.yaxis.set_major_formatter(lambda y, _: f"{y:.0%}")
    legend(figure, lines, 3 if columns == 2 else 2)
    return to_svg(figure, name)


def regression(steps: int, seed: int) -> list[Part]:
    """Question 9, for numbers."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, 40)
    y = SLOPE * x + INTERCEPT + rng.normal(0, 0.3, len(x))
    clean = Data(x[:, np.newaxis], y[:, np.newaxis])
    outliers = np.argsort(x)[-4:]
    spoilt = Data(clean.inputs, clean.targets.copy())
    spoilt.targets[outliers] -= 8
    fitted = {
        name: [fit_line(data, loss, steps) for data in (clean, spoilt)] for name, loss in REGRESSIONS.items()
    }
    moved = {name: abs(after[0] - before[0]) for name, (before, after) in fitted.items()}
    sturdier = min(moved, key=lambda name: moved[name])
    return [
        "A regression has no classes. Its targets are any numbers, an output needs no softmax, and "
        "−y log ŷ means nothing for them. There squared error is at home: it is the negative log-likelihood "
        "if the targets scatter around ŷ as a normal distribution does, and the best ŷ is then their mean. "
        "The absolute error |ŷ − y| has the median as its best. Its slope is +1 or −1, however far away the "
        f"target is; that of squared error grows with the distance. We spoil {len(outliers)} of {len(x)} "
        f"points on the line {SLOPE:g} x + {INTERCEPT:g} and fit it again:",
        Picture(
            svg=draw_lines("losses-lines", spoilt, outliers, fitted, width=8.4, height=4.0),
            narrow=draw_lines("losses-lines-narrow", spoilt, outliers, fitted, width=3.9, height=4.0),
            words="Points along a line, with a few far below it at the right. The line fitted by squared "
            "error is tilted towards them; that fitted by absolute error stays closer to the others.",
            caption="Outliers (crosses) and the lines fitted with them.",
        ),
        Table(
            ("loss", "slope, clean", "intercept, clean", "slope, outliers", "intercept, outliers"),
            [(name, *map(float, before), *map(float, after)) for name, (before, after) in fitted.items()],
            caption="Fitted by Adam on the gradients of the engine.",
        ),
        f"The outliers move the slope by {moved['squared error']:.2g} under squared error and by "
        f"{moved['absolute error']:.2g} under absolute error. "
        + (
            "So squared error is the choice for numbers with ordinary noise, and absolute error if some may "
            "be plainly wrong."
            if sturdier == "absolute error"
            else "These ones do no more harm to squared error than to absolute error."
        ),
    ]


def fit_line(data: Data, loss: Loss, steps: int) -> tuple[float, float]:
    """The slope and the intercept of the line with the least loss, so far as descent finds it."""
    line = Linear(1, 1, seed=0)
    optimiser = Adam(line.parameters(), 0.1)
    options: dict[str, Any] = {"schedule": cosine(steps), "batch_size": None, "progress": False}
    fit(line, data, epochs=steps, loss=loss, optimiser=optimiser, **options)
    return float(line.weight.data[0, 0]), float(line.bias.data[0])


def draw_lines(
    name: str,
    data: Data,
    outliers: NDArray[np.intp],
    fitted: dict[str, list[tuple[float, float]]],
    *,
    width: float,
    height: float,
) -> str:
    figure, axes = plot(width=width, height=height)
    x, y = data.inputs[:, 0], data.targets[:, 0]
    kept = ~np.isin(np.arange(len(x)), outliers)
    axes.plot(x[kept], y[kept], "o", color=COLORS[6], markerfacecolor=PAPER)
    axes.plot(x[outliers], y[outliers], "x", color=INK, markeredgewidth=2)
    ends = np.array([-2.0, 2.0])
    lines = {}
    for (loss, (_, (slope, intercept))), color, style in zip(
        fitted.items(), COLORS[1::-1], ("--", "-"), strict=True
    ):
        (lines[f"{loss}: {slope:.2f} x + {intercept:.2f}"],) = axes.plot(
            ends, slope * ends + intercept, style, color=color
        )
    columns = 2 if width > 5 else 1
    legend(figure, lines, columns)
    axes.set(xlabel="x", ylabel="y")
    return to_svg(figure, name)


def slice_between_minima(data: Data, steps: int, seed: int) -> tuple[str, Picture]:
    """Squared error along a straight line: through the outputs, and through the parameters.

    Exchange two hidden neurons with all their weights, and the network computes the same. So every
    minimum has twins with the same loss, and on the way from one to another there is a hill.
    """
    network = MLP(SIZES, seed=seed)
    loss = squared_error_of_softmax
    optimiser = Adam(network.parameters(), 0.05)
    fit(network, data, epochs=steps, loss=loss, optimiser=optimiser, batch_size=None, progress=False)
    here = network.state_dict()
    theres = [exchanged(here, order) for order in permutations(range(SIZES[1]))]
    there = max(theres, key=lambda there: loss_between(network, here, there, data, np.array([0.5]))[0])
    t = np.linspace(-0.4, 1.4, 91)
    by_parameters = loss_between(network, here, there, data, t)
    start, hill, end = loss_between(network, here, there, data, np.array([0, 0.5, 1]))
    y_hat = np.linspace(-0.4, 1.4, 91)
    by_outputs = (y_hat - 1) ** 2
    picture = Picture(
        svg=draw_slice("losses-slice", y_hat, by_outputs, t, by_parameters, width=8.4, height=3.4),
        narrow=draw_slice(
            "losses-slice-narrow", y_hat, by_outputs, t, by_parameters, width=3.9, height=6.0, columns=1
        ),
        words="First: squared error over an output, one parabola. Second: the same loss over a straight line "
        "through the parameters, with two valleys of the same depth and a hill between them.",
        caption="Squared error on two straight lines: through the output ŷ of one example (first), and "
        "through the parameters, from a trained network at t = 0 to its twin at t = 1, which has "
        "the same hidden neurons in another order (second).",
    )
    words = (
        "Squared error is convex in the outputs ŷ, not in the parameters, and so is cross-entropy in its "
        "logits. Between the two is the network. Put its hidden neurons in another order, and it "
        f"computes the same: here the loss is {start:.4f} before and {end:.4f} after. "
    ) + (
        f"But halfway between the two sets of parameters it is {hill:.4f}. A convex function is nowhere "
        "higher between two points than at both of them, so this one is not convex, and descent "
        "promises no more than a valley."
        if hill > max(start, end)
        else f"Halfway between it is {hill:.4f}: on this line there is no hill."
    )
    return words, picture


def exchanged(state: dict[str, Array], order: Sequence[int]) -> dict[str, Array]:
    """The parameters of the network with its hidden neurons in another order."""
    rows = list(order)
    return {
        "layers.0.weight": state["layers.0.weight"][rows],
        "layers.0.bias": state["layers.0.bias"][rows],
        "layers.1.weight": state["layers.1.weight"][:, rows],
        "layers.1.bias": state["layers.1.bias"],
    }


def loss_between(
    network: MLP, here: dict[str, Array], there: dict[str, Array], data: Data, t: Array
) -> list[float]:
    """The squared error of the network with the parameters ``(1 - t) here + t there``, for every t."""
    losses = []
    for share in t:
        network.load_state_dict({name: (1 - share) * here[name] + share * there[name] for name in here})
        losses.append(float(squared_error_of_softmax(predict(network, data.inputs), data.targets)))
    return losses


def draw_slice(
    name: str,
    y_hat: Array,
    by_outputs: Array,
    t: Array,
    by_parameters: Sequence[float],
    *,
    width: float,
    height: float,
    columns: int = 2,
) -> str:
    figure, (left, right) = plot(3 - columns, columns, width=width, height=height)
    left.plot(y_hat, by_outputs, color=COLORS[0])
    left.set(xlabel="ŷ, the target is 1")
    left.set_title("over an output", loc="left")
    right.plot(t, by_parameters, color=COLORS[1])
    for place, height_ in zip((0, 1), np.interp((0, 1), t, by_parameters), strict=True):
        right.plot(place, height_, MARKERS[0], color=COLORS[1], markerfacecolor=PAPER, markeredgewidth=1.6)
    right.set(xlabel="t: from one minimum to its twin", ylim=(0, None))
    right.set_title("over the parameters", loc="left")
    return to_svg(figure, name)


def _signed(x: float) -> str:
    """Three digits, after a minus sign and not a hyphen."""
    return f"{x:,.0f}".replace("-", "−") if abs(x) >= 1000 else f"{x:.3g}".replace("-", "−")


if __name__ == "__main__":
    sys.exit(alone(answer, "losses"))
