"""Convert frames and series of pandas, polars and similar libraries to arrays of numbers."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["array_of_frame", "is_frame"]


def is_frame(x: Any) -> bool:
    """Whether an object is a frame or a series: all have ``to_numpy``, so no library is imported."""
    return callable(getattr(x, "to_numpy", None)) or _is_lazy(x)


def _is_lazy(x: Any) -> bool:
    return callable(getattr(x, "collect", None)) and not hasattr(x, "to_numpy")


def array_of_frame(x: Any, what: str) -> NDArray[Any]:
    """The numbers of a frame, as (rows, columns), or of a series, as (rows,).

    Args:
        x: a series; or a frame, with names in ``columns`` and a series for each name.
        what: a name for the numbers in messages, in the plural.

    Raises:
        TypeError: a column holds categories, text or other objects that are not real numbers; or the frame
            is lazy.
        ValueError: a column has missing values, or two have the same name.
    """
    if _is_lazy(x):
        raise TypeError(f"{what} are a {type(x).__name__}, which has no numbers yet: give its collect()")
    if not hasattr(x, "columns"):
        return _column(x, what, "", "number them, for example by np.unique(labels, return_inverse=True)[1]")
    names = list(x.columns)
    if len(set(names)) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise ValueError(f"{what} have two columns named {twice!r}: rename one")
    advice = "encode them as columns of 0 and 1, for example by pandas.get_dummies or polars' to_dummies"
    columns = [_column(x[name], what, f" in the column {name!r}", advice) for name in names]
    return np.stack(columns, axis=1) if columns else np.empty((len(x), 0))


def _column(series: Any, what: str, place: str, advice: str) -> NDArray[Any]:
    kind = str(series.dtype).partition("(")[0]
    if kind.lower() in ("category", "categorical", "enum"):
        raise TypeError(f"{what} have categories{place}, not numbers: {advice}")
    array = np.asarray(series.to_numpy())
    if array.dtype == object:
        if any(isinstance(y, str) for y in array.flat):
            raise TypeError(f"{what} have text{place}, not numbers: {advice}")
        is_missing = np.array([y is None or str(y) in ("nan", "NaT", "<NA>") for y in array.flat])
        if all(isinstance(y, Real) for y in array.flat) and not is_missing.any():
            array = np.array(array.tolist())
            array = array.astype(np.float64) if array.dtype == object else array  # of integers beyond 64 bits
    else:
        is_missing = array != array
    if is_missing.any():
        raise ValueError(
            f"{what} have missing values{place}, {is_missing.sum()} of {len(array)}: drop those rows, "
            "or fill the values in"
        )
    if array.dtype.kind not in "biuf" or array.ndim > 1:
        example = f", such as {array.flat[0]!r:.40}" if array.dtype == object else ""
        raise TypeError(
            f"{what} have values of type {series.dtype}{place}{example}, not real numbers: convert them, and "
            "give each number a column of its own"
        )
    return array
