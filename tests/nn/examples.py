"""Data and models that several tests train."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor
from nn.data import Data
from nn.layers import Dropout, Linear, Sequential, Tanh
from nn.module import Module


def clouds(count: int = 60, seed: int = 0) -> Data:
    """Three classes, each around its own corner."""
    rng = np.random.default_rng(seed)
    targets = np.arange(count) % 3
    corners = np.array([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])
    return Data(corners[targets] + 0.5 * rng.normal(size=(count, 2)), targets)


DATA, VALIDATION = clouds(), clouds(30, seed=1)


def dropping(dtype: Any = np.float64) -> Sequential:
    """A network with `Dropout`, which is not pure."""
    rng = np.random.default_rng(5)
    return Sequential(
        Linear(2, 6, seed=rng, dtype=dtype), Tanh(), Dropout(0.3, seed=1), Linear(6, 3, seed=rng, dtype=dtype)
    )


def numbers(model: Module) -> bytes:
    """The bits of all parameters."""
    return b"".join(array.tobytes() for array in model.state_dict().values())


class Flat(Module):
    """One number for an example, in an array with one axis."""

    def __init__(self) -> None:
        self.weight = Tensor([0.5, 0.25])

    def forward(self, x: Any) -> Any:
        return x @ self.weight
