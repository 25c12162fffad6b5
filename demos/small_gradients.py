"""Why is this gradient small? The paths that carry it, and the signals of each layer during training."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from autograd import softmax_cross_entropy
from demos.page.data_sets import circles
from demos.page.lesson import Lesson
from demos.page.parts import Illustration, Part, Table, Verbatim
from demos.page.plotting import COLORS, MARKERS, Layout, Plot, legend
from nn import (
    MLP,
    Adam,
    Data,
    LayerNorm,
    Linear,
    Module,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
    accuracy,
    fit,
    kaiming_normal,
    signals,
    xavier_uniform,
)
from nn.initialisers import Floats, Initialiser
from viz import Explanation, LayoutError, explain

__all__ = ["LESSON", "Recipe", "SmallGradients", "answer", "measure", "network", "tell"]

# The networks whose first weight is explained: the width and the number of their hidden layers.
WIDTH, HIDDEN = 4, 6
# The widths of the others.
WIDE = 16
DEPTHS = (2, 4, 8, 16, 32)
# Below this accuracy a network has not learnt; above this ratio of the first layer's gradient to the last's,
# a vanishing gradient is not the reason.
_GUESSED, _REACHED = 0.6, 0.05


def large(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Twice the weights of `xavier_uniform`."""
    return 2 * xavier_uniform(fan_in, fan_out, rng)


class Residual(Module):
    """A layer with a path around it: ``x + layer(x)`` (K. He et al., "Deep residual learning", 2016)."""

    def __init__(self, layer: Module) -> None:
        self.layer = layer

    def forward(self, x: object) -> object:
        return x + self.layer(x)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a deep network is built.

    Attributes:
        title: in tables.
        activation: after each hidden layer.
        initialiser: of the weights.
        residual: whether each hidden layer but the first has a path around it.
        normalised: whether the input of each hidden layer but the first is normalised.
    """

    title: str
    activation: type[Module]
    initialiser: Initialiser
    residual: bool = False
    normalised: bool = False


RECIPES = (
    Recipe("sigmoid, Xavier", Sigmoid, xavier_uniform),
    Recipe("tanh, Xavier", Tanh, xavier_uniform),
    Recipe("tanh, twice Xavier", Tanh, large),
    Recipe("ReLU, Xavier", ReLU, xavier_uniform),
    Recipe("ReLU, Kaiming", ReLU, kaiming_normal),
    Recipe("sigmoid, residual", Sigmoid, xavier_uniform, residual=True),
    Recipe("sigmoid, normalised", Sigmoid, xavier_uniform, normalised=True),
)


@dataclass(frozen=True, slots=True)
class LayerTraining:
    """A training, and the gradients of its layers.

    Attributes:
        recipe: of the network.
        gradients: after each epoch, and before the first, the root mean square of the derivative of the loss
            by the outputs of each linear layer, from the first to the last.
        activations: likewise, of the outputs themselves.
        accuracy: the final accuracy on the training examples, a fraction.
    """

    recipe: Recipe
    gradients: list[list[float]]
    activations: list[list[float]]
    accuracy: float


@dataclass(frozen=True, slots=True)
class SmallGradients:
    """Everything the lesson measures.

    Attributes:
        explained: for activations by name, the explanation of the first weight of a deep narrow network.
        pictures: the ranked paths of each, as SVG; without Graphviz none.
        ratios: for every recipe and every depth in `DEPTHS`, the gradient at the first layer divided by the
            gradient at the last, before training.
        trainings: one for every recipe, with hidden layers of width `WIDE`.
        hidden: the number of hidden layers in these trainings.
        epochs: of each training.
    """

    explained: dict[str, Explanation]
    pictures: dict[str, str]
    ratios: dict[Recipe, list[float]]
    trainings: list[LayerTraining]
    hidden: int
    epochs: int


def network(recipe: Recipe, hidden: int, seed: int = 0) -> Sequential:
    """A network 2-16-…-16-2 by a recipe."""
    rng = np.random.default_rng(seed)
    layers: list[Module] = []
    for depth in range(hidden):
        linear = Linear(WIDE if depth else 2, WIDE, initialiser=recipe.initialiser, seed=rng)
        step = [linear, recipe.activation()]
        if recipe.normalised and depth:
            step.insert(0, LayerNorm(WIDE))
        layers += [Residual(Sequential(*step))] if recipe.residual and depth else step
    return Sequential(*layers, Linear(WIDE, 2, initialiser=recipe.initialiser, seed=rng))


def measure(seed: int = 0, *, hidden: int = 10, epochs: int = 60) -> SmallGradients:
    """Explain one small derivative, compare depths before training, and follow trainings.

    Args:
        seed: of data and weights.
        hidden: hidden layers of the networks that are trained.
        epochs: of each training.
    """
    explained = {name: _explained(name, seed) for name in ("sigmoid", "tanh")}
    pictures = {}
    for name, found in explained.items():
        try:
            pictures[name] = found.picture.svg()
        except LayoutError:  # the words remain
            continue
    data = circles(200, seed)
    ratios = {recipe: [_ratio(network(recipe, depth, seed), data) for depth in DEPTHS] for recipe in RECIPES}
    trainings = [_trained(recipe, data, hidden, epochs, seed) for recipe in RECIPES]
    return SmallGradients(explained, pictures, ratios, trainings, hidden, epochs)


def _explained(activation: str, seed: int) -> Explanation:
    sizes = [2, *[WIDTH] * HIDDEN, 2]
    model = MLP(sizes, activation=activation, granularity="scalar", seed=seed)
    loss = softmax_cross_entropy(model([0.8, -0.5]), 0)
    return explain(loss, model.layers[0].weight[0, 0], most=4)


def _linear_signals(model: Module, data: Data) -> list[tuple[float, float]]:
    """The gradient and the activation of every linear layer."""
    linear = {name for name, module in model.named_modules() if isinstance(module, Linear)}
    return [(s.gradient, s.output) for s in signals(model, data) if s.name in linear]


def _ratio(model: Module, data: Data) -> float:
    (first, _), *_, (last, _) = _linear_signals(model, data)
    return first / last


def _trained(recipe: Recipe, data: Data, hidden: int, epochs: int, seed: int) -> LayerTraining:
    model = network(recipe, hidden, seed)
    noted = [_linear_signals(model, data)]
    fit(
        model,
        data,
        epochs=epochs,
        optimiser=Adam(model.parameters(), 0.003),
        seed=seed,
        progress=False,
        after_epoch=lambda _: noted.append(_linear_signals(model, data)),
    )
    gradients, activations = ([[signal[i] for signal in epoch] for epoch in noted] for i in (0, 1))
    return LayerTraining(recipe, gradients, activations, accuracy(model, data))


def tell(found: SmallGradients) -> list[Part]:
    """Explain one derivative by its paths, then depth, initialisation and activation, then training."""
    sigmoid, tanh = found.explained["sigmoid"], found.explained["tanh"]
    return [
        "A derivative is a sum over paths, and a path is a product of local derivatives. So there are three "
        "ways to be small: the factors are below 1, few paths add up, or what they carry cancels. Weighed by "
        "what each path carries, this is an identity, and three sweeps over the graph give it, however many "
        "paths there are:",
        Verbatim(
            "|derivative|  =  left after cancelling  ×  effective number of paths  ×  typical path\n"
            "typical path  =  what the activations multiply by  ×  what the weights multiply by  ×  …"
        ),
        f"The first weight of a network of {HIDDEN} hidden layers of {WIDTH}, with sigmoid and with tanh:",
        _decomposition(found),
        f"With sigmoid the derivative is {abs(tanh.derivative / sigmoid.derivative):,.0f} times smaller. The "
        "slope of a sigmoid is at most 1/4, the slope of tanh at most 1; a path meets one at every layer. "
        "The paths that carry most, with their factors:",
        *_pictures(found),
        Verbatim(
            "found = viz.explain(loss, weight)\n"
            "print(found)          # in words, with the paths that carry most\n"
            "found.picture         # the same, drawn"
        ),
        f"How this grows with depth, before training, in networks with layers of {WIDE}: the gradient at "
        "the first layer divided by the gradient at the last. A straight line down is a vanishing gradient, "
        "one up an exploding one:",
        ratio_plot(found).illustration(
            words="The ratio of the gradients at the first and the last layer against the number of hidden "
            "layers, on a logarithmic scale, for each recipe.",
            caption="The gradient at the first layer divided by the gradient at the last, before training. "
            "The nearer to 1, the more equally the layers learn.",
        ),
        "Weights that keep the variance of signals (Xavier for tanh, Kaiming for ReLU, which halves it) keep "
        "gradients too. A path around each layer has the factor 1, so its product stays 1 whatever the "
        "layers do. Normalising the inputs of a layer restores the scale that a bad choice of weights "
        "shrinks.",
        f"Then the trainings: {found.hidden} hidden layers, {found.epochs} epochs, the same data and rate.",
        _trainings(found),
        *_beside(found),
        training_plot(found).illustration(
            words="For each recipe, the gradient at every layer before training and after it, and the "
            "gradient at the first layer after each epoch.",
            caption="First the gradient at each layer before training; then at the first layer, epoch by "
            "epoch. A layer without a gradient does not move.",
        ),
        Verbatim(
            "nn.fit(model, data, epochs=60, after_epoch=lambda _: noted.append(nn.signals(model, data)))"
        ),
    ]


def _beside(found: SmallGradients) -> list[Part]:
    """Networks that did not learn although a gradient reaches their first layer, if any."""
    stuck = [
        training.recipe.title
        for training in found.trainings
        if training.accuracy < _GUESSED and training.gradients[0][0] > _REACHED * training.gradients[0][-1]
    ]
    if not stuck:
        return []
    return [
        f"A gradient that reaches the first layer is necessary but not sufficient: {' and '.join(stuck)} has "
        "one, but has not learnt within these epochs. A sigmoid is never negative, so every layer of a "
        "residual network adds to all numbers, and in the end all examples look alike."
        if stuck == ["sigmoid, residual"]
        else f"A gradient that reaches the first layer is not enough: {' and '.join(stuck)} did not learn."
    ]


def _decomposition(found: SmallGradients) -> Table:
    rows = []
    for name, each in found.explained.items():
        factors = {factor.op: factor for factor in each.factors}
        act = factors["σ" if name == "sigmoid" else name]
        rows.append(
            (
                name,
                each.derivative,
                each.paths,
                f"{each.left:.1%}",
                round(each.effective, 1),
                each.typical,
                f"{act.factor:.3g} in {act.times:.0f}",
                f"{factors['*'].factor:.3g} in {factors['*'].times:.0f}",
            )
        )
    headings = ("network", "derivative", "paths", "left", "effective", "typical path")
    return Table(
        (*headings, "by activations", "by weights"),
        rows,
        caption="left × effective × typical is the derivative's magnitude. The last two columns: the factor, "
        "and in how many steps of a path.",
    )


def _pictures(found: SmallGradients) -> list[Part]:
    return [
        Illustration(
            svg,
            "",
            f"{name}: the {len(found.explained[name].ranked)} heaviest of {found.explained[name].paths:,} "
            f"paths. They carry {sum(path.share for path in found.explained[name].ranked):.1%} of the sum of "
            "magnitudes.",
            scrolls=True,
        )
        for name, svg in found.pictures.items()
    ]


def _trainings(found: SmallGradients) -> Table:
    return Table(
        (
            "network",
            "first layer, before",
            "last layer, before",
            "first ÷ last",
            "first layer, after",
            "correct",
        ),
        [
            (
                training.recipe.title,
                training.gradients[0][0],
                training.gradients[0][-1],
                training.gradients[0][0] / training.gradients[0][-1],
                training.gradients[-1][0],
                f"{training.accuracy:.1%}",
            )
            for training in found.trainings
        ],
        caption="Root mean square of the derivative of the mean loss by the outputs of a linear layer, and "
        "accuracy on the training examples in the end; guessing gives 50%.",
    )


def ratio_plot(found: SmallGradients) -> Plot:
    """The first layer's gradient over the last's, against depth."""

    def draw(layout: Layout) -> Figure:
        figure, axes = layout.subplots(1, height=layout.choose(4.6, 5.4))
        lines = {}
        for recipe, ratios, color, marker in zip(
            found.ratios, found.ratios.values(), COLORS, MARKERS, strict=True
        ):
            (lines[recipe.title],) = axes.plot(DEPTHS, ratios, color=color, marker=marker)
        axes.set(yscale="log", xlabel="hidden layers", xticks=DEPTHS)
        legend(figure, lines, layout.choose(4, 2))
        return figure

    return Plot("small-gradients-depth", draw)


def training_plot(found: SmallGradients) -> Plot:
    """The gradients layer by layer, and epoch by epoch."""

    def draw(layout: Layout) -> Figure:
        figure, (layers, epochs) = layout.subplots(2, height=layout.choose(4.6, 8.4))
        lines = {}
        for training, color, marker in zip(found.trainings, COLORS, MARKERS, strict=True):
            before = training.gradients[0]
            (lines[training.recipe.title],) = layers.plot(
                range(1, len(before) + 1), before, color=color, marker=marker, markersize=4
            )
            epochs.plot([gradients[0] for gradients in training.gradients], color=color)
        layers.set(yscale="log", xlabel="layer, before training")
        epochs.set(yscale="log", xlabel="epoch, first layer")
        legend(figure, lines, layout.choose(4, 2))
        return figure

    return Plot("small-gradients-training", draw)


LESSON = Lesson(
    name="small_gradients",
    numbers="Why",
    title="Where a gradient vanishes or explodes",
    question="Why is this gradient so small, and what changes it?",
    measure=measure,
    tell=tell,
    slip=(
        "A small gradient does not mean that a weight is unimportant, or that a minimum is near: in a deep "
        "network the product of many factors below 1 makes it small."
    ),
)
answer = LESSON.answer

if __name__ == "__main__":
    sys.exit(LESSON.main())
