"""Where chance comes from: a generator, or a seed to make one from."""

from __future__ import annotations

from numbers import Integral

import numpy as np

__all__ = ["Seed", "generator_of"]

Seed = int | np.random.Generator


def generator_of(seed: Seed) -> np.random.Generator:
    """The generator itself, or a new one of that seed.

    Raises:
        ValueError: it is neither a generator nor a whole number from 0 on. None is refused too, since
            what is drawn from it could never be drawn again.
    """
    if isinstance(seed, np.random.Generator):
        return seed
    if not isinstance(seed, Integral) or seed < 0:
        raise ValueError(f"a seed is a whole number from 0 on, or a numpy.random.Generator, not {seed!r:.40}")
    return np.random.default_rng(int(seed))
