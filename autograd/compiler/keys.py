"""What a program depends on: the cache key of a compiled function's arguments."""

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

# The most programs that a compiled function keeps.
PROGRAMS = 128


def kind_of(x: Any, place: str) -> Hashable:
    """What a program depends on: the type of a number, shape and precision of an array, all of a constant."""
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
    """Convert what NumPy would take for an array, such as the column of a table."""
    known = isinstance(x, (np.ndarray, np.generic, Node)) or not hasattr(type(x), "__array__")
    return x if known else np.asarray(x)


def canonical(x: Any) -> Any:
    """A number as the program takes it: one of Python's, or an array without a subclass."""
    if isinstance(x, np.ndarray):
        return native(np.asarray(x))
    return real_or_none(x) if is_number(x) else x
