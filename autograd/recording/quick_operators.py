"""The operators of the Python class `Value`, without the calls that `Number` makes on the way.

They record the same nodes. Where the class is in C, they are not loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.recording.explanations import explained
from autograd.recording.hooks import recording
from autograd.recording.node import next_serial
from autograd.rules import scalars as p
from autograd.rules.primitive import TABLE, Primitive

__all__ = ["quicken"]

_BINARY = {"add__": p.add, "sub__": p.sub, "mul__": p.mul, "truediv__": p.div}
_UNARY = ("neg", "square", "sqrt", "exp", "log", "sin", "cos", "tanh", "sigmoid", "relu")


def quicken(value: Any, record: Callable[..., Any]) -> Any:
    """Give the class `Value` quick operators; ``record(data, primitive, a, b)`` makes a node."""
    for name, row in _BINARY.items():
        operator = _binary(value, row, record, getattr(value, f"__{name}"))
        setattr(value, f"__{name}", operator)
        setattr(value, f"__r{name}", _reflected(operator, record, getattr(value, f"__r{name}")))
    for name in _UNARY:
        setattr(value, "__neg__" if name == "neg" else name, _unary(TABLE[name], record))
    value.__pow__ = _power(record, value.__pow__)
    return value


def _binary(value: Any, row: Primitive, record: Callable[..., Any], general: Any) -> Any:
    forward, new = row.forward, value.__new__

    def method(self: Any, other: Any) -> Any:
        if other.__class__ is not value:
            if other.__class__ is not float and other.__class__ is not int:
                return general(self, other)
            other = record(other, p.constant, None, None)
        try:
            data = forward(self._data, other._data)
        except (ArithmeticError, ValueError) as error:
            raise explained(error, row, (self, other)) from None
        if recording.get() is not True:
            return record(data, row, self, other)
        made = new(value)
        made._data = data
        made.primitive = row
        made._a = self
        made._b = other
        made._grad = made.name = None
        made._serial = next_serial()
        return made

    return method


def _reflected(operator: Any, record: Callable[..., Any], general: Any) -> Any:
    def method(self: Any, other: Any) -> Any:
        if other.__class__ is float or other.__class__ is int:
            return operator(record(other, p.constant, None, None), self)
        return general(self, other)

    return method


def _unary(row: Primitive, record: Callable[..., Any]) -> Any:
    forward = row.forward

    def method(self: Any) -> Any:
        try:
            data = forward(self._data)
        except (ArithmeticError, ValueError) as error:
            raise explained(error, row, (self,)) from None
        return record(data, row, self, None)

    return method


def _power(record: Callable[..., Any], general: Any) -> Any:
    def method(self: Any, exponent: Any) -> Any:
        if exponent.__class__ is float or exponent.__class__ is int:
            return _unary(p.power_of(exponent), record)(self)
        return general(self, exponent)

    return method
