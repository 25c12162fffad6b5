"""Functions that return plain numbers, without a derivative."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograd.functions.registry import implements
from autograd.numbers.number import Number

__all__ = ["answer", "on_data", "unwrap_node"]


@implements(np.full_like)
def _full_like(a: Any, fill_value: Any, dtype: Any = None) -> Any:
    if isinstance(fill_value, Number):
        raise TypeError("np.full_like of a Tensor to fill with: write np.broadcast_to(fill_value, a.shape)")
    return np.full_like(a._data, fill_value, dtype)  # only the shape of the tensor matters


def unwrap_node(x: Any) -> Any:
    """Return the data of a node, unseen by a tracer; anything else unchanged."""
    return getattr(x, "_data", x) if isinstance(x, Number) else x


def on_data(function: Any, *args: Any, **options: Any) -> Any:
    """Evaluate a function that depends on shapes only."""
    return function(*map(unwrap_node, args), **{name: unwrap_node(x) for name, x in options.items()})


def answer(function: Any, *args: Any, **options: Any) -> Any:
    """Evaluate a function on the numbers of tensors, as a plain result."""
    for x in (*args, *options.values()):
        if isinstance(x, Number):
            x._read(f"np.{function.__name__}")  # type: ignore[attr-defined]
    return on_data(function, *args, **options)


_function: Any
for _function in (np.argmax, np.argmin, np.argsort, np.allclose, np.isclose, np.array_equal, np.all, np.any):
    implements(_function)(partial(answer, _function))
for _function in (np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like):
    implements(_function)(partial(on_data, _function))
