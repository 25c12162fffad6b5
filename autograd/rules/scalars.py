"""The table of scalar rules: every operation once, with its local derivatives.

A row is a name, a forward function and its local derivatives (partials), in plain arithmetic. It evaluates
floats and arrays, records `Value`, differentiates forward on `Dual`, counts on `Counted`, writes on `Symbol`.

Subgradients at kinks: ``relu'(0) = abs'(0) = 0``; a tie in ``maximum`` or ``minimum`` gives halves.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules.primitive import TABLE, Primitive, Rule, apply, family, indicator, records, row

__all__ = ["constant", "exponential_of", "masked", "power_of", "raised", "where"]


def _elementary(name: str) -> Callable[[Any], Any]:
    """Return a function for any number: Python's for floats, NumPy's for arrays, else the method."""
    on_float, on_array = getattr(math, name), getattr(np, name)

    def function(x: Any) -> Any:
        if x.__class__ is float:
            return on_float(x)
        if isinstance(x, (np.ndarray, np.generic)):
            return on_array(x)
        return getattr(x, name, lambda: on_float(x))()

    return function


_exp, _log, _log1p, _sqrt = map(_elementary, ("exp", "log", "log1p", "sqrt"))
_sin, _cos, _tanh = map(_elementary, ("sin", "cos", "tanh"))


def where(condition: Any, yes: Any, no: Any) -> Any:
    """Select ``yes`` or ``no``, element by element where the condition is an array."""
    return (yes if condition else no) if condition.__class__ is bool else _masks().chosen(condition, yes, no)


def masked(blocked: Any, weight: Any = 1) -> Any:
    """Return the weight as a local derivative that is exactly 0 where blocked: see `selection`."""
    return weight if blocked is False else _masks().mask_of(blocked, weight)


def _masks() -> Any:
    from autograd.rules import selection  # deferred: programs of scalars seldom load it

    return selection


def _sigmoid(x: Any) -> Any:
    e = _exp(-abs(x))  # it cannot overflow
    return where(x > 0, 1 / (1 + e), e / (1 + e))


def _extremum(ufunc: Any, precedes: Rule) -> Rule:
    """Return the forward function of `maximum` or `minimum`; NaN propagates."""

    def function(a: Any, b: Any) -> Any:
        if a.__class__ is b.__class__ is float:
            return a if precedes(a, b) or a != a else b
        if isinstance(a, np.ndarray):
            return ufunc(a, b)
        return apply(TABLE[ufunc.__name__], a, b) if records(a) else where(precedes(a, b) | (a != a), a, b)

    return function


def _share(a: Any, b: Any) -> Any:
    """Return 1 where a > b, 0 where a < b, one half at a tie; NaN passes an adjoint on, as in PyTorch."""
    return masked(a < b, 1 - 0.5 * indicator(a == b, a))


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(result := base**exponent, complex):
        raise ValueError("a negative base has no real power with a fractional exponent")
    return result


def _slope_by_base(base: Any, exponent: Any) -> Any:
    # The slope of a**0 is 0 where 1 / a is infinite or NaN too; at 0 no slope moves with the exponent.
    known = where(base > 2.3e-308, base, where(base < -2.3e-308, base, 1.0))
    factor = where(base == 0, where(exponent == 1, 1, where(exponent == 0, 0, exponent)), exponent)
    return factor * _power(where(exponent == 0, known, base), exponent - 1)


def _log_of_base(base: Any) -> Any:
    # 0**b stays 0 as b moves; a negative base has no derivative with respect to its exponent.
    return where(base > 0, _log(where(base > 0, base, 1.0)), where(base == 0, 0.0, math.nan))


_max = _extremum(np.maximum, operator.ge)
_min = _extremum(np.minimum, operator.le)

constant = Primitive("constant", "", lambda: None, lambda out: ())
add = row("add", operator.add, lambda out, a, b: (1, 1), symbol="+", kind="additions")
sub = row("sub", operator.sub, lambda out, a, b: (1, -1), symbol="-", kind="additions")
mul = row("mul", operator.mul, lambda out, a, b: (b, a), symbol="*")
div = row("div", operator.truediv, lambda out, a, b: (1 / b, -out / b), symbol="/")
identity = row("identity", lambda a: a, lambda out, a: (1,), symbol="=")
neg = row("neg", operator.neg, lambda out, a: (-1,), symbol="-")
square = row("square", lambda a: a * a, lambda out, a: (2 * a,), symbol="²")
sqrt = row("sqrt", _sqrt, lambda out, a: (0.5 / out,), symbol="√")
exp = row("exp", _exp, lambda out, a: (out,))
log = row("log", _log, lambda out, a: (1 / a,))
sin = row("sin", _sin, lambda out, a: (_cos(a),))
cos = row("cos", _cos, lambda out, a: (-_sin(a),))
tanh = row("tanh", _tanh, lambda out, a: (1 - out * out,))
sigmoid: Primitive = row("sigmoid", _sigmoid, lambda out, a: (out * apply(sigmoid, -a),), symbol="σ")
relu = row("relu", lambda a: _max(a, 0.0), lambda out, a: (masked(a <= 0),))
softplus = row("softplus", lambda a: _max(a, 0.0) + _log1p(_exp(-abs(a))), lambda out, a: [apply(sigmoid, a)])
absolute = row("abs", abs, lambda out, a: (indicator(a > 0, a) - indicator(a < 0, a),), symbol="|·|")
maximum = row("maximum", _max, lambda out, a, b: (_share(a, b), _share(b, a)), symbol="max")
minimum = row("minimum", _min, lambda out, a, b: (_share(b, a), _share(a, b)), symbol="min")
power = row("power", _power, lambda out, a, b: (_slope_by_base(a, b), out * _log_of_base(a)), symbol="**")


@family
def power_of(exponent: Any) -> Primitive:
    """Raise to a fixed exponent: one input, so a negative base is allowed."""
    below = where(exponent == 0, 0, exponent - 1)  # the slope of a**0 is 0, not 0 times infinity at a = 0
    partials = lambda out, a: (exponent * _power(a, below),)  # noqa: E731
    return Primitive(f"power {exponent}", f"**{exponent}", lambda a: _power(a, exponent), partials)


@family
def exponential_of(base: Any, zero: str = "") -> Primitive:
    """Raise a fixed base to the input. The cache takes 0.0 and -0.0 for equal, so `zero` is their text."""
    partials = lambda out, a: (out * _log_of_base(base),)  # noqa: E731
    return Primitive(f"exponential {base}", f"{base}**", lambda a: _power(base, a), partials)


def raised(base: Any) -> Primitive:
    return exponential_of(base, "" if base or base.__class__ is int else str(base))
