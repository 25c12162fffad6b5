"""The rings: where they lie, what seeds and noise do, and what is refused."""

from typing import Any

import numpy as np
import pytest

from demos.page.data_sets import RADII, circles


def test_without_noise_every_point_lies_on_its_ring() -> None:
    data = circles(40, 3, noise=0)
    assert data.inputs.shape == (40, 2)
    assert np.hypot(*data.inputs.T) == pytest.approx(np.array(RADII)[data.targets])
    # All around, not on one side.
    assert np.ptp(data.inputs, axis=0).min() > 1


def test_the_first_examples_have_both_classes_evenly() -> None:
    targets = circles(101, 0).targets
    for n in (2, 7, 100):
        assert abs((targets[:n] == 0).sum() - (targets[:n] == 1).sum()) <= 1


def test_a_seed_gives_the_same_points_and_another_one_others() -> None:
    first, again, other = circles(20, 1), circles(20, 1), circles(20, 2)
    assert np.array_equal(first.inputs, again.inputs)
    assert not np.array_equal(first.inputs, other.inputs)


def test_noise_is_the_deviation_of_each_coordinate() -> None:
    still, noisy = circles(20_000, 5, noise=0), circles(20_000, 5, noise=0.3)
    assert (noisy.inputs - still.inputs).std(axis=0) == pytest.approx([0.3, 0.3], rel=0.03)


@pytest.mark.parametrize("n", [1, 0, -4, 2.0, "ten"])
def test_too_few_points_are_refused(n: Any) -> None:
    with pytest.raises(ValueError, match="at least 2 points"):
        circles(n)


@pytest.mark.parametrize("noise", [-0.1, float("nan"), float("inf"), "much"])
def test_impossible_noise_is_refused(noise: Any) -> None:
    with pytest.raises(ValueError, match="finite noise of at least 0"):
        circles(10, noise=noise)
