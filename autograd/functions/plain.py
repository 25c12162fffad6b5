"""Functions that return plain numbers, without a derivative."""

from __future__ import annotations

from functools import lru_cache, partial
from inspect import signature
from typing import Any

import numpy as np

from autograd.functions.registry import implements, present
from autograd.numbers.number import Number

__all__ = ["answer", "on_data", "unwrap_node"]


@implements(np.full_like)
def _full_like(a: Any, fill_value: Any, dtype: Any = None) -> Any:
    if isinstance(fill_value, Number):
        return np.broadcast_to(fill_value, np.shape(a))  # type: ignore[call-overload]
    return np.full_like(unwrap_node(a), fill_value, dtype)  # only the shape of the tensor matters


def unwrap_node(x: Any) -> Any:
    """Return the data of a node, read-only and unseen by a tracer; anything else unchanged."""
    data = getattr(x, "_data", x) if isinstance(x, Number) else x
    if data is not x and isinstance(data, np.ndarray):
        data = data.view()
        data.flags.writeable = False
    return data


def unwrap_all(x: Any) -> Any:
    """Unwrap a node, and those in a list or tuple."""
    if not isinstance(x, (list, tuple)):
        return unwrap_node(x)
    parts = map(unwrap_node, x)
    return tuple(parts) if isinstance(x, tuple) else list(parts)


def on_data(function: Any, *args: Any, **options: Any) -> Any:
    """Evaluate a function that depends on shapes only."""
    return function(*map(unwrap_all, args), **{name: unwrap_all(x) for name, x in options.items()})


@lru_cache(maxsize=256)
def _place_of_out(function: Any) -> int:
    """Return the place of the argument ``out``; a place beyond all arguments if there is none."""
    try:
        names = list(signature(function).parameters)
    except ValueError:  # a function of NumPy's in C
        names = []
    return names.index("out") if "out" in names else 1000


def answer(function: Any, *args: Any, **options: Any) -> Any:
    """Evaluate a function on the numbers of tensors, as a plain result."""
    place = _place_of_out(function)
    if isinstance(options.get("out", args[place] if len(args) > place else None), Number):
        raise TypeError(f"np.{function.__name__} cannot write into a Tensor: leave out the argument out")
    if isinstance(options.get("weights"), Number):
        raise TypeError(f"np.{function.__name__} takes no Tensor as weights: write np.histogram of one axis")
    for x in (*args, *options.values()):
        for part in x if isinstance(x, (list, tuple)) else [x]:
            if isinstance(part, Number):
                part._read(f"np.{function.__name__}")  # type: ignore[attr-defined]
    return on_data(function, *args, **options)


# Decisions, places and counts depend on the numbers.
_ANSWERS = (
    *("argmax", "argmin", "argpartition", "argsort", "argwhere", "flatnonzero", "nonzero", "lexsort"),
    *("nanargmax", "nanargmin", "searchsorted", "digitize", "count_nonzero", "unravel_index"),
    *("all", "any", "allclose", "isclose", "array_equal", "array_equiv", "isneginf", "isposinf", "angle"),
    *("isin", "in1d", "intersect1d", "setdiff1d", "setxor1d", "ravel_multi_index"),
    *("histogram_bin_edges", "histogram2d", "histogramdd", "array2string", "array_repr", "array_str"),
    *("save", "savetxt", "savez", "savez_compressed"),
)
_OF_SHAPES = (
    *("shape", "ndim", "size", "zeros_like", "ones_like", "empty_like"),
    *("can_cast", "common_type", "min_scalar_type", "result_type", "may_share_memory", "shares_memory"),
    *("iscomplex", "iscomplexobj", "isreal", "isrealobj"),
    *("diag_indices_from", "tril_indices_from", "triu_indices_from"),
)
_function: Any
for _function in present(*_ANSWERS):
    implements(_function)(partial(answer, _function))
for _function in present(*_OF_SHAPES):
    implements(_function)(partial(on_data, _function))
