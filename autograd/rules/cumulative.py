"""Running sums and products, and the product of all elements, without a division: zeros are no exception.

The derivative of a running product is a linear recurrence, ``x_k = a_k x_{k-1} + b_k``. With U the shift by
one place it reads ``x = D_a U x + b``, and its transpose ``x = Uᵀ D_a x + b`` is the recurrence run
backwards. Both are rows whose derivatives are these rows again, so that derivatives of every order take
linear time and are exact where factors are zero (Blelloch, "Prefix sums and their applications", 1990,
section 1.4).
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np

from autograd.rules.arrays import (
    ArrayPrimitive,
    LinearMap,
    getitem,
    merged,
    scatter,
    shape_of,
    spread,
    sum_over,
)
from autograd.rules.primitive import Primitive, apply, family

__all__ = ["cumprod_of", "cumsum_of", "prod_of", "recurrence_of"]


def _along(axis: int, part: slice) -> tuple[slice, ...]:
    return (*(slice(None),) * axis, part)


def _flipped(a: Any, axis: int) -> Any:
    return getitem(a, _along(axis, slice(None, None, -1)))


def _later(a: Any, axis: int) -> Any:
    """Shift the elements one place back along the axis; zero enters at the front: U a."""
    return scatter(getitem(a, _along(axis, slice(-1))), _along(axis, slice(1, None)), shape_of(a))


def _earlier(a: Any, axis: int) -> Any:
    """Shift the elements one place to the front; zero enters at the end: Uᵀ a."""
    return scatter(getitem(a, _along(axis, slice(1, None))), _along(axis, slice(-1)), shape_of(a))


def _steps(output: Any, *inputs: Any, axis: int) -> int:
    """Count the steps after the first along an axis."""
    n = np.shape(output)[axis]
    return int(np.size(output)) // n * (n - 1) if n else 0


@family
def cumsum_of(axis: int) -> Primitive:
    """The running sum along an axis counted from the front; its transpose runs from the end.

    It counts one addition for every element but the first ones.
    """

    def from_end(g: Any) -> Any:
        return _flipped(apply(cumsum_of(axis), _flipped(g, axis)), axis)

    return ArrayPrimitive(
        "cumsum",
        lambda a: np.cumsum(a, axis),
        lambda out, a: (LinearMap(push=lambda t: apply(cumsum_of(axis), t), pull=from_end),),
        work=lambda output, a: _steps(output, axis=axis),
        kind="additions",
    )


@family
def cumprod_of(axis: int) -> Primitive:
    """The running product y along an axis: ``dy_k = a_k dy_{k-1} + y_{k-1} da_k``, a recurrence.

    It counts one multiplication for every element but the first ones.
    """

    def partials(out: Any, a: Any) -> tuple[LinearMap]:
        before = _before(out, axis)
        return (
            LinearMap(
                push=lambda t: apply(recurrence_of(axis), a, before * t),
                pull=lambda g: before * apply(recurrence_of(axis, backwards=True), a, g),
            ),
        )

    return ArrayPrimitive(
        "cumprod",
        lambda a: np.cumprod(a, axis),
        partials,
        work=lambda output, a: _steps(output, axis=axis),
        kind="multiplications",
    )


def _before(products: Any, axis: int) -> Any:
    """Return the product of all elements before each one, from the running products."""
    first = np.zeros(shape_of(products), products.dtype)
    first[_along(axis, slice(1))] = 1
    return _later(products, axis) + first


@family
def recurrence_of(axis: int, backwards: bool = False) -> Primitive:
    """``x_k = a_k x_{k-1} + b_k`` along an axis; backwards ``x_k = a_{k+1} x_{k+1} + b_k``.

    It counts one multiply-add for every element but the first ones.
    """

    def partials(out: Any, a: Any, b: Any) -> tuple[LinearMap, LinearMap]:
        def push(t: Any) -> Any:
            return apply(recurrence_of(axis, backwards), a, t)

        def pull(g: Any) -> Any:
            return apply(recurrence_of(axis, not backwards), a, g)

        if backwards:
            by_factor = LinearMap(
                push=lambda t: push(_earlier(t * out, axis)), pull=lambda g: out * _later(pull(g), axis)
            )
        else:
            by_factor = LinearMap(
                push=lambda t: push(t * _later(out, axis)), pull=lambda g: _later(out, axis) * pull(g)
            )
        return by_factor, LinearMap(push, pull)

    def forward(a: Any, b: Any) -> Any:
        if not backwards:
            return _recur(a, b, axis)
        return _flipped(_recur(_flipped(_earlier(a, axis), axis), _flipped(b, axis), axis), axis)

    return ArrayPrimitive(
        "recurrence backwards" if backwards else "recurrence",
        forward,
        partials,
        work=lambda output, a, b: _steps(output, axis=axis),
        kind="multiply_adds",
    )


def _recur(a: Any, b: Any, axis: int) -> Any:
    if b.size == b.shape[axis]:  # one sequence: floats take a tenth of the time of arrays of one element
        pairs = zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)
        steps = accumulate(pairs, lambda x, ab: (0.0, ab[0] * x[1] + ab[1]))
        return np.array([x for _, x in steps], b.dtype).reshape(b.shape)
    out = np.array(b)
    rows, factors = np.moveaxis(out, axis, 0), np.moveaxis(a, axis, 0)
    for k in range(1, len(rows)):
        rows[k] += factors[k] * rows[k - 1]
    return out


@family
def prod_of(axis: int) -> Primitive:
    """The product along an axis; its slope by an element is the product of the elements beside it.

    It counts one multiplication for every element but the first ones.
    """

    def partials(out: Any, a: Any) -> tuple[LinearMap]:
        before = _before(apply(cumprod_of(axis), a), axis)
        after = _flipped(_before(apply(cumprod_of(axis), _flipped(a, axis)), axis), axis)
        others = before * after
        return (
            LinearMap(
                push=lambda t: sum_over(others * t, axis),
                pull=lambda g: spread(g, shape_of(a), axis) * others,
            ),
        )

    return ArrayPrimitive(
        "prod",
        lambda a: np.prod(a, axis),
        partials,
        symbol="Π",
        work=merged,
        kind="multiplications",
    )
