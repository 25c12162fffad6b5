"""NumPy's and SciPy's ufuncs on numbers of any type (NEP 13): ``np.tanh(x)`` and ``array + x``."""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd.numbers.refusals import REFUSED
from autograd.rules import elementary, special
from autograd.rules import scalars as p
from autograd.rules.primitive import TABLE, apply, records

__all__ = ["FUNCTIONS", "METHODS", "PLAIN", "UFUNCS", "call_on_numbers", "numpy_name", "without_rule"]


def _power(base: Any, exponent: Any) -> Any:
    # With an array on the left, Python's operator would call NumPy's ufunc again.
    return base**exponent if records(base) else exponent.__rpow__(base)


def _member(family: str) -> Callable[..., Any]:
    return lambda *inputs: apply(special.member(family, *inputs[:-1]), inputs[-1])


def _ldexp(a: Any, exponent: Any) -> Any:
    if records(exponent):
        raise TypeError("the exponent of np.ldexp is whole numbers, without a derivative: give plain ones")
    return a * np.ldexp(np.ones((), getattr(a, "dtype", float)), exponent)


def _parts(a: Any) -> tuple[Any, Any]:
    """Return the fractional part and the whole part, both with the sign of the number."""
    fraction = apply(elementary.fmod, p.where(abs(a) == math.inf, 0.0, a), 1.0)
    return fraction, a - fraction


# The functions that ufuncs become, by the ufuncs' names: rows of the same name, then the others.
UFUNCS: dict[str, Callable[..., Any]] = {
    name: partial(apply, TABLE[name]) for name in elementary.ON_FLOATS
} | {
    "power": _power,
    "float_power": _power,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "add": partial(apply, p.add),
    "subtract": partial(apply, p.sub),
    "multiply": partial(apply, p.mul),
    "divide": partial(apply, p.div),
    "negative": partial(apply, p.neg),
    "positive": partial(apply, p.identity),
    "conjugate": partial(apply, p.identity),
    "square": partial(apply, p.square),
    "sqrt": partial(apply, p.sqrt),
    "exp": partial(apply, p.exp),
    "log": partial(apply, p.log),
    "sin": partial(apply, p.sin),
    "cos": partial(apply, p.cos),
    "tanh": partial(apply, p.tanh),
    "absolute": partial(apply, p.absolute),
    "fabs": partial(apply, p.absolute),
    "maximum": partial(apply, p.maximum),
    "minimum": partial(apply, p.minimum),
    "reciprocal": partial(apply, elementary.reciprocal),
    "remainder": partial(apply, elementary.mod),
    "floor_divide": partial(apply, elementary.floor_divide),
    "divmod": lambda a, b: (apply(elementary.floor_divide, a, b), apply(elementary.mod, a, b)),
    "modf": _parts,
    "ldexp": _ldexp,
    "radians": partial(apply, elementary.deg2rad),
    "degrees": partial(apply, elementary.rad2deg),
    "expit": partial(apply, p.sigmoid),
    "log_expit": lambda a: -apply(p.softplus, -a),
    "psi": partial(apply, special.digamma),
    "_zeta": _member("zeta"),
    "yn": _member("yv"),
    "kn": _member("kv"),
    **{family: _member(family) for family in special.FAMILIES},
}


def _nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Any:
    """Replace what is not finite by constants, through which no derivative passes."""
    greatest = float(np.finfo(getattr(x, "dtype", float)).max)
    x = p.where(x == math.inf, greatest if posinf is None else posinf, x)
    x = p.where(x == -math.inf, -greatest if neginf is None else neginf, x)
    return p.where(x != x, nan, x)


# NumPy's elementwise functions that are not ufuncs.
FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.sinc: partial(apply, elementary.sinc),
    np.i0: partial(apply, special.member("iv", 0)),
    np.real: partial(apply, p.identity),
    np.nan_to_num: _nan_to_num,
}
# Those that NumPy's own code computes for arrays alone.
STATISTICS: dict[Any, Callable[..., Any]] = {
    np.var: lambda a, *args, **options: np.var(np.array([a]), *args, **options),
    np.std: lambda a, *args, **options: np.std(np.array([a]), *args, **options),
}
REDUCTIONS = {"add", "multiply", "maximum", "minimum"}
# Piecewise constant functions and predicates: their results are plain, without a derivative.
PLAIN = {
    *("isfinite", "isnan", "isinf", "sign", "signbit", "heaviside", "floor", "ceil", "rint", "trunc"),
}


def numpy_name(function: Any) -> str:
    """Return a function's name as users write it: ``np.tanh``, ``np.linalg.norm``, ``scipy.special.erf``."""
    name: str = function.__name__
    module = getattr(function, "__module__", None) or _home(function)
    return f"{module.replace('numpy', 'np', 1)}.{name}" if module else name.lstrip("_")


def _home(ufunc: Any) -> str:
    """Return the module of a ufunc, which does not know it itself."""
    homes = ("numpy", "scipy.special")
    return next((m for m in homes if getattr(sys.modules.get(m), ufunc.__name__, None) is ufunc), "")


COMPOSE = "compose it of functions that have one, or add a rule by autograd.primitive"


def without_rule(function: Any, advice: str = COMPOSE) -> TypeError:
    """Return the error for a function without a rule."""
    return TypeError(f"{numpy_name(function)} has no derivative rule here: {advice}")


def call_on_numbers(
    number: Any, ufunc: Any, method: str, inputs: Sequence[Any], options: dict[str, Any]
) -> Any:
    """Apply a ufunc to inputs of which one is a number, element by element where there is an array.

    Raises:
        TypeError: the ufunc has no derivative rule.
    """
    (out,) = options.pop("out", (None,))
    if method == "reduce" and ufunc.__name__ in REDUCTIONS:
        return number  # the sum, the product or an extremum of one number
    if method != "__call__" or options:
        return NotImplemented
    if ufunc.__name__ in PLAIN:
        return ufunc(*(x.data if records(x) else x for x in inputs))
    function = UFUNCS.get(ufunc.__name__)
    if function is None:
        raise without_rule(ufunc)
    if any(records(x) and x._is_array() and type(x) is not type(number) for x in inputs):
        return NotImplemented  # the array's own type knows
    result = _elementwise(function, inputs, ufunc.nout)
    if out is not None:
        out[...] = result
        return out
    return result


def _elementwise(function: Callable[..., Any], inputs: Sequence[Any], results: int) -> Any:
    """Call a function on inputs, element by element where a number meets an array."""
    if any(x._is_array() for x in inputs if records(x)):
        return function(*inputs)
    if not any(map(_is_array, inputs)):
        # NumPy's own scalars become Python's: otherwise they would call this function again.
        return function(*(x.item() if isinstance(x, np.generic) else x for x in inputs))
    boxed = [_box(x) if records(x) else np.asarray(x).astype(object) for x in inputs]
    return np.frompyfunc(function, len(inputs), results)(*boxed)


def _call_function(number: Any, function: Any, types: Any, args: Any, options: dict[str, Any]) -> Any:
    """Call a NumPy function that has numbers among its arguments (NEP 18)."""
    if any(hasattr(t, "__getitem__") and not issubclass(t, np.ndarray) for t in types):
        return NotImplemented  # a Tensor among them knows
    rule = FUNCTIONS.get(function) or STATISTICS.get(function) or function._implementation
    return rule(*args, **options)


def _is_array(x: Any) -> bool:
    return isinstance(x, np.ndarray)


def _box(x: Any) -> Any:
    box = np.empty((), dtype=object)
    box[()] = x
    return box


def _method(name: str, *, reflected: bool = False) -> Callable[..., Any]:
    function, results = UFUNCS[name], 2 if name == "divmod" else 1
    return lambda *inputs: _elementwise(function, inputs[::-1] if reflected else inputs, results)


def _clip(x: Any, least: Any = None, greatest: Any = None, out: None = None) -> Any:
    """Limit to an interval; at a bound the derivative is one half, as at every tie."""
    lower = x if least is None else x.maximum(least)
    return lower if greatest is None else lower.minimum(greatest)


# The methods of numbers beyond those that `Number` defines itself, by name.
METHODS: dict[str, Callable[..., Any]] = {
    **{name: _method(name) for name in UFUNCS},
    "__array_function__": _call_function,
    "__array_ufunc__": call_on_numbers,
    "clip": _clip,
    "mod": _method("remainder"),
    **REFUSED,
}
for _operator, _name in {"mod": "remainder", "floordiv": "floor_divide", "divmod": "divmod"}.items():
    METHODS[f"__{_operator}__"] = _method(_name)
    METHODS[f"__r{_operator}__"] = _method(_name, reflected=True)
