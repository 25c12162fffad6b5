"""Pooling: the greatest or the mean element of each window of a sequence or an image."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from autograd.rules.windows import Sliding, windows
from nn.conversion import array_of
from nn.module import Module
from nn.purity import pure
from nn.sliding import Lengths, lengths, out_lengths, padded

__all__ = ["AvgPool1d", "AvgPool2d", "MaxPool1d", "MaxPool2d", "Pooling"]


class Pooling(Module):
    """The base of layers that reduce windows along the last axes, each channel by itself.

    Args:
        kernel_size: the lengths of the window, one number if they are equal.
        stride: the distance from one window to the next; by default the kernel size, so that windows
            do not overlap. What is left at the end is dropped.
        padding: how many elements to put before and after each axis: zeros for means, which count
            them, and minus infinity for maxima. At most half the kernel size.

    Raises:
        ValueError: a number is out of range.
    """

    axes: int
    fill: float
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]

    def __init__(self, kernel_size: Lengths, stride: Lengths | None = None, padding: Lengths = 0) -> None:
        self.kernel_size = lengths(kernel_size, self.axes, "the kernel size")
        self.stride = lengths(self.kernel_size if stride is None else stride, self.axes, "the stride")
        self.padding = lengths(padding, self.axes, "the padding", least=0)
        if any(2 * n > k for n, k in zip(self.padding, self.kernel_size, strict=True)):
            raise ValueError(
                f"the padding {self.padding} must be at most half the kernel size {self.kernel_size}"
            )

    def _windows(self, x: Any) -> tuple[Any, tuple[int, ...]]:
        """All windows, and their axes.

        Raises:
            TypeError, ValueError: the inputs are not numbers, have too few axes, or are shorter than a
                window.
        """
        x = array_of(x, "the inputs of a layer", records=True)
        if x.ndim < self.axes:
            raise ValueError(f"this layer pools the last {self.axes} axes of its inputs, not {x.shape}")
        x = x.astype(np.float64) if x.dtype.kind in "biu" else x
        x = padded(x, [(n, n) for n in self.padding], self.fill)
        sliding = Sliding(self.kernel_size, self.stride, (1,) * self.axes)
        out_lengths(x.shape[x.ndim - self.axes :], sliding)
        return windows(x, sliding), tuple(range(-2 * self.axes, -self.axes))


class _Maximum(Pooling):
    fill = -inf

    @pure
    def forward(self, x: Any) -> Any:
        """(..., *lengths) to (..., *lengths'); elements that tie for the maximum share the derivative."""
        found, axes = self._windows(x)
        return np.max(found, axis=axes)


class _Mean(Pooling):
    fill = 0.0

    @pure
    def forward(self, x: Any) -> Any:
        """(..., *lengths) to (..., *lengths')."""
        found, axes = self._windows(x)
        return np.mean(found, axis=axes)


class MaxPool1d(_Maximum):
    """The greatest element of each window along the last axis; see `Pooling`.

    Examples:
        >>> MaxPool1d(2)([[1.0, 4.0, 3.0, 2.0]])
        array([[4., 3.]])
    """

    axes = 1


class MaxPool2d(_Maximum):
    """The greatest element of each window of an image; see `Pooling`.

    Examples:
        >>> MaxPool2d(2)(np.arange(16.0).reshape(4, 4))
        array([[ 5.,  7.],
               [13., 15.]])
    """

    axes = 2


class AvgPool1d(_Mean):
    """The mean of each window along the last axis; see `Pooling`.

    Examples:
        >>> AvgPool1d(2)([[1.0, 4.0, 3.0, 2.0]])
        array([[2.5, 2.5]])
    """

    axes = 1


class AvgPool2d(_Mean):
    """The mean of each window of an image; see `Pooling`.

    Examples:
        >>> AvgPool2d(2)(np.arange(16.0).reshape(4, 4))
        array([[ 2.5,  4.5],
               [10.5, 12.5]])
    """

    axes = 2
