"""Selection of elements by conditions and places, and matrices with some elements zero."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograd.functions.plain import read
from autograd.functions.rearranging import alike, gathered, numbered
from autograd.functions.registry import implements
from autograd.numbers.number import Number
from autograd.rules import arrays
from autograd.rules.primitive import apply, records
from autograd.rules.selection import where_of

__all__: list[str] = []


@implements(np.where)
def where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    if x is None and y is None:
        return np.nonzero(condition)
    if x is None or y is None:
        raise ValueError("np.where takes either both or neither of x and y")
    if hasattr(condition, "_select"):
        return condition._select(condition, x, y)
    if not (records(x) or records(y)):
        return np.where(condition, x, y)
    return apply(where_of(np.asarray(condition).astype(bool)), x, y)


@implements(np.extract)
def _extract(condition: Any, arr: Any) -> Any:
    chosen, a = read(condition, "np.extract"), arrays.operand(arr)
    return gathered(a, np.extract(chosen, numbered(a)))


@implements(np.compress)
def _compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    chosen, a = read(condition, "np.compress"), arrays.operand(a)
    return gathered(a, np.compress(chosen, numbered(a), axis))


@implements(np.select)
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if not len(condlist):
        raise ValueError("select with an empty condition list is not possible")
    result = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        if arrays.operand(condition).dtype != bool:
            raise TypeError("np.select: every condition is an array of truth values, such as t > 0")
        result = np.where(condition, arrays.operand(choice), result)
    return result


@implements(np.choose)
def _choose(a: Any, choices: Any, *, mode: Any = "raise") -> Any:
    parts = alike(*choices)
    which = np.choose(read(a, "np.choose"), range(len(parts)), mode=mode)  # checked, wrapped or clipped
    result = parts[0]
    for k, choice in enumerate(parts[1:], 1):
        result = np.where(which == k, choice, result)
    shape = np.broadcast_shapes(which.shape, result.shape)
    return np.broadcast_to(result, shape)


@implements(np.piecewise)
def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **options: Any) -> Any:
    """Evaluate a function, or a constant, where each condition holds.

    As in NumPy a function sees only the elements where its condition holds; within `compile`, where the
    conditions are traced, it sees all of them.
    """
    x = arrays.operand(x)
    listed = isinstance(condlist, (list, tuple)) or np.ndim(condlist) > 1
    single = not listed or (not isinstance(condlist[0], (list, np.ndarray, Number)) and len(x.shape) > 0)
    conditions = [condlist] if single else list(condlist)
    functions = list(funclist)
    if len(functions) not in (len(conditions), len(conditions) + 1):
        raise ValueError(
            f"with {len(conditions)} condition(s), either {len(conditions)} or {len(conditions) + 1} "
            "functions are expected"
        )
    result: Any = np.zeros(x.shape, x.dtype)
    if len(functions) > len(conditions):
        functions = [functions[-1], *functions[:-1]]
        rest = any(isinstance(c, Number) for c in conditions) or ~np.any(np.broadcast_arrays(*conditions), 0)
        conditions = [np.broadcast_to(rest, x.shape), *conditions]
    for condition, function in zip(conditions, functions, strict=True):
        result = np.where(condition, _evaluated(function, x, condition, args, options), result)
    return result


def _evaluated(function: Any, x: Any, condition: Any, args: Any, options: Any) -> Any:
    """Return a function's values where a condition holds, in the shape of x."""
    if not callable(function):
        return function
    if isinstance(condition, Number):
        return function(x, *args, **options)
    index = np.broadcast_to(np.asarray(condition, bool), x.shape)
    values = arrays.operand(function(x[index], *args, **options))
    return arrays.scatter(arrays.broadcast_to(values, (int(index.sum()),)), index, x.shape)


# ---- matrices


@implements(np.diag)
def _diag(v: Any, k: int = 0) -> Any:
    if len(v.shape) == 2:
        return np.diagonal(v, k)
    if len(v.shape) != 1:
        raise ValueError("Input must be 1- or 2-d.")
    size = v.size + abs(k)
    return arrays.scatter(v, np.nonzero(np.eye(size, k=k)), (size, size))


@implements(np.diagflat)
def _diagflat(v: Any, k: int = 0) -> Any:
    return np.diag(np.ravel(v), k)


def _triangle(function: Any, m: Any, k: int = 0) -> Any:
    return np.where(function(np.ones(m.shape, bool), k), m, 0)


implements(np.tril)(partial(_triangle, np.tril))
implements(np.triu)(partial(_triangle, np.triu))


# ---- writing


def _refused(function: Any, *args: Any, **options: Any) -> Any:
    raise TypeError(
        f"np.{function.__name__} writes into an array, and what was recorded of a Tensor does not change: "
        "write np.where(mask, values, t), which returns a new one"
    )


for _function in (np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal):
    implements(_function)(partial(_refused, _function))
