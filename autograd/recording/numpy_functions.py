"""NumPy's functions on tensors, by its two protocols.

``np.tanh(t)`` arrives by ``__array_ufunc__`` (NEP 13), ``np.sum(t)`` by ``__array_function__``
(NEP 18). A function without a rule is refused by name: falling back to an array of objects would lose
the derivative.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.functions.plain import answer
from autograd.functions.registry import numpy_name, rule_for, rules
from autograd.numbers.ufuncs import UFUNCS
from autograd.recording.node import Node
from autograd.rules import arrays, linear_algebra

__all__ = ["call_function", "call_ufunc"]


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
        return answer(ufunc, *inputs)
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


def call_function(function: Any, args: Sequence[Any], options: dict[str, Any]) -> Any:
    """Call a NumPy function that has a tensor among its arguments.

    Raises:
        TypeError: it has no rule, or not with these options.
    """
    rule = rule_for(function)
    if rule is None:
        instead = _INSTEAD.get(function.__name__)
        known = ", ".join(sorted(f.__name__ for f in rules()))
        raise TypeError(
            f"{numpy_name(function)} has no derivative rule here: "
            + (f"write {instead}" if instead else f"there are {known}")
            + f"; with t.data for t, {numpy_name(function)} gives plain numbers"
        )
    try:
        return rule(*args, **options)
    except TypeError as error:
        if "argument" in str(error):
            raise TypeError(f"{numpy_name(function)} of a Tensor: {error}") from None
        raise


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
