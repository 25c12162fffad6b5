"""Affine maps from indices to places in memory, the form in which the writers address elements.

A loop or a slice reads places such as 3, 5, 7, …: a start and one step per index. `Affine.of` finds them
for any array of places; where there are none, `Index` looks the places up in a table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple, Self

import numpy as np

__all__ = ["Affine", "Index", "numbered"]


class Affine(NamedTuple):
    """The map ``start + steps[0] * i + steps[1] * j + …`` from indices to a place.

    Attributes:
        start: the place at which all indices are 0.
        steps: how far one step along each index goes; 0 along an index that has a single value.
    """

    start: int
    steps: tuple[int, ...]

    @classmethod
    def of(cls, places: Any) -> Self | None:
        """The map that gives these places, or None if they are not affine.

        Args:
            places: an array of integers with one axis per index.
        """
        places = np.asarray(places)
        if not places.size:
            return cls(0, (0,) * places.ndim)
        start = places[(0,) * places.ndim]
        formula, steps = start, []
        for axis, index in enumerate(np.ogrid[tuple(map(slice, places.shape))]):
            second = [0] * places.ndim
            second[axis] = min(1, index.size - 1)
            steps.append(int(places[tuple(second)] - start))
            formula = formula + steps[-1] * index
        return cls(int(start), tuple(steps)) if np.array_equal(formula, places) else None

    @classmethod
    def row_major(cls, shape: Sequence[int]) -> Self:
        """The map from the indices of an array to the places of its elements."""
        return cls(0, tuple(prod(shape[i + 1 :]) if size > 1 else 0 for i, size in enumerate(shape)))

    def along(self, axes: Sequence[int]) -> Affine:
        """The map from some of the indices only, in this order."""
        return Affine(self.start, tuple(self.steps[axis] for axis in axes))

    def formula(self, names: Sequence[str]) -> str:
        """The place as an expression in C, given a name per index."""
        steps = zip(self.steps, names, strict=True)
        terms = [name if step == 1 else f"{step} * {name}" for step, name in steps if step]
        if self.start or not terms:
            terms.append(str(self.start))
        return " + ".join(terms)

    def slice(self, count: int) -> str | None:
        """The places of ``count`` values of the one index as a slice in Python; None if they descend.

        A single place, or one place repeated, is a slice of length 1, which NumPy broadcasts.
        """
        (step,) = self.steps
        if step < 0:
            return None
        last = self.start + step * (count - 1)
        return f"{self.start}:{last + 1}{f':{step}' if step > 1 else ''}"


class Index(NamedTuple):
    """A place in memory as an expression in C: affine in the loop indices, or looked up in a table.

    Attributes:
        affine: the place, or the place in the table.
        table: the table's name, or empty.
    """

    affine: Affine
    table: str = ""

    @classmethod
    def of(cls, places: Any, bind: Callable[[Any], str]) -> Self:
        """The index that gives these places.

        Args:
            places: an array of integers with one axis per index.
            bind: declares an array as a table, and gives its name.
        """
        affine = Affine.of(places)
        if affine is not None:
            return cls(affine)
        return cls(Affine.row_major(np.shape(places)), bind(places))

    def along(self, axes: Sequence[int]) -> Index:
        """The index by some of the loops only, in this order."""
        return Index(self.affine.along(axes), self.table)

    def formula(self, names: Sequence[str]) -> str:
        """The place as an expression in C, given a name per index."""
        place = self.affine.formula(names)
        return f"{self.table}[{place}]" if self.table else place


def numbered(shape: Sequence[int]) -> Any:
    """An array of this shape whose elements are their own places in row-major order."""
    return np.arange(prod(shape)).reshape(shape)
