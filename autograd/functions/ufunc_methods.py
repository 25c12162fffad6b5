"""The methods of NumPy's ufuncs, such as ``np.multiply.outer``, and the options of their calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from inspect import signature
from itertools import accumulate
from typing import Any

import numpy as np

from autograd.functions.plain import answer, unwrap_node
from autograd.functions.rearranging import in_precision
from autograd.functions.registry import refusal
from autograd.numbers.ufuncs import numpy_name
from autograd.rules import arrays
from autograd.rules.primitive import records

__all__ = ["call"]


def call(ufunc: Any, method: str, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """Call a method of a ufunc, or the ufunc itself with options.

    Raises:
        TypeError: tensors are not taken by this method, or with one of the options.
    """
    name = numpy_name(ufunc) if method == "__call__" else f"{numpy_name(ufunc)}.{method}"
    if "out" in options:
        raise TypeError(f"{name} cannot write a Tensor into an array: write a = a + t, not a += t")
    if method not in _RULES:
        raise TypeError(f"{name} takes no Tensors: {INSTEAD[method]}")
    rule = _RULES[method]
    given = {option: x for option, x in options.items() if not _is_default(option, x)}
    refused = [option for option in given if option not in signature(rule).parameters]
    if refused == ["where"]:
        raise TypeError(f"{refusal(name, refused)}: write np.where(mask, {name}(…), t)")
    if refused:
        raise TypeError(refusal(name, refused))
    return rule(ufunc, *inputs, **given)


INSTEAD = {
    "at": "to add the elements of a vector t at the places i of n, write (np.arange(n)[:, None] == i) @ t",
    "reduceat": "reduce each part by itself, as np.stack([np.sum(t[:2]), np.sum(t[2:])])",
}
_DEFAULTS = {"where": True, "casting": "same_kind", "order": "K", "subok": True}


def _is_default(option: str, x: Any) -> bool:
    if option == "axis":  # None stands for all axes
        return False
    return x is None or x is np._NoValue or (x is _DEFAULTS.get(option, np._NoValue))


def _on_cast_inputs(ufunc: Any, *inputs: Any, dtype: Any = None) -> Any:
    return ufunc(*[in_precision(x, dtype) for x in inputs])


def _outer(ufunc: Any, a: Any, b: Any, *, dtype: Any = None) -> Any:
    a, b = in_precision(a, dtype), in_precision(b, dtype)
    return ufunc(arrays.reshape(a, (*a.shape, *(1,) * b.ndim)), b)


# The reductions and scans that have a rule of their own.
_REDUCTIONS: dict[str, Callable[..., Any]] = {
    "add": np.sum,
    "multiply": np.prod,
    "maximum": np.max,
    "minimum": np.min,
}
_SCANS: dict[str, Callable[..., Any]] = {"add": np.cumsum, "multiply": np.cumprod}


def _reduce(
    ufunc: Any,
    array: Any,
    *,
    axis: Any = 0,
    dtype: Any = None,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """Reduce by the rule of NumPy's function, or else from left to right, one step for each element."""
    array = in_precision(array, dtype)
    options: dict[str, Any] = {"keepdims": keepdims}
    options |= {} if initial is None else {"initial": initial}
    options |= {} if where is True else {"where": where}
    if not records(array):  # a tensor selects, and has no derivative
        return answer(ufunc.reduce, array, axis=axis, **options)
    if ufunc.__name__ in _REDUCTIONS:
        return _REDUCTIONS[ufunc.__name__](array, axis, **options)
    wanted = ufunc.reduce(unwrap_node(array), axis=axis, **options)  # its shape; and NumPy's errors
    if wanted.dtype == bool:
        return answer(ufunc.reduce, array, axis=axis, **options)
    if "where" in options:
        raise TypeError(refusal(f"{numpy_name(ufunc)}.reduce", ["where"]))
    axes = arrays.axes_of(arrays.reduced_axes(axis, array.ndim), array.ndim)
    if not all(array.shape[i] for i in axes):
        return arrays.reshape(np.sum(array, axes), np.shape(wanted)) + wanted
    parts = _parts(array, axes)
    parts = [options["initial"], *parts] if "initial" in options else parts
    return arrays.reshape(reduce(ufunc, parts), np.shape(wanted))


def _parts(array: Any, axes: Sequence[int]) -> list[Any]:
    """Return the elements along axes, each an array of the other axes."""
    moved = np.moveaxis(array, axes, range(len(axes)))
    return [moved[index] for index in np.ndindex(*moved.shape[: len(axes)])]


def _accumulate(ufunc: Any, array: Any, *, axis: Any = 0, dtype: Any = None) -> Any:
    array = in_precision(array, dtype)
    if ufunc.__name__ in _SCANS:
        return _SCANS[ufunc.__name__](array, axis)
    axes = arrays.axes_of(axis, array.ndim)
    wanted = ufunc.accumulate(unwrap_node(array), axis=axis)
    if wanted.dtype == bool:
        return answer(ufunc.accumulate, array, axis=axis)
    steps = list(accumulate(_parts(array, axes), ufunc))
    return np.stack(steps, axis) if steps else array


_RULES: dict[str, Callable[..., Any]] = {
    "__call__": _on_cast_inputs,
    "outer": _outer,
    "reduce": _reduce,
    "accumulate": _accumulate,
}
