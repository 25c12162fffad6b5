"""Questions 1 and 2: what the parts of the data are for, and how many examples are needed."""

from __future__ import annotations

from collections.abc import Sequence

from lab.examples import learn, rings
from lab.line_plot import LinePlot
from lab.page_parts import Control, Drawn, LabPage, LabPart, Rows
from nn import MLP, accuracy, evaluate, split

__all__ = ["PAGES"]


def parts(examples: int, width: int, epochs: int, noise: float) -> Sequence[LabPart]:
    data = rings(examples, noise)
    train, validation, test = split(data.inputs, data.targets)
    model = MLP([2, width, 2])
    run = learn(model, train, epochs, validation=validation)
    best = min(run, key=lambda epoch: epoch.validation["loss"])
    lines = {
        "training": [(epoch.epoch, epoch.loss) for epoch in run],
        "validation": [(epoch.epoch, epoch.validation["loss"]) for epoch in run],
    }
    rows = [
        (name, len(part), evaluate(model, part)["loss"], accuracy(model, part))
        for name, part in (("training", train), ("validation", validation), ("test", test))
    ]
    return [
        "The weights are fitted on the **training** part. The **validation** part decides when to stop "
        f"and which network to keep: its loss is least after epoch {best.epoch} of {epochs}. The **test** "
        "part is used once, after the last choice; only then does its error estimate the error on unseen "
        "examples.",
        Drawn(LinePlot(lines, "epoch", "loss").svg()),
        Rows(("part", "examples", "loss", "accuracy"), rows),
        "A wide network on few noisy examples drives the training loss down while the validation loss "
        "rises: it overfits. Try 40 examples, a width of 32 and a noise of 0.25.",
    ]


def amount(noise: float, width: int, epochs: int) -> Sequence[LabPart]:
    unseen = rings(500, noise, seed=99)
    seen, new = [], []
    for n in (6, 12, 24, 48, 96, 192):
        model, data = MLP([2, width, 2]), rings(n, noise, seed=1)
        learn(model, data, epochs)
        seen.append((float(n), accuracy(model, data)))
        new.append((float(n), accuracy(model, unseen)))
    return [
        f"With 6 examples the network gets {new[0][1]:.0%} of 500 unseen ones right, with 192 it gets "
        f"{new[-1][1]:.0%}. On its own examples it gets {seen[0][1]:.0%} and {seen[-1][1]:.0%}: a few "
        "examples can be memorised, of many the network learns what they have in common.",
        Drawn(
            LinePlot({"its own examples": seen, "unseen": new}, "examples", "accuracy", log_across=True).svg()
        ),
        "More examples bring the two curves together. If they meet below 1, the rest is noise: no number of "
        "examples removes it.",
    ]


PAGES = (
    LabPage(
        "1",
        "Training, validation and test data",
        "What are the training set, the validation set and the test set for?",
        (
            Control("examples", "examples", 100, 30, 400, 10),
            Control("width", "hidden neurons", 16, 1, 48, 1),
            Control("epochs", "epochs", 60, 5, 200, 5),
            Control("noise", "noise", 0.2, 0, 0.4, 0.05),
        ),
        parts,
    ),
    LabPage(
        "2",
        "How many examples are needed",
        "How does the number N of examples influence learning?",
        (
            Control("noise", "noise", 0.15, 0, 0.4, 0.05),
            Control("width", "hidden neurons", 12, 1, 48, 1),
            Control("epochs", "epochs", 80, 10, 200, 10),
        ),
        amount,
    ),
)
