"""`Value`: a number that remembers how it was computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from autograd.numbers.number import real
from autograd.recording.hooks import native, recording, words
from autograd.recording.node import NODE_SLOTS, Node, next_serial
from autograd.rules import scalars as p
from autograd.rules.primitive import Primitive

__all__ = ["Value", "constant_value"]


class Value(Node):
    """A scalar that records the operations done with it.

    Args:
        data: a real number: float, int, `fractions.Fraction` or a NumPy scalar.
        name: what pictures and messages call it.

    Raises:
        TypeError: the data is not a real number, or the name is not text.

    Examples:
        >>> x = Value(2.0, name="x")
        >>> (x * x + 3).backward()
        >>> x.grad
        4.0
    """

    __slots__ = NODE_SLOTS

    def __init__(self, data: Any, name: str | None = None) -> None:
        self._become_leaf(real(data), name)

    @property
    def data(self) -> Any:
        """The number. A leaf's can be set, which makes results out of date; others raise `GraphError`."""
        return self._read("data")

    @data.setter
    def data(self, data: Any) -> None:
        self._refuse_new_data()
        self._data = real(data)
        self._serial = next_serial()

    @property
    def grad(self) -> Any:
        """The derivative of the result that `backward` was called on, as in micrograd: 0 until computed."""
        return 0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        self._grad = None if grad.__class__ is int and grad == 0 else grad

    _prev, _op = property(lambda self: self.inputs), property(lambda self: self.op)  # micrograd's names

    @classmethod
    def _apply(cls, primitive: Primitive, inputs: Sequence[Any]) -> Any:
        if primitive.record is not None:
            return primitive.record(primitive, inputs)
        try:
            a, *others = [x if isinstance(x, Value) else constant_value(x) for x in inputs]
        except TypeError:
            array = next((x for x in inputs if isinstance(x, Node) and not isinstance(x, Value)), None)
            if array is None:
                raise
            return array._apply(primitive, inputs)
        try:
            data = real(primitive.forward(a._data, *[v._data for v in others]))
        except (ArithmeticError, ValueError) as error:
            raise words().explained(error, primitive, (a, *others)) from None
        b = tuple(others) if len(others) > 1 else next(iter(others), None)
        return _record(data, primitive, a, b)

    @staticmethod
    def _sweep(nodes: Iterable[Any]) -> None:
        # The measured fast path of `differentiation.sweep`: on the nodes, with no list of edges.
        for v in nodes:
            a = v._a
            if a is None:
                continue
            g = v._grad
            b: Any = v._b
            primitive: Any = v.primitive
            try:
                if primitive is p.mul:
                    da, db = b._data, a._data
                elif primitive is p.add:
                    da = db = 1
                elif b is None:
                    (da,) = primitive.partials(v._data, a._data)
                elif b.__class__ is not tuple:
                    da, db = primitive.partials(v._data, a._data, b._data)
                else:
                    da, *ds = primitive.partials(v._data, a._data, *[i._data for i in b])
                    _accumulate(v, b, ds)
                    b = None
            except (ArithmeticError, ValueError) as error:
                raise words().explained(error, primitive, v.inputs, "the derivative of ") from None
            if b is not None:
                if b._serial >= v._serial:
                    raise words().out_of_order(b, v)
                h = b._grad
                b._grad = g * db if h is None else h + g * db
            if a._serial >= v._serial:
                raise words().out_of_order(a, v)
            h = a._grad
            a._grad = g * da if h is None else h + g * da

    def _like(self, number: int) -> Value:
        return constant_value(type(self._data)(number))

    def __repr__(self) -> str:
        parts = [f"data={self._brief()}", f"grad={self.grad}", *([f"op={self.op!r}"] if self.op else [])]
        parts += [] if self.name is None else [f"name={self.name!r:.60}"]
        return f"Value({', '.join(parts)})"


def _accumulate(v: Value, inputs: Sequence[Value], derivatives: Sequence[Any]) -> None:
    for i, d in zip(inputs, derivatives, strict=True):
        if i._serial >= v._serial:
            raise words().out_of_order(i, v)
        i._grad = v._grad * d if i._grad is None else i._grad + v._grad * d


def _record(data: Any, primitive: Primitive, a: Value | None, b: Any) -> Value:
    mode = recording.get()
    if mode is not True and not mode:
        primitive, a, b = p.constant, None, None
    value = _new(Value)
    value._data = data
    value.primitive = primitive
    value._a = a
    value._b = b
    value._grad = value.name = None
    value._serial = next_serial()
    if mode is not True and callable(mode):
        mode(value)
    return value


def constant_value(number: object) -> Value:
    return _record(real(number), p.constant, None, None)


def _quickened(defined: Any) -> Any:
    # Defers the load of what the Python class needs only where there is no extension.
    from autograd.recording.quick_operators import quicken

    return quicken(defined, _record)


_defined = Value
Value = native("Value", Value, real=real)  # type: ignore[misc]  # the class in C, if it is built
Value = _quickened(Value) if Value is _defined else Value  # type: ignore[misc]
_new = Value.__new__
