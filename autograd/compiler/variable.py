"""`Variable`: a number that enters its operations in a program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol
from weakref import proxy

import numpy as np

from autograd.compiler.conditions import COMPARISONS, select
from autograd.numbers.number import Number, real_or_none
from autograd.rules import scalars as p
from autograd.rules.arrays import shape_of
from autograd.rules.primitive import Primitive, apply

__all__ = ["INPUT", "Variable"]

INPUT = Primitive("input", "", lambda: None, lambda out: ())


class _Entering(Protocol):
    """The part of `program.Program` that variables use."""

    def apply(self, primitive: Primitive, inputs: Sequence[Any]) -> Variable: ...
    def constant(self, data: Any) -> Variable: ...
    def known(self, primitive: Primitive, *inputs: Variable) -> Variable | None: ...


class Variable(Number):
    """A number of a program.

    Attributes:
        program: the program that it belongs to.
        primitive: the operation that computes it; `scalars.constant` or `INPUT` for none.
        inputs: the operands.
        data: its number when the function was traced; a constant has this number always.
        is_constant: whether it is the same number at every run.
        label: the name of its node, for comments.
        adjoint_of: the variable whose adjoint it is, or None.
    """

    __slots__ = ("adjoint_of", "data", "inputs", "is_constant", "label", "primitive", "program")

    def __init__(
        self, program: _Entering, primitive: Primitive, inputs: tuple[Variable, ...], data: Any
    ) -> None:
        self.program: _Entering = proxy(program)  # avoids a reference cycle
        self.primitive = primitive
        self.inputs = inputs
        self.data = data
        self.is_constant = primitive is p.constant
        self.label = ""
        self.adjoint_of: Variable | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return shape_of(self.data)

    @property
    def dtype(self) -> Any:
        return self.data.dtype

    def is_all(self, number: float) -> bool:
        """Whether it is a constant with this number in every element."""
        if not self.is_constant:
            return False
        return bool(
            self.data == number if isinstance(self.data, (float, int)) else np.all(self.data == number)
        )

    def is_like(self, other: Any) -> bool:
        """Whether it has the type of another number, or the shape and precision of an array."""
        if other.__class__ is not float and hasattr(other, "dtype"):
            return self.shape == other.shape and bool(getattr(self.data, "dtype", None) == other.dtype)
        return type(self.data) is type(other)

    @classmethod
    def _apply(cls, primitive: Primitive, inputs: Sequence[Any]) -> Any:
        program = next(x.program for x in inputs if isinstance(x, Variable))
        return program.apply(primitive, inputs)

    def _with(self, primitive: Primitive, other: Any, *, reflected: bool = False) -> Any:
        if not isinstance(other, (Variable, np.ndarray)) and real_or_none(other) is None:
            return NotImplemented
        return self._apply(primitive, (other, self) if reflected else (self, other))

    def __pow__(self, exponent: Any) -> Any:
        """Write a small whole power as products: they are faster, and the derivative shares them."""
        if real_or_none(exponent) in (1, 2, 3, 4):
            square = self * self if exponent > 1 else self
            return square if exponent <= 2 else square * self if exponent == 3 else square * square
        return self._apply(p.power, (self, exponent))

    def __rpow__(self, base: Any) -> Any:
        return self._apply(p.power, (base, self))

    def _compare(self, comparison: Callable[[Any, Any], Any], other: Any) -> Any:
        return self._apply(COMPARISONS[comparison], (self, other))

    @staticmethod
    def _select(condition: Any, yes: Any, no: Any) -> Any:
        return apply(select, condition, yes, no)

    def _is_array(self) -> bool:
        return isinstance(self.data, np.ndarray)

    def __bool__(self) -> bool:
        raise TypeError("a variable is neither true nor false")

    def __repr__(self) -> str:
        return f"Variable({self.primitive.name}, {self.data})"
