"""Data as people have it, as the arrays of floats that a `Tensor` holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd.recording.node import Node

__all__ = ["FLOATS", "floats", "has_masked", "native", "precision", "refuse_masked"]

FLOATS = (np.dtype(np.float64), np.dtype(np.float32))


def floats(data: Any, dtype: Any = None) -> Any:
    """Copy numbers to an array of floats in this machine's byte order.

    Raises:
        TypeError: the data or the dtype is not real numbers in single or double precision.
        ValueError: rows differ in length, or entries of a masked array are masked.
    """
    if isinstance(data, Node) and data._is_array():
        raise TypeError("a Tensor is made from plain numbers: write t.detach() for a constant copy of t")
    refuse_masked(data)
    try:
        array = native(np.array(data))
    except ValueError as error:
        raise ValueError(f"the rows of a Tensor must have the same length: {error}") from None
    if array.dtype not in FLOATS:
        if array.dtype.kind not in "biu":
            raise TypeError(_reason(data, array))
        dtype = np.float64 if dtype is None else dtype
    return array if dtype is None else array.astype(precision(dtype), copy=False)


def precision(dtype: Any) -> Any:
    found = np.dtype(dtype).newbyteorder("=")
    if found not in FLOATS:
        raise TypeError(f"a Tensor holds float32 or float64, not {found}")
    return found


def native(array: Any) -> Any:
    """Return an array in this machine's byte order: the same one if it is."""
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def has_masked(data: Any) -> bool:
    """Return whether an array, or one in nested lists, has masked entries."""
    if isinstance(data, (list, tuple)):
        return any(isinstance(x, (list, tuple, np.ma.MaskedArray)) and has_masked(x) for x in data)
    return isinstance(data, np.ma.MaskedArray) and bool(np.ma.is_masked(data))


def refuse_masked(data: Any) -> None:
    """Refuse a masked array, alone or in a list: its masked entries would count as numbers."""
    if has_masked(data):
        raise ValueError(
            "masked entries of an array would be taken for numbers: fill them, as masked.filled(0.0), or "
            "leave them out, as masked.compressed()"
        )


def _reason(data: Any, array: Any) -> str:
    """Say why an array is not one of floats."""
    if array.dtype != object:
        return f"a Tensor holds single or double precision floats, not {array.dtype}: give float32 or float64"
    odd = next((x for x in array.flat if not isinstance(x, (bool, int, float))), None)
    if isinstance(odd, Node):
        return (
            f"a Tensor is made from floats and whole numbers, not from {type(odd).__name__}s: NumPy's "
            "functions work on an array of those without a Tensor"
        )
    if array.size and all(isinstance(x, int) for x in array.flat):
        return (
            f"{max(array.flat, key=abs)!s:.40} is too large for a whole number of NumPy: write it as a float"
        )
    advice = "give numbers"
    if isinstance(odd, Mapping):
        advice = "make a Tensor of each entry"
    elif hasattr(odd, "__next__"):
        advice = "make a list of it"
    kind = f"{type(odd).__name__} {odd!r:.40}"
    return f"a Tensor is made from floats and whole numbers, not from an object like {kind}: {advice}"
