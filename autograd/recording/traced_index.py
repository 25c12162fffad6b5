"""Indexing by the numbers of a function that is being compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.recording.node import Node
from autograd.rules.arrays import ArrayPrimitive, astype_of
from autograd.rules.indexing import gathered

__all__ = ["traced_item"]


def traced_item(a: Any, index: Any, copied: Callable[[Any], Any]) -> Any:
    """Index a Tensor with whole numbers that are arguments of a function being compiled; None without any.

    Args:
        a: the Tensor.
        index: as for an array. A list of numbers is one array, as in NumPy.
        copied: copies a plain part of an index.

    Raises:
        IndexError: there is no such element.
        TypeError: a part of the index is a mask.
    """
    parts = [_joined(part) for part in (index if isinstance(index, tuple) else (index,))]
    if not any(map(_is_traced, parts)):
        return None
    if any(_selects(part) for part in parts if _is_traced(part)):
        raise TypeError(
            "a mask in a compiled function selects another number of elements at each call: "
            "write np.where(mask, t, 0)"
        )
    return gathered(a, tuple(x if _is_traced(x) else copied(x) for x in parts), _is_traced)


def _is_traced(part: Any) -> bool:
    return isinstance(part, Node) and part._is_array()


def _joined(part: Any) -> Any:
    """Stack a list with traced numbers in it."""
    if not isinstance(part, list):
        return part
    parts = list(map(_joined, part))
    return np.stack(parts) if any(map(_is_traced, parts)) else part


def _selects(part: Any) -> bool:
    """Whether truth values index: a mask, or elements that were only moved out of one."""
    remaining = [part]
    while remaining:
        x = remaining.pop()
        if x._is_mask:
            return True
        row = x.primitive
        if (
            isinstance(row, ArrayPrimitive)
            and row.fold is None
            and row is not astype_of(x.dtype)
            and not row.work(x._data, *[y._data for y in x.inputs])
        ):
            remaining += x.inputs
    return False
