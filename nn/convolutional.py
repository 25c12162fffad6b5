"""Convolution of sequences and images: `Conv1d` and `Conv2d`."""

from __future__ import annotations

from math import prod
from numbers import Integral
from typing import Any

import numpy as np

from autograd.rules.windows import Sliding, windows
from nn.initialisers import Initialiser, drawn, kaiming_uniform
from nn.layers import check_sizes, in_precision_of, parameter_of
from nn.module import Module
from nn.purity import pure
from nn.seeds import Seed
from nn.sliding import Lengths, lengths, out_lengths, padded

__all__ = ["Conv1d", "Conv2d", "Convolution"]


class Convolution(Module):
    """The base of `Conv1d` and `Conv2d`: neurons that see a window, the same ones at every place.

    Strictly a cross-correlation, since the kernel is not reversed, as in all libraries.

    Args:
        fan_in: the number of channels of the inputs.
        fan_out: the number of channels of the outputs.
        kernel_size: the lengths of the window, one number if they are equal.
        stride: the distance from one window to the next.
        padding: how many zeros to put before and after each axis, or ``"same"`` for as many as give
            outputs of the inputs' lengths at stride 1.
        dilation: the distance from one element of the window to the next.
        groups: into how many groups to divide the channels. Each group of outputs sees only its group
            of inputs.
        bias: whether to have biases.
        initialiser: draws the weights for ``fan_in / groups · kernel`` inputs; biases start at 0.
        seed: the generator to draw the weights from, one for the whole network, or a seed.
        dtype: float64 or float32 for Tensors; object for arrays of Values.
        name: the suffix of K and b in pictures and messages.

    Attributes:
        weight: (fan_out, fan_in / groups, *kernel_size)
        bias: (fan_out,), or None.

    Raises:
        TypeError: the dtype is not supported.
        ValueError: a number is out of range, the groups do not divide the channels, the padding is
            ``"same"`` and the stride is not 1, or the initialiser gives another shape.
    """

    axes: int
    form: str
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...] | str
    dilation: tuple[int, ...]
    groups: int
    weight: Any
    bias: Any

    def __init__(
        self,
        fan_in: int,
        fan_out: int,
        kernel_size: Lengths,
        *,
        stride: Lengths = 1,
        padding: Lengths | str = 0,
        dilation: Lengths = 1,
        groups: int = 1,
        bias: bool = True,
        initialiser: Initialiser = kaiming_uniform,
        seed: Seed,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        check_sizes(fan_in, fan_out)
        self.kernel_size = lengths(kernel_size, self.axes, "the kernel size")
        self.stride = lengths(stride, self.axes, "the stride")
        self.dilation = lengths(dilation, self.axes, "the dilation")
        if not isinstance(groups, Integral) or groups < 1 or fan_in % groups or fan_out % groups:
            raise ValueError(
                f"the number of groups must divide the channels, {fan_in} and {fan_out}, not be {groups!r}"
            )
        self.groups = int(groups)
        if isinstance(padding, str):
            if padding != "same" or set(self.stride) != {1}:
                raise ValueError(f"the padding must be a number, or 'same' at stride 1, not {padding!r:.40}")
            self.padding = padding
        else:
            self.padding = lengths(padding, self.axes, "the padding", least=0)
        seen = int(fan_in) // self.groups * prod(self.kernel_size)
        shape = (fan_out, fan_in // self.groups, *self.kernel_size)
        numbers = drawn(initialiser, seen, fan_out, seed).reshape(shape)
        self.weight = parameter_of(numbers, f"K{name or ''}", dtype)
        self.bias = parameter_of(np.zeros(fan_out), f"b{name or ''}", dtype) if bias else None

    @pure
    def forward(self, x: Any) -> Any:
        """(examples, fan_in, *lengths), or without the first axis, to (examples, fan_out, *lengths').

        With padding p, dilation d, kernel k and stride s, the length n becomes
        ``⌊(n + 2p - d(k - 1) - 1) / s⌋ + 1``.

        Raises:
            TypeError, ValueError: the inputs are not numbers, have other channels or another number of
                axes, or are shorter than the window.
        """
        x = in_precision_of(self.weight, x)
        fan_out, of_group, *_ = self.weight.shape
        fan_in, axes = of_group * self.groups, self.axes
        if x.ndim not in (axes + 1, axes + 2) or x.shape[-axes - 1] != fan_in:
            form = f"(examples, {fan_in}, {self.form})"
            raise ValueError(f"this layer takes inputs of shape {form}, not {x.shape}")
        sliding = Sliding(self.kernel_size, self.stride, self.dilation)
        x = padded(x, self._padding(sliding))
        out = out_lengths(x.shape[-axes:], sliding)
        examples, kernel = x.shape[: -axes - 1], of_group * prod(self.kernel_size)
        columns = windows(x, sliding).reshape(*examples, self.groups, kernel, prod(out))
        weight = self.weight.reshape(self.groups, fan_out // self.groups, kernel)
        y = (weight @ columns).reshape(*examples, fan_out, *out)
        return y if self.bias is None else y + self.bias.reshape(fan_out, *(1 for _ in out))

    def _padding(self, sliding: Sliding) -> list[tuple[int, int]]:
        """The number of zeros before and after each axis."""
        if isinstance(self.padding, str):
            return [((span - 1) // 2, span // 2) for span in sliding.spans]
        return [(n, n) for n in self.padding]


class Conv1d(Convolution):
    """Convolution along one axis, such as time: ``(examples, fan_in, length)``; see `Convolution`.

    Examples:
        >>> layer = Conv1d(1, 4, 3, padding="same", seed=0)
        >>> layer(np.ones((5, 1, 10))).shape
        (5, 4, 10)
    """

    axes = 1
    form = "length"


class Conv2d(Convolution):
    """Convolution of images: ``(examples, fan_in, height, width)``; see `Convolution`.

    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
    recognition", 1998, section II.

    Examples:
        >>> layer = Conv2d(3, 8, 3, stride=2, padding=1, seed=0)
        >>> layer(np.ones((5, 3, 28, 28))).shape
        (5, 8, 14, 14)
    """

    axes = 2
    form = "height, width"
