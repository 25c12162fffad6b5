"""Random generators, given as such or by a seed."""

from __future__ import annotations

from numbers import Integral

import numpy as np

__all__ = ["Seed", "generator_of"]

Seed = int | np.random.Generator


def generator_of(seed: Seed) -> np.random.Generator:
    """The generator itself, or a new one with this seed.

    Raises:
        ValueError: the seed is neither a generator nor a whole number of at least 0. None is refused
            too, since its numbers could not be drawn again.
    """
    if isinstance(seed, np.random.Generator):
        return seed
    if not isinstance(seed, Integral) or seed < 0:
        raise ValueError(
            f"a seed must be a whole number, at least 0, or a numpy.random.Generator, not {seed!r:.40}"
        )
    return np.random.default_rng(int(seed))
