"""The primitive of discrete convolution, whose derivatives are convolutions again."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules.arrays import ArrayPrimitive, LinearMap, getitem
from autograd.rules.primitive import Primitive, apply, family

__all__ = ["convolve"]

_REVERSED = slice(None, None, -1)


def _reversed(a: Any) -> Any:
    return getitem(a, _REVERSED)


@family
def convolution_of(mode: Any) -> Primitive:
    """Convolve vectors, the first at least as long as the second.

    The mode ``full`` overlaps them in every way, ``valid`` only completely. In either, the transpose with
    respect to one input convolves the adjoint with the other input reversed, in the other mode.
    """

    def partials(out: Any, a: Any, v: Any) -> tuple[LinearMap, LinearMap]:
        if mode == "full":
            pulls = lambda g: convolve(g, _reversed(v), "valid"), lambda g: convolve(g, _reversed(a), "valid")
        else:
            pulls = (
                lambda g: convolve(g, _reversed(v), "full"),
                lambda g: _reversed(convolve(a, _reversed(g), "valid")),
            )
        return (
            LinearMap(push=lambda t: apply(row, t, v), pull=pulls[0]),
            LinearMap(push=lambda t: apply(row, a, t), pull=pulls[1]),
        )

    def work(output: Any, a: Any, v: Any) -> int:
        return int(np.size(v)) * int(np.size(a) if mode == "full" else np.size(output))

    row = ArrayPrimitive(
        "convolve",
        lambda a, v: np.convolve(a, v, mode),
        partials,
        symbol="∗",
        work=work,
        kind="multiply_adds",
    )
    return row


def convolve(a: Any, v: Any, mode: str) -> Any:
    """Return ``np.convolve(a, v, mode)`` of vectors, for the modes ``full`` and ``valid``."""
    longer, shorter = (a, v) if a.shape[0] >= v.shape[0] else (v, a)
    return apply(convolution_of(mode), longer, shorter)
