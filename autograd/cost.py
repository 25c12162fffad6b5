"""`Cost`: the operations of one gradient."""

from __future__ import annotations

import math
from typing import NamedTuple

__all__ = ["Cost", "readable"]


class Cost(NamedTuple):
    """Scalar operations of one gradient.

    Attributes:
        multiplications: one for every edge a method walks, the one by the seed included.
        additions: one for every merge; the first contribution to a vertex is free.
        partials: operations to evaluate the local derivatives, once for all edges.
        forward: operations of all forward passes.
        stored: the most numbers the method itself held at once (adjoints, tangents, products),
            beside the graph's values and local derivatives; None in a prediction.
    """

    multiplications: int
    additions: int
    partials: int
    forward: int
    stored: int | None = None

    @property
    def total(self) -> int:
        """All operations: forward passes, local derivatives, multiplications and additions."""
        return self.multiplications + self.additions + self.partials + self.forward


def readable(n: int, digits: int = 21) -> str:
    """A count in full up to so many digits, and above that rounded down, with a ``≈`` in front."""
    if n < 10**digits:
        return f"{n:,}"
    logarithm = math.log10(n)
    exponent = int(logarithm)
    mantissa = math.floor(100 * 10 ** (logarithm - exponent)) / 100
    return f"≈ {mantissa:.2f}×10^{exponent}"
