"""Examples for the pages, and short trainings on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn import MLP, Data, Epoch, fit
from nn.optimisers import Adam, Optimiser

__all__ = ["SHAPES", "learn", "rings", "shaped"]


def rings(n: int, noise: float = 0.1, seed: int = 0) -> Data:
    """Points on two rings, class 0 inside class 1, in turn."""
    rng = np.random.default_rng(seed)
    classes, angles = np.arange(n) % 2, rng.uniform(0, 2 * np.pi, n)
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return Data((0.5 + 0.5 * classes)[:, None] * ring + rng.normal(0, noise, (n, 2)), classes)


def _corners(n: int, noise: float, seed: int) -> Data:
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 2, (n, 2))
    return Data(2.0 * corners - 1 + rng.normal(0, 2 * noise, (n, 2)), corners.sum(axis=1) % 2)


def _spirals(n: int, noise: float, seed: int) -> Data:
    rng = np.random.default_rng(seed)
    arms, turns = np.arange(n) % 3, rng.uniform(0.2, 1, n)
    angles = 4 * turns + 2 * np.pi * arms / 3
    points = turns[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return Data(points + rng.normal(0, noise / 3, (n, 2)), arms)


SHAPES = {"rings": rings, "corners": _corners, "three spirals": _spirals}


def shaped(shape: str, n: int, noise: float, seed: int) -> Data:
    """Examples of a shape, a key of `SHAPES`."""
    return SHAPES[shape](n, noise, seed)


def learn(model: MLP, data: Data, epochs: int, **settings: Any) -> list[Epoch]:
    """Train a model in place, with Adam at a rate of 0.02 unless an optimiser is given."""
    optimiser: Optimiser = settings.pop("optimiser", None) or Adam(model.parameters(), 0.02)
    return fit(model, data, epochs=epochs, optimiser=optimiser, progress=False, **settings).epochs
