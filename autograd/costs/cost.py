"""`Cost`: the operations of one gradient."""

from __future__ import annotations

import math
from typing import NamedTuple

__all__ = ["Cost", "readable"]


class Cost(NamedTuple):
    """Scalar operations of one gradient.

    Attributes:
        multiplications: one for every edge a method walks, the seed's included.
        additions: one for every merge; the first contribution to a vertex is free.
        partials: operations to evaluate the local derivatives, once for all edges.
        forward: operations of all forward passes.
        stored: the most numbers that the method held at once (adjoints, tangents, products), beside
            the graph's values and local derivatives; None in a prediction.
        multiply_adds: in the matrix products that a method does on tensors. The counts above then hold
            everything else, one operation per element.
        forward_multiply_adds: in the matrix products of the forward passes.
    """

    multiplications: int
    additions: int
    partials: int
    forward: int
    stored: int | None = None
    multiply_adds: int = 0
    forward_multiply_adds: int = 0

    @property
    def total(self) -> int:
        """All operations: forward passes, local derivatives, multiplications and additions.

        A multiply-add of a matrix product is one operation.
        """
        scalars = self.multiplications + self.additions + self.partials + self.forward
        return scalars + self.multiply_adds + self.forward_multiply_adds


def readable(n: int, digits: int = 21) -> str:
    """Write a count in full up to a number of digits; above that rounded down, after a ``≈``."""
    if n < 10**digits:
        return f"{n:,}"
    exponent = max(0, int(n.bit_length() * math.log10(2)) - 1)
    while 10 ** (exponent + 1) <= n:
        exponent += 1
    hundredths = n * 100 // 10**exponent
    return f"≈ {hundredths // 100}.{hundredths % 100:02}×10^{exponent}"
