"""Scalars packed into an array: the row by which a graph of scalars enters a graph of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules.arrays import ArrayPrimitive, LinearMap, Shape, getitem, scatter
from autograd.rules.primitive import Primitive, apply, family

__all__ = ["packed_of"]


@family
def packed_of(shape: Shape, dtype: Any, record: Callable[..., Any]) -> Primitive:
    """Pack scalars, in C order, into an array of this shape and precision.

    Args:
        shape: its size is the number of inputs.
        dtype: float32 or float64.
        record: ``record(primitive, inputs)`` records it when the inputs are `Value`.
    """

    def element(index: tuple[int, ...]) -> LinearMap:
        return LinearMap(
            push=lambda t: scatter(apply(packed_of((), dtype, record), t), index, shape),
            pull=lambda g: g[index].item() if isinstance(g, np.ndarray) else getitem(g, index),
        )

    row = ArrayPrimitive(
        "pack",
        lambda *numbers: np.array(numbers, dtype).reshape(shape),
        lambda out, *numbers: [element(index) for index in np.ndindex(shape)],
    )
    row.record = record
    return row
