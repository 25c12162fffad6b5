"""One training step of the GPT of ``demos.scalar_gpt``, compiled once for all documents of a length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from autograd import Compiled, Value, compile, take, value_and_grad  # noqa: A004
from demos.scalar_gpt import GPT, Matrix

__all__ = ["compiled_step"]


def compiled_step(heads: int, blocks: int = 1, backend: str | None = None) -> Compiled:
    """Return a function of weights and tokens that gives the loss and its gradient by the weights.

    Weights are as `GPT` takes them, of floats. The tokens are arguments like the weights, so their number
    alone decides on the program. `autograd.take` indexes with them, and the greatest logit is chosen at
    every run.

    Args:
        heads: of the attention, as for `GPT`.
        blocks: how many there are.
        backend: as for `autograd.compile`.
    """

    def loss(weights: Mapping[str, Matrix], tokens: Sequence[int]) -> Any:
        return GPT(lambda x: x, weights, heads, blocks, take=take, greatest=_greatest).loss(tokens)

    return compile(value_and_grad(loss), backend=backend)


def _greatest(numbers: Sequence[Value]) -> Any:
    return reduce(Value.maximum, numbers)
