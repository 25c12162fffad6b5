"""`Value`: a number that remembers how it was computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

from autograd import primitives as p
from autograd.errors import CycleError, GraphError, MutatedError
from autograd.numbers import Number, real
from autograd.primitives import Primitive, apply

__all__ = ["Value", "neuron", "softmax", "softmax_cross_entropy", "topological"]

_new = object.__new__
# Values are numbered as they are made, and a leaf anew when its data is replaced. So an input has a
# lower number than its user: where it has not, the leaf has changed since, or there is a cycle.
_next_serial = count().__next__


class Value(Number):
    """A scalar that records the operations done with it.

    Args:
        data: a real number: float, int, `fractions.Fraction` or a NumPy scalar.
        name: what pictures and messages call it.

    Attributes:
        grad: the derivative of the result that `backward` was called on, by this value;
            None until computed.
        name: what pictures and messages call it, or None.

    Raises:
        TypeError: the data is not a real number, or the name not text.

    Example:
        >>> x = Value(2.0, name="x")
        >>> y = x * x + 3
        >>> y.backward()
        >>> x.grad
        4.0
    """

    # One object a node and no tuple of inputs: the garbage collector walks every tracked object
    # again and again, and a tuple beside each node makes recording three times slower.
    __slots__ = ("__weakref__", "_a", "_b", "_data", "_serial", "grad", "name", "primitive")

    primitive: Primitive | None
    grad: Any

    def __init__(self, data: Any, name: str | None = None) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"a name is text, not {type(name).__name__} {name!r:.40}")
        self._data = real(data)
        self.name = name
        self.grad = None
        self.primitive = None
        # The first input, and the second, or a tuple of all the others where there are more.
        self._a: Value | None = None
        self._b: Value | tuple[Value, ...] | None = None
        self._serial = _next_serial()

    @property
    def data(self) -> Any:
        """The number. That of a leaf can be replaced; what was computed from it is then out of date.

        Raises:
            GraphError: on setting the data of a value that an operation computed.
            TypeError: on setting it to anything but a real number.
        """
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        if self.primitive is not None:
            origin = "is a constant of an expression" if self.is_constant else f"was computed by {self.op!r}"
            raise GraphError(
                f"{self._label()} {origin}: set the data of a leaf and compute again, or make a new Value"
            )
        self._data = real(data)
        self._serial = _next_serial()

    @property
    def inputs(self) -> tuple[Value, ...]:
        """The values it was computed from, in order and with repeats: ``x * x`` has two."""
        a, b = self._a, self._b
        if a is None:
            return ()
        if b is None:
            return (a,)
        return (a, *b) if isinstance(b, tuple) else (a, b)

    @inputs.setter
    def inputs(self, inputs: object) -> None:
        raise GraphError(
            "the inputs of a value are fixed when it is recorded, so that no cycle can be made: "
            "compute a new Value instead; a recurrence is unrolled, one new value per step"
        )

    @property
    def op(self) -> str:
        """The symbol of the operation that computed it; empty for a leaf."""
        return "" if self.primitive is None else self.primitive.symbol

    @property
    def is_constant(self) -> bool:
        """Whether it is a plain number that was written into an expression, as the 3 of ``x + 3``."""
        return self.primitive is p.constant

    def older_than(self, other: Value) -> bool:
        """Whether it was made, or its data replaced, before the other."""
        return self._serial < other._serial

    @classmethod
    def _apply(cls, primitive: Primitive, inputs: Sequence[Any]) -> Any:
        a, *others = [x if isinstance(x, Value) else _constant(x) for x in inputs]
        try:
            data = real(primitive.forward(a._data, *[v._data for v in others]))
        except (ArithmeticError, ValueError) as error:
            raise explained(error, primitive, (a, *others)) from None
        b = tuple(others) if len(others) > 1 else next(iter(others), None)
        return _record(data, primitive, a, b)

    def backward(self) -> None:
        """Reverse accumulation: set `grad` on everything this value was computed from.

        Leaves add up their gradients over calls, as everywhere; inner values are set anew, so that
        calling twice is right. The graph is kept. If it fails, every `grad` is as it was.

        Raises:
            MutatedError: the data of a leaf was replaced after it was used.
            CycleError: a value depends on itself.
            ArithmeticError: a local derivative is infinite or undefined there, as that of sqrt at 0.
        """
        order = topological(self)
        before = [v.grad for v in order]
        for v in order:
            v.grad = None
        self.grad = type(self._data)(1)
        try:
            _sweep(order)
        except BaseException:  # not half a gradient: all of it, or what was there
            for v, grad in zip(order, before, strict=True):
                v.grad = grad
            raise
        for v, grad in zip(order, before, strict=True):
            if grad is not None and v._a is None:
                v.grad = grad + v.grad

    def _label(self) -> str:
        return f"Value {self.name!r:.40}" if self.name else f"a Value of {_text(self._data):.40}"

    def __repr__(self) -> str:
        parts = [f"data={_text(self._data)}", f"grad={_text(self.grad)}"]
        if self.op:
            parts.append(f"op={self.op!r}")
        if self.name is not None:
            parts.append(f"name={self.name!r:.60}")
        return f"Value({', '.join(parts)})"


def topological(root: Value) -> list[Value]:
    """Everything the root depends on, each after its inputs; the root is last.

    An iterative depth-first search that keeps a value back until its inputs are placed (Cormen et
    al., *Introduction to Algorithms*, section "Topological sort"). The order depends on the graph
    alone, so it is the same in every run.
    """
    order: list[Value] = []
    seen = {root}
    walks: dict[Value, Iterator[Value]] = {}  # where there are more than two inputs: how far it got
    stack = [root]
    pop, push, place, see = stack.pop, stack.append, order.append, seen.add
    while stack:
        v = stack[-1]
        a = v._a
        if a is not None:
            if a not in seen:
                see(a)
                push(a)
                continue
            b: Any = v._b
            if b is not None:
                if b.__class__ is tuple:
                    b = next((i for i in walks.setdefault(v, iter(b)) if i not in seen), v)
                if b not in seen:
                    see(b)
                    push(b)
                    continue
        place(pop())
    return order


def _sweep(order: list[Value]) -> None:
    """Pass each adjoint on to the inputs, outputs first.

    This is `methods.backprop` for plain numbers, on the nodes themselves: no list of edges is built.
    """
    for v in reversed(order):
        a = v._a
        if a is None:
            continue
        g = v.grad
        b: Any = v._b
        primitive: Any = v.primitive
        try:
            if b is None:
                (da,) = primitive.partials(v._data, a._data)
            elif b.__class__ is not tuple:
                da, db = primitive.partials(v._data, a._data, b._data)
                if b._serial >= v._serial:
                    raise out_of_order(b, v)
                h = b.grad
                b.grad = g * db if h is None else h + g * db
            else:
                da, *ds = primitive.partials(v._data, a._data, *[i._data for i in b])
                for i, d in zip(b, ds, strict=True):
                    if i._serial >= v._serial:
                        raise out_of_order(i, v)
                    h = i.grad
                    i.grad = g * d if h is None else h + g * d
        except (ArithmeticError, ValueError) as error:
            raise explained(error, primitive, v.inputs, "the derivative of ") from None
        if a._serial >= v._serial:
            raise out_of_order(a, v)
        h = a.grad
        a.grad = g * da if h is None else h + g * da


def _record(data: Any, primitive: Primitive, a: Value | None, b: Any) -> Value:
    value = _new(Value)
    value._data = data
    value.primitive = primitive
    value._a = a
    value._b = b
    value.grad = value.name = None
    value._serial = _next_serial()
    return value


def _constant(number: object) -> Value:
    return _record(real(number), p.constant, None, None)


def _text(number: object) -> str:
    try:
        return str(number)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return "a number too long to write"


def explained(error: Exception, primitive: Any, inputs: Sequence[Value], prefix: str = "") -> Exception:
    """The same error, but saying which operation it was and of what."""
    if isinstance(error, GraphError):
        return error
    texts = [f"{v.name!r:.40}={_text(v._data):.40}" if v.name else f"{_text(v._data):.40}" for v in inputs]
    arguments = ", ".join(texts[:4] + ["…"] * (len(texts) > 4))
    reason = error.args[-1] if error.args else type(error).__name__
    message = f"{prefix}{primitive.name}({arguments}) is undefined: {reason}"
    try:
        return type(error)(message)
    except TypeError:  # a kind that wants more than a message
        return ValueError(message)


def out_of_order(source: Value, user: Value) -> GraphError:
    """The error for an edge whose input is younger than its user."""
    if source.inputs:
        return CycleError(
            f"{source._label()} depends on itself: a graph has no cycle within one evaluation; to repeat a "
            "computation, unroll it into new values"
        )
    return MutatedError(
        f"the data of {source._label()} was replaced after {user.op!r} had used it, so the recorded result "
        "is out of date: compute it again, then differentiate"
    )


def softmax(logits: Sequence[Any]) -> list[Any]:
    """``exp(z_i) / Σ_j exp(z_j)``, spelled out in elementary operations.

    This is the textbook's form, which `softmax_cross_entropy` does without.

    Raises:
        OverflowError: a logit is above 709.
        ValueError: there are no logits.
        ZeroDivisionError: all logits are below -745.
    """
    if not len(logits):
        raise ValueError("softmax of no logits: give at least one")
    exponentials = [apply(p.exp, z) for z in logits]
    total = sum(exponentials[1:], start=exponentials[0])
    return [exponential / total for exponential in exponentials]


def softmax_cross_entropy(logits: Sequence[Any], target: int) -> Any:
    """``-log softmax(logits)[target]`` as one primitive, finite where the logits' differences are.

    Args:
        logits: n numbers, at least one of them a `Value` if it is to be recorded.
        target: the index of the true class, ``0 <= target < n``.

    Raises:
        ValueError: there are no logits, or the target is not the index of one.
    """
    if not len(logits):
        raise ValueError("softmax cross-entropy of no logits: give at least one")
    if target not in range(len(logits)):
        raise ValueError(f"the target {target} is not one of the classes 0 … {len(logits) - 1}")
    return apply(p.softmax_cross_entropy_of(int(target)), *logits)


def neuron(bias: Any, weights: Sequence[Any], inputs: Sequence[Any], activation: str | None = None) -> Any:
    """``activation(bias + Σ weights·inputs)``, summed from left to right, as one primitive.

    One node in place of two per weight: smaller pictures, and far less to record.

    Args:
        bias: a number.
        weights: as many numbers as there are inputs.
        inputs: numbers.
        activation: the name of a primitive of one input, as ``"tanh"``; None for none.

    Raises:
        ValueError: there are not as many weights as inputs, or there is no such activation of one input.
    """
    if len(weights) != len(inputs):
        raise ValueError(f"a neuron has as many weights as inputs, not {len(weights)} and {len(inputs)}")
    row = p.neuron_of(None if activation is None else p.activation_named(activation))
    return apply(row, bias, *weights, *inputs)


# `Number` already defines the operators; here they are again for Values alone, with no call in between.
def _binary(primitive: Primitive, general: Callable[..., Any]) -> Callable[..., Any]:
    forward = primitive.forward

    def method(self: Value, other: Any) -> Any:
        if other.__class__ is not Value:
            return general(self, other)
        try:
            data = forward(self._data, other._data)
        except (ArithmeticError, ValueError) as error:
            raise explained(error, primitive, (self, other)) from None
        value = _new(Value)
        value._data = data
        value.primitive = primitive
        value._a = self
        value._b = other
        value.grad = value.name = None
        value._serial = _next_serial()
        return value

    return method


def _unary(primitive: Primitive) -> Callable[[Value], Value]:
    forward = primitive.forward

    def method(self: Value) -> Value:
        try:
            data = forward(self._data)
        except (ArithmeticError, ValueError) as error:
            raise explained(error, primitive, (self,)) from None
        return _record(data, primitive, self, None)

    return method


for _name, _row in {"__add__": p.add, "__sub__": p.sub, "__mul__": p.mul, "__truediv__": p.div}.items():
    setattr(Value, _name, _binary(_row, getattr(Number, _name)))
for _name in ("square", "sqrt", "exp", "log", "sin", "cos", "tanh", "sigmoid", "relu"):
    setattr(Value, _name, _unary(p.TABLE[_name]))
