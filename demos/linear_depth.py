"""Why a network needs an activation: a deep linear network is one matrix."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from demos.page.data_sets import RADII, circles
from demos.page.lesson import Lesson
from demos.page.parts import Part, Table, Verbatim
from demos.page.plotting import Layout, Plot
from demos.page.regions import draw_regions, plane
from nn import fit
from nn.data import Data
from nn.evaluation import accuracy, evaluate, predict
from nn.layers import Linear, Sequential
from nn.mlp import MLP
from nn.module import Module
from nn.optimisers import Adam

__all__ = ["LESSON", "answer", "collapse", "linear", "measure", "tell"]

Array = NDArray[np.float64]

DEPTHS = ((2, 2), (2, 8, 2), (2, 8, 8, 2), (2, 8, 8, 8, 8, 2))
DEEP = (2, 8, 8, 2)
WITH_TANH = (2, 4, 2)


@dataclass(frozen=True, slots=True)
class PlaneClassifier:
    """A network trained to classify points of the plane, and how well it does.

    Attributes:
        title: its sizes and kind, such as ``2-8-2 linear``.
        parameters: how many numbers it has to learn.
        loss: mean cross-entropy on the training examples.
        accuracy: on fresh examples, a fraction.
        plane: the probability of class 1 over the plane, (rows, columns), as `plane` computes it.
    """

    title: str
    parameters: int
    loss: float
    accuracy: float
    plane: Array


@dataclass(frozen=True, slots=True)
class LinearDepth:
    """Everything the lesson measures.

    Attributes:
        linear: the networks without activation, one for each of `DEPTHS`.
        curved: the network with a tanh layer.
        weight: of the `DEEP` network, multiplied out, (outputs, inputs).
        bias: of the `DEEP` network, multiplied out, (outputs,).
        error: the greatest difference between the outputs of that network and of the one matrix.
        same_classes: whether both give every fresh example the same class.
        best_line: the accuracy of the best straight line on rings without noise, a fraction.
        train: the training examples.
        epochs: of each training.
        fresh: how many fresh examples the networks are judged by.
    """

    linear: Sequence[PlaneClassifier]
    curved: PlaneClassifier
    weight: Array
    bias: Array
    error: float
    same_classes: bool
    best_line: float
    train: Data
    epochs: int
    fresh: int

    @property
    def deep(self) -> PlaneClassifier:
        """The network that is multiplied out."""
        return self.linear[DEPTHS.index(DEEP)]


def measure(seed: int = 0, *, epochs: int = 300, fresh: int = 5000) -> LinearDepth:
    """Train linear networks of several depths and one with tanh, and multiply one of them out.

    Args:
        seed: of the data and of the networks.
        epochs: of each training.
        fresh: how many examples the networks are judged by; none of them is trained on.
    """
    train, test = circles(200, seed), circles(fresh, seed + 1000)
    networks = {sizes: linear(sizes, seed) for sizes in DEPTHS}
    flat = [trained(f"{_name(sizes)} linear", net, train, test, epochs) for sizes, net in networks.items()]
    curved = trained(f"{_name(WITH_TANH)} with tanh", MLP(WITH_TANH, seed=seed), train, test, epochs)
    weight, bias = collapse(networks[DEEP])
    outputs, at_once = predict(networks[DEEP], test.inputs), test.inputs @ weight.T + bias
    return LinearDepth(
        linear=flat,
        curved=curved,
        weight=weight,
        bias=bias,
        error=float(np.abs(outputs - at_once).max()),
        same_classes=bool(np.all(outputs.argmax(axis=1) == at_once.argmax(axis=1))),
        # The line touches the inner ring and cuts a piece off the outer one.
        best_line=float(0.5 + 0.5 * np.arccos(RADII[0] / RADII[1]) / np.pi),
        train=train,
        epochs=epochs,
        fresh=fresh,
    )


def linear(sizes: Sequence[int], seed: int = 0) -> Sequential:
    """Linear layers with nothing in between.

    Args:
        sizes: of the layers, from the inputs to the outputs.
        seed: of the weights.
    """
    rng = np.random.default_rng(seed)
    return Sequential(*(Linear(fan_in, fan_out, seed=rng) for fan_in, fan_out in pairwise(sizes)))


def trained(title: str, network: Module, train: Data, test: Data, epochs: int) -> PlaneClassifier:
    """Train a network by full-batch descent, and measure it."""
    optimiser = Adam(network.parameters(), 0.02)
    fit(network, train, epochs=epochs, optimiser=optimiser, batch_size=None, progress=False)
    return PlaneClassifier(
        title=title,
        parameters=sum(parameter.size for parameter in network.parameters()),
        loss=evaluate(network, train)["loss"],
        accuracy=accuracy(network, test),
        plane=plane(network),
    )


def collapse(network: Sequential) -> tuple[Array, Array]:
    """Multiply linear layers out to one weight matrix and one bias.

    Returns:
        W (outputs, inputs) and b (outputs,): the network computes ``x Wᵀ + b``.
    """
    first, *others = network
    weight, bias = first.weight.data, first.bias.data
    for layer in others:
        weight, bias = layer.weight.data @ weight, bias @ layer.weight.data.T + layer.bias.data
    return weight, bias


def tell(found: LinearDepth) -> list[Part]:
    """Explain that linear layers are one matrix, and what tanh adds."""
    deep, curved = found.deep, found.curved
    shown = [deep, curved]
    correct = [f"{trained.title} classifies {trained.accuracy:.1%} of the fresh points" for trained in shown]
    return [
        "A linear layer turns x into x Wᵀ + b. Add a second one and multiply out: the result is again a "
        "matrix and a bias, and nothing else.",
        Verbatim(
            "(x W₁ᵀ + b₁) W₂ᵀ + b₂\n"
            "  = x (W₂ W₁)ᵀ + (b₁ W₂ᵀ + b₂)\n"
            "  = x Wᵀ + b\n"
            "with W = W₂ W₁ and b = b₁ W₂ᵀ + b₂"
        ),
        "The same holds for every further layer. However deep the network, it computes what a single layer "
        f"can. Here is the matrix of a {deep.title} network after {found.epochs} epochs of training, its "
        f"{len(DEEP) - 1} layers multiplied out:",
        Verbatim(_matrix("W", found.weight) + "\n" + _matrix("b", found.bias[np.newaxis])),
        f"On {found.fresh:,} points it has never seen, the outputs of the network and of this one matrix "
        f"differ by at most {found.error:.0e}, which is rounding. "
        + (
            "Both give every point the same class."
            if found.same_classes
            else "Only points on the boundary may get different classes."
        ),
        "So more layers do not help where one is not enough. No straight line separates two rings, one "
        "inside the other. Even without noise the best line, which touches the inner ring and cuts off a "
        f"piece of the outer, classifies only {found.best_line:.1%} correctly; guessing gets 50%, at a loss "
        f"of log 2 = {np.log(2):.4f}.",
        Table(
            ("network", "parameters", "loss", "correct"),
            [
                (net.title, net.parameters, f"{net.loss:.4f}", f"{net.accuracy:.1%}")
                for net in (*found.linear, curved)
            ],
            caption=f"After {found.epochs} epochs: training loss, and accuracy on {found.fresh:,} fresh "
            "points.",
        ),
        _verdict(found),
        region_plot(shown, found.train).illustration(
            words=f"The class that two networks give to each point of the plane: {' and '.join(correct)} "
            "correctly. The boundary of the first is straight, the boundary of the second is curved.",
            caption="The regions of the two classes, with the training examples: a boundary that is straight "
            "at any depth, and one that a tanh layer bends.",
        ),
        "The activation stands between the two matrices and prevents multiplying them out: "
        "tanh(x W₁ᵀ + b₁) W₂ᵀ is not a matrix times x. It has to be non-linear. A linear one, such as 3 x, "
        "would be absorbed by the matrices.",
    ]


def _verdict(found: LinearDepth) -> str:
    """Compare the depths with one another, and tanh with the best line."""
    losses = [trained.loss for trained in found.linear]
    best, curved = max(trained.accuracy for trained in found.linear), found.curved.accuracy
    range_ = max(losses) - min(losses)
    depth = (
        f"The losses of the linear networks differ by no more than {range_:.0e}: depth has changed nothing."
        if range_ < 1e-3
        else f"The losses of the linear networks still differ by {range_:.4f}: they have not converged."
    )
    if best > found.best_line or curved <= found.best_line:
        return f"{depth} So short a training does not show the benefit of tanh."
    return (
        f"{depth} None of them classifies more than {best:.1%} of the fresh points correctly. The network "
        f"with a tanh layer classifies {curved:.1%} correctly."
    )


def region_plot(shown: Sequence[PlaneClassifier], data: Data) -> Plot:
    """The regions of the classes for two networks."""

    def draw(layout: Layout) -> Figure:
        figure, axes = layout.subplots(len(shown), height=layout.choose(4.4, 8))
        for place, network in zip(axes, shown, strict=True):
            draw_regions(place, network.plane, data)
            place.set_title(network.title, loc="left", fontsize=10.5)
        return figure

    return Plot("linear-depth", draw)


def _name(sizes: Sequence[int]) -> str:
    return "-".join(map(str, sizes))


def _matrix(name: str, rows: Array) -> str:
    lines = [f"({', '.join(f'{x:9.6f}' for x in row)})" for row in rows]
    return f"{name} = " + "\n    ".join(lines)


LESSON = Lesson(
    name="linear_depth",
    numbers="3",
    title="Layers without an activation collapse to one matrix",
    question="Why is it important to use activation functions between the linear transformations?",
    measure=measure,
    tell=tell,
    slip=(
        "A deep linear network is not useless in training: it has more weights and takes another path "
        "downhill. But it can only compute what one layer can, or less: a hidden layer narrower than both "
        "input and output lowers the rank of W."
    ),
)
answer = LESSON.answer

if __name__ == "__main__":
    sys.exit(LESSON.main())
