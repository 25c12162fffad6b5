"""Operations of Python that a `Number` refuses: their results are whole numbers or truth values."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

__all__ = ["REFUSED"]


def _drops(written: str, self: Any, *others: Any, advice: str) -> NoReturn:
    raise TypeError(f"{written} of a {type(self).__name__} would drop the derivative: {advice}")


def _needs_bits(sign: str, self: Any, *others: Any) -> NoReturn:
    raise TypeError(
        f"{sign} is for whole numbers and truth values, not for a {type(self).__name__}: select by np.where, "
        f"or use {sign} on x.data and on comparisons of it"
    )


def _conversion(name: str) -> Callable[..., Any]:
    return partial(_drops, f"{name}()", advice=f"use {name}(x.data) for the plain number")


def _float(self: Any) -> NoReturn:
    advice = "use x.data for the plain number, and np.tanh(x) or x.tanh() instead of math.tanh(x)"
    _drops("float()", self, advice=advice)


def _mask(self: Any) -> NoReturn:
    # NumPy's masked arrays compute with the data of an operand, and read this attribute.
    raise TypeError("a masked array does not record what is done with it: use masked.filled(0.0)")


_BITS = {"and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>"}

# By the names of Python's methods.
REFUSED: dict[str, Callable[..., Any]] = {"__float__": _float, "__invert__": partial(_needs_bits, "~")}
REFUSED["_mask"] = _mask
REFUSED |= {f"__{name}__": _conversion(name) for name in ("int", "complex", "round")}
REFUSED |= {f"__{name}__": _conversion(f"math.{name}") for name in ("trunc", "floor", "ceil")}
for _name, _sign in _BITS.items():
    REFUSED[f"__{_name}__"] = REFUSED[f"__r{_name}__"] = partial(_needs_bits, _sign)
