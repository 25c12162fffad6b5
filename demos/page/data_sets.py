"""Synthetic examples for the practical: two rings, one inside the other."""

from __future__ import annotations

from math import isfinite
from numbers import Integral, Real

import numpy as np

from nn.data import Data

__all__ = ["RADII", "circles"]

# The ring of class 0, the ring of class 1.
RADII = (0.5, 1.0)


def circles(n: int, seed: int = 0, *, noise: float = 0.1) -> Data:
    """Points of the plane on two concentric rings: class 0 inside, class 1 around it.

    No straight line separates them, so a network needs a non-linear layer. Angles are uniform. The classes
    alternate, so that any leading slice holds equally many of each, give or take one.

    Args:
        n: the number of points on both rings together.
        seed: the same seed gives the same points; another seed gives fresh data from the same distribution.
        noise: the standard deviation of the Gaussian noise added to each coordinate. The rings are 0.5
            apart: up to about 0.1 they hardly touch, from 0.2 on they overlap.

    Returns:
        Inputs (n, 2) and targets (n,), 0 or 1.

    Raises:
        ValueError: `n` is not a whole number of at least 2, or `noise` not a finite number of at least 0.
    """
    if not isinstance(n, Integral) or n < 2:
        raise ValueError(f"circles take a whole number of at least 2 points, not {n!r}")
    if not isinstance(noise, Real) or not isfinite(noise) or noise < 0:
        raise ValueError(f"circles take a finite noise of at least 0, not {noise!r}")
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    angles = rng.uniform(0, 2 * np.pi, n)
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    radii = np.array(RADII)[labels, np.newaxis]
    return Data(radii * ring + rng.normal(0, noise, (n, 2)), labels)
