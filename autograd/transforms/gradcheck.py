"""`gradcheck`: derivatives held against differences, which know no rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.recording.node import Node, no_grad
from autograd.recording.tensor import Tensor
from autograd.transforms.containers import flatten
from autograd.transforms.derivatives import jvp, vjp

__all__ = ["GradientError", "gradcheck"]


class GradientError(AssertionError):
    """A derivative is not what differences say it is."""


def gradcheck(
    f: Callable[..., Any], *args: Any, order: int = 1, tolerance: float = 1e-6, seed: int = 0
) -> bool:
    """Check the derivatives of a function at a point against central differences.

    At order 1 the derivative along every single input is pushed forward and, by random adjoints,
    pulled back. At order 2 the same is done to the pullback, so that second derivatives are checked.
    The error of a central difference falls with the square of its step, ``epsilon**(1/3)`` (Nocedal
    and Wright, *Numerical Optimization*, 2nd ed., 2006, section 8.1); away from kinks and in double
    precision it is some ``1e-10``.

    Args:
        f: a function of numbers, arrays or nested containers of them, to the same.
        args: the point; in double precision.
        order: 1, or 2 to check second derivatives too.
        tolerance: the greatest distance from the difference, relative where that is above 1.
        seed: of the adjoints.

    Returns:
        True.

    Raises:
        GradientError: a derivative is further away; the message says which, and how far.
        ValueError: the order is neither 1 nor 2, or a number of the point is in single precision.
    """
    if order not in (1, 2):
        raise ValueError(f"the order is 1 or 2, not {order!r}")
    _check_first(f, args, tolerance, seed, "")
    if order == 2:
        result, _ = vjp(f, *args)
        adjoints = _random_like(result, seed)
        _check_first(lambda *point: vjp(f, *point)[1](adjoints), args, tolerance, seed, "second ")
    return True


def _check_first(f: Callable[..., Any], args: Sequence[Any], tolerance: float, seed: int, kind: str) -> None:
    numbers, places, rebuild = flatten(list(args), "args")
    points = [np.array(_data(x)) for x in numbers]
    for x, place in zip(points, places, strict=True):
        if x.dtype == np.float32:
            raise ValueError(f"{place} is in single precision, in which differences say little: use float64")
    points = [x.astype(float) for x in points]
    result, pullback = vjp(f, *rebuild(iter(points)))
    adjoints = _random_like(result, seed)
    pulled = flatten(list(pullback(adjoints)))[0]
    weights = flatten(adjoints)[0]
    for k, (x, place) in enumerate(zip(points, places, strict=True)):
        for index in np.ndindex(x.shape):
            where = f"{place}[{','.join(map(str, index))}]" if index else place
            what = f"the {kind}derivative by {where}"
            tangents = [np.zeros(point.shape) for point in points]
            tangents[k][index] = 1
            expected = _difference(f, points, rebuild, k, index)
            pushed = flatten(jvp(f, rebuild(iter(points)), rebuild(iter(tangents)))[1])[0]
            for derivative, difference in zip(pushed, expected, strict=True):
                _compare(derivative, difference, tolerance, f"{what}, forward")
            total = sum(np.sum(w * d) for w, d in zip(weights, expected, strict=True))
            _compare(
                np.asarray(pulled[k])[index], total, tolerance, f"the {kind}derivative by {where}, reverse"
            )


def _difference(
    f: Callable[..., Any], points: Sequence[Any], rebuild: Callable[[Any], Any], k: int, index: Any
) -> list[Any]:
    step = float(np.finfo(float).eps) ** (1 / 3) * max(1.0, abs(float(points[k][index])))
    results = []
    for sign in (1, -1):
        moved = [x.copy() for x in points]
        moved[k][index] += sign * step
        with no_grad():
            outputs = f(*rebuild(Tensor(x) for x in moved))
        results.append([_data(y) for y in flatten(outputs)[0]])
    return [(above - below) / (2 * step) for above, below in zip(*results, strict=True)]


def _compare(derivative: Any, difference: Any, tolerance: float, what: str) -> None:
    error = np.abs(np.asarray(_data(derivative)) - difference)
    bound = tolerance * np.maximum(1.0, np.abs(difference))
    if not np.all(error <= bound):
        worst = np.unravel_index(np.argmax(np.nan_to_num(error - bound, nan=np.inf)), np.shape(error))
        raise GradientError(
            f"{what}, is {np.asarray(_data(derivative))[worst]:.10g}, but differences say "
            f"{np.asarray(difference)[worst]:.10g}"
        )


def _random_like(result: Any, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    numbers, _, rebuild = flatten(result)
    return rebuild(iter([rng.normal(size=np.shape(_data(y))) for y in numbers]))


def _data(x: Any) -> Any:
    return x._data if isinstance(x, Node) else x
