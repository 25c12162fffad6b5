"""The table of special functions, by SciPy's names: one row each, and families with an order.

Python's math module has erf, erfc and the gamma functions of floats; they serve arrays too where there is no
SciPy, and are slower. Everything else is SciPy's, which is imported when it is needed. A family, such as the
Bessel functions, is differentiated by its argument; its order is a plain number. Formulas: *NIST Digital
Library of Mathematical Functions* (DLMF), by section below.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial
from importlib import import_module
from typing import Any

import numpy as np

from autograd.rules import scalars as p
from autograd.rules.elementary import function_row, xlog1py, xlogy
from autograd.rules.primitive import Primitive, Rule, apply, family
from autograd.rules.scalars import where

__all__ = ["FAMILIES", "member", "member_of"]

SQRT2, SQRT_PI, SQRT_2PI = math.sqrt(2), math.sqrt(math.pi), math.sqrt(2 * math.pi)


def _scipy(name: str, on_floats: Rule | None = None) -> Callable[..., Any]:
    """Return SciPy's function of that name, which is imported when it is called.

    Without SciPy it is a function of floats, if one is given, applied to each element.
    """

    def on_arrays(*inputs: Any) -> Any:
        try:
            special = import_module("scipy.special")  # deferred: it takes longer to import than all of this
        except ImportError:
            if on_floats is not None:
                results = np.frompyfunc(on_floats, len(inputs), 1)(*inputs)
                return np.asarray(results, np.result_type(np.float32, *inputs))
            raise ModuleNotFoundError(f"{name} needs SciPy here: pip install scipy") from None
        return getattr(special, name)(*inputs)

    return on_arrays


def _on_floats(on_arrays: Callable[..., Any]) -> Callable[..., float]:
    """Return a function of floats, which raises an error where a function of arrays gives infinity or NaN.

    Raises:
        ValueError: the result is undefined.
        OverflowError: it is too large, or infinite at a pole.
    """

    def on_floats(*inputs: Any) -> float:
        result = float(on_arrays(*map(float, inputs)))
        if not math.isfinite(result) and all(map(math.isfinite, inputs)):
            raise ValueError("math domain error") if math.isnan(result) else OverflowError("math range error")
        return result

    return on_floats


def _special(
    name: str, partials: Rule, on_floats: Rule | None = None, *, symbol: str | None = None
) -> Primitive:
    on_arrays = _scipy(name, on_floats)
    return function_row(name, on_floats or _on_floats(on_arrays), on_arrays, partials, symbol=symbol)


def _bell(x: Any) -> Any:
    return apply(p.exp, -(x * x))


# ---- error functions: DLMF 7.2, 7.10

erf = _special("erf", lambda out, a: (2 / SQRT_PI * _bell(a),), math.erf)
erfc = _special("erfc", lambda out, a: (-2 / SQRT_PI * _bell(a),), math.erfc)
erfcx = _special("erfcx", lambda out, a: (2 * a * out - 2 / SQRT_PI,))
erfi = _special("erfi", lambda out, a: (2 / SQRT_PI * apply(p.exp, a * a),))
dawsn = _special("dawsn", lambda out, a: (1 - 2 * a * out,))
erfinv = _special("erfinv", lambda out, a: (SQRT_PI / 2 * apply(p.exp, out * out),))
erfcinv = _special("erfcinv", lambda out, a: (-SQRT_PI / 2 * apply(p.exp, out * out),))

# ---- the normal distribution and the logistic function

ndtr = _special("ndtr", lambda out, a: (_bell(a / SQRT2) / SQRT_2PI,), lambda a: math.erfc(-a / SQRT2) / 2)


def _density_over_distribution(out: Any, a: Any) -> Any:
    # To the left both underflow, and erfcx is free of their exponentials. To the right erfcx overflows.
    left = a < 0
    right = _bell(where(left, 0.0, a) / SQRT2) / apply(p.exp, where(left, 0.0, out))
    return where(left, 2 / apply(erfcx, where(left, -a, 0.0) / SQRT2), right) / SQRT_2PI


log_ndtr = _special("log_ndtr", lambda out, a: (_density_over_distribution(out, a),))
ndtri = _special("ndtri", lambda out, a: (SQRT_2PI * apply(p.exp, out * out / 2),))


def _logit(a: float) -> float:
    # Close to 1/2 the quotient is rounded to a number close to 1, whose logarithm has few digits.
    return 2 * math.atanh(2 * a - 1) if 0.25 < a < 0.75 else math.log(a / (1 - a))


logit = _special("logit", lambda out, a: (1 / (a * (1 - a)),), _logit)

# ---- gamma functions: DLMF 5.2, 5.12, 5.15

gamma = _special("gamma", lambda out, a: (out * apply(digamma, a),), math.gamma, symbol="Γ")
gammaln = _special("gammaln", lambda out, a: (apply(digamma, a),), math.lgamma, symbol="ln Γ")
rgamma = _special("rgamma", lambda out, a: (_slope_of_rgamma(out, a),), symbol="1/Γ")
digamma: Primitive = _special("digamma", lambda out, a: (apply(member("zeta", 2), a),), symbol="ψ")


def _slope_of_rgamma(out: Any, a: Any) -> Any:
    """Return ``-ψ(a) / Γ(a)``; to the left by the reflection ``Γ(1-a) sin(πa) / π``, finite at the poles."""
    right = a > 0.5
    mirrored = 1 - where(right, 0.5, a)
    sine, cosine = (apply(f, math.pi * a) for f in (p.sin, p.cos))
    reflected = apply(gamma, mirrored) * (cosine - sine / math.pi * apply(digamma, mirrored))
    return where(right, -out * apply(digamma, where(right, a, 1.0)), reflected)


def _beta_partials(scale: Any, a: Any, b: Any) -> tuple[Any, Any]:
    both = apply(digamma, a + b)
    return scale * (apply(digamma, a) - both), scale * (apply(digamma, b) - both)


beta = _special("beta", lambda out, a, b: _beta_partials(out, a, b), symbol="B")
betaln = _special("betaln", lambda out, a, b: _beta_partials(1, a, b), symbol="ln B")

# ---- exponential integrals and entropies

expi = _special("expi", lambda out, a: (apply(p.exp, a) / a,), symbol="Ei")
exp1 = _special("exp1", lambda out, a: (-apply(p.exp, -a) / a,), symbol="E₁")
entr = _special("entr", lambda out, a: (-1 - apply(p.log, a),))
rel_entr = _special("rel_entr", lambda out, a, b: (apply(p.log, a / b) + 1, -a / b))
kl_div = _special("kl_div", lambda out, a, b: (apply(p.log, a / b), 1 - a / b))


# ---- families: DLMF 10.6 and 10.29 (Bessel functions), 25.11 (zeta), 8.8 and 8.17 (incomplete functions)


def _between(name: str, half: float, sign: int) -> Callable[..., Any]:
    """Return the derivative of a Bessel function: half the sum or difference of its neighbours in order."""

    def slope(order: Any, out: Any, a: Any) -> Any:
        if isinstance(order, int) and order == 0:  # both neighbours are the same, but for the sign
            return 2 * half * sign * apply(member(name, 1), a)
        below, above = (apply(member(name, order + i), a) for i in (-1, 1))
        return half * (below + above if sign == 1 else below - above)

    return slope


def _scaled(name: str, half: float, rate: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return the same for a Bessel function times an exponential, whose logarithm has this derivative."""
    neighbours = _between(name, half, 1)
    return lambda order, out, a: neighbours(order, out, a) + rate(a) * out


def _gamma_density(order: Any, a: Any) -> Any:
    return apply(p.exp, apply(xlogy, order - 1, a) - a - _scipy("gammaln")(order))


def _beta_density(first: Any, second: Any, a: Any) -> Any:
    powers = apply(xlogy, first - 1, a) + apply(xlog1py, second - 1, -a)
    return apply(p.exp, powers - _scipy("betaln")(first, second))


# The derivative of a member by its argument: ``slope(*orders, output, argument)``.
FAMILIES: dict[str, Callable[..., Any]] = {
    "jv": _between("jv", 0.5, -1),
    "yv": _between("yv", 0.5, -1),
    "iv": _between("iv", 0.5, 1),
    "kv": _between("kv", -0.5, 1),
    "ive": _scaled("ive", 0.5, lambda a: where(a > 0, -1.0, where(a < 0, 1.0, 0.0))),
    "kve": _scaled("kve", -0.5, lambda a: 1.0),
    "zeta": lambda order, out, a: -order * apply(member("zeta", order + 1), a),
    "gammainc": lambda order, out, a: _gamma_density(order, a),
    "gammaincc": lambda order, out, a: -_gamma_density(order, a),
    "betainc": lambda first, second, out, a: _beta_density(first, second, a),
}


def member(name: str, *orders: Any) -> Primitive:
    """Return the row of a family's function of these orders.

    Args:
        name: a key of `FAMILIES`.
        orders: plain numbers, or arrays of them, by which the function is not differentiated.

    Raises:
        TypeError: an order is a number that records.
    """
    for order in orders:
        if hasattr(type(order), "_apply"):
            what = "orders: give them as plain numbers" if len(orders) > 1 else "order: give a plain number"
            raise TypeError(f"{name} is differentiated by its last argument, not by its {what}")
    if any(np.ndim(order) for order in orders):
        return member_of(name, *orders)
    numbers = [float(order) for order in orders]
    numbers = [int(x) if x.is_integer() else x for x in numbers]
    return _NAMED.get((name, *numbers)) or _cached(name, *numbers)


@partial(family, maxsize=0)  # an order can be an array, which has no hash
def member_of(name: str, *orders: Any) -> Primitive:
    on_arrays = partial(_scipy(name), *orders)
    on_floats = _on_floats(on_arrays)

    def forward(a: Any) -> Any:
        return on_arrays(a) if isinstance(a, (np.ndarray, np.generic)) else on_floats(a)

    text = " ".join(map(str, (name, *orders)))
    return Primitive(text, text, forward, lambda out, a: (FAMILIES[name](*orders, out, a),))


def _named(name: str, family: str, order: int) -> Primitive:
    return _special(name, lambda out, a: (FAMILIES[family](order, out, a),))


# Members with a function of their own.
_NAMED: dict[tuple[Any, ...], Primitive] = {
    (family, order): _named(name, family, order)
    for family, names in {
        "jv": ("j0", "j1"),
        "yv": ("y0", "y1"),
        "iv": ("i0", "i1"),
        "kv": ("k0", "k1"),
        "ive": ("i0e", "i1e"),
        "kve": ("k0e", "k1e"),
    }.items()
    for order, name in enumerate(names)
}
_cached = lru_cache(maxsize=1024, typed=True)(member_of)
