"""The table of scalar rules: every operation once, with its local derivatives.

A row is a name, a forward function and its local derivatives (partials), in plain arithmetic. The
same row evaluates floats, fractions and NumPy arrays, records `Value`, differentiates forward on
`Dual`, counts on `Counted` and writes formulas on `Symbol`. Nothing else here knows a derivative.

Subgradients at kinks: ``relu'(0) = abs'(0) = 0``; a tie in ``maximum`` or ``minimum`` gives halves.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from autograd.rules.primitive import TABLE, Primitive, Rule, apply, indicator, records, row

__all__ = ["constant", "exponential_of", "power_of", "where"]


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


_exp, _log, _sqrt, _sin, _cos, _tanh = map(_elementary, ("exp", "log", "sqrt", "sin", "cos", "tanh"))


def where(condition: Any, yes: Any, no: Any) -> Any:
    """Select ``yes`` or ``no``, element by element where the condition is an array."""
    if isinstance(condition, (np.ndarray, np.bool_)):
        # Deferred: selection by arrays, which programs of scalars never load.
        from autograd.rules.selection import where_of

        return apply(where_of(condition), yes, no)
    if hasattr(condition, "_select"):  # a comparison that a tracer recorded
        return condition._select(condition, yes, no)
    return yes if condition else no


def _sigmoid(x: Any) -> Any:
    # Each form is used where its exponential cannot overflow.
    e = _exp(-abs(x))
    return where(x > 0, 1 / (1 + e), e / (1 + e))


def _softplus(x: Any) -> Any:
    if isinstance(x, (np.ndarray, np.generic)):
        return np.logaddexp(x, 0)
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _extremum(ufunc: Any, precedes: Rule) -> Rule:
    """Return the forward function of `maximum` or `minimum`; NaN propagates."""

    def function(a: Any, b: Any) -> Any:
        if a.__class__ is b.__class__ is float:
            return a if precedes(a, b) or a != a else b
        if isinstance(a, np.ndarray):
            return ufunc(a, b)
        if records(a):
            return apply(TABLE[ufunc.__name__], a, b)
        return where(precedes(a, b) | (a != a), a, b)

    return function


def _share(a: Any, b: Any) -> Any:
    """Return 1 where a > b, 0 where a < b, and one half at a tie."""
    return 0.5 * (1 + indicator(a > b, a) - indicator(b > a, a))


def _power(base: Any, exponent: Any) -> Any:
    result = base**exponent
    if isinstance(result, complex):
        raise ValueError("a negative base has no real power with a fractional exponent")
    return result


def _slope_by_base(base: Any, exponent: Any) -> Any:
    # The slope of a**0 is 0 at a = 0 too, not 0 times infinity.
    return exponent * _power(where(base == 0, where(exponent == 0, 1.0, base), base), exponent - 1)


def _log_of_base(base: Any) -> Any:
    # 0**b stays 0 as b moves; a negative base has no derivative with respect to its exponent.
    return where(base > 0, _log(where(base > 0, base, 1.0)), where(base == 0, 0.0, math.nan))


_maximum = _extremum(np.maximum, operator.ge)
_minimum = _extremum(np.minimum, operator.le)

constant = Primitive("constant", "", lambda: None, lambda out: ())
add = row("add", operator.add, lambda out, a, b: (1, 1), symbol="+")
sub = row("sub", operator.sub, lambda out, a, b: (1, -1), symbol="-")
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
sigmoid = row("sigmoid", _sigmoid, lambda out, a: (out * (1 - out),), symbol="σ")
relu = row("relu", lambda a: _maximum(a, 0.0), lambda out, a: (indicator(a > 0, a),))
softplus = row("softplus", _softplus, lambda out, a: (apply(sigmoid, a),))
absolute = row("abs", abs, lambda out, a: (indicator(a > 0, a) - indicator(a < 0, a),), symbol="|·|")
maximum = row("maximum", _maximum, lambda out, a, b: (_share(a, b), _share(b, a)), symbol="max")
minimum = row("minimum", _minimum, lambda out, a, b: (_share(b, a), _share(a, b)), symbol="min")
power = row("power", _power, lambda out, a, b: (_slope_by_base(a, b), out * _log_of_base(a)), symbol="**")
add.kind = sub.kind = "additions"


@lru_cache(maxsize=1024, typed=True)
def power_of(exponent: Any) -> Primitive:
    """Raise to a fixed exponent: one input, so a negative base is allowed."""
    below = where(exponent == 0, 0, exponent - 1)  # the slope of a**0 is 0, not 0 times infinity at a = 0
    partials = lambda out, a: (exponent * _power(a, below),)  # noqa: E731
    return Primitive(f"power {exponent}", f"**{exponent}", lambda a: _power(a, exponent), partials)


@lru_cache(maxsize=1024, typed=True)
def exponential_of(base: Any) -> Primitive:
    """Raise a fixed base to the input."""
    partials = lambda out, a: (out * _log_of_base(base),)  # noqa: E731
    return Primitive(f"exponential {base}", f"{base}**", lambda a: _power(base, a), partials)
