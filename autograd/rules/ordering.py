"""Primitives that move elements to places which depend on the numbers: sorting and looking up.

`argsort` and `searchsorted` return whole numbers and have no derivative. They are rows of their own so that
traced code, and a graph run at another point, find the places again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules.arrays import ArrayPrimitive, LinearMap, getitem, shape_of, unmoved
from autograd.rules.primitive import Primitive, apply, family, records

__all__ = ["searched", "sort", "taken_along"]


@family
def order_of(axis: int, kth: Any = None) -> Primitive:
    """The places that sort along an axis, equal elements in their order; or that partition at ``kth``."""

    def forward(a: Any) -> Any:
        return np.argsort(a, axis, kind="stable") if kth is None else np.argpartition(a, kth, axis)

    row = ArrayPrimitive("argsort", forward, unmoved)
    row.differentiable = False
    return row


@family
def sort_of(axis: int, kth: Any = None) -> Primitive:
    """Sort or partition along an axis: a permutation, in which equal elements keep their order."""

    def forward(a: Any) -> Any:
        return np.sort(a, axis) if kth is None else np.take_along_axis(a, np.argpartition(a, kth, axis), axis)

    def partials(out: Any, a: Any) -> tuple[LinearMap]:
        order = apply(order_of(axis, kth), a)
        inverse = apply(order_of(axis), order)
        return (
            LinearMap(
                push=lambda t: taken_along(t, order, axis), pull=lambda g: taken_along(g, inverse, axis)
            ),
        )

    return ArrayPrimitive("sort", forward, partials)


def sort(a: Any, axis: int, kth: int | tuple[int, ...] | None = None) -> Any:
    return apply(sort_of(axis, kth), a)


@family
def along_of(axis: int) -> Primitive:
    """Take elements along an axis at places that are an input."""
    return ArrayPrimitive(
        "take",
        lambda a, places: np.take_along_axis(a, places, axis),
        lambda out, a, places: (
            LinearMap(
                push=lambda t: taken_along(t, places, axis),
                pull=lambda g: apply(back_of(axis, shape_of(a)), g, places),
            ),
            *unmoved(out, places),
        ),
    )


@family
def back_of(axis: int, shape: tuple[int, ...]) -> Primitive:
    """Add elements of zeros of a shape at places along an axis: the transpose of taking them."""
    return ArrayPrimitive(
        "put",
        lambda a, places: _put_along(a, places, axis, shape),
        lambda out, a, places: (
            LinearMap(
                push=lambda t: apply(back_of(axis, shape), t, places),
                pull=lambda g: taken_along(g, places, axis),
            ),
            *unmoved(out, places),
        ),
    )


def _put_along(a: Any, places: Any, axis: int, shape: tuple[int, ...]) -> Any:
    zeros = np.zeros(shape, np.asarray(a).dtype)
    np.add.at(zeros, _indices(places, axis), a)
    return zeros


def _indices(places: Any, axis: int) -> tuple[Any, ...]:
    """Return the indices of all elements, with these places along one axis."""
    indices = list(np.ogrid[tuple(map(slice, places.shape))])
    indices[axis] = places
    return tuple(indices)


def taken_along(a: Any, places: Any, axis: int) -> Any:
    """Return ``np.take_along_axis(a, places, axis)`` for plain or recorded places."""
    return apply(along_of(axis), a, places) if records(places) else getitem(a, _indices(places, axis))


@family
def searched_of(side: Any) -> Primitive:
    """The places where numbers would be inserted into a sorted vector."""
    search = lambda x, points: np.searchsorted(points, x, side)  # noqa: E731
    row = ArrayPrimitive("searchsorted", search, unmoved)
    row.differentiable = False
    return row


def searched(x: Any, points: Any, side: str = "left") -> Any:
    return apply(searched_of(side), x, points)
