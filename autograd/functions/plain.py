"""Functions that return plain numbers, without a derivative."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from inspect import signature
from typing import Any

import numpy as np

from autograd.functions.registry import implements, present
from autograd.numbers.number import Number

__all__ = ["answer", "on_data", "read", "unwrap_node"]


@implements(np.full_like)
def _full_like(a: Any, fill_value: Any, dtype: Any = None) -> Any:
    if isinstance(fill_value, Number):
        return np.broadcast_to(fill_value, np.shape(a))  # type: ignore[call-overload]
    return np.full_like(unwrap_node(a), fill_value, dtype)  # only the shape of the tensor matters


def unwrap_node(x: Any) -> Any:
    """Return the data of a node, and of those in lists and tuples, unseen by a tracer; else x unchanged."""
    return _unwrapped(x, lambda node: node._data)


def read(x: Any, function: str) -> Any:
    """Do as `unwrap_node` for a function whose result depends on the numbers.

    Raises:
        ControlFlowError: the numbers change with the input of a function that is being compiled.
    """
    return _unwrapped(x, lambda node: node._read(function))


def _unwrapped(x: Any, data_of: Callable[[Any], Any]) -> Any:
    if type(x) in (list, tuple):
        return type(x)(_unwrapped(part, data_of) for part in x)
    data = data_of(x) if isinstance(x, Number) and hasattr(x, "_data") else x
    if data is not x and isinstance(data, np.ndarray):
        data = data.view()
        data.flags.writeable = False  # some functions write into an argument, or return it
    return data


def on_data(function: Any, *args: Any, **options: Any) -> Any:
    """Evaluate a function that depends on shapes only."""
    return function(*unwrap_node(args), **{name: unwrap_node(x) for name, x in options.items()})


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
    name, place = f"np.{function.__name__}", _place_of_out(function)
    if isinstance(options.get("out", args[place] if len(args) > place else None), Number):
        raise TypeError(f"{name} cannot write into a Tensor: leave out the argument out")
    if isinstance(options.get("weights"), Number):
        raise TypeError(f"{name} takes no Tensor as weights: write np.histogram of one axis")
    return function(*read(args, name), **{option: read(x, name) for option, x in options.items()})


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
