"""Questions 8 to 11: what a loss asks of the outputs, kinds of descent, the learning rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lab.examples import learn, rings
from lab.line_plot import LinePlot
from lab.page_parts import Control, Drawn, LabPage, LabPart, Rows
from nn import MLP, SGD, accuracy, cross_entropy, mse, one_hot

__all__ = ["PAGES"]


def slopes(p: float) -> Sequence[LabPart]:
    grid = np.linspace(0.01, 0.99, 60)
    lines = {
        "cross-entropy": [(float(q), float(-np.log(q))) for q in grid],
        "squared error": [(float(q), float((1 - q) ** 2)) for q in grid],
    }
    rows = [
        ("cross-entropy, -log ŷ", float(-np.log(p)), -1 / p),
        ("squared error, (1 - ŷ)²", (1 - p) ** 2, -2 * (1 - p)),
    ]
    return [
        "Both losses fall as the probability ŷ of the true class rises to 1, so both pull it in the same "
        "direction. They differ in how hard they pull.",
        Rows(("loss", "value", "slope"), rows),
        Drawn(LinePlot(lines, "ŷ of the true class", "loss").svg()),
        f"At ŷ = {p:g} the cross-entropy pulls {1 / p / (2 * (1 - p) or 1):.3g} times as hard. Near 0, "
        "where the network is confidently wrong, the slope of the cross-entropy grows without bound, and the "
        "slope of the squared error stays below 2.",
    ]


def losses(epochs: int, rate: float, wrong: float) -> Sequence[LabPart]:
    data = rings(160)

    def squared(outputs: Any, targets: Any, **options: Any) -> Any:
        probabilities = np.exp(outputs) / np.exp(outputs).sum(axis=-1, keepdims=True)
        return mse(probabilities, one_hot(targets, 2).astype(float), **options)

    kinds: dict[str, Callable[..., Any]] = {"cross-entropy": cross_entropy, "squared error": squared}
    lines, rows = {}, []
    for name, loss in kinds.items():
        model = MLP([2, 8, 2])
        model.layers[-1].bias.data = np.array([wrong, 0.0])
        right = [(0.0, accuracy(model, data))]
        optimiser = SGD(model.parameters(), rate)
        learn(
            model,
            data,
            epochs,
            loss=loss,
            optimiser=optimiser,
            after_epoch=lambda epoch, model=model, right=right: right.append(
                (epoch.epoch, accuracy(model, data))
            ),
        )
        lines[name] = right
        rows.append((name, right[-1][1]))
    return [
        "For classes, use the cross-entropy: it is the negative log-likelihood of the classes, and its slope "
        "by the scores is ŷ - y, which is large wherever the answer is wrong. Behind a softmax, the slope of "
        "the squared error vanishes where the network is confidently wrong. For numbers with normal noise, "
        "use the squared error: up to constants, it is their negative log-likelihood.",
        Rows(("loss", "accuracy at the end"), rows),
        Drawn(LinePlot(lines, "epoch", "accuracy").svg()),
        "Raise the bias for class 0, so that the network begins confidently wrong, and watch which loss "
        "recovers.",
    ]


def descents(epochs: int, batch: int, rate: float) -> Sequence[LabPart]:
    data, lines, rows = rings(128), {}, []
    for name, size in (("classic", None), ("mini-batch", batch), ("online", 1)):
        model = MLP([2, 6, 2])
        run = learn(model, data, epochs, optimiser=SGD(model.parameters(), rate), batch_size=size)
        lines[name] = [(epoch.epoch, epoch.loss) for epoch in run]
        rows.append((name, -(-len(data) // (size or len(data))), run[-1].loss, accuracy(model, data)))
    return [
        "Classic descent makes one exact update for each pass over the data, online descent one noisy "
        "update for each example, and mini-batches lie between. A pass costs the same products in all "
        "three.",
        Rows(("descent", "updates in a pass", "loss at the end", "accuracy"), rows),
        Drawn(LinePlot(lines, "pass over the examples", "loss").svg()),
        "Mini-batches are the reasonable choice: many updates in a pass, with little noise, computed as "
        "matrix products, which are fast.",
    ]


def rates(rate: float, momentum: float, epochs: int) -> Sequence[LabPart]:
    data = rings(120)

    def trained(step: float) -> list[tuple[float, float]]:
        model = MLP([2, 6, 2])
        optimiser = SGD(model.parameters(), step, momentum=momentum)
        try:
            run = learn(model, data, epochs, optimiser=optimiser)
        except FloatingPointError:
            return [(0.0, float("nan"))]
        return [(epoch.epoch, epoch.loss) for epoch in run]

    ends = [(float(step), trained(float(step))[-1][1]) for step in np.logspace(-3, 2, 11)]
    known = [(loss, step) for step, loss in ends if loss == loss]
    best = min(known)[1] if known else float("nan")
    chosen = trained(rate)
    return [
        f"Of eleven rates from 0.001 to 100 the best is {best:.3g}. Below it the network learns too "
        "slowly; above it the steps overshoot the valley, and the loss rises or oscillates.",
        Drawn(LinePlot({"after training": ends}, "learning rate", "loss", log_across=True).svg()),
        Drawn(LinePlot({f"rate {rate:g}": chosen}, "epoch", "loss").svg()),
        "A good rate is found by a search over powers of ten on validation data, then finer; a schedule "
        "that lowers it later takes large steps first and small ones at the end.",
    ]


PAGES = (
    LabPage(
        "8",
        "What a loss asks of the outputs",
        "How must the output ŷ_i move to lower the cross-entropy, and how to lower the squared error?",
        (Control("p", "ŷ of the true class", 0.1, 0.01, 0.99, 0.01),),
        slopes,
    ),
    LabPage(
        "9",
        "Which loss suits which task",
        "Which loss suits classification, and which regression?",
        (
            Control("epochs", "epochs", 40, 5, 120, 5),
            Control("rate", "learning rate", 0.5, 0.1, 2, 0.1),
            Control("wrong", "bias for class 0 at the start", 4.0, 0, 8, 0.5),
        ),
        losses,
    ),
    LabPage(
        "10",
        "Classic, mini-batch and online descent",
        "How do classic gradient descent, mini-batch descent and online descent differ, and which is the "
        "most reasonable?",
        (
            Control("epochs", "passes", 30, 5, 80, 5),
            Control("batch", "mini-batch", 16, 2, 64, 2),
            Control("rate", "learning rate", 0.2, 0.02, 2, 0.02),
        ),
        descents,
    ),
    LabPage(
        "11",
        "The learning rate",
        "How does the learning rate influence training, and how is a good one found?",
        (
            Control("rate", "learning rate", 0.5, 0.01, 20, 0.01),
            Control("momentum", "momentum", 0.0, 0, 0.95, 0.05),
            Control("epochs", "epochs", 20, 5, 60, 5),
        ),
        rates,
    ),
)
