"""Conversions: input to checked arrays, and numbers that record to plain ones."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor, Value
from autograd.numbers.number import Number
from autograd.recording.conversions import has_masked
from nn.frames import array_of_frame, is_frame

__all__ = ["array_of", "unwrap"]


def array_of(x: Any, what: str, *, records: bool = False) -> Any:
    """Numbers as an array.

    Args:
        x: the numbers: an array, nested lists, or a frame or series as of pandas or polars.
        what: their name in messages, in the plural.
        records: whether a Tensor is returned as such, and an array may hold Values.

    Raises:
        TypeError: x does not hold real numbers only, has masked elements, or records without permission.
        ValueError: x has rows of different lengths, or is a frame with missing values.
    """
    if has_masked(x):
        raise TypeError(
            f"{what} have masked elements, and an array of plain numbers would show what the mask hides: "
            "leave these examples out, or give x.filled(number)"
        )
    if isinstance(x, Tensor):
        if records:
            return x
        raise TypeError(f"{what} must be plain numbers, not a Tensor: give its t.data")
    if is_frame(x):
        return array_of_frame(x, what)
    try:
        array = np.asarray(x)
    except ValueError:
        raise ValueError(f"{what} do not form an array: their rows have different lengths") from None
    except (RuntimeError, TypeError) as error:  # of a tensor of another library
        raise TypeError(
            f"{what} cannot be converted to an array of NumPy ({error}): give float32 or float64 numbers on "
            "the CPU, as by t.detach().cpu().float()"
        ) from None
    if records and array.dtype == object and all(isinstance(y, (Number, Real)) for y in array.flat):
        return array
    if array.dtype == object and array.size and all(isinstance(y, Real) for y in array.flat):
        array = array.astype(np.float64)  # as a table with columns of several types gives them
    if array.dtype.kind not in "biuf":
        is_text = array.dtype.kind in "US" or any(isinstance(y, str) for y in array.flat)
        advice = ": number the classes, np.unique(labels, return_inverse=True)[1]" if is_text else ""
        raise TypeError(f"{what} must be real numbers, not {array.dtype} as in {x!r:.40}{advice}")
    return array


def unwrap(x: Any) -> NDArray[Any]:
    """Unwrap a Tensor, a Value or an array of Values: the numbers as a plain array."""
    x = array_of(x, "the numbers of a model", records=True)
    if isinstance(x, Tensor):
        return np.array(x.data)
    if x.dtype != object:
        return np.asarray(x)
    return np.array([float(y.data if isinstance(y, Value) else y) for y in x.flat]).reshape(x.shape)
