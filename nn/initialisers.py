"""Initial weights: ``initialiser(fan_in, fan_out, rng)`` gives an array ``(fan_out, fan_in)``.

Weights start at random, since neurons with equal weights have equal gradients, and would stay copies
of one another. With too great or too small a variance, signals grow or vanish from layer to layer.

Arguments of each:
    fan_in: the number of inputs of each neuron.
    fan_out: the number of neurons.
    rng: the generator to draw from; one for a whole network, so that no two layers are alike.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from nn.seeds import Seed, generator_of

__all__ = ["Initialiser", "kaiming_normal", "kaiming_uniform", "xavier_normal", "xavier_uniform", "zeros"]

Floats = NDArray[np.float64]
Initialiser = Callable[[int, int, np.random.Generator], Floats]


def xavier_uniform(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Uniform within ``±sqrt(6 / (fan_in + fan_out))``, of variance ``2 / (fan_in + fan_out)``.

    A compromise between preserving the variance of signals forward and of gradients backward, for
    activations with slope 1 at 0, such as tanh (X. Glorot and Y. Bengio, "Understanding the
    difficulty of training deep feedforward neural networks", 2010, equation 16).
    """
    bound = sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, (fan_out, fan_in))


def xavier_normal(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Normal, of variance ``2 / (fan_in + fan_out)`` (Glorot and Bengio 2010, equation 12)."""
    return rng.normal(0.0, sqrt(2 / (fan_in + fan_out)), (fan_out, fan_in))


def kaiming_uniform(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Uniform within ``±sqrt(6 / fan_in)``, of variance ``2 / fan_in``.

    Twice the variance that preserves signals, since ReLU passes only half of each (K. He,
    X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", 2015, section 2.2, equation 10).
    """
    bound = sqrt(6 / fan_in)
    return rng.uniform(-bound, bound, (fan_out, fan_in))


def kaiming_normal(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Normal, of variance ``2 / fan_in`` (He et al. 2015, section 2.2, equation 10)."""
    return rng.normal(0.0, sqrt(2 / fan_in), (fan_out, fan_in))


def zeros(fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
    """Zeros: for biases, and to show what happens to neurons that start alike."""
    return np.zeros((fan_out, fan_in))


def drawn(initialiser: Initialiser, fan_in: int, fan_out: int, seed: Seed) -> Floats:
    """Draw weights from a generator or a seed, and check their shape.

    Raises:
        ValueError: the seed is out of range, or the initialiser gives another shape.
    """
    weights = initialiser(int(fan_in), int(fan_out), generator_of(seed))
    if weights.shape != (fan_out, fan_in):
        raise ValueError(
            f"an initialiser must give an array of shape (fan_out, fan_in), {(fan_out, fan_in)}, "
            f"not {weights.shape}"
        )
    return weights
