"""Normalisation of each example: `LayerNorm` and `RMSNorm`."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from numbers import Real
from typing import Any

import numpy as np

from autograd import apply
from autograd.rules.scalars import sqrt, square
from nn.layers import check_sizes, in_precision_of, parameter_of
from nn.module import Module
from nn.purity import pure

__all__ = ["LayerNorm", "RMSNorm"]


class LayerNorm(Module):
    """``(x - mean) / sqrt(variance + epsilon) · weight + bias``, over the features of each example.

    J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization", 2016, equation 4. The mean and the
    (population) variance are of the last axes, so examples do not depend on each other, and training
    and evaluation are alike.

    Args:
        features: the length of the last axis, or the lengths of the last axes.
        epsilon: added to the variance; greater than 0, so that a constant example has finite results.
        bias: whether to have biases.
        dtype: float64 or float32 for Tensors; object for arrays of Values.

    Attributes:
        weight: of the features' shape, 1 at first.
        bias: likewise, 0 at first; or None.

    Raises:
        TypeError: the dtype is not supported.
        ValueError: a length is not a whole number of at least 1, or epsilon not a positive number.

    Examples:
        >>> LayerNorm(2)([[1.0, 3.0], [50.0, 70.0]]).data.round(4)
        array([[-1.,  1.],
               [-1.,  1.]])
    """

    features: tuple[int, ...]
    epsilon: float
    weight: Any
    bias: Any

    def __init__(
        self,
        features: int | Sequence[int],
        *,
        epsilon: float = 1e-5,
        bias: bool = True,
        dtype: Any = np.float64,
    ) -> None:
        self.features = _lengths(features)
        self.epsilon = _positive(epsilon)
        self.weight = parameter_of(np.ones(self.features), "g", dtype)
        self.bias = parameter_of(np.zeros(self.features), "b", dtype) if bias else None

    @pure
    def forward(self, x: Any) -> Any:
        """(..., *features) to the same shape.

        Raises:
            TypeError, ValueError: the inputs are not numbers, or have other last axes.
        """
        x, axes = _examples(x, self.weight)
        centred = x - np.mean(x, axis=axes, keepdims=True)
        return _scaled(centred, axes, self.epsilon, self.weight, self.bias)


class RMSNorm(Module):
    """``x / sqrt(mean(x²) + epsilon) · weight``, over the features of each example.

    B. Zhang and R. Sennrich, "Root mean square layer normalization", 2019, equation 4: `LayerNorm`
    without centring and biases.

    Args:
        features: the length of the last axis, or the lengths of the last axes.
        epsilon: added to the mean square; by default the distance from 1 to the next float, as in
            PyTorch.
        dtype: float64 or float32 for Tensors; object for arrays of Values.

    Attributes:
        weight: of the features' shape, 1 at first.

    Raises:
        TypeError: the dtype is not supported.
        ValueError: a length is not a whole number of at least 1, or epsilon not a positive number.

    Examples:
        >>> RMSNorm(2)([[3.0, 3.0], [-50.0, 50.0]]).data.round(4)
        array([[ 1.,  1.],
               [-1.,  1.]])
    """

    features: tuple[int, ...]
    epsilon: float
    weight: Any

    def __init__(
        self, features: int | Sequence[int], *, epsilon: float | None = None, dtype: Any = np.float64
    ) -> None:
        self.features = _lengths(features)
        self.weight = parameter_of(np.ones(self.features), "g", dtype)
        precision = np.float64 if np.dtype(dtype) == object else dtype
        self.epsilon = _positive(float(np.finfo(precision).eps) if epsilon is None else epsilon)

    @pure
    def forward(self, x: Any) -> Any:
        """(..., *features) to the same shape.

        Raises:
            TypeError, ValueError: the inputs are not numbers, or have other last axes.
        """
        x, axes = _examples(x, self.weight)
        return _scaled(x, axes, self.epsilon, self.weight, None)


def _scaled(x: Any, axes: tuple[int, ...], epsilon: float, weight: Any, bias: Any) -> Any:
    """Divide by the root of the mean square along axes; then apply weight and bias."""
    mean_square = np.mean(apply(square, x), axis=axes, keepdims=True)
    scaled = x / apply(sqrt, mean_square + epsilon) * weight
    return scaled if bias is None else scaled + bias


def _examples(x: Any, weight: Any) -> tuple[Any, tuple[int, ...]]:
    """Inputs that fit a weight of the shape of the last axes, and these axes."""
    x = in_precision_of(weight, x)
    features = weight.shape
    if x.shape[max(x.ndim - len(features), 0) :] != features:
        axis = "last axis" if len(features) == 1 else "last axes"
        raise ValueError(
            f"this layer normalises features of shape {features} on the {axis}, not inputs of shape {x.shape}"
        )
    return x, tuple(range(-len(features), 0))


def _lengths(features: Any) -> tuple[int, ...]:
    lengths = features if isinstance(features, (tuple, list)) else (features,)
    check_sizes(*lengths)
    if not lengths:
        raise ValueError("a layer that normalises needs at least one axis, not ()")
    return tuple(map(int, lengths))


def _positive(epsilon: Any) -> float:
    if not isinstance(epsilon, Real) or not 0 < float(epsilon) < inf:
        raise ValueError(f"epsilon must be a finite number greater than 0, not {epsilon!r:.40}")
    return float(epsilon)
