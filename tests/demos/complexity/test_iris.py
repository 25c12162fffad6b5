"""The iris flowers."""

from statistics import fmean, pstdev

import pytest

from demos.complexity.iris import FEATURES, flowers


def test_flowers_are_standardised() -> None:
    garden = flowers()
    assert [sum(flower.species == i for flower in garden) for i in range(3)] == [50, 50, 50]
    for i in range(len(FEATURES)):
        column = [flower.features[i] for flower in garden]
        assert fmean(column) == pytest.approx(0, abs=1e-12)
        assert pstdev(column) == pytest.approx(1)
    # The first petal is 0.2 wide; over all, petals are 1.199 wide, with a deviation of 0.760.
    assert garden[0].features[3] == pytest.approx(-1.3154, abs=1e-4)
    first = garden[0].features
    assert garden[0].inputs(2) == list(first[:2])
    assert garden[0].inputs(6) == [*first, *first[:2]]
