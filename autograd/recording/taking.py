"""`take`: an item of a sequence, at an index that may be a number of a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.numbers.value_array import ValueArray
from autograd.recording.tensor import Tensor
from autograd.rules.indexing import index_of, item_of
from autograd.rules.primitive import apply, records

__all__ = ["take"]


def take(items: Any, index: Any) -> Any:
    """``items[index]``, where the index may be an argument of a compiled function.

    In a compiled function, whole numbers among the arguments are recorded, and a list cannot be indexed by
    recorded numbers. With `take`, one program serves all their values: all tokens of an embedding, all
    labels of a loss.

    Args:
        items: numbers, or sequences of equally many numbers; in a list, a tuple, an array or a Tensor.
        index: a whole number; a negative one counts from the end. If the compiled function has arrays among
            its arguments, an array of whole numbers too.

    Returns:
        a number, or a list, an array or a Tensor of them.

    Raises:
        IndexError: there is no such item; a compiled function raises it when it is called.

    Example:
        >>> from autograd import compile, take
        >>> f = compile(lambda items, i: take(items, i) * 2)
        >>> f([1.0, 2.0, 3.0], 0), f([1.0, 2.0, 3.0], -1)
        (2.0, 6.0)
    """
    if not records(index):
        return items[index]
    if index._is_array():
        return (items if isinstance(items, Tensor) else Tensor(items).detach())[index]
    if not len(items):
        raise IndexError("an item of no items: give at least one")
    return _taken(items, apply(index_of(-len(items), len(items)), index))


def _taken(items: Any, place: Any) -> Any:
    if isinstance(items, np.ndarray) and items.ndim > 1:
        columns = items.reshape(len(items), -1).T
        found = np.empty(len(columns), object)
        found[:] = [_taken(column, place) for column in columns]
        return found.reshape(items.shape[1:]).view(ValueArray)
    if isinstance(items[0], Sequence):
        return [_taken(column, place) for column in zip(*items, strict=True)]
    return apply(item_of(len(items)), place, *items)
