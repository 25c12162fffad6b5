"""A 2-4-2 network learns two rings: its sizes, its targets and outputs, its softmax, its forward pass."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import sigmoid, softmax
from demos.page.data_sets import circles
from demos.page.lesson import alone
from demos.page.neurons import network_plot
from demos.page.parts import Answer, Code, Part, Picture, Table
from demos.page.plotting import plot, to_svg
from demos.page.regions import draw_regions, plane
from nn.data import Data, one_hot, split
from nn.evaluation import accuracy, evaluate, predict
from nn.fit import fit
from nn.mlp import MLP
from nn.optimisers import Adam

__all__ = ["answer"]

Array = NDArray[np.float64]

SIZES = (2, 4, 2)
RATE = 0.05
# Of what the forward pass computes, and of the target; each two columns wide in print.
SYMBOLS = ("x ", "h̃ ", "h ", "ỹ ", "ŷ ", "y ")


@dataclass(frozen=True, slots=True)
class Pass:
    """All that the forward pass computes, one row an example."""

    x: Array
    h_tilde: Array
    h: Array
    y_tilde: Array
    y_hat: Array

    def row(self, i: int) -> dict[str, Array]:
        return {field.name: getattr(self, field.name)[i] for field in fields(self)}


@dataclass(frozen=True, slots=True)
class Moment:
    """The network after some epochs: its training loss, and its outputs over the window."""

    epoch: int
    loss: float
    plane: Array


def answer(
    seed: int = 0,
    *,
    epochs: Sequence[int] = (0, 10, 20, 40, 80, 300),
    widths: Sequence[int] = (1, 2, 3, 4, 8),
    repetitions: int = 3,
) -> Answer:
    """Questions 4 to 7.

    Args:
        seed: of the data and of the networks.
        epochs: when to draw what the network has learnt, rising; it is trained until the last.
        widths: of hidden layers to be compared, and how often each is trained.
        repetitions: of that, each from weights of its own.
    """
    data = circles(300, seed)
    train, validation, test = split(data.inputs, data.targets, seed=seed)
    network = MLP(SIZES, seed=seed)
    moments = trained(network, train, epochs)
    shown = examples(network, test)
    return Answer(
        name="circles",
        numbers="4–7",
        title="A 2-4-2 network, from its sizes to its forward pass",
        question=(
            "What are the sizes n_x, n_h and n_y, and how is each chosen? What are y and ŷ, and how do they "
            "differ? Why is there a softmax at the output? What does the forward pass compute?"
        ),
        parts=[
            *sizes(network, train, validation, widths, repetitions, epochs[-1], seed),
            *targets(network, test, shown),
            *why_softmax(network, test),
            *forward_pass(network, test, shown),
            *over_time(network, moments, train, test),
        ],
        slip=(
            f"The target y is not just any vector of {SIZES[-1]} real numbers: it is one-hot, an element of "
            "{0,1}^n_y with a single 1. And ỹ is not one number but a vector, with a score for each class: "
            "softmax needs all of them to give any of the ŷ_i. In the forward pass, choose one form and stay "
            "with it: W x + b takes one example as a column, X Wᵀ + b takes many as rows. A derivation that "
            "begins with columns and ends with rows has a transpose in the wrong place."
        ),
    )


def trained(network: MLP, data: Data, epochs: Sequence[int]) -> list[Moment]:
    """Train a network by classic descent, and look at it now and then."""
    moments = []

    def look(epoch: int) -> None:
        if epoch in epochs:
            moments.append(Moment(epoch, evaluate(network, data)["loss"], plane(network)))

    look(0)
    learn(network, data, epochs[-1], after_epoch=lambda record: look(record.epoch))
    return moments


def learn(network: MLP, data: Data, epochs: int, **options: Any) -> None:
    optimiser = Adam(network.parameters(), RATE)
    fit(network, data, epochs=epochs, optimiser=optimiser, batch_size=None, progress=False, **options)


def examples(network: MLP, data: Data) -> list[tuple[str, int]]:
    """Three examples by name: one of each class, and the one that the network is least sure of."""
    y_hat = softmax(predict(network, data.inputs))
    unsure = int(np.argmin(np.abs(y_hat[:, 1] - 0.5)))
    rest = [i for i in range(len(data)) if i != unsure]
    inside, outside = (next(i for i in rest if data.targets[i] == label) for label in (0, 1))
    return [("on the inner ring", inside), ("on the outer ring", outside), ("the least sure", unsure)]


def sizes(
    network: MLP,
    train: Data,
    validation: Data,
    widths: Sequence[int],
    repetitions: int,
    epochs: int,
    seed: int,
) -> list[Part]:
    """Question 4."""
    n_x, n_h, n_y = network.sizes
    parameters = [
        (name, " × ".join(map(str, parameter.shape)), parameter.size)
        for name, parameter in zip(("W_h", "b_h", "W_y", "b_y"), network.parameters(), strict=True)
    ]
    total = sum(count for *_, count in parameters)
    tried: dict[int, list[dict[str, float]]] = {}
    rows = []
    for width in widths:
        for repetition in range(repetitions):
            other = MLP([n_x, width, n_y], seed=seed + repetition)
            learn(other, train, epochs)
            score = {"accuracy": accuracy(other, validation), **evaluate(other, validation)}
            tried.setdefault(width, []).append(score)
        accuracies = [score["accuracy"] for score in tried[width]]
        loss = float(np.mean([score["loss"] for score in tried[width]]))
        count = sum(parameter.size for parameter in other.parameters())
        rows.append((str(width), count, loss, f"{np.mean(accuracies):.1%}", f"{min(accuracies):.1%}"))
    means = {width: float(np.mean([s["accuracy"] for s in scores])) for width, scores in tried.items()}
    enough = min(width for width, mean in means.items() if mean >= max(means.values()) - 0.01)
    return [
        f"4. Two of the sizes are given. An example is a point of the plane, so n_x = {n_x}. There are "
        f"{n_y} classes, the inner ring and the outer, so n_y = {n_y}: one output for each. The number of "
        f"hidden neurons is ours to choose; here n_h = {n_h}. The sizes settle how many numbers there are "
        f"to be learnt, {total} in all.",
        Table(
            ("parameter", "shape", "numbers"),
            [*parameters, ("all", "", total)],
            caption="A layer has a weight for each pair of neuron and input, and a bias for each neuron.",
        ),
        "How large should n_h be? Too few neurons cannot form the boundary, and more than enough cost time "
        "and can learn the noise by heart. So it is tried out, and judged by examples that the weights were "
        "not fitted to: the validation part.",
        Table(
            ("n_h", "numbers", "loss", "accuracy", "worst"),
            rows,
            caption=f"On the validation part, after training each width {repetitions} times: mean and worst.",
        ),
        f"The smallest width that is within one percentage point of the best is n_h = {enough}. "
        + _why_three(means)
        + f"We take {n_h}{_why_not(enough, n_h)}.",
    ]


def _why_three(means: dict[int, float]) -> str:
    """The geometry, if it is what was measured."""
    few = [mean for width, mean in means.items() if width < 3]
    enough = [mean for width, mean in means.items() if width >= 3]
    if not few or not enough or max(few) >= min(enough):
        return ""
    return (
        "That fits the geometry: a tanh neuron changes its mind along a straight line. With one or two of "
        "them, what they fence in stays open to some side; three can close a triangle around the inner ring. "
    )


def _why_not(enough: int, taken: int) -> str:
    if enough == taken:
        return ""
    return ", to be on the safe side" if enough < taken else ", which is still small enough to be drawn"


def targets(network: MLP, test: Data, shown: Sequence[tuple[str, int]]) -> list[Part]:
    """Question 5."""
    y = one_hot(test.targets, SIZES[-1])
    y_hat: Array = softmax(predict(network, test.inputs))
    rows = [
        (
            name,
            _vector(test.inputs[i]),
            _vector(y[i], 0),
            _vector(y_hat[i]),
            f"{-np.log(y_hat[i, test.targets[i]]):.3f}",
        )
        for name, i in shown
    ]
    return [
        "5. The target y is known: it comes with the example and says what is the case. It is one-hot, "
        "y ∈ {0,1}^n_y with a single 1, at the place of the true class. The output ŷ is computed: it says "
        "what the network holds to be likely: a distribution over the classes, ŷ_i > 0 and Σ_i ŷ_i = 1. "
        "A one-hot y is a distribution too, one without doubt, and so the two can be compared: by the "
        "cross-entropy -Σ_i y_i log ŷ_i, of which only the true class's term is left.",
        Table(
            ("test example", "x", "y", "ŷ", "cross-entropy"),
            rows,
            caption=f"Over the test part, Σ_i ŷ_i is 1 {_up_to(np.abs(y_hat.sum(axis=1) - 1).max())}.",
        ),
    ]


def why_softmax(network: MLP, test: Data) -> list[Part]:
    """Question 6."""
    scores = predict(network, test.inputs)
    # Two signs show what can go wrong, and scores not too far apart show how the ways differ.
    y_tilde = scores[np.where(scores.prod(axis=1) < 0, np.ptp(scores, axis=1), np.inf).argmin()]
    ways: dict[str, Callable[[Array], Array]] = {
        "ỹ as it is": lambda z: z,
        "ỹ / Σ ỹ_j": lambda z: z / z.sum(),
        "1 for the greatest, else 0": lambda z: one_hot(z.argmax(), len(z)),
        "a sigmoid for each": sigmoid,
        "softmax": softmax,
    }
    rows = []
    for title, way in ways.items():
        found, moved = way(y_tilde), way(y_tilde + np.array([0, 0.01]))
        checks = ((found >= 0).all(), abs(found.sum() - 1) < 1e-12, (found != moved).any())
        rows.append((title, _vector(found, 3), *("yes" if check else "no" for check in checks)))
    shift = np.abs(softmax(scores + 100) - softmax(scores)).max()
    pair = np.abs(sigmoid(scores[:, 1] - scores[:, 0]) - softmax(scores)[:, 1]).max()
    return [
        "6. The last layer gives scores ỹ, real numbers of any sign and size. Something has to make a "
        "distribution of them. The softmax ŷ_i = exp(ỹ_i) / Σ_j exp(ỹ_j) does: exp makes every score "
        "positive and keeps their order, and the division makes the sum 1. It is smooth, so that gradient "
        "descent always has a direction to go, and the logarithm in the cross-entropy undoes its exp: what "
        "is left has the gradient ŷ - y (question 14).",
        Table(
            ("from ỹ to ŷ", "gives", "≥ 0", "sum 1", "moves"),
            rows,
            caption=f"For a test example with ỹ = {_vector(y_tilde, 3)}. Last: whether it moves when ỹ does.",
        ),
        f"Only differences of scores count: adding 100 to all of them leaves ŷ as it is {_up_to(shift)}, "
        "which is rounding. And for two classes softmax is the sigmoid of the difference: "
        f"ŷ_1 = σ(ỹ_1 - ỹ_0) {_up_to(pair)}.",
    ]


def forward_pass(network: MLP, test: Data, shown: Sequence[tuple[str, int]]) -> list[Part]:
    """Question 7."""
    # What the equations say, in NumPy alone; the engine's own outputs stand beside it.
    found = step_by_step(network, test.inputs)
    error = np.abs(found.y_tilde - predict(network, test.inputs)).max()
    w_h, b_h = network.weights[0].data, network.biases[0].data
    i = shown[1][1]
    columns = w_h @ test.inputs[i] + b_h
    apart = np.abs(columns - found.h_tilde[i]).max()
    rows = {name: {**found.row(k), "y": one_hot(test.targets[k], SIZES[-1])} for name, k in shown}
    blocks = ["\n".join([name, *map(_line, SYMBOLS, row.values())]) for name, row in rows.items()]
    name, row = list(rows.items())[1]
    words = (
        "The network as neurons and edges, with the numbers of one example: "
        f"x = {_vector(row['x'])}, h = {_vector(row['h'])}, ŷ = {_vector(row['y_hat'])}."
    )
    return [
        "7. With an example as a row, and so N of them as the rows of a matrix, the forward pass is four "
        "lines. Each bias is added to every row; tanh is taken element by element, softmax over each row.",
        Code(
            "x                    N × n_x\n"
            "h̃ = x W_hᵀ + b_h     N × n_h\n"
            "h = tanh(h̃)          N × n_h\n"
            "ỹ = h W_yᵀ + b_y     N × n_y\n"
            "ŷ = softmax(ỹ)       N × n_y"
        ),
        f"Written out in NumPy, these lines give the outputs that the engine gives {_up_to(error)}, over the "
        f"{len(test)} test examples. The form for a single column, h̃ = W_h x + b_h, gives the same numbers "
        f"as the row {_up_to(apart)}: it is its transpose. For the three examples from above:",
        Code("\n\n".join(blocks)),
        network_plot(network, row).picture(
            words=words,
            caption=f"The network and the example {name}. On each edge stands its weight: the line is solid "
            "where it is positive, dashed where negative, and thicker where it is larger. A hidden neuron "
            "adds up its weighted inputs and its bias b to h̃, and passes on h = tanh h̃.",
        ),
    ]


def step_by_step(network: MLP, x: Array) -> Pass:
    """The forward pass as the equations have it."""
    (w_h, w_y), (b_h, b_y) = ([p.data for p in parts] for parts in (network.weights, network.biases))
    h_tilde = x @ w_h.T + b_h
    h = np.tanh(h_tilde)
    y_tilde = h @ w_y.T + b_y
    # Shifted so that no exp overflows; this changes nothing else.
    e = np.exp(y_tilde - y_tilde.max(axis=1, keepdims=True))
    return Pass(x, h_tilde, h, y_tilde, e / e.sum(axis=1, keepdims=True))


def over_time(network: MLP, moments: Sequence[Moment], train: Data, test: Data) -> list[Part]:
    first, last = moments[0], moments[-1]
    captions = ", ".join(f"{m.loss:.3f} after {m.epoch}" for m in moments[1:])
    learnt = accuracy(network, test)
    return [
        f"What training makes of these equations: the loss starts at {first.loss:.3f} (guessing costs "
        f"log 2 = {np.log(2):.3f}) and is {captions} epochs. In the end {learnt:.1%} of the test examples "
        "get the right class.",
        Picture(
            draw_moments(moments, train, columns=3),
            "Which class the network gives to each point of the plane, after "
            f"{_list(m.epoch for m in moments)} epochs; the loss goes "
            f"from {first.loss:.3f} to {last.loss:.3f}.",
            "The regions of the two classes and the training examples while the network learns. On the line "
            "between the regions ŷ = (½, ½).",
            narrow=draw_moments(moments, train, columns=2),
        ),
    ]


def draw_moments(moments: Sequence[Moment], data: Data, columns: int) -> str:
    rows = -(-len(moments) // columns)
    width = 8.4 if columns == 3 else 3.9
    figure, axes = plot(rows, columns, width=width, height=rows * (width / columns + 0.3))
    for place in figure.axes:
        place.set_axis_off()
    for place, moment in zip(np.ravel(axes), moments, strict=False):
        place.set_axis_on()
        draw_regions(place, moment.plane, data)
        place.set_title(f"epoch {moment.epoch}\nloss {moment.loss:.3f}", loc="left", fontsize=9.5)
    return to_svg(figure, f"circles-moments-{columns}")


def _vector(x: Array, digits: int = 2) -> str:
    return f"({', '.join(f'{v:.{digits}f}' for v in x)})"


def _line(symbol: str, x: Array) -> str:
    return f"{symbol}= ({', '.join(f'{v:6.3f}' for v in x)})"


def _up_to(error: float) -> str:
    return f"up to {error:.0e}" if error else "to the last bit"


def _list(items: Any) -> str:
    *most, last = map(str, items)
    return f"{', '.join(most)} and {last}"


if __name__ == "__main__":
    sys.exit(alone(answer, "circles"))
