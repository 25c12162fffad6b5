"""Affine maps are found where they exist, and rendered to the same places."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.affine import Affine, Index, numbered

SHAPES = st.lists(st.integers(1, 4), max_size=3).map(tuple)


def affine_places(start: int, steps: Any, shape: Any) -> Any:
    return start + sum(step * index for step, index in zip(steps, np.indices(shape), strict=True))


def evaluated(formula: str, names: dict[str, Any]) -> Any:
    """The places that a formula in C gives, for arrays of indices."""
    total: Any = 0
    for term in formula.split(" + "):
        product: Any = 1
        for factor in term.split(" * "):
            product = product * (names[factor] if factor in names else int(factor))
        total = total + product
    return total


@given(st.integers(-9, 9), SHAPES, st.data())
def test_every_affine_map_is_found_and_its_formula_gives_the_places(
    start: int, shape: Any, data: st.DataObject
) -> None:
    steps = [data.draw(st.integers(-9, 9)) for _ in shape]
    places = np.broadcast_to(affine_places(start, steps, shape), shape)
    found = Affine.of(places)
    assert found is not None
    assert found.start == start
    assert found.steps == tuple(step if size > 1 else 0 for step, size in zip(steps, shape, strict=True))
    names = {f"i{axis}": index for axis, index in enumerate(np.indices(shape))}
    total = evaluated(found.formula(list(names)), names)
    np.testing.assert_array_equal(np.broadcast_to(total, shape), places)


@pytest.mark.parametrize("places", [[0, 1, 3], [[0, 1], [2, 4]], [2, 1, 1]])
def test_other_places_come_from_a_table(places: Any) -> None:
    assert Affine.of(places) is None
    tables: list[Any] = []

    def bind(table: Any) -> str:
        tables.append(table)
        return "k0"

    names = ["i", "j"][: np.ndim(places)]
    index = Index.of(places, bind)
    assert index.formula(names) == ("k0[2 * i + j]" if len(names) == 2 else "k0[i]")
    assert tables == [places]


def test_formulas_leave_out_what_changes_nothing() -> None:
    assert Affine(0, (1, 0)).formula("ij") == "i"
    assert Affine(3, (-2, 1)).formula("ij") == "-2 * i + j + 3"
    assert Affine(0, (0, 0)).formula("ij") == "0"
    assert Affine(3, (5, 7)).along([1]).formula("k") == "7 * k + 3"


@pytest.mark.parametrize("places", [[4], [4, 4, 4], [0, 1, 2], [3, 5, 7], [9, 6, 3]])
def test_slices_take_the_places_or_are_none(places: list[int]) -> None:
    found = Affine.of(places)
    assert found is not None
    text = found.slice(len(places))
    if places[-1] < places[0]:
        assert text is None
        return
    assert text is not None
    taken = np.arange(10)[slice(*map(int, text.split(":")))]
    np.testing.assert_array_equal(np.broadcast_to(taken, len(places)), places)


def test_row_major_order_is_the_order_of_the_elements() -> None:
    for shape in [(), (3,), (2, 3), (2, 1, 4)]:
        assert Affine.row_major(shape) == Affine.of(numbered(shape))
