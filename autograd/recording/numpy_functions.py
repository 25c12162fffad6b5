"""NumPy's functions on tensors, by its two protocols.

``np.tanh(t)`` arrives by ``__array_ufunc__`` (NEP 13), ``np.sum(t)`` by ``__array_function__``
(NEP 18). A function without a rule is refused by name: falling back to an array of objects would lose
the derivative.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd.numbers.ufuncs import UFUNCS
from autograd.recording.hooks import tracer
from autograd.recording.node import Node
from autograd.rules import arrays, linear_algebra
from autograd.rules.primitive import apply
from autograd.rules.selection import where_of

__all__ = ["FUNCTIONS", "call_function", "call_ufunc", "unwrap_node"]


def call_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """Apply a NumPy ufunc to inputs of which one is a tensor.

    Raises:
        TypeError: it has no rule, would write into an array, or is used as ``reduce`` and the like.
    """
    name = ufunc.__name__
    if "out" in options:
        raise TypeError(f"np.{name} cannot write a Tensor into an array: write a = a + t, not a += t")
    if method != "__call__":
        raise TypeError(
            f"np.{name} takes Tensors as a plain call alone: for np.{name}.{method} use a sum or a loop"
        )
    if options:
        raise TypeError(f"np.{name} of a Tensor does not take the argument {', '.join(options)}")
    if name in _ON_DATA_UFUNCS:
        return _answer(ufunc, *inputs)
    if name == "power":
        return _power(*inputs)
    if name == "matmul":
        return linear_algebra.matmul(*map(arrays.operand, inputs))
    if name not in UFUNCS:
        known = ", ".join(sorted({*UFUNCS, "matmul"} - _ON_DATA_UFUNCS))
        raise TypeError(
            f"np.{name} has no derivative rule here: there are {known}, and autograd.primitive adds one; "
            f"np.{name}(t.data) gives plain numbers"
        )
    return UFUNCS[name](*inputs)


def _power(base: Any, exponent: Any) -> Any:
    # With an array on the left, Python's operator would call this function again.
    if isinstance(base, Node):
        return base**exponent
    return exponent.__rpow__(base)


# Predicates and roundings return plain arrays, without a derivative.
_ON_DATA_UFUNCS = {
    "equal",
    "not_equal",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "isfinite",
    "isnan",
    "isinf",
    "sign",
    "signbit",
    "floor",
    "ceil",
    "rint",
}

FUNCTIONS: dict[Any, Callable[..., Any]] = {}


def call_function(function: Any, args: Sequence[Any], options: dict[str, Any]) -> Any:
    """Call a NumPy function that has a tensor among its arguments.

    Raises:
        TypeError: it has no rule, or not with these options.
    """
    rule = FUNCTIONS.get(function)
    if rule is None:
        instead = _INSTEAD.get(function.__name__)
        known = ", ".join(sorted(f.__name__ for f in FUNCTIONS))
        raise TypeError(
            f"{_name(function)} has no derivative rule here: "
            + (f"write {instead}" if instead else f"there are {known}")
            + f"; with t.data for t, {_name(function)} gives plain numbers"
        )
    try:
        return rule(*args, **options)
    except TypeError as error:
        if "argument" in str(error):
            raise TypeError(f"{_name(function)} of a Tensor: {error}") from None
        raise


def _name(function: Any) -> str:
    return f"{function.__module__.replace('numpy', 'np', 1)}.{function.__name__}"


_INSTEAD = {
    "std": "np.sqrt(np.var(t))",
    "dot": "a @ b",
    "inner": "a @ b",
    "vdot": "np.sum(a * b)",
    "outer": "a[:, None] * b",
    "tensordot": "np.einsum",
    "kron": "np.einsum and a reshape",
    "norm": "np.sqrt(np.sum(t * t))",
    "trace": "np.sum(t[np.arange(n), np.arange(n)])",
    "diag": "t[np.arange(n), np.arange(n)]",
    "diagonal": "t[np.arange(n), np.arange(n)]",
    "prod": "np.exp(np.sum(np.log(t))) for positive numbers",
    "average": "np.sum(weights * t) / np.sum(weights)",
    "nansum": "np.sum(np.where(np.isnan(t), 0.0, t))",
    "median": "np.sort on t.data for the places, then an index",
    "sort": "t[np.argsort(t)]",
    "hstack": "np.concatenate",
    "vstack": "np.concatenate",
    "column_stack": "np.stack(…, axis=1)",
    "repeat": "t[np.repeat(np.arange(len(t)), n)]",
    "tile": "np.concatenate([t] * n)",
    "flip": "t[::-1]",
    "roll": "np.concatenate((t[-n:], t[:-n]))",
    "split": "basic indices, t[:n] and t[n:]",
    "take": "t[index]",
    "cumsum": "np.tri(n) @ t",
    "pad": "np.concatenate with zeros",
    "linspace": "a + (b - a) * np.linspace(0, 1, n)",
}


def rule_for(function: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(rule: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS[function] = rule
        return rule

    return register


def _refuse(name: str, **options: Any) -> None:
    for option, value in options.items():
        if value is not None:
            raise TypeError(f"np.{name} of a Tensor does not take the argument {option}")


# Arguments have NumPy's names and order.


@rule_for(np.sum)
def _sum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    _refuse("sum", dtype=dtype, out=out)
    return a.sum(axis, keepdims)


@rule_for(np.mean)
def _mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    _refuse("mean", dtype=dtype, out=out)
    return a.mean(axis, keepdims)


@rule_for(np.var)
def _var(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False
) -> Any:
    _refuse("var", dtype=dtype, out=out)
    return a.var(axis, ddof, keepdims)


@rule_for(np.amax)
@rule_for(np.max)
def _max(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    _refuse("max", out=out)
    return a.max(axis, keepdims)


@rule_for(np.amin)
@rule_for(np.min)
def _min(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    _refuse("min", out=out)
    return a.min(axis, keepdims)


@rule_for(np.clip)
def _clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, **bounds: Any) -> Any:
    _refuse("clip", out=out)
    least, greatest = bounds.pop("min", a_min), bounds.pop("max", a_max)  # the names in NumPy 2
    _refuse("clip", **bounds)
    lower = a if least is None else np.maximum(a, least)
    return lower if greatest is None else np.minimum(lower, greatest)


@rule_for(np.ravel)
def _ravel(a: Any) -> Any:
    return a.ravel()


@rule_for(np.reshape)
def _reshape(a: Any, shape: Any) -> Any:
    return a.reshape(shape)


@rule_for(np.transpose)
def _transpose(a: Any, axes: Any = None) -> Any:
    return a.transpose() if axes is None else a.transpose(tuple(axes))


@rule_for(np.where)
def _where(condition: Any, x: Any, y: Any) -> Any:
    if isinstance(condition, Node) and (active := tracer.get()) is not None:
        return active.select(condition, x, y)
    condition = np.asarray(unwrap_node(condition))
    if not (isinstance(x, Node) or isinstance(y, Node)):
        return np.where(condition, x, y)
    return apply(where_of(condition.astype(bool)), x, y)


def _operands(sequence: Any) -> list[Any]:
    return list(map(arrays.operand, sequence))


@rule_for(np.concatenate)
def _concatenate(sequence: Any, axis: int | None = 0) -> Any:
    parts = _operands(sequence)
    if axis is None:
        return arrays.concatenate([arrays.reshape(x, (x.size,)) for x in parts], 0)
    return arrays.concatenate(parts, axis)


@rule_for(np.stack)
def _stack(sequence: Any, axis: int = 0) -> Any:
    parts = [_expand_dims(x, axis) for x in _operands(sequence)]
    return arrays.concatenate(parts, axis)


@rule_for(np.expand_dims)
def _expand_dims(a: Any, axis: Any) -> Any:
    return arrays.reshape(a, np.expand_dims(np.empty(a.shape, bool), axis).shape)


@rule_for(np.squeeze)
def _squeeze(a: Any, axis: Any = None) -> Any:
    return a.squeeze(axis)


@rule_for(np.swapaxes)
def _swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    axes = list(range(a.ndim))
    i, j = arrays.axes_of((axis1, axis2), a.ndim)
    axes[i], axes[j] = axes[j], axes[i]
    return arrays.transpose(a, tuple(axes))


@rule_for(np.moveaxis)
def _moveaxis(a: Any, source: Any, destination: Any) -> Any:
    order = np.moveaxis(np.empty([i + 1 for i in range(a.ndim)], bool), source, destination).shape
    return arrays.transpose(a, tuple(i - 1 for i in order))


@rule_for(np.broadcast_to)
def _broadcast_to(array: Any, shape: Any) -> Any:
    sizes = (shape,) if isinstance(shape, int) else tuple(map(operator.index, shape))
    return array.constant_unless_recording(arrays.broadcast_to(array, sizes))


@rule_for(np.einsum)
def _einsum(subscripts: Any, *operands: Any) -> Any:
    if not isinstance(subscripts, str):
        raise TypeError("np.einsum of Tensors names its axes by text, as 'ij,jk->ik'")
    return linear_algebra.einsum(subscripts, *map(arrays.operand, operands))


@rule_for(np.full_like)
def _full_like(a: Any, fill_value: Any, dtype: Any = None) -> Any:
    if isinstance(fill_value, Node):
        raise TypeError("np.full_like of a Tensor to fill with: write np.broadcast_to(fill_value, a.shape)")
    return np.full_like(a._data, fill_value, dtype)  # only the shape of the tensor matters


def unwrap_node(x: Any) -> Any:
    """Return the data of a node, unseen by a tracer; anything else unchanged."""
    return x._data if isinstance(x, Node) else x


def _on_data(function: Any, *args: Any, **options: Any) -> Any:
    return function(*map(unwrap_node, args), **{name: unwrap_node(x) for name, x in options.items()})


def _answer(function: Any, *args: Any, **options: Any) -> Any:
    """Evaluate a function on the numbers of tensors, as a plain result."""
    for x in (*args, *options.values()):
        if isinstance(x, Node):
            x._read(f"np.{function.__name__}")
    return _on_data(function, *args, **options)


# Functions with nothing to differentiate return plain numbers.
_function: Any
for _function in (np.argmax, np.argmin, np.argsort, np.allclose, np.isclose, np.array_equal, np.all, np.any):
    FUNCTIONS[_function] = partial(_answer, _function)
for _function in (np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like):
    FUNCTIONS[_function] = partial(_on_data, _function)
