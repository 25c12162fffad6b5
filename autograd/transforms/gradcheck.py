"""`gradcheck`: derivatives checked against finite differences, which use no rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.functions.plain import unwrap_node
from autograd.recording.modes import no_grad
from autograd.recording.tensor import Tensor
from autograd.transforms.containers import flatten
from autograd.transforms.derivatives import jvp, vjp
from autograd.transforms.extrapolation import extrapolated_slope

__all__ = ["GradientError", "gradcheck"]


class GradientError(AssertionError):
    """A derivative disagrees with finite differences."""


def gradcheck(
    f: Callable[..., Any], *args: Any, order: int = 1, tolerance: float = 1e-6, seed: int = 0
) -> bool:
    """Check the derivatives of a function at a point against central differences.

    At order 1 the derivative along every single input is pushed forward and, by random adjoints,
    pulled back. At order 2 the same is done to the pullback, so that second derivatives are checked.
    The differences start at the step ``epsilon**(1/3)`` (Nocedal and Wright, *Numerical Optimization*, 2nd
    ed., 2006, section 8.1) and shrink where the function needs it, as the logarithm does at 1e-6; away from
    kinks and in double precision their error is about ``1e-10``.

    Args:
        f: a function of numbers, arrays or nested containers of them, to the same.
        args: the point; in double precision.
        order: 1, or 2 to check second derivatives too.
        tolerance: the largest accepted error, relative to differences above 1 and absolute below.
        seed: seed of the random adjoints.

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
    point = _CheckedPoint(f, args)
    result, pullback = vjp(f, *point.arguments())
    adjoints = _random_like(result, seed)
    pulled = flatten(list(pullback(adjoints)))[0]
    weights = flatten(adjoints)[0]
    for k, (x, place) in enumerate(zip(point.arrays, point.places, strict=True)):
        for index in np.ndindex(x.shape):
            where = f"{place}[{','.join(map(str, index))}]" if index else place
            what = f"the {kind}derivative by {where}"
            expected = point.difference(k, index)
            pushed = flatten(jvp(f, point.arguments(), point.tangents(k, index))[1])[0]
            for derivative, difference in zip(pushed, expected, strict=True):
                _compare(derivative, difference, tolerance, f"{what}, forward")
            total = sum(np.sum(w * d) for w, d in zip(weights, expected, strict=True))
            _compare(np.asarray(pulled[k])[index], total, tolerance, f"{what}, reverse")


class _CheckedPoint:
    """A function with the point to check it at.

    Attributes:
        arrays: the numbers in the arguments, as arrays of float64.
        places: where each of them stands, for messages.
    """

    def __init__(self, f: Callable[..., Any], args: Sequence[Any]) -> None:
        numbers, self._structure = flatten(list(args))
        self.places = list(self._structure.names("args"))
        self._f = f
        arrays = [np.array(unwrap_node(x)) for x in numbers]
        for x, place in zip(arrays, self.places, strict=True):
            if x.dtype == np.float32:
                raise ValueError(f"{place} is in single precision, too coarse for differences: use float64")
        self.arrays = [x.astype(float) for x in arrays]

    def arguments(self, arrays: Sequence[Any] | None = None) -> Any:
        return self._structure.unflatten(self.arrays if arrays is None else arrays)

    def tangents(self, k: int, index: Any) -> Any:
        """Return arguments that are zero but for one element."""
        tangents = [np.zeros(x.shape) for x in self.arrays]
        tangents[k][index] = 1
        return self.arguments(tangents)

    def difference(self, k: int, index: Any) -> list[Any]:
        """Return the derivative of every output by one element, from differences alone."""

        def outputs(x: float) -> Any:
            moved = self.arrays[k].copy()
            moved[index] = x
            point = [moved if i == k else array for i, array in enumerate(self.arrays)]
            with no_grad():
                found = flatten(self._f(*self.arguments([Tensor(array) for array in point])))[0]
            return [unwrap_node(y) for y in found]

        with np.errstate(all="ignore"):
            return extrapolated_slope(outputs, float(self.arrays[k][index]))


def _compare(derivative: Any, difference: Any, tolerance: float, what: str) -> None:
    found = np.asarray(unwrap_node(derivative))
    error = np.abs(found - difference)
    bound = tolerance * np.maximum(1.0, np.abs(difference))
    if not np.all(error <= bound):
        worst = np.unravel_index(np.argmax(np.nan_to_num(error - bound, nan=np.inf)), np.shape(error))
        expected = np.asarray(difference)[worst]
        raise GradientError(f"{what}, is {found[worst]:.10g}, but differences say {expected:.10g}")


def _random_like(result: Any, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    numbers, structure = flatten(result)
    return structure.unflatten([rng.normal(size=np.shape(unwrap_node(y))) for y in numbers])
