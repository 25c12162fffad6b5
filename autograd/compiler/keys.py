"""The cache key of a compiled function's arguments: their types, shapes and constants."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import is_dataclass
from typing import Any

import numpy as np

from autograd.compiler.source import is_number
from autograd.numbers.number import real_or_none
from autograd.recording.conversions import native, refuse_masked
from autograd.recording.node import Node

__all__ = ["PROGRAMS", "as_array", "canonical", "kind_of"]

# The greatest number of programs that a compiled function keeps.
PROGRAMS = 128


def kind_of(x: Any, place: str) -> Hashable:
    """The part of the key for one argument: a number's type, an array's shape and precision, or a constant.

    Raises:
        TypeError: the argument is neither a number nor an array, and has no hash.
        ValueError: an array has masked elements.
    """
    if isinstance(x, np.ndarray):
        refuse_masked(x)
        return x.shape, x.dtype.newbyteorder("=")
    if is_number(x):
        return (type(real_or_none(x)),)
    try:
        hash(x)
    except TypeError:
        advice = "any other argument is a constant, and must have a hash"
        if is_dataclass(x):
            advice = "give its fields in a dict or a tuple, or make it frozen, which makes it a constant"
        raise TypeError(
            f"{place} is a {type(x).__name__}: a compiled function takes numbers, arrays, and lists, tuples "
            f"and dicts of them; {advice}"
        ) from None
    return type(x), x


def as_array(x: Any) -> Any:
    """Convert an object that NumPy takes for an array, such as the column of a table."""
    known = isinstance(x, (np.ndarray, np.generic, Node)) or not hasattr(type(x), "__array__")
    return x if known else np.asarray(x)


def canonical(x: Any) -> Any:
    """Convert a number to one of Python's, or an array to a plain one in native byte order."""
    if isinstance(x, np.ndarray):
        return native(np.asarray(x))
    return real_or_none(x) if is_number(x) else x
