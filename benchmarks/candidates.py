"""The search that `benchmarks.parallel` times: one training, in a module that workers import."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from demos.page.data_sets import circles
from nn import MLP, Adam, Data, evaluate, fit

__all__ = ["DISTRIBUTIONS", "validation_loss"]

EPOCHS = 20
DISTRIBUTIONS: dict[str, Any] = {
    "rate": lambda rng: 10 ** rng.uniform(-4, -1),
    "width": [8, 16, 32, 64],
    "batch": [16, 32, 64],
}


@cache
def _data() -> tuple[Data, Data]:
    return circles(600, 0, noise=0.2), circles(300, 1, noise=0.2)


def validation_loss(rate: float, width: int, batch: int) -> float:
    """The loss of a network 2-width-width-2 on fresh points of two rings, after twenty epochs on others."""
    train, validation = _data()
    model = MLP([2, width, width, 2], seed=0)
    optimiser = Adam(model.parameters(), rate)
    with np.errstate(all="ignore"):  # a rate may be too great
        fit(model, train, epochs=EPOCHS, batch_size=batch, optimiser=optimiser, seed=0, progress=False)
    return evaluate(model, validation)["loss"]
