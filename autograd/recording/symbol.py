"""`Symbol`: a number that knows how it is written, so that a rule of the table writes a formula.

``tanh`` has the derivative ``1 - out * out`` in the table; on a symbol named h, that line gives the
formula 1 - h². Rendering a formula, in LaTeX or as text, is left to others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.errors import GraphError
from autograd.numbers.number import real
from autograd.recording.node import NODE_SLOTS, Node
from autograd.rules import scalars as p
from autograd.rules.fused import Fused
from autograd.rules.identities import IDENTITIES, Identities, place_of
from autograd.rules.primitive import TABLE, Primitive

__all__ = ["Symbol", "expressions"]


class Symbol(Node):
    """A number at one point, and how it is written: as a name, a number, or an operation on symbols.

    It holds the number so that a rule with a kink can tell the side: relu'(a) is 1 or 0, not a case
    distinction. A rule's own numbers are simplified away where they do nothing: factors and summands
    of 1 and 0, and a minus of a minus.

    Args:
        data: a real number.
        name: the name it is written as; if None, the number is written.

    Raises:
        TypeError: the data is not a real number, or the name not text.

    Examples:
        >>> from autograd.rules.scalars import tanh
        >>> h = Symbol(0.5, "h")
        >>> (slope,) = tanh.partials(h, Symbol(0.0, "a"))
        >>> slope
        Symbol(0.75, op='-')
    """

    __slots__ = NODE_SLOTS

    def __init__(self, data: Any, name: str | None = None) -> None:
        self._become_leaf(real(data), name)

    @property
    def data(self) -> Any:
        """The number."""
        return self._data

    @classmethod
    def operation(cls, primitive: Primitive, inputs: Sequence[Symbol]) -> Symbol:
        """Return an operation on symbols without simplifying it."""
        symbol = cls(primitive.forward(*[s.data for s in inputs]))
        symbol.primitive = primitive
        symbol._a, *others = inputs
        symbol._b = tuple(others) if len(others) > 1 else next(iter(others), None)
        return symbol

    @classmethod
    def _apply(cls, primitive: Primitive, inputs: Sequence[Any]) -> Any:
        symbols = [x if isinstance(x, Symbol) else _number(x) for x in inputs]
        formula = _spelled_out(primitive, symbols)
        return _simplified(primitive, symbols) if formula is None else formula

    # A power always has two inputs here: a fixed exponent is written too.
    def __pow__(self, exponent: Any) -> Any:
        return self._with(p.power, exponent)

    def __rpow__(self, base: Any) -> Any:
        return self._with(p.power, base, reflected=True)

    def _seed(self, adjoint: Any) -> Any:
        raise GraphError("a Symbol is written, not differentiated: differentiate the Value")

    def _brief(self) -> str:
        return str(self.data)

    def __repr__(self) -> str:
        parts = [str(self.data)]
        if self.op:
            parts.append(f"op={self.op!r}")
        if self.name is not None:
            parts.append(f"name={self.name!r:.60}")
        return f"Symbol({', '.join(parts)})"


def expressions(
    primitive: Primitive, output: Symbol, inputs: Sequence[Symbol]
) -> tuple[Symbol, list[Symbol]]:
    """Return the formulas of an operation's output and of its local derivatives.

    Args:
        primitive: the operation.
        output: the symbol of its output, which the derivatives may use.
        inputs: the symbols of its inputs.

    Returns:
        The formula of the output, and the formula of the derivative by each input. A fused primitive's
        share intermediate results with the formula of the output.
    """
    derivatives: Sequence[Any]
    if isinstance(primitive, Fused):
        formula, partials = primitive.rule(*inputs)
        derivatives = partials()
    else:
        formula = _spelled_out(primitive, inputs)
        formula = Symbol.operation(primitive, inputs) if formula is None else formula
        derivatives = primitive.partials(output, *inputs)
    return formula, [d if isinstance(d, Symbol) else _number(d) for d in derivatives]


def _spelled_out(primitive: Primitive, inputs: Sequence[Symbol]) -> Any:
    """Return the formula in the rule of a row outside the table; None if the rule is not arithmetic."""
    if TABLE.get(primitive.name) is primitive:
        return None
    try:
        return primitive.forward(*inputs)
    except TypeError:  # a function of plain numbers alone, which is written by its name
        return None


def _number(x: Any) -> Symbol:
    """Return a number written in a rule, which can be simplified away."""
    symbol = Symbol(x)
    symbol.primitive = p.constant
    return symbol


def _simplified(primitive: Primitive, symbols: Sequence[Symbol]) -> Symbol:
    whole = Symbol.operation(primitive, symbols)
    if all(s.is_constant for s in symbols):
        return _number(whole.data)
    identities = IDENTITIES.get(primitive, Identities())
    if place_of(identities.absorbing, symbols, _is_number) is not None:
        return _number(whole.data)
    if (neutral := place_of(identities.neutral, symbols, _is_number)) is not None:
        return symbols[1 - neutral]
    if (factor := place_of(identities.negating, symbols, _is_number)) is not None:
        return -symbols[1 - factor]
    last = symbols[-1]
    if last.primitive is p.neg:
        (inner,) = last.inputs
        if primitive is p.neg:
            return inner
        if identities.opposite is not None:
            return _simplified(identities.opposite, (symbols[0], inner))
    if primitive is p.mul and symbols[0] is last:
        return Symbol.operation(p.square, [last])
    return whole


def _is_number(symbol: Symbol, number: int) -> bool:
    """Whether a symbol is this number of the rule's own, which may be simplified away."""
    return bool(symbol.is_constant and symbol.data == number)
