"""Indices that are numbers of a program: one compiled function serves all tokens and labels.

An index enters as a number, is checked and counted from the front by an `IndexRow`, and selects. Numbers are
selected one by one, by comparisons, so that every kind of number and every language can do it; elements of
arrays by `Gather`, whose transpose is `Spread`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np

from autograd.rules.arrays import ArrayPrimitive, LinearMap, shape_of, unmoved
from autograd.rules.primitive import Primitive, apply, family
from autograd.rules.scalars import masked, where

_TRUTH = np.dtype(bool)

__all__ = [
    "Gather",
    "IndexRow",
    "Spread",
    "gather_of",
    "gathered",
    "index_of",
    "item_of",
    "spread_of",
]


class IndexRow(Primitive):
    """The place from 0 on that an index means, number by number.

    Attributes:
        first: the least index: 0, or less for indices that count from the end.
        size: of how many items.
    """

    __slots__ = ("first", "size")

    def __init__(self, first: int, size: int) -> None:
        self.first = first
        self.size = size
        super().__init__("index", "index", self._place, lambda out, index: (0,))
        self.code = {"c": f"one_index({{0}}, {first}, {size}, &trouble)"}

    def _place(self, index: Any) -> Any:
        if not isinstance(index, np.ndarray):
            if not (self.first <= index < self.size and index % 1 == 0):
                raise self._outside(index)
            return index + self.size if index < 0 else index
        inside = (self.first <= index) & (index < self.size) & (index % 1 == 0)
        if not inside.all():
            raise self._outside(index[~inside].flat[0])
        return np.where(index < 0, index + self.size, index)

    def _outside(self, index: Any) -> IndexError:
        return IndexError(
            f"the index {float(index):g} is not one of {self.size} items: give a whole number from "
            f"{self.first} to {self.size - 1}"
        )


@family
def index_of(first: int, size: int) -> IndexRow:
    return IndexRow(first, size)


@family
def item_of(size: int) -> Primitive:
    """The number at a place among ``size`` numbers; the place is the first input."""

    def forward(place: Any, *items: Any) -> Any:
        chosen = items[0]
        for k, item in enumerate(items[1:], 1):
            chosen = where(place == k, item, chosen)
        return chosen

    def partials(out: Any, place: Any, *items: Any) -> list[Any]:
        return [0, *(masked(place != k) for k in range(size))]

    return Primitive("item", "[ ]", forward, partials)


class Gather(ArrayPrimitive):
    """``a[index]`` with parts of the index as inputs: places that an `IndexRow` has checked.

    Args:
        index: the index, with anything in place of these parts.
        holes: which parts are inputs, in order.
    """

    def __init__(self, index: tuple[Any, ...], holes: tuple[int, ...]) -> None:
        self._index = index
        self._holes = holes
        super().__init__("take", self._forward, self._partials, symbol="[ ]")

    def index(self, places: Sequence[Any]) -> tuple[Any, ...]:
        """Return the whole index."""
        index = list(self._index)
        for hole, place in zip(self._holes, places, strict=True):
            index[hole] = np.asarray(place).astype(np.intp)
        return tuple(index)

    def route(self, shape: tuple[int, ...], places: Sequence[Any]) -> tuple[Any, list[tuple[int, Any]]]:
        """Say where elements come from: at ``start + Σ step · place`` in an array of this shape.

        Args:
            shape: of the array.
            places: arrays in the shapes of the places.

        Returns:
            the start for every element; and for each of the places the step, and which of its elements it is
            for every element.
        """
        numbers = np.arange(prod(shape)).reshape(shape)
        zeros = [np.zeros(place.shape) for place in places]
        start = numbers[self.index(zeros)]
        steps = []
        for i, place in enumerate(places):
            axis = _axes(self._index, len(shape))[self._holes[i]]
            own = np.arange(place.size).reshape(place.shape)
            along = [1] * len(shape)
            along[axis] = place.size
            told = np.broadcast_to(
                np.arange(place.size).reshape(along), (*shape[:axis], place.size, *shape[axis + 1 :])
            )
            steps.append((prod(shape[axis + 1 :]), told[self.index([*zeros[:i], own, *zeros[i + 1 :]])]))
        return start, steps

    def _forward(self, a: Any, *places: Any) -> Any:
        return a[self.index(places)]

    def _partials(self, out: Any, a: Any, *places: Any) -> list[LinearMap]:
        spread = partial(apply, spread_of(self._index, self._holes, shape_of(a)))
        return _maps(out, partial(apply, self), spread, places)


class Spread(ArrayPrimitive):
    """Add elements at an index of zeros of a shape: the transpose of `Gather`.

    Attributes:
        gather: the row whose transpose it is.
        shape: the shape.
    """

    def __init__(self, index: tuple[Any, ...], holes: tuple[int, ...], shape: tuple[int, ...]) -> None:
        self.gather: Any = gather_of(index, holes)
        self.shape = shape
        super().__init__("put", self._forward, self._partials)

    def _forward(self, a: Any, *places: Any) -> Any:
        zeros = np.zeros(self.shape, np.asarray(a).dtype)
        np.add.at(zeros, self.gather.index(places), a)
        return zeros

    def _partials(self, out: Any, a: Any, *places: Any) -> list[LinearMap]:
        return _maps(out, partial(apply, self), partial(apply, self.gather), places)


def _maps(
    out: Any, push: Callable[..., Any], pull: Callable[..., Any], places: Sequence[Any]
) -> list[LinearMap]:
    """The derivatives by the elements and by the places."""
    return [
        LinearMap(push=lambda t: push(t, *places), pull=lambda g: pull(g, *places)),
        *unmoved(out, *places),
    ]


@partial(family, maxsize=0)  # parts of the index can be arrays, which have no hash
def gather_of(index: tuple[Any, ...], holes: tuple[int, ...]) -> Gather:
    return Gather(index, holes)


@partial(family, maxsize=0)
def spread_of(index: tuple[Any, ...], holes: tuple[int, ...], shape: tuple[int, ...]) -> Spread:
    return Spread(index, holes, shape)


def gathered(a: Any, index: tuple[Any, ...], is_recorded: Callable[[Any], bool]) -> Any:
    """Return ``a[index]`` where parts of the index are recorded numbers.

    Raises:
        IndexError: one of them is not a whole number, or out of range.
    """
    holes = tuple(i for i, part in enumerate(index) if is_recorded(part))
    axes = _axes(index, len(shape_of(a)))
    places = [_checked(index[i], shape_of(a)[axes[i]]) for i in holes]
    plain = tuple(0 if i in holes else part for i, part in enumerate(index))
    return apply(gather_of(plain, holes), a, *places)


def _checked(part: Any, size: int) -> Any:
    return apply(index_of(-size, size), part)


def _axes(index: tuple[Any, ...], dimensions: int) -> list[int]:
    """For each part of an index, the axis that it starts at."""
    taken = [0 if x is None else x.ndim if getattr(x, "dtype", None) is _TRUTH else 1 for x in index]
    skipped = [i for i, x in enumerate(index) if x is Ellipsis]
    if skipped:
        taken[skipped[0]] = dimensions - sum(taken) + 1
    return [sum(taken[:i]) for i in range(len(index))]
