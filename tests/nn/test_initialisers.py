"""Initial weights: shapes, bounds and variances."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from nn import initialisers, kaiming_normal, kaiming_uniform, xavier_normal, xavier_uniform, zeros
from nn.initialisers import Initialiser

VARIANCES = {
    xavier_uniform: lambda i, o: 2 / (i + o),
    xavier_normal: lambda i, o: 2 / (i + o),
    kaiming_uniform: lambda i, o: 2 / i,
    kaiming_normal: lambda i, o: 2 / i,
    zeros: lambda i, o: 0.0,
}


def test_every_initialiser_is_tested() -> None:
    assert {f.__name__ for f in VARIANCES} == set(initialisers.__all__) - {"Initialiser"}


@pytest.mark.parametrize("initialiser", VARIANCES)
@pytest.mark.parametrize(("fan_in", "fan_out"), [(300, 100), (100, 300)])
def test_mean_and_variance(initialiser: Initialiser, fan_in: int, fan_out: int) -> None:
    weights = initialiser(fan_in, fan_out, np.random.default_rng(0))
    assert weights.shape == (fan_out, fan_in)
    assert weights.dtype == np.float64
    variance = VARIANCES[initialiser](fan_in, fan_out)
    # Of 30,000 draws, the standard error of the variance is below 1 %.
    assert weights.var() == pytest.approx(variance, rel=0.03)
    assert abs(weights.mean()) <= 4 * sqrt(variance / weights.size)


@pytest.mark.parametrize("initialiser", [xavier_uniform, kaiming_uniform])
def test_the_uniform_ones_fill_their_range(initialiser: Initialiser) -> None:
    weights = initialiser(50, 40, np.random.default_rng(1))
    bound = sqrt(3 * VARIANCES[initialiser](50, 40))
    assert 0.99 * bound < np.abs(weights).max() <= bound


@pytest.mark.parametrize("initialiser", [xavier_normal, kaiming_normal])
def test_the_normal_ones_have_tails(initialiser: Initialiser) -> None:
    weights = initialiser(50, 40, np.random.default_rng(1))
    deviation = sqrt(VARIANCES[initialiser](50, 40))
    assert np.mean(np.abs(weights) < deviation) == pytest.approx(0.683, abs=0.03)
    assert np.abs(weights).max() > 3 * deviation


@pytest.mark.parametrize("initialiser", list(VARIANCES)[:4])
def test_a_generator_fixes_the_weights(initialiser: Initialiser) -> None:
    first, again, other = (initialiser(3, 4, np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_kaiming_preserves_the_variance_of_signals_through_relu() -> None:
    """Through ten layers of ReLU: He's keeps the mean square of signals, Glorot's halves it each time."""
    squares = {}
    for initialiser in (kaiming_normal, xavier_normal):
        rng = np.random.default_rng(0)
        x = rng.normal(size=(200, 100))
        for _ in range(10):
            x = np.maximum(x @ initialiser(100, 100, rng).T, 0.0)
        squares[initialiser] = 2 * np.mean(x * x)
    assert 0.2 < squares[kaiming_normal] < 5
    assert squares[xavier_normal] < 0.01
