"""`ValueArray`: an array of Values, which takes NumPy's functions where NumPy has no loop over objects."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from autograd.numbers.number import unwrap
from autograd.numbers.ufuncs import FUNCTIONS, PLAIN, UFUNCS, without_rule
from autograd.rules.elementary import ON_FLOATS
from autograd.rules.primitive import records

__all__ = ["ValueArray"]

_ndarray = np.ndarray


class ValueArray(np.ndarray):
    """An array of objects that applies ufuncs (NEP 13) by the rules of its elements.

    NumPy computes with objects by their operators and methods. A ufunc without such a loop (``logaddexp``),
    or one that asks only the left operand (``arctan2``), is applied to the elements by its rule.
    """

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [x.view(_ndarray) if x.__class__ is ValueArray else x for x in inputs]
        if options and "out" in options:
            options["out"] = tuple(map(_as_ndarray, options["out"]))
        if not _by_rule(ufunc) or method != "__call__" or options:
            result = getattr(ufunc, method)(*plain, **options)
            return (
                result.view(ValueArray) if result.__class__ is _ndarray and result.dtype.hasobject else result
            )
        if any(records(x) and x._is_array() for x in inputs):
            return NotImplemented  # a Tensor knows
        name = ufunc.__name__
        if name in PLAIN:
            return ufunc(*(np.vectorize(unwrap, otypes=[float])(x) for x in plain))
        if name not in UFUNCS:
            raise without_rule(ufunc)
        objects = [x if records(x) else np.asarray(x).astype(object) for x in plain]
        return _wrapped(np.frompyfunc(UFUNCS[name], ufunc.nin, ufunc.nout)(*objects))

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function not in FUNCTIONS:
            return _wrapped(super().__array_function__(function, types, args, options))
        rule = FUNCTIONS[function]
        return _wrapped(np.frompyfunc(lambda x: rule(x, *args[1:], **options), 1, 1)(_as_ndarray(args[0])))

    # All of it. For objects NumPy 2.5 would ask a ufunc that has no loop over them.
    real: Any = property(lambda self: self)

    def __repr__(self) -> str:
        return repr(_as_ndarray(self))


@lru_cache(maxsize=256)
def _by_rule(ufunc: Any) -> bool:
    """Whether NumPy's loop over objects, if there is one, is not used."""
    loop = any("O" in kinds for kinds in ufunc.types)
    return not loop or ufunc.__name__ in PLAIN or ufunc.__name__ in ON_FLOATS


def _as_ndarray(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, ValueArray) else x


def _wrapped(result: Any) -> Any:
    if result.__class__ is _ndarray:
        return result.view(ValueArray) if result.dtype.hasobject else result
    return tuple(map(_wrapped, result)) if isinstance(result, tuple) else result
