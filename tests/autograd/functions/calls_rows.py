"""Calls of elementwise functions: NumPy's and SciPy's, one row of the table each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

try:
    from scipy import special
except ImportError:  # then the names of its functions are in LACKING of programs.py
    special = None

B = np.array([[0.8, 1.7, -0.45], [2.6, -1.3, 0.55]])
POSITIVE = np.abs(B) + 0.1


def of_numpy(name: str) -> Callable[[Any], Any]:
    return lambda t: getattr(np, name)(t)


def of_scipy(name: str) -> Callable[[Any], Any]:
    return lambda t: getattr(special, name)(t)


def of_orders(name):
    """A Bessel function of orders of both signs, whole and not."""
    return lambda t: [getattr(special, name)(order, t) for order in (-2, -1, 0, 1, 3, -0.5)]


def both_ways(name: str, other: Any = B) -> list[Any]:
    return [
        lambda t: getattr(np, name)(t, other),
        lambda t: getattr(np, name)(other, t),
        lambda t: getattr(np, name)(t, 0.7),
        lambda t: getattr(np, name)(t, 0.5 * t * t),
        lambda t: getattr(np, name)(t[0], t),
    ]


def quotients(name: str) -> list[Any]:
    """Away from whole quotients, where these functions jump."""
    return above_one(
        lambda t: getattr(np, name)(t, B),
        lambda t: getattr(np, name)(B, t),
        lambda t: getattr(np, name)(t, 0.73),
        lambda t: getattr(np, name)(t, -0.5 * t * t),
        lambda t: getattr(np, name)(t[0] + 0.3, t),
    )


def above_one(*programs: Any) -> list[Any]:
    return [("above_one", program) for program in programs]


def positive(programs: list[Any]) -> list[Any]:
    return [("positive", program) for program in programs]


SMOOTH = ("arctan", "sinh", "cosh", "arcsinh", "exp2", "expm1", "deg2rad", "rad2deg", "radians", "degrees")
SIGNED = ("reciprocal", "cbrt", "positive", "conjugate", "fabs", "sinc", "i0")
ERRORS = ("erf", "erfc", "erfcx", "erfi", "dawsn", "ndtr", "log_ndtr", "expit", "log_expit")
HALVES = ("yv", "kv", "ive", "kve")
BESSEL = ("i0", "i1", "i0e", "i1e", "j0", "j1")
OF_POSITIVE = ("y0", "y1", "k0", "k1", "k0e", "k1e", "gamma", "gammaln", "rgamma", "entr", "expi", "exp1")

CALLS: dict[str, list[Any]] = {
    **{name: [of_numpy(name)] for name in SMOOTH},
    **{
        name: [of_numpy(name)]
        for name in ("reciprocal", "cbrt", "positive", "conjugate", "fabs", "sinc", "i0")
    },
    **{name: [("unit", of_numpy(name))] for name in ("tan", "arcsin", "arccos", "arctanh", "log1p")},
    **{name: [("positive", of_numpy(name))] for name in ("log2", "log10")},
    "arccosh": [("above_one", of_numpy("arccosh"))],
    "real": [lambda t: np.real(t)],
    "nan_to_num": [
        lambda t: np.nan_to_num(t),
        lambda t: np.nan_to_num(t, nan=2.5, posinf=1.5, neginf=-3.5),
    ],
    "arctan2": both_ways("arctan2"),
    "hypot": both_ways("hypot"),
    "logaddexp": both_ways("logaddexp"),
    "logaddexp2": both_ways("logaddexp2"),
    "fmax": both_ways("fmax"),
    "fmin": both_ways("fmin"),
    "copysign": both_ways("copysign"),
    "remainder": [
        *quotients("remainder"),
        *above_one(lambda t: t % 0.73, lambda t: 0.73 % t, lambda t: B % t),
    ],
    "fmod": quotients("fmod"),
    "floor_divide": [*quotients("floor_divide"), *above_one(lambda t: t // 0.73, lambda t: B // t)],
    "divmod": above_one(lambda t: np.divmod(t, B), lambda t: divmod(t, 0.73), lambda t: divmod(B, t)),
    "modf": [lambda t: np.modf(t)],
    "ldexp": [lambda t: np.ldexp(t, 3), lambda t: np.ldexp(t, np.array([1, -2, 0]))],
    "float_power": [("positive", lambda t: np.float_power(t, 2.5)), lambda t: np.float_power(2.5, t)],
    # SciPy's.
    **{name: [of_scipy(name)] for name in (*ERRORS, *BESSEL)},
    **{name: [("positive", of_scipy(name))] for name in OF_POSITIVE},
    "digamma": [("positive", of_scipy("digamma"))],
    "psi": [("positive", of_scipy("psi"))],
    "erfinv": [("unit", of_scipy("erfinv"))],
    "erfcinv": [("unit", lambda t: special.erfcinv(1 + t))],
    "ndtri": [("unit", lambda t: special.ndtri((1 + t) / 2))],
    "logit": [("unit", lambda t: special.logit((1 + t) / 2))],
    "xlogy": positive([lambda t: special.xlogy(t, POSITIVE), lambda t: special.xlogy(B, t)]),
    "xlog1py": positive([lambda t: special.xlog1py(t, POSITIVE), lambda t: special.xlog1py(B, t)]),
    "beta": positive([lambda t: special.beta(t, POSITIVE), lambda t: special.beta(1.5, t)]),
    "betaln": positive([lambda t: special.betaln(t, POSITIVE), lambda t: special.betaln(1.5, t)]),
    "rel_entr": positive([lambda t: special.rel_entr(t, POSITIVE), lambda t: special.rel_entr(1.5, t)]),
    "kl_div": positive([lambda t: special.kl_div(t, POSITIVE), lambda t: special.kl_div(1.5, t)]),
    # Families, by their argument.
    **{name: positive([lambda t, f=name: getattr(special, f)(2, t)]) for name in ("yn", "kn")},
    "jv": positive([lambda t: special.jv(2, t), of_orders("jv")]),
    **{name: positive([lambda t, f=name: getattr(special, f)(0.5, t)]) for name in ("ive", "kve")},
    **{
        name: positive([lambda t, f=name: getattr(special, f)(0.5, t), of_orders(name)])
        for name in ("yv", "kv")
    },
    "iv": [
        ("positive", lambda t: special.iv(0.5, t)),
        ("positive", lambda t: special.iv(np.array([0.0, 1.0, 2.5]), t)),
        lambda t: special.iv(1, t),
        ("positive", of_orders("iv")),
    ],
    "zeta": positive([lambda t: special.zeta(3.5, t)]),
    "_zeta": positive([lambda t: special.zeta(2, t)]),
    "gammainc": positive([lambda t: special.gammainc(1.5, t)]),
    "gammaincc": positive([lambda t: special.gammaincc(1.5, t)]),
    "betainc": [("unit", lambda t: special.betainc(1.5, 2.5, (1 + t) / 2))],
}

PLAIN: dict[str, list[Any]] = {
    "trunc": [of_numpy("trunc")],
    "fix": [of_numpy("fix")],
    "heaviside": [lambda t: np.heaviside(t, 0.5)],
}
