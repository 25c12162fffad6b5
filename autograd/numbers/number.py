"""Numbers that do more than hold a value: every operator and function, written once for all of them.

`Number` turns ``a * b``, ``abs(a)``, ``a.tanh()`` and ``np.tanh(a)`` into one call,
``_apply(primitive, inputs)``. A number type is that one method: `Value` records, `Dual` carries a
tangent (forward mode), `Counted` counts, `Symbol` writes formulas.
"""

from __future__ import annotations

import numbers
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Self

import numpy as np

from autograd.rules import scalars as p
from autograd.rules.scalars import Fused, Primitive, apply

__all__ = ["Counted", "Dual", "Ledger", "Number"]

# What NumPy's functions mean for a number, by their names.
UFUNCS: dict[str, Callable[..., Any]] = {
    "power": operator.pow,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    **{
        name: partial(apply, row)
        for name, row in {
            "add": p.add,
            "subtract": p.sub,
            "multiply": p.mul,
            "divide": p.div,
            "negative": p.neg,
            "square": p.square,
            "sqrt": p.sqrt,
            "exp": p.exp,
            "log": p.log,
            "sin": p.sin,
            "cos": p.cos,
            "tanh": p.tanh,
            "absolute": p.absolute,
            "maximum": p.maximum,
            "minimum": p.minimum,
        }.items()
    },
}


REDUCTIONS = {"add", "maximum", "minimum"}


def plain(x: Any) -> Any:
    """A real number as it should be stored (NumPy scalars become Python's), or None for anything else."""
    if x.__class__ is float or x.__class__ is int:
        return x
    if isinstance(x, np.generic):
        x = x.item()
    if isinstance(x, bool):
        return int(x)
    return x if isinstance(x, numbers.Real) else None


def real(x: Any) -> Any:
    """The same, but an error for anything else.

    Raises:
        TypeError: it is not a real number.
    """
    number = plain(x)
    if number is None:
        raise TypeError(f"a real number was expected, not {type(x).__name__} {x!r:.40}")
    return number


class Number:
    """The operators and functions of every number type; subclasses say what applying one means."""

    __slots__ = ()
    data: Any

    @classmethod
    def _apply(cls, primitive: Primitive, inputs: Sequence[Any]) -> Self:
        """Apply a primitive to inputs of which at least one is of this type."""
        raise NotImplementedError

    def _is_kin(self, other: object) -> bool:
        return isinstance(other, type(self)) or (isinstance(other, Number) and isinstance(self, type(other)))

    def _with(self, primitive: Primitive, other: Any, *, reflected: bool = False) -> Self:
        if not self._is_kin(other) and (other := plain(other)) is None:
            return NotImplemented  # type: ignore[no-any-return]
        return self._apply(primitive, (other, self) if reflected else (self, other))

    def __add__(self, other: Any) -> Self:
        return self._with(p.add, other)

    def __radd__(self, other: Any) -> Self:
        return self._with(p.add, other, reflected=True)

    def __sub__(self, other: Any) -> Self:
        return self._with(p.sub, other)

    def __rsub__(self, other: Any) -> Self:
        return self._with(p.sub, other, reflected=True)

    def __mul__(self, other: Any) -> Self:
        return self._with(p.mul, other)

    def __rmul__(self, other: Any) -> Self:
        return self._with(p.mul, other, reflected=True)

    def __truediv__(self, other: Any) -> Self:
        return self._with(p.div, other)

    def __rtruediv__(self, other: Any) -> Self:
        return self._with(p.div, other, reflected=True)

    def __pow__(self, exponent: Any) -> Self:
        if (number := plain(exponent)) is None:
            return self._with(p.power, exponent)
        return self._apply(p.power_of(number), (self,))

    def __rpow__(self, base: Any) -> Self:
        if (number := plain(base)) is None:
            return self._with(p.power, base, reflected=True)
        return self._apply(p.exponential_of(number), (self,))

    def __neg__(self) -> Self:
        return self._apply(p.neg, (self,))

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Self:
        return self._apply(p.absolute, (self,))

    def abs(self) -> Self:
        return self._apply(p.absolute, (self,))

    def square(self) -> Self:
        return self._apply(p.square, (self,))

    def sqrt(self) -> Self:
        return self._apply(p.sqrt, (self,))

    def exp(self) -> Self:
        return self._apply(p.exp, (self,))

    def log(self) -> Self:
        return self._apply(p.log, (self,))

    def sin(self) -> Self:
        return self._apply(p.sin, (self,))

    def cos(self) -> Self:
        return self._apply(p.cos, (self,))

    def tanh(self) -> Self:
        return self._apply(p.tanh, (self,))

    def sigmoid(self) -> Self:
        return self._apply(p.sigmoid, (self,))

    def relu(self) -> Self:
        return self._apply(p.relu, (self,))

    def softplus(self) -> Self:
        return self._apply(p.softplus, (self,))

    def conjugate(self) -> Self:
        return self  # real numbers only; NumPy asks for it in the variance of an array of numbers

    def maximum(self, other: Any) -> Self:
        return self._apply(p.maximum, (self, other))

    def minimum(self, other: Any) -> Self:
        return self._apply(p.minimum, (self, other))

    def clip(self, least: Any = None, greatest: Any = None, out: None = None) -> Self:
        """Within bounds; at a bound the derivative is a half, as at every tie."""
        lower = self if least is None else self.maximum(least)
        return lower if greatest is None else lower.minimum(greatest)

    # Comparisons look at the data alone; a hash is the identity, so that sets hold nodes.
    __hash__ = object.__hash__

    def _compare(self, comparison: Callable[[Any, Any], Any], other: Any) -> bool:
        if isinstance(other, np.ndarray):
            return NotImplemented  # type: ignore[no-any-return]
        return bool(comparison(self.data, bare(other)))

    def __eq__(self, other: object) -> bool:
        return self._compare(operator.eq, other)

    def __ne__(self, other: object) -> bool:
        return self._compare(operator.ne, other)

    def __lt__(self, other: Any) -> bool:
        return self._compare(operator.lt, other)

    def __le__(self, other: Any) -> bool:
        return self._compare(operator.le, other)

    def __gt__(self, other: Any) -> bool:
        return self._compare(operator.gt, other)

    def __ge__(self, other: Any) -> bool:
        return self._compare(operator.ge, other)

    def __bool__(self) -> bool:
        return bool(self.data)

    def _is_array(self) -> bool:
        return isinstance(self.data, np.ndarray)

    def __float__(self) -> float:
        raise TypeError(
            f"a {type(self).__name__} is not converted to a float silently, since that would cut it "
            "out of the derivative: use its method or NumPy's function (x.tanh(), np.tanh(x)), "
            "or x.data for the plain number"
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        (out,) = options.pop("out", (None,))
        if method == "reduce" and ufunc.__name__ in REDUCTIONS:
            return self  # a sum, or the greatest, of one number
        if method != "__call__" or options:
            return NotImplemented
        function = UFUNCS.get(ufunc.__name__)
        if function is None:
            raise TypeError(
                f"np.{ufunc.__name__} has no derivative rule here; "
                f"there are {', '.join(sorted(UFUNCS))}, and autograd.primitive adds one"
            )
        if any(x._is_array() for x in inputs if isinstance(x, Number)):
            return function(*inputs)
        # Arrays are taken element by element; NumPy's own scalars would ask us again.
        scalar = not any(isinstance(x, np.ndarray) for x in inputs)
        boxed = [_box(x) if isinstance(x, Number) else np.asarray(x).astype(object) for x in inputs]
        result = np.frompyfunc(function, len(inputs), 1)(*boxed)
        if out is not None:
            out[...] = result
            return out
        return result[()] if scalar and isinstance(result, np.ndarray) else result


def bare(x: Any) -> Any:
    """The data of a number; anything else as it is."""
    return x.data if isinstance(x, Number) else x


def _box(x: Any) -> Any:
    box = np.empty((), dtype=object)
    box[()] = x
    return box


class Dual(Number):
    """A number and how fast it moves: ``data + tangent·ε`` with ``ε² = 0``.

    Running a function on duals is forward-mode differentiation (Wengert, "A simple automatic
    derivative evaluation program", 1964). Both parts may be any number, a `Dual` included.
    """

    __slots__ = ("data", "tangent")

    def __init__(self, data: Any, tangent: Any = 0) -> None:
        self.data = data
        self.tangent = tangent

    @classmethod
    def _apply(cls, primitive: Primitive, inputs: Sequence[Any]) -> Self:
        data = [x.data if isinstance(x, Dual) else x for x in inputs]
        output = apply(primitive, *data)
        partials = zip(inputs, primitive.partials(output, *data), strict=True)
        first, *rest = (derivative * x.tangent for x, derivative in partials if isinstance(x, Dual))
        return cls(output, sum(rest, start=first))

    def __repr__(self) -> str:
        return f"Dual(data={self.data}, tangent={self.tangent})"


class Ledger:
    """The operations done by `Counted` numbers, by kind, and how many such numbers were alive at once.

    Attributes:
        counts: operations by kind.
        phase: the kind under which all operations are entered now; None tells additions (and
            subtractions) from multiplications (and all else).
        alive: the numbers in existence.
        peak: the most there were at once since `mark`.
    """

    __slots__ = ("_marked", "alive", "counts", "peak", "phase")

    def __init__(self) -> None:
        self.counts = {"forward": 0, "partials": 0, "multiplications": 0, "additions": 0}
        self.phase: str | None = None
        self.alive = 0
        self.peak = 0
        self._marked = 0

    @contextmanager
    def entering(self, phase: str) -> Iterator[None]:
        """Enter everything under one kind for a while."""
        before, self.phase = self.phase, phase
        try:
            yield
        finally:
            self.phase = before

    def enter(self, primitive: Primitive, operations: int = 1) -> None:
        """Count the operations of one primitive. Those of matrix products are kept apart."""
        if primitive.kind == "multiply_adds":
            kind = "forward_multiply_adds" if self.phase == "forward" else primitive.kind
            self.counts.setdefault(kind, 0)
        else:
            kind = self.phase or primitive.kind
        self.counts[kind] += operations

    def mark(self) -> None:
        """From here on, `stored` counts the numbers made beside those alive now."""
        self._marked = self.peak = self.alive

    def anew(self, held: int) -> None:
        """Count from nought, as if of the numbers alive now only so many were there."""
        self.counts = dict.fromkeys(self.counts, 0)
        self.peak = self.alive
        self._marked = self.alive - held

    @property
    def stored(self) -> int:
        return self.peak - self._marked


class Counted(Number):
    """A number that enters every operation done with it into a `Ledger`.

    It may be an array: then an operation done element by element counts once for each. A fused
    primitive is counted operation by operation.
    """

    __slots__ = ("data", "ledger", "size")

    def __init__(self, data: Any, ledger: Ledger) -> None:
        if isinstance(data, np.generic):  # what NumPy makes of an array of no dimensions
            data = np.asarray(data)
        self.data = data
        self.ledger = ledger
        self.size = data.size if isinstance(data, np.ndarray) else 1
        ledger.alive += self.size
        if ledger.alive > ledger.peak:
            ledger.peak = ledger.alive

    def __del__(self) -> None:
        self.ledger.alive -= self.size

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = np.shape(self.data)
        return shape

    @property
    def dtype(self) -> Any:
        return self.data.dtype

    def astype(self, dtype: Any) -> Self:
        """In another precision, which is no arithmetic."""
        return type(self)(self.data.astype(dtype), self.ledger)

    @classmethod
    def _apply(cls, primitive: Primitive, inputs: Sequence[Any]) -> Self:
        ledger = next(x.ledger for x in inputs if isinstance(x, Counted))
        if isinstance(primitive, Fused):
            output: Self = primitive.forward(
                *(x if isinstance(x, Counted) else cls(x, ledger) for x in inputs)
            )
            return output
        data = [x.data if isinstance(x, Counted) else x for x in inputs]
        result = primitive.forward(*data)
        ledger.enter(primitive, primitive.work(result, *data))
        return cls(result, ledger)

    # The same for two numbers, which is what a sweep does millions of times.
    def _with(self, primitive: Primitive, other: Any, *, reflected: bool = False) -> Self:
        if other.__class__ is Counted:
            other = other.data
        elif isinstance(other, np.ndarray):
            if not isinstance(self.data, np.ndarray):
                return NotImplemented  # type: ignore[no-any-return]
        elif (other := plain(other)) is None:
            return NotImplemented  # type: ignore[no-any-return]
        a, b, ledger = self.data, other, self.ledger
        result = self.__class__(primitive.forward(b, a) if reflected else primitive.forward(a, b), ledger)
        ledger.enter(primitive, result.size)
        return result

    def _compare(self, comparison: Callable[[Any, Any], Any], other: Any) -> Any:
        if isinstance(self.data, np.ndarray):
            return comparison(self.data, bare(other))
        return super()._compare(comparison, other)

    def __repr__(self) -> str:
        return f"Counted({self.data})"
