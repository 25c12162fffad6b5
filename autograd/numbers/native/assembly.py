"""The native class put together: nodes and operators in C, everything else from the Python class."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

from autograd.rules import scalars as p
from autograd.rules.primitive import TABLE, Primitive

__all__ = ["assembled", "counted"]

# Methods of `Number` and `Node` that native code calls for what it leaves to Python.
_OPERATORS = (
    *("__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__", "__rtruediv__"),
    *("__pow__", "__rpow__", "maximum", "minimum", "__bool__"),
    *("__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__"),
)


def assembled(core: Any, pure: Any, unusual: array[int], left: dict[str, Any]) -> Any:
    """Return the native `Value`.

    Args:
        core: the extension.
        pure: the Python class, whose methods it gets.
        unusual: the count of values other than the default of the context variables.
        left: functions that native code calls: ``recording`` returns whether operations are recorded.
    """
    node, defined = pure.__base__, vars(pure)
    left |= {name: getattr(node, name) for name in _OPERATORS}
    left |= {
        "__init__": defined["__init__"],
        "get data": defined["data"].fget,
        "set data": defined["data"].fset,
        "set inputs": node.inputs.fset,
        "general": defined["_apply"].__func__,
        "power_of": p.power_of,
        "exponential_of": p.raised,
    }
    native = core.make(node, {**TABLE, "constant": p.constant}, left, unusual)
    _complete(native, pure)
    native.__slots__ = pure.__slots__  # what a copy consists of
    native.backward = _backward(core.sweep, node.backward)
    return native


def counted(core: Any, pure: Any, left: dict[str, Any]) -> Any:
    """Return the native `Counted`; arguments as for `assembled`."""
    number = pure.__base__
    left |= {name: getattr(number, name) for name in _OPERATORS}
    left |= {"_apply": vars(pure)["_apply"].__func__, "Primitive": Primitive}
    native = core.make_counted(number, {**TABLE, "constant": p.constant}, left)
    _complete(native, pure)
    return native


def _complete(native: Any, pure: Any) -> None:
    """Give a native class what only the Python class defines."""
    for name, value in vars(pure).items():
        if name not in vars(native) and name not in pure.__slots__:
            setattr(native, name, value)
    native.__doc__ = pure.__doc__


def _backward(sweep: Callable[..., bool], general: Callable[..., None]) -> Any:
    def backward(self: Any, adjoint: Any = None, *, retain_graph: bool = True) -> None:
        if not sweep(self, adjoint, not retain_graph):
            general(self, adjoint, retain_graph=retain_graph)
        elif not retain_graph and self._a is not None:
            self._become_constant()

    backward.__doc__ = general.__doc__
    return backward
