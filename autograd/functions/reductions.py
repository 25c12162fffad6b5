"""Reductions along axes: sums, means, extrema; and `clip`."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.functions.registry import implements, refuse

__all__: list[str] = []


@implements(np.sum)
def _sum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    refuse("sum", dtype=dtype, out=out)
    return a.sum(axis, keepdims)


@implements(np.mean)
def _mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    refuse("mean", dtype=dtype, out=out)
    return a.mean(axis, keepdims)


@implements(np.var)
def _var(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False
) -> Any:
    refuse("var", dtype=dtype, out=out)
    return a.var(axis, ddof, keepdims)


@implements(np.amax, np.max)
def _max(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    refuse("max", out=out)
    return a.max(axis, keepdims)


@implements(np.amin, np.min)
def _min(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    refuse("min", out=out)
    return a.min(axis, keepdims)


@implements(np.clip)
def _clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, **bounds: Any) -> Any:
    refuse("clip", out=out)
    least, greatest = bounds.pop("min", a_min), bounds.pop("max", a_max)  # the names in NumPy 2
    refuse("clip", **bounds)
    lower = a if least is None else np.maximum(a, least)
    return lower if greatest is None else np.minimum(lower, greatest)
