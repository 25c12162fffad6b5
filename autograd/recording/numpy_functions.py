"""NumPy's functions on tensors, by its two protocols.

``np.tanh(t)`` arrives by ``__array_ufunc__`` (NEP 13), ``np.sum(t)`` by ``__array_function__``
(NEP 18). A function without a rule is refused by name: falling back to an array of objects would lose
the derivative.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.functions.calling import called
from autograd.functions.plain import answer
from autograd.functions.registry import rule_for
from autograd.numbers.ufuncs import PLAIN, UFUNCS
from autograd.recording.hooks import tracer
from autograd.recording.node import Node
from autograd.rules import arrays, linear_algebra

__all__ = ["call_function", "call_ufunc"]


def call_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """Apply a NumPy ufunc to inputs of which one is a tensor.

    Raises:
        TypeError: it has no rule, does not take an argument for tensors, or would write into an array.
    """
    if options or method != "__call__":
        # Loads the less common ways to call a ufunc.
        from autograd.functions.ufunc_methods import call

        return call(ufunc, method, inputs, options)
    name = ufunc.__name__
    if name in _COMPARISONS:
        return _compare(*_COMPARISONS[name], *inputs)
    if name in _PRODUCTS:
        return _PRODUCTS[name](*map(arrays.operand, inputs))
    if name in UFUNCS:
        return UFUNCS[name](*inputs)
    if name in _RECORDED_BY_TRACER and tracer.get() is not None:
        return _RECORDED_BY_TRACER[name](*inputs)
    if name in _PLAIN:
        return answer(ufunc, *inputs)
    raise _no_rule(ufunc)


def _compare(comparison: Callable[..., Any], reversed_: Callable[..., Any], a: Any, b: Any) -> Any:
    if isinstance(a, Node):
        return a._compare(comparison, b)
    return b._compare(reversed_, np.asarray(a))


# Each comparison, and the same with its operands exchanged.
_COMPARISONS = {
    "equal": (operator.eq, operator.eq),
    "not_equal": (operator.ne, operator.ne),
    "less": (operator.lt, operator.gt),
    "less_equal": (operator.le, operator.ge),
    "greater": (operator.gt, operator.lt),
    "greater_equal": (operator.ge, operator.le),
}
_PRODUCTS: dict[str, Callable[..., Any]] = {
    "matmul": linear_algebra.matmul,
    "vecdot": lambda a, b: linear_algebra.matmul(a[..., None, :], b[..., None])[..., 0, 0],
    "matvec": lambda a, b: linear_algebra.matmul(a, b[..., None])[..., 0],
    "vecmat": lambda a, b: linear_algebra.matmul(a[..., None, :], b)[..., 0, :],
}
# Predicates and roundings return plain arrays, without a derivative.
_PLAIN = PLAIN | {"logical_and", "logical_not", "logical_or", "logical_xor", "spacing"}
# A compiled function decides these for itself at every call.
_RECORDED_BY_TRACER: dict[str, Callable[..., Any]] = {
    "isnan": lambda x: x != x,
    "isinf": lambda x: abs(x) == math.inf,
    "isfinite": lambda x: abs(x) < math.inf,
}


def call_function(function: Any, args: Sequence[Any], options: dict[str, Any]) -> Any:
    """Call a NumPy function that has a tensor among its arguments.

    Raises:
        TypeError: it has no rule, or not with these arguments.
    """
    rule = rule_for(function)
    if rule is None:
        raise _no_rule(function)
    return called(function, rule, args, options)


def _no_rule(function: Any) -> TypeError:
    # Loads for errors alone.
    from autograd.functions.advice import advised

    return advised(function)
