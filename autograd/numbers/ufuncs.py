"""NumPy's ufuncs on numbers of any type (NEP 13): ``np.tanh(x)`` and ``array + x``."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd.rules import scalars as p
from autograd.rules.primitive import apply, records

__all__ = ["UFUNCS", "call_on_numbers"]

# The functions that NumPy's ufuncs become, by NumPy's names.
UFUNCS: dict[str, Callable[..., Any]] = {
    "power": operator.pow,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "add": partial(apply, p.add),
    "subtract": partial(apply, p.sub),
    "multiply": partial(apply, p.mul),
    "divide": partial(apply, p.div),
    "negative": partial(apply, p.neg),
    "square": partial(apply, p.square),
    "sqrt": partial(apply, p.sqrt),
    "exp": partial(apply, p.exp),
    "log": partial(apply, p.log),
    "sin": partial(apply, p.sin),
    "cos": partial(apply, p.cos),
    "tanh": partial(apply, p.tanh),
    "absolute": partial(apply, p.absolute),
    "maximum": partial(apply, p.maximum),
    "minimum": partial(apply, p.minimum),
}
REDUCTIONS = {"add", "maximum", "minimum"}


def call_on_numbers(
    number: Any, ufunc: Any, method: str, inputs: Sequence[Any], options: dict[str, Any]
) -> Any:
    """Apply a ufunc to inputs of which one is a number, element by element where there is an array.

    Raises:
        TypeError: the ufunc has no derivative rule.
    """
    (out,) = options.pop("out", (None,))
    if method == "reduce" and ufunc.__name__ in REDUCTIONS:
        return number  # the sum, or an extremum, of one number
    if method != "__call__" or options:
        return NotImplemented
    function = UFUNCS.get(ufunc.__name__)
    if function is None:
        raise TypeError(
            f"np.{ufunc.__name__} has no derivative rule here; "
            f"there are {', '.join(sorted(UFUNCS))}, and autograd.primitive adds one"
        )
    if any(records(x) and x._is_array() and type(x) is not type(number) for x in inputs):
        return NotImplemented  # the array's own type knows
    if any(x._is_array() for x in inputs if records(x)):
        return function(*inputs)
    # NumPy's own scalars become objects too: otherwise they would call this function again.
    scalar = not any(isinstance(x, np.ndarray) for x in inputs)
    boxed = [_box(x) if records(x) else np.asarray(x).astype(object) for x in inputs]
    result = np.frompyfunc(function, len(inputs), 1)(*boxed)
    if out is not None:
        out[...] = result
        return out
    return result[()] if scalar and isinstance(result, np.ndarray) else result


def _box(x: Any) -> Any:
    box = np.empty((), dtype=object)
    box[()] = x
    return box
