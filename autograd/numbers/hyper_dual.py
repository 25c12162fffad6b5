"""`HyperDual`: exact second derivatives by forward evaluation alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from autograd.numbers.dual import Dual
from autograd.numbers.number import Number
from autograd.rules.primitive import Primitive, apply

__all__ = ["HyperDual"]


class HyperDual(Number):
    """``data + first·ε₁ + second·ε₂ + mixed·ε₁ε₂`` with ``ε₁² = ε₂² = 0`` and ``ε₁ε₂ ≠ 0``.

    At ``HyperDual(x, 1, 1)`` a function gives f(x), f'(x) twice, and f''(x), without truncation or
    cancellation (J. A. Fike and J. J. Alonso, "The development of hyper-dual numbers for exact
    second-derivative calculations", AIAA 2011-886). With the unit directions i and j, ``mixed`` is the entry
    i, j of the Hessian. It is a dual number of dual numbers, so it runs the same rules. The parts may be any
    numbers.

    Examples:
        >>> from autograd.numbers.hyper_dual import HyperDual
        >>> x = HyperDual(2.0, 1, 1)
        >>> x * x * x
        HyperDual(data=8.0, first=12.0, second=12.0, mixed=12.0)
    """

    __slots__ = ("data", "first", "mixed", "second")

    def __init__(self, data: Any, first: Any = 0, second: Any = 0, mixed: Any = 0) -> None:
        self.data = data
        self.first = first
        self.second = second
        self.mixed = mixed

    @classmethod
    def _apply(cls, primitive: Primitive, inputs: Sequence[Any]) -> Self:
        nested = (
            Dual(Dual(x.data, x.first), Dual(x.second, x.mixed)) if isinstance(x, HyperDual) else x
            for x in inputs
        )
        value, slope = _parts(apply(primitive, *nested))
        return cls(*_parts(value), *_parts(slope))

    def _is_array(self) -> bool:
        return isinstance(self.data, np.ndarray)

    def __repr__(self) -> str:
        parts = f"first={self.first}, second={self.second}, mixed={self.mixed}"
        return f"HyperDual(data={self.data}, {parts})"


def _parts(x: Any) -> tuple[Any, Any]:
    """Return a number and its tangent, which is 0 if it has none."""
    return (x.data, x.tangent) if isinstance(x, Dual) else (x, 0)
