"""What convolution and pooling share: lengths by axis, padding, and the number of windows."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np

from autograd import apply
from autograd.rules.arrays import scatter_of
from autograd.rules.windows import Sliding

__all__ = ["Lengths", "lengths", "out_lengths", "padded"]

Lengths = int | Sequence[int]


def lengths(given: Any, axes: int, what: str, least: int = 1) -> tuple[int, ...]:
    """One length for each axis; a single number stands for all.

    Raises:
        ValueError: they are not whole numbers, too small, too many or too few.
    """
    found: Any = (given,) * axes if isinstance(given, Integral) else given
    is_sequence = isinstance(found, Sequence) and not isinstance(found, str) and len(found) == axes
    if not is_sequence or not all(isinstance(n, Integral) and int(n) >= least for n in found):
        some = f", or {axes} of them" if axes > 1 else ""
        raise ValueError(f"{what} must be a whole number, at least {least}{some}, not {given!r:.40}")
    return tuple(map(int, found))


def padded(x: Any, padding: Sequence[tuple[int, int]], fill: float = 0.0) -> Any:
    """The inputs with numbers before and after each of the last axes."""
    if not any(map(any, padding)):
        return x
    last = x.shape[x.ndim - len(padding) :]
    inner: Any = (..., *(slice(before, before + n) for n, (before, _) in zip(last, padding, strict=True)))
    around = tuple(before + n + after for n, (before, after) in zip(last, padding, strict=True))
    shape = (*x.shape[: x.ndim - len(padding)], *around)
    y = apply(scatter_of(inner, shape), x)
    if not fill:
        return y
    border = np.full(around, fill, np.float64 if x.dtype == object else x.dtype)
    border[inner] = 0.0
    return y + border


def out_lengths(inputs: tuple[int, ...], sliding: Sliding) -> tuple[int, ...]:
    """The number of windows along each axis.

    Raises:
        ValueError: a window is longer than the inputs.
    """
    if any(n < span for n, span in zip(inputs, sliding.spans, strict=True)):
        raise ValueError(
            f"windows of {' × '.join(map(str, sliding.spans))} elements do not fit inputs of "
            f"{' × '.join(map(str, inputs))}, padding included"
        )
    steps = zip(inputs, sliding.spans, sliding.stride, strict=True)
    return tuple((n - span) // stride + 1 for n, span, stride in steps)
