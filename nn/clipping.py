"""Clipping: gradients shortened to a norm, or limited element by element."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from math import inf
from numbers import Real
from typing import Any

import numpy as np

__all__ = ["clip_gradient_values", "clip_gradients", "length_of"]


def clip_gradients(parameters: Iterable[Any], norm: float) -> float:
    """Shorten the gradient, as one vector over all parameters, to a norm, if it is longer.

    R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural networks",
    ICML 2013, algorithm 1. A gradient with an infinite or NaN element is left unchanged.

    Returns:
        The norm before; infinite if it exceeds the range of floats.

    Raises:
        ValueError: the norm is not a number greater than 0.
    """
    if not isinstance(norm, Real) or not norm > 0:
        raise ValueError(f"the norm to clip gradients to must be greater than 0, not {norm!r}")
    with_gradient = [p for p in parameters if p.has_grad]
    with np.errstate(invalid="ignore"):
        unit, length = map(float, length_of([p.grad for p in with_gradient]))
    if not unit < inf:
        return unit
    if unit * length > norm:
        for p in with_gradient:
            p.grad = p.grad / unit * (norm / length)
    return unit * length


def length_of(gradients: Sequence[Any]) -> tuple[Any, Any]:
    """A unit, and the length of gradients as one vector in that unit: their product is the norm.

    The unit is the greatest element, or 1 for zeros. So the squares of 1e200, or a sum of several
    1e308, do not overflow.
    """
    given = [g for g in gradients if np.size(g)]
    largest: Any = reduce(np.maximum, [np.max(np.abs(g)) for g in given], 0.0)
    unit = np.where(largest > 0, largest, 1.0)
    return unit, np.sqrt(sum(np.sum(np.square(g / unit)) for g in given))


def clip_gradient_values(parameters: Iterable[Any], limit: float) -> None:
    """Clip each element of the gradients to ``±limit``, which changes the gradient's direction.

    Raises:
        ValueError: the limit is not a number greater than 0.
    """
    if not isinstance(limit, Real) or not limit > 0:
        raise ValueError(f"the limit to clip elements of gradients to must be greater than 0, not {limit!r}")
    for p in parameters:
        if p.has_grad:
            p.grad = np.clip(p.grad, -limit, limit)
