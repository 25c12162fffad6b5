"""`Number`: the operators and functions of every number type, written once.

``a * b``, ``abs(a)``, ``a.tanh()`` and ``np.tanh(a)`` all become ``_apply(primitive, inputs)``. That one
method defines a number type: `Value` records, `Dual` carries a tangent, `Counted` counts.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Sequence
from functools import partialmethod
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Self, TypeVar

import numpy as np

from autograd.rules import scalars as p
from autograd.rules.primitive import Primitive

__all__ = ["Number", "real", "real_or_none", "replaced", "unwrap"]
N = TypeVar("N", bound="Number")


def real_or_none(x: Any) -> Any:
    """Return a real number as it is stored, NumPy scalars as Python's; None for anything else."""
    if x.__class__ is float or x.__class__ is int:
        return x
    x = x.item() if isinstance(x, np.generic) else x
    x = int(x) if isinstance(x, bool) else x
    return x if isinstance(x, numbers.Real) else None


def real(x: Any) -> Any:
    """Return a real number as it is stored, or raise `TypeError`."""
    if (number := real_or_none(x)) is None:
        raise TypeError(f"a real number was expected, not {type(x).__name__} {x!r:.40}")
    return number


def unwrap(x: Any) -> Any:
    """Return the data of a `Number`; anything else unchanged."""
    return x.data if isinstance(x, Number) else x


def replaced(name: str, default: Any, **left: Callable[..., Any]) -> Any:
    # Loads the extension, if it is built: what it has instead of a definition in Python.
    from autograd.numbers.native import replacement

    return replacement(name, default, **left)


def _method(primitive: Primitive) -> Callable[[N], N]:
    return lambda self, *others: self._apply(primitive, (self, *others))


def _operator(primitive: Primitive) -> tuple[Callable[[N, Any], N], Callable[[N, Any], N]]:
    """Return an operator's method and its reflected method."""
    return (
        lambda self, other: self._with(primitive, other),
        lambda self, other: self._with(primitive, other, reflected=True),
    )


def _comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda self, other: self._compare(compare, other)


class Number:
    """A number type; subclasses define what it means to apply a primitive."""

    __slots__ = ()
    data: Any

    @classmethod
    def _apply(cls, primitive: Primitive, inputs: Sequence[Any]) -> Self:
        """Apply a primitive to inputs of which at least one is of this type."""
        raise NotImplementedError

    def _with(self, primitive: Primitive, other: Any, *, reflected: bool = False) -> Any:
        kin = isinstance(other, type(self)) or (isinstance(other, Number) and isinstance(self, type(other)))
        if not kin and (other := real_or_none(other)) is None:
            return NotImplemented
        return self._apply(primitive, (other, self) if reflected else (self, other))

    __add__, __radd__ = _operator(p.add)
    __sub__, __rsub__ = _operator(p.sub)
    __mul__, __rmul__ = _operator(p.mul)
    __truediv__, __rtruediv__ = _operator(p.div)
    __neg__ = _method(p.neg)
    __abs__ = abs = _method(p.absolute)
    square, sqrt, exp, log, sin, cos = map(_method, (p.square, p.sqrt, p.exp, p.log, p.sin, p.cos))
    tanh, sigmoid, relu, softplus = map(_method, (p.tanh, p.sigmoid, p.relu, p.softplus))
    maximum: Any = _method(p.maximum)
    minimum: Any = _method(p.minimum)

    def __pow__(self, exponent: Any) -> Any:
        if (number := real_or_none(exponent)) is None:
            return self._with(p.power, exponent)
        return self._apply(p.power_of(number), (self,))

    def __rpow__(self, base: Any) -> Any:
        if (number := real_or_none(base)) is None:
            return self._with(p.power, base, reflected=True)
        return self._apply(p.raised(number), (self,))

    def __pos__(self) -> Self:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        return super().__reduce_ex__(max(protocol, 2))  # pickle's first protocols refuse slots

    conjugate = __pos__  # the numbers are real; NumPy's variance of an object array calls it

    # Comparisons look at the data alone; the hash is the identity, so that sets hold nodes.
    __hash__ = object.__hash__
    __eq__, __ne__, __lt__, __le__, __gt__, __ge__ = map(_comparison, (eq, ne, lt, le, gt, ge))

    def _compare(self, compare: Callable[[Any, Any], Any], other: Any) -> Any:
        return NotImplemented if isinstance(x := unwrap(other), np.ndarray) else bool(compare(self.data, x))

    def __bool__(self) -> bool:
        return bool(self.data)

    def _is_array(self) -> bool:
        return False

    def _further(self, name: str, *others: Any, **options: Any) -> Any:
        from autograd.numbers.ufuncs import METHODS  # deferred: loads the rows of further functions

        return METHODS[name](self, *others, **options)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return self._further("__array_ufunc__", ufunc, method, inputs, options)


# By NumPy's and SciPy's names, as NumPy calls them on the elements of object arrays.
for _name in (  # noqa: SIM905 (a list of these has fifty lines)
    "__mod__ __rmod__ __floordiv__ __rfloordiv__ __divmod__ __rdivmod__ __array_function__ clip fabs tan "
    "arcsin arccos arctan arctan2 sinh cosh arcsinh arccosh arctanh hypot deg2rad rad2deg radians degrees "
    "exp2 expm1 log1p log2 log10 cbrt reciprocal logaddexp logaddexp2 sinc mod remainder fmod floor_divide "
    "copysign fmax fmin float_power erf erfc gamma gammaln digamma beta betaln logit expit xlogy xlog1py "
    "__float__ __int__ __complex__ __round__ __trunc__ __floor__ __ceil__ __invert__ __and__ __rand__ __or__ "
    "__ror__ __xor__ __rxor__ __lshift__ __rlshift__ __rshift__ __rrshift__"
).split():
    setattr(Number, _name, partialmethod(Number._further, _name))
setattr(Number, "_mask", property(lambda self: self._further("_mask")))  # noqa: B010 (see `REFUSED`)
