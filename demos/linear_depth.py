"""Why a network needs an activation: a deep linear network is one matrix."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from demos.page.data_sets import RADII, circles
from demos.page.lesson import alone
from demos.page.parts import Answer, Code, Picture, Table
from demos.page.plotting import plot, to_svg
from demos.page.regions import draw_regions, plane
from nn.data import Data
from nn.evaluation import accuracy, evaluate, predict
from nn.fit import fit
from nn.layers import Linear, Sequential
from nn.mlp import MLP
from nn.module import Module
from nn.optimisers import Adam

__all__ = ["answer", "collapse", "linear"]

Array = NDArray[np.float64]

DEPTHS = ((2, 2), (2, 8, 2), (2, 8, 8, 2), (2, 8, 8, 8, 8, 2))
DEEP = (2, 8, 8, 2)
WITH_TANH = (2, 4, 2)
CURVED = "2-4-2 with tanh"


def answer(seed: int = 0, *, epochs: int = 300, fresh: int = 5000) -> Answer:
    """Question 3.

    Args:
        seed: of the data and of the networks.
        epochs: that each network is trained for.
        fresh: how many examples, none of them learnt from, they are judged by.
    """
    train, test = circles(200, seed), circles(fresh, seed + 1000)
    straight = {_title(sizes): linear(sizes, seed) for sizes in DEPTHS}
    deep = straight[_title(DEEP)]
    networks: dict[str, Module] = {**straight, CURVED: MLP(WITH_TANH, seed=seed)}
    losses, accuracies = {}, {}
    for title, network in networks.items():
        optimiser = Adam(network.parameters(), 0.02)
        fit(network, train, epochs=epochs, optimiser=optimiser, batch_size=None, progress=False)
        losses[title] = evaluate(network, train)["loss"]
        accuracies[title] = accuracy(network, test)
    weight, bias = collapse(deep)
    outputs, at_once = predict(deep, test.inputs), test.inputs @ weight.T + bias
    error = np.abs(outputs - at_once).max()
    same = bool(np.all(outputs.argmax(axis=1) == at_once.argmax(axis=1)))
    best_line = 0.5 + 0.5 * np.arccos(RADII[0] / RADII[1]) / np.pi
    shown = {title: networks[title] for title in (_title(DEEP), CURVED)}
    right = [f"{title} gets {accuracies[title]:.1%} of the fresh points right" for title in shown]
    words = (
        f"Which class two networks give to each point of the plane: {' and '.join(right)}. "
        "The boundary of the first is straight, that of the second is bent."
    )
    return Answer(
        name="linear_depth",
        numbers="3",
        title="Layers without an activation collapse to one matrix",
        question="Why is it important to use activation functions between the linear transformations?",
        parts=[
            "A linear layer turns x into x Wᵀ + b. Put another one behind it, and multiply out: what comes "
            "is again a matrix and a bias, and nothing else.",
            Code(
                "(x W₁ᵀ + b₁) W₂ᵀ + b₂\n"
                "  = x (W₂ W₁)ᵀ + (b₁ W₂ᵀ + b₂)\n"
                "  = x Wᵀ + b\n"
                "with W = W₂ W₁ and b = b₁ W₂ᵀ + b₂"
            ),
            "So it goes on with every layer. However deep the network is, it computes what a single layer "
            f"can. Here is the one matrix of a {_title(DEEP)} network after {epochs} epochs of training, its "
            f"{len(DEEP) - 1} layers multiplied out:",
            Code(_matrix("W", weight) + "\n" + _matrix("b", bias[np.newaxis])),
            f"On {fresh:,} points that it has never met, the network and this one matrix differ by at "
            f"most {error:.0e}: that is rounding. "
            + ("They give every point the same class." if same else "Points on the boundary may fall apart."),
            "More layers do not help, then, where one is not enough. Two rings, one inside the other, cannot "
            "be parted by a straight line. Even without noise the best line, which touches the inner ring "
            f"and cuts off a piece of the outer, gets only {best_line:.1%} right; guessing gets 50%, "
            f"at a loss of log 2 = {np.log(2):.4f}.",
            Table(
                ("network", "numbers", "loss", "right"),
                [
                    (title, _count(network), f"{losses[title]:.4f}", f"{accuracies[title]:.1%}")
                    for title, network in networks.items()
                ],
                caption=f"After {epochs} epochs: training loss, and accuracy on {fresh:,} fresh points.",
            ),
            _verdict(losses, accuracies, float(best_line)),
            Picture(
                _draw(shown, train, narrow=False),
                words,
                "The regions of the two classes, with the training examples: a boundary that is straight, "
                "whatever the depth, and one that a tanh layer can bend.",
                narrow=_draw(shown, train, narrow=True),
            ),
            "The activation stands between the two matrices, so that they cannot be multiplied out: "
            "tanh(x W₁ᵀ + b₁) W₂ᵀ is no matrix times x. It must bend. A linear one, as 3 x, would be "
            "swallowed by the matrices too.",
        ],
        slip=(
            "A deep linear network is not useless in training: it has more weights, and goes another way "
            "downhill. But the functions that it can reach are those of one layer, or fewer: a hidden layer "
            "narrower than input and output lowers the rank of W."
        ),
    )


def linear(sizes: Sequence[int], seed: int = 0) -> Sequential:
    """Linear layers with nothing in between."""
    rng = np.random.default_rng(seed)
    return Sequential(*(Linear(fan_in, fan_out, seed=rng) for fan_in, fan_out in pairwise(sizes)))


def collapse(network: Sequential) -> tuple[Array, Array]:
    """The one weight matrix and the one bias that linear layers amount to.

    Returns:
        W (outputs, inputs) and b (outputs,), so that the network computes ``x Wᵀ + b``.
    """
    first, *others = network
    weight, bias = first.weight.data, first.bias.data
    for layer in others:
        weight, bias = layer.weight.data @ weight, bias @ layer.weight.data.T + layer.bias.data
    return weight, bias


def _verdict(losses: dict[str, float], accuracies: dict[str, float], best_line: float) -> str:
    """What the table says."""
    straight = [title for title in losses if title != CURVED]
    best, curved = max(accuracies[title] for title in straight), accuracies[CURVED]
    apart = max(losses[title] for title in straight) - min(losses[title] for title in straight)
    depth = (
        f"The losses of the linear networks differ by no more than {apart:.0e}: depth has changed nothing."
        if apart < 1e-3
        else f"The losses of the linear networks still differ by {apart:.4f}: they are not at their end yet."
    )
    if best > best_line or curved <= best_line:
        return f"{depth} So short a training does not show what tanh is for."
    return (
        f"{depth} None of them gets more than {best:.1%} of the fresh points right. The network with a tanh "
        f"layer gets {curved:.1%} right."
    )


def _draw(shown: dict[str, Module], data: Data, *, narrow: bool) -> str:
    figure, axes = plot(2, 1, width=3.9, height=8) if narrow else plot(1, 2)
    for place, (title, network) in zip(axes, shown.items(), strict=True):
        draw_regions(place, plane(network), data)
        place.set_title(title, loc="left", fontsize=10.5)
    return to_svg(figure, f"linear-depth-{'narrow' if narrow else 'wide'}")


def _title(sizes: Sequence[int]) -> str:
    return f"{'-'.join(map(str, sizes))} linear"


def _count(network: Module) -> int:
    return sum(parameter.size for parameter in network.parameters())


def _matrix(name: str, rows: Array) -> str:
    lines = [f"({', '.join(f'{x:9.6f}' for x in row)})" for row in rows]
    return f"{name} = " + "\n    ".join(lines)


if __name__ == "__main__":
    sys.exit(alone(answer, "linear_depth"))
