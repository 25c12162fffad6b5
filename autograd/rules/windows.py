"""Windows that slide over the last axes of an array: what a convolution multiplies, and a pooling reduces.

Taking windows and adding them up where they came from are each other's transpose. For a kernel of n
elements the sum is n additions of whole arrays, with no list of places.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd.rules.arrays import ArrayPrimitive, LinearMap, Shape, merged, shape_of
from autograd.rules.primitive import Primitive, apply, family

__all__ = ["Sliding", "windows"]


class Sliding(NamedTuple):
    """How windows lie, with one number for each axis that they slide over.

    Attributes:
        kernel: the number of elements of a window.
        stride: the distance from one window to the next.
        dilation: the distance from one element of a window to the next.
    """

    kernel: Shape
    stride: Shape
    dilation: Shape

    @property
    def spans(self) -> Shape:
        """The number of elements from the first of a window to the last, both included."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    def steps(self) -> Iterator[tuple[Shape, tuple[slice, ...]]]:
        """Yield each place in the kernel with the elements that all windows have there, first to last."""
        for place in np.ndindex(self.kernel):
            starts = [i * d for i, d in zip(place, self.dilation, strict=True)]
            yield place, tuple(slice(i, None, s) for i, s in zip(starts, self.stride, strict=True))


@family
def windows_of(sliding: Sliding) -> Primitive:
    axes = len(sliding.kernel)

    def forward(a: Any) -> Any:
        places = tuple(range(-axes, 0))
        every: Any = np.lib.stride_tricks.sliding_window_view(a, sliding.spans, places)  # (…, *out, *spans)
        steps = (*sliding.stride, *sliding.dilation)
        chosen = every[(..., *(slice(None, None, step) for step in steps))]
        # Copied, since NumPy reduces a view of overlapping windows twenty times slower.
        return np.ascontiguousarray(np.moveaxis(chosen, places, tuple(range(-2 * axes, -axes))))

    return ArrayPrimitive(
        "windows",
        forward,
        lambda out, a: (
            LinearMap(
                push=lambda t: windows(t, sliding),
                pull=lambda g: apply(overlap_of(sliding, shape_of(a)), g),
            ),
        ),
    )


@family
def overlap_of(sliding: Sliding, shape: Shape) -> Primitive:
    """Add windows up where they lie in an array of a shape: the transpose of taking them."""
    axes = len(sliding.kernel)

    def forward(a: Any) -> Any:
        total: Any = np.zeros(shape, np.asarray(a).dtype)
        out = a.shape[-axes:]
        for place, elements in sliding.steps():
            here = total[(..., *elements)]
            here[(..., *map(slice, out))] += a[(..., *place, *(slice(None) for _ in out))]
        return total

    return ArrayPrimitive(
        "overlap",
        forward,
        lambda out, a: (
            LinearMap(
                push=lambda t: apply(overlap_of(sliding, shape), t), pull=lambda g: windows(g, sliding)
            ),
        ),
        symbol="Σ",
        work=merged,
    )


def windows(a: Any, sliding: Sliding) -> Any:
    """All windows of an array, ``(…, *lengths)`` to ``(…, *kernel, *out)``."""
    return apply(windows_of(sliding), a)
