"""The table of elementary functions beyond `scalars`: NumPy's, one row each, by NumPy's names.

Each row is a function of floats, the same function of arrays, and the local derivatives in the arithmetic of
the table. So it runs on every number type, and its derivatives have derivatives.

Subgradients at kinks: 0 for ``hypot`` and ``arctan2`` at (0, 0), ``copysign`` at 0, and ``xlogy`` where both
inputs are 0; halves at ties of ``fmax`` and ``fmin``; ``mod``, ``fmod`` and ``floor_divide`` take the side on
which their quotient is constant. Formulas: *NIST Digital Library of Mathematical Functions*, chapter 4.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules import scalars as p
from autograd.rules.primitive import Primitive, Rule, apply, family, row
from autograd.rules.scalars import where

__all__ = ["ON_FLOATS", "function_row", "sinc_of", "xlog1py", "xlogy"]

# The functions of floats, by the row's name, for code that handles nothing else.
ON_FLOATS: dict[str, Callable[..., Any]] = {}

LN2, LN10, DEGREE = math.log(2), math.log(10), math.pi / 180


def function_row(
    name: str, on_floats: Rule, on_arrays: Rule, partials: Rule, *, symbol: str | None = None
) -> Primitive:
    """Add a row whose function of floats and function of arrays come from different libraries."""

    def forward(*inputs: Any) -> Any:
        arrays = any(isinstance(x, (np.ndarray, np.generic)) for x in inputs)
        return on_arrays(*inputs) if arrays else on_floats(*inputs)

    ON_FLOATS[name] = on_floats
    return row(name, forward, partials, symbol=symbol)


def _sign(x: Any) -> Any:
    return where(x > 0, 1.0, where(x < 0, -1.0, 0.0))


def _inverse(x: Any) -> Any:
    """Return ``1 / x``, and 0 where x is 0."""
    return where(x == 0, 0.0, 1 / where(x == 0, 1.0, x))


# ---- trigonometric and hyperbolic functions

tan = function_row("tan", math.tan, np.tan, lambda out, a: (1 + out * out,))
arcsin = function_row("arcsin", math.asin, np.arcsin, lambda out, a: (1 / apply(p.sqrt, (1 - a) * (1 + a)),))
arccos = function_row("arccos", math.acos, np.arccos, lambda out, a: (-1 / apply(p.sqrt, (1 - a) * (1 + a)),))
arctan = function_row("arctan", math.atan, np.arctan, lambda out, a: (1 / (1 + a * a),))
hypot = function_row(
    "hypot",
    lambda a, b: math.hypot(a, b),
    np.hypot,
    lambda out, a, b: (a * _inverse(out), b * _inverse(out)),
)
sinh = function_row("sinh", math.sinh, np.sinh, lambda out, a: (apply(cosh, a),))
cosh: Primitive = function_row("cosh", math.cosh, np.cosh, lambda out, a: (apply(sinh, a),))
arcsinh = function_row("arcsinh", math.asinh, np.arcsinh, lambda out, a: (1 / apply(hypot, a, 1.0),))
# Two roots: their product does not overflow where the product of the radicands does.
arccosh = function_row(
    "arccosh", math.acosh, np.arccosh, lambda out, a: (1 / (apply(p.sqrt, a - 1) * apply(p.sqrt, a + 1)),)
)
arctanh = function_row("arctanh", math.atanh, np.arctanh, lambda out, a: (1 / ((1 - a) * (1 + a)),))
deg2rad = function_row("deg2rad", lambda a: a * DEGREE, np.deg2rad, lambda out, a: (DEGREE,))
rad2deg = function_row("rad2deg", lambda a: a * (1 / DEGREE), np.rad2deg, lambda out, a: (1 / DEGREE,))


def _turning(out: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """Return ``b / (a² + b²)`` and ``-a / (a² + b²)``, by divisions that neither over- nor underflow."""
    inverse = _inverse(apply(hypot, a, b))
    return b * inverse * inverse, -(a * inverse) * inverse


arctan2 = function_row("arctan2", math.atan2, np.arctan2, _turning)

# ---- exponentials, logarithms, roots

exp2 = function_row("exp2", math.exp2, np.exp2, lambda out, a: (LN2 * out,))
expm1 = function_row("expm1", math.expm1, np.expm1, lambda out, a: (apply(p.exp, a),))  # out + 1 loses digits
log1p = function_row("log1p", math.log1p, np.log1p, lambda out, a: (1 / (1 + a),))
log2 = function_row("log2", math.log2, np.log2, lambda out, a: (1 / (LN2 * a),))
log10 = function_row("log10", math.log10, np.log10, lambda out, a: (1 / (LN10 * a),))
cbrt = function_row("cbrt", math.cbrt, np.cbrt, lambda out, a: (1 / (3 * (out * out)),))
reciprocal = row("reciprocal", lambda a: 1 / a, lambda out, a: (-(out * out),))


def _log_of_sum(a: float, b: float) -> float:
    if a == b:
        return a + LN2
    return max(a, b) + math.log1p(math.exp(-abs(a - b))) if a - b == a - b else math.nan


def _log2_of_sum(a: float, b: float) -> float:
    if a == b:
        return a + 1
    return max(a, b) + math.log1p(math.exp2(-abs(a - b))) / LN2 if a - b == a - b else math.nan


def _difference(a: Any, b: Any) -> Any:
    """Return ``a - b``, and 0 between equal infinities."""
    tie = a == b
    return where(tie, _finite(a), a) - where(tie, _finite(b), b)


def _finite(x: Any) -> Any:
    return where(abs(x) < math.inf, x, 0.0)


def _shares(a: Any, b: Any) -> tuple[Any, Any]:
    """Return the softmax of two numbers."""
    difference = _difference(a, b)
    return apply(p.sigmoid, difference), apply(p.sigmoid, -difference)


logaddexp = function_row("logaddexp", _log_of_sum, np.logaddexp, lambda out, a, b: _shares(a, b))
logaddexp2 = function_row(
    "logaddexp2", _log2_of_sum, np.logaddexp2, lambda out, a, b: _shares(LN2 * a, LN2 * b)
)

# ---- products with logarithms, which are 0 where the factor is


def _where_needed(a: Any, b: Any, least: float) -> Any:
    """Return b, and a harmless number where a is 0 and the logarithm of b is undefined."""
    return where(b <= least, where(a == 0, least + 1.0, b), b)


def _times_log(on_floats: Rule, on_arrays: Rule, one: float) -> tuple[Rule, Rule]:
    """Return ``a * log(b)``, 0 where a is 0 and b is not NaN, on floats and on arrays."""

    def of_arrays(a: Any, b: Any) -> Any:
        zero = (a == 0) & (b == b)
        return np.where(zero, 0.0, a * on_arrays(np.where(zero, one, b)))

    return lambda a, b: 0.0 if a == 0 and b == b else a * on_floats(b), of_arrays


def _xlogy_partials(out: Any, a: Any, b: Any) -> tuple[Any, Any]:
    b = _where_needed(a, b, 0.0)
    return apply(p.log, b), a / b


def _xlog1py_partials(out: Any, a: Any, b: Any) -> tuple[Any, Any]:
    b = _where_needed(a, b, -1.0)
    return apply(log1p, b), a / (1 + b)


xlogy = function_row("xlogy", *_times_log(math.log, np.log, 1.0), _xlogy_partials)
xlog1py = function_row("xlog1py", *_times_log(math.log1p, np.log1p, 0.0), _xlog1py_partials)

# ---- remainders, signs, extrema


def _quotient_toward_zero(a: Any, b: Any) -> Any:
    return _sign(a) * _sign(b) * apply(floor_divide, abs(a), abs(b))


def _share_ignoring_nan(a: Any, b: Any) -> tuple[Any, Any]:
    """Return the shares of a and b: 1 and 0 where a > b or b is NaN; one half each at a tie."""
    first = where(b != b, 1.0, where(a > b, 1.0, where(a == b, 0.5, 0.0)))
    return first, 1 - first


mod = row("mod", operator.mod, lambda out, a, b: (1, -apply(floor_divide, a, b)), symbol="%")
floor_divide: Primitive = row("floor_divide", operator.floordiv, lambda out, a, b: (0, 0), symbol="//")
fmod = function_row("fmod", math.fmod, np.fmod, lambda out, a, b: (1, -_quotient_toward_zero(a, b)))
copysign = function_row("copysign", math.copysign, np.copysign, lambda out, a, b: (_sign(a) * _sign(out), 0))
fmax = function_row(
    "fmax",
    lambda a, b: a if b != b or a >= b else b,
    np.fmax,
    lambda out, a, b: _share_ignoring_nan(a, b),
)
fmin = function_row(
    "fmin",
    lambda a, b: a if b != b or a <= b else b,
    np.fmin,
    lambda out, a, b: _share_ignoring_nan(-a, -b),
)

# ---- sin(πa) / (πa) and its derivatives, which are smooth at 0


def _sinc(a: float) -> float:
    return math.sin(math.pi * a) / (math.pi * a) if a else 1.0


@family
def sinc_of(order: int) -> Primitive:
    """Return the row of the derivative of this order of ``sinc(a) = sin(πa) / (πa)``.

    With t = πa and f the derivative of order k of sin(t)/t, differentiating ``t · sin(t)/t`` k times gives
    ``t f_k + k f_(k-1) = sin(t + kπ/2)``. Below t = k + 1, where this recurrence loses digits, the power
    series of sin(t)/t is differentiated term by term.
    """
    if order == 0:
        return sinc

    def on_arrays(a: Any) -> Any:
        t = a * math.pi
        small = abs(t) < order + 1
        far = np.where(small, order + 1, t)
        return np.where(small, _sinc_series(order, np.where(small, t, 0)), _sinc_recurrence(order, far)) * (
            math.pi**order
        )

    def forward(a: Any) -> Any:
        arrays = isinstance(a, (np.ndarray, np.generic))
        return on_arrays(a) if arrays else float(on_arrays(np.float64(a)))

    return Primitive(
        f"sinc_derivative {order}", f"sinc {order}", forward, lambda out, a: (apply(sinc_of(order + 1), a),)
    )


def _sinc_series(order: int, t: Any) -> Any:
    m = (order + 1) // 2
    coefficient = (
        (-1) ** m * math.factorial(2 * m) / math.factorial(2 * m - order) / math.factorial(2 * m + 1)
    )
    term = coefficient * t ** (2 * m - order)
    total = term
    for i in range(m + 1, m + 20 + 2 * order):
        term = -term * t * t * ((2 * i - 1) / ((2 * i - order) * (2 * i - 1 - order) * (2 * i + 1)))
        total = total + term
    return total


def _sinc_recurrence(order: int, t: Any) -> Any:
    f = np.sin(t) / t
    for k in range(1, order + 1):
        f = (np.sin(t + k * (math.pi / 2)) - k * f) / t
    return f


sinc = function_row("sinc", _sinc, np.sinc, lambda out, a: (apply(sinc_of(1), a),))
