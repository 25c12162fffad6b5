"""`Complex`: complex numbers, whose imaginary part carries a derivative without cancellation."""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, Self

from autograd.numbers.number import Number, real_or_none
from autograd.rules.primitive import Primitive

__all__ = ["Complex"]

_FUNCTIONS: dict[str, Callable[..., complex]] = {
    **{
        name: getattr(cmath, name)
        for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")
    },
    **{f"arc{name}": getattr(cmath, f"a{name}") for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "exp2": lambda a: 2**a,
    "expm1": lambda a: cmath.exp(a) - 1,
    "xlogy": lambda a, b: a * cmath.log(b),
    "xlog1py": lambda a, b: a * cmath.log(1 + b),
    "mod": lambda a, b: a - b * math.floor(a.real / b.real),
    "floor_divide": lambda a, b: complex(math.floor(a.real / b.real)),
    "log1p": lambda a: cmath.log(1 + a),
    "log2": lambda a: cmath.log(a) / math.log(2),
    "log10": lambda a: cmath.log(a) / math.log(10),
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "abs": lambda a: a if a.real > 0 else -a,
    "maximum": lambda a, b: a if a.real > b.real else b,
    "minimum": lambda a, b: a if a.real < b.real else b,
}


class Complex(Number):
    """A complex number, for functions that are real on real numbers.

    Comparisons, and with them ``abs``, ``maximum`` and ``relu``, follow the real part: on either side of a
    kink the function is analytic; at the kink, the slope is one of the two. It holds plain numbers alone.
    """

    __slots__ = ("data",)

    def __init__(self, data: complex) -> None:
        self.data = data

    @classmethod
    def _apply(cls, primitive: Primitive, inputs: Sequence[Any]) -> Self:
        if (function := _FUNCTIONS.get(primitive.name)) is not None:
            return cls(function(*(x.data if isinstance(x, Complex) else complex(x) for x in inputs)))
        try:
            result: Self = primitive.forward(*inputs)  # composed of the operations above
        except TypeError as error:  # a rule that takes floats alone
            raise ValueError(f"{primitive.name} has no value at a complex number") from error
        return result

    def log1p(self) -> Self:
        return type(self)(_FUNCTIONS["log1p"](self.data))

    def __pow__(self, exponent: Any) -> Any:
        power = exponent.data if isinstance(exponent, Complex) else real_or_none(exponent)
        return NotImplemented if power is None else type(self)(self.data**power)

    def __rpow__(self, base: Any) -> Any:
        number = real_or_none(base)
        return NotImplemented if number is None else type(self)(number**self.data)

    def _compare(self, comparison: Callable[[Any, Any], Any], other: Any) -> Any:
        return bool(comparison(self.data.real, other.data.real if isinstance(other, Complex) else other))

    def __repr__(self) -> str:
        return f"Complex({self.data})"
