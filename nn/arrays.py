"""What comes in is turned into arrays and checked here, and what records comes out as plain numbers."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor, Value
from autograd.numbers.number import Number

__all__ = ["array_of", "plain"]


def array_of(x: Any, what: str, *, records: bool = False) -> Any:
    """Numbers as an array; if they may record, a Tensor stays one, and an array may be of Values.

    Raises:
        TypeError: they are not real numbers.
        ValueError: they are rows of different lengths.
    """
    if isinstance(x, Tensor):
        if records:
            return x
        raise TypeError(f"{what} are plain numbers, not a Tensor: give its t.data")
    try:
        array = np.asarray(x)
    except ValueError:
        raise ValueError(f"{what} are no array: their rows have different lengths") from None
    if records and array.dtype == object and all(isinstance(y, (Number, Real)) for y in array.flat):
        return array
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{what} are real numbers, not {array.dtype} as {x!r:.40}")
    return array


def plain(x: Any) -> NDArray[Any]:
    """The numbers in a Tensor, in a Value or in an array of Values, as an array that records nothing."""
    x = array_of(x, "the numbers of a model", records=True)
    if isinstance(x, Tensor):
        return np.array(x.data)
    if x.dtype != object:
        return np.asarray(x)
    return np.array([float(y.data if isinstance(y, Value) else y) for y in x.flat]).reshape(x.shape)
