"""`Dual`: forward-mode differentiation as a number type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from autograd.numbers.number import Number
from autograd.rules.primitive import Primitive, apply

__all__ = ["Dual"]


class Dual(Number):
    """A number with its tangent: ``data + tangent·ε`` with ``ε² = 0``.

    Running a function on duals is forward-mode differentiation (Wengert, "A simple automatic
    derivative evaluation program", 1964). Both parts may be any number, a `Dual` included.
    """

    __slots__ = ("data", "tangent")

    def __init__(self, data: Any, tangent: Any = 0) -> None:
        self.data = data
        self.tangent = tangent

    @classmethod
    def _apply(cls, primitive: Primitive, inputs: Sequence[Any]) -> Self:
        # NumPy's scalars become Python's: beside np.float32 a float would lose digits.
        inputs = [x.item() if isinstance(x, np.generic) else x for x in inputs]
        data = [x.data if isinstance(x, Dual) else x for x in inputs]
        output = apply(primitive, *data)
        partials = zip(inputs, primitive.partials(output, *data), strict=True)
        first, *rest = (derivative * x.tangent for x, derivative in partials if isinstance(x, Dual))
        return cls(output, sum(rest, start=first))

    def _is_array(self) -> bool:
        return isinstance(self.data, np.ndarray)

    def __repr__(self) -> str:
        return f"Dual(data={self.data}, tangent={self.tangent})"
