"""Selection between two inputs, and its local derivatives, whose zeros are exact.

A local derivative of 0 that only multiplied would turn an infinite adjoint into NaN. `mask_of` returns one
that selects: a product with it is 0 where an input was not selected, whatever the other factor. Methods
multiply by it like by any local derivative, and the product counts as one.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograd.rules.primitive import Primitive, apply, family, records

__all__ = ["Mask", "Traced", "Zero", "chosen", "exact", "mask_of", "quiet_product", "where_of", "without"]

LARGE = 10_000  # elements


class Zero(float):
    """The number 0 as the local derivative of an input that was not selected."""

    __slots__ = ()
    __array_ufunc__ = None  # NumPy's numbers leave the multiplication to this class

    def __mul__(self, other: Any) -> Any:
        if other.__class__ is float or not records(other):
            return 0.0
        return other * (exact(np.zeros((), other.dtype), other.dtype) if other._is_array() else self)

    __rmul__ = __mul__

    def scaled(self, factor: Any) -> Any:
        """Multiply by a factor, as another local derivative, whose zeros are exact too."""
        return apply(scale, self, factor)


class Mask(np.ndarray):
    """Weights of a selection, of which a 0 is exact: a product with it selects.

    The product is 0 where the weight is, even if the other factor is infinite or NaN there.

    Attributes:
        blocked: where the weight is 0, if that is known.
    """

    blocked: Any = None

    def __mul__(self, other: Any) -> Any:
        if records(other):
            return other * self if other._is_array() else exact(self, object) * other
        product = other if self.dtype == bool else quiet_product(other, self.view(np.ndarray))
        selected = without(self.zeros(), product)
        return selected if isinstance(other, np.ndarray) else selected[()]

    __rmul__ = __mul__

    scaled = Zero.scaled

    def zeros(self) -> Any:
        """Return where the weight is 0, as truth values."""
        return np.equal(self, 0) if self.blocked is None else self.blocked

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if ufunc is np.multiply and method == "__call__" and not options:  # NumPy's scalars do not defer
            a, b = inputs
            return a * b if isinstance(a, Mask) else b * a
        plain = [x.view(np.ndarray) if isinstance(x, Mask) else x for x in inputs]
        return getattr(ufunc, method)(*plain, **options)


class Traced:
    """The same with a comparison that a tracer recorded: every run decides which factors are selected."""

    def __init__(self, blocked: Any, weight: Any) -> None:
        self._blocked = blocked
        self._weight = weight

    def __mul__(self, other: Any) -> Any:
        product = other if self._weight.__class__ is int else other * self._weight
        return self._blocked._select(self._blocked, 0.0, product)

    __rmul__ = __mul__

    def scaled(self, factor: Any) -> Traced:
        return Traced(self._blocked, self._weight * factor)


def _scaled(weight: Any, factor: Any) -> Any:
    if weight.__class__ is Zero:
        return weight
    return mask_of(weight.zeros(), weight * factor) if isinstance(weight, Mask) else weight * factor


# A product that stays a `Zero` or a `Mask`.
scale = Primitive("scale", "*", _scaled, lambda out, weight, factor: (factor, weight))


def mask_of(blocked: Any, weight: Any) -> Any:
    """Return the weight as a local derivative that is exactly 0 where blocked."""
    if blocked.__class__ is bool:
        return Zero() if blocked else weight
    if hasattr(blocked, "_select"):
        return Traced(blocked, weight)
    passed = np.logical_not(blocked)
    mask = np.asarray(passed if weight.__class__ is int else passed * weight).view(Mask)
    mask.blocked = blocked
    return mask


def exact(weights: Any, dtype: Any) -> Any:
    """Return weights whose zeros are exact, for a product with an array of this type."""
    if np.dtype(dtype).hasobject:
        return np.frompyfunc(lambda weight: weight or Zero(), 1, 1)(weights.view(np.ndarray))
    return weights.view(Mask)


def quiet_product(a: Any, b: Any) -> Any:
    with np.errstate(invalid="ignore"):  # infinity times 0, which a selection replaces
        return a * b


def without(blocked: Any, a: Any, out: Any = None) -> Any:
    """Return an array with zeros where blocked, by its bits if it is large.

    NumPy's ``where`` branches at every element, and takes ten times as long where a processor cannot foresee
    the branches.

    Args:
        blocked: truth values.
        a: an array, or a number of NumPy's.
        out: an array of the result's shape and precision that may be written to, and returned.
    """
    if not isinstance(a, np.ndarray) or a.size < LARGE or a.shape != blocked.shape or blocked.dtype != bool:
        return np.where(blocked, a.dtype.type(0), a)
    bits = np.dtype(f"i{a.itemsize}")
    out = np.empty_like(a, subok=False) if out is None else out
    kept = np.empty_like(a, bits) if np.may_share_memory(a, out) else out.view(bits)
    np.subtract(blocked.view(np.int8), 1, out=kept)  # all bits, or none
    np.bitwise_and(a.view(bits), kept, out=out.view(bits))
    return out


def chosen(condition: Any, yes: Any, no: Any) -> Any:
    """Select by an array, a recorded comparison or any other truth value."""
    if isinstance(condition, (np.ndarray, np.bool_)):
        return apply(where_of(condition), yes, no)
    if hasattr(condition, "_select"):
        return condition._select(condition, yes, no)
    return yes if condition else no


@partial(family, maxsize=0)  # the arguments can be arrays, which have no hash
def where_of(condition: Any) -> Primitive:
    """Select between two inputs, element by element, by a fixed array of truth values."""

    def forward(yes: Any, no: Any) -> Any:
        traced = next((x for x in (yes, no) if hasattr(x, "_select")), None)
        return np.where(condition, yes, no) if traced is None else traced._select(condition, yes, no)

    partials = lambda out, yes, no: (mask_of(~condition, 1), mask_of(condition, 1))  # noqa: E731
    row = Primitive("where", "where", forward, partials)
    row.elementwise = False  # the condition has a shape of its own
    return row
