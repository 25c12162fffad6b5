"""The numbers that weights start with: ``initialiser(fan_in, fan_out, rng)`` gives ``(fan_out, fan_in)``.

Where all weights were equal, so would be their gradients, and a layer's neurons stayed copies of one
another; hence they are random. How random says the variance: too great or too small, and signals
grow or die out from layer to layer.

Args, of each:
    fan_in: how many inputs each neuron has.
    fan_out: how many neurons there are.
    rng: the generator that draws; one for a whole network, so that no two layers are alike.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
from numpy.typing import NDArray

__all__ = ["Initialiser", "kaiming_normal", "kaiming_uniform", "xavier_normal", "xavier_uniform", "zeros"]

Floats = NDArray[np.float64]
Initialiser = Callable[[int, int, np.random.Generator], Floats]


def xavier_uniform(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Uniform within ``±sqrt(6 / (fan_in + fan_out))``, of variance ``2 / (fan_in + fan_out)``.

    A compromise between keeping the variance of signals forward and that of gradients backward,
    where an activation has slope 1 at 0, as tanh (X. Glorot and Y. Bengio, "Understanding the
    difficulty of training deep feedforward neural networks", 2010, equation 16).
    """
    bound = sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, (fan_out, fan_in))


def xavier_normal(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Normal, of variance ``2 / (fan_in + fan_out)`` (Glorot and Bengio 2010, equation 12)."""
    return rng.normal(0.0, sqrt(2 / (fan_in + fan_out)), (fan_out, fan_in))


def kaiming_uniform(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Uniform within ``±sqrt(6 / fan_in)``, of variance ``2 / fan_in``.

    Twice what keeps the variance of signals, since ReLU lets only half of each through (K. He,
    X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", 2015, section 2.2, equation 10).
    """
    bound = sqrt(6 / fan_in)
    return rng.uniform(-bound, bound, (fan_out, fan_in))


def kaiming_normal(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Normal, of variance ``2 / fan_in`` (He et al. 2015, section 2.2, equation 10)."""
    return rng.normal(0.0, sqrt(2 / fan_in), (fan_out, fan_in))


def zeros(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Nothing but 0: for biases, and for seeing what becomes of neurons that start alike."""
    return np.zeros((fan_out, fan_in))
