"""`Embedding`: a vector for each whole number, such as the index of a word."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor, take
from autograd.recording.hooks import tracer
from nn.conversion import unwrap
from nn.layers import check_sizes, parameter_of
from nn.module import Module
from nn.purity import pure
from nn.seeds import Seed, generator_of

__all__ = ["Embedding"]


class Embedding(Module):
    """A table with a row of parameters for each whole number: row ``weight[i]`` stands for i.

    Y. Bengio, R. Ducharme, P. Vincent and C. Jauvin, "A neural probabilistic language model", 2003,
    section 2. Only the rows that were looked up have a gradient other than 0.

    Args:
        count: the number of rows.
        features: the length of each.
        seed: the generator to draw the rows from, one for the whole network, or a seed. They are
            normally distributed with variance 1.
        dtype: float64 or float32 for Tensors; object for arrays of Values.
        name: the suffix of E in pictures and messages.

    Attributes:
        weight: (count, features)

    Raises:
        TypeError: the dtype is not supported.
        ValueError: a size is not a whole number of at least 1, or the seed is out of range.

    Examples:
        >>> table = Embedding(10, 3, seed=0)
        >>> table([[1, 2, 1], [0, 9, 9]]).shape
        (2, 3, 3)
    """

    weight: Any

    def __init__(
        self, count: int, features: int, *, seed: Seed, dtype: Any = np.float64, name: str | None = None
    ) -> None:
        check_sizes(count, features)
        numbers = generator_of(seed).normal(size=(int(count), int(features)))
        self.weight = parameter_of(numbers, f"E{name or ''}", dtype)

    @pure
    def forward(self, x: Any) -> Any:
        """Whole numbers (...) to their rows (..., features).

        Raises:
            TypeError: the inputs are not whole numbers.
            ValueError: one of them has no row.
        """
        if isinstance(x, Tensor) and tracer.get() is not None:
            return take(self.weight, x)  # in compiled code the indices differ from call to call
        numbers = unwrap(x)
        with np.errstate(invalid="ignore"):  # of NaN, which differs from its index below
            index = numbers.astype(np.intp)
        if not np.array_equal(index, numbers):
            raise TypeError(f"an Embedding takes whole numbers, not {numbers.dtype} as in {x!r:.60}")
        outside = (index < 0) | (index >= len(self.weight))
        if outside.any():
            raise ValueError(
                f"{index[outside].flat[0]} has no row in an Embedding of {len(self.weight)}: "
                f"give numbers from 0 to {len(self.weight) - 1}"
            )
        return self.weight[index]
