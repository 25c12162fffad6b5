"""The GPT of ``demos.scalar_gpt`` on a problem of the benchmarks."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workloads import Language
from demos.scalar_gpt import BLOCK, GPT, named

__all__ = ["ScalarGPT"]


class ScalarGPT(GPT):
    """The loss of one document and its gradient.

    Args:
        value: the engine's scalar class, with ``exp``, ``log`` and ``relu``.
        problem: weights and a document.
    """

    def __init__(self, value: Any, problem: Language) -> None:
        weights = {
            named(0, name) if name in BLOCK else name: matrix.tolist()
            for name, matrix in problem.weights.items()
        }
        super().__init__(value, weights, problem.heads)
        self.tokens = problem.tokens

    def step(self) -> Any:
        """Run forward and backward; return a function that fetches the loss and the gradient."""
        loss = self.loss(self.tokens)
        for p in self.parameters:
            p.grad = 0
        loss.backward()
        return lambda: (loss.data, np.array([p.grad for p in self.parameters]))
