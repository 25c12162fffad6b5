"""Where the paths of each network come from: how many there are, by closed forms, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autograd.costs.cost import readable
from autograd.costs.perceptrons import mlp
from demos.complexity.columns import digits
from demos.complexity.networks import NETWORKS, Family

__all__ = ["SIZES", "PathSource", "sources"]

# The lengths or depths that are shown; a GPT reads at most the last.
SIZES = (1, 2, 4, 8, 16)
# The width of the perceptron's layers.
_WIDTH = 4
# Longer numbers are shortened.
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class PathSource:
    """The paths of one kind of network.

    Attributes:
        title: the kind.
        grows: what `SIZES` are: ``"layers"``, ``"steps"``.
        words: where the paths come from.
        scalars: how many there are in scalars, at `SIZES`.
        arrays: the same for whole arrays.
    """

    title: str
    grows: str
    words: str
    scalars: tuple[int, ...]
    arrays: tuple[int, ...]

    @property
    def cells(self) -> list[list[str]]:
        """Two rows of a table: the granularity, the last factor per unit of growth, and the counts."""
        return [
            [name, _factor(counts), *(readable(n, _DIGITS) for n in counts)]
            for name, counts in (("scalar", self.scalars), ("array", self.arrays))
        ]


def sources() -> list[PathSource]:
    """One entry per kind, the multilayer perceptron first."""
    families = [_source(family) for family in NETWORKS.values()]
    return [
        PathSource(
            "Multilayer perceptron",
            "layers",
            "Width: every neuron feeds every neuron of the next layer, so a layer multiplies the paths by "
            "its width. For whole arrays a layer adds two paths, from its W and its b.",
            _counts(lambda depth: mlp([_WIDTH] * depth + [3]).shape.paths),
            _counts(lambda depth: 2 * depth),
        ),
        *families,
    ]


def _source(family: Family) -> PathSource:
    return PathSource(
        family.title,
        f"{family.step}s",
        family.source,
        _counts(lambda n: family.paths(family.grown(n))),
        _counts(lambda n: family.paths(family.grown(n), True)),
    )


def _counts(paths: Callable[[int], int]) -> tuple[int, ...]:
    return tuple(map(paths, SIZES))


def _factor(counts: tuple[int, ...]) -> str:
    """The mean factor of one unit of growth over the last doubling."""
    # The integers may exceed any float: divide them first.
    ratio = counts[-1] * 10**6 // counts[-2] / 10**6
    factor = ratio ** (1 / (SIZES[-1] - SIZES[-2]))
    return f"× {digits(factor) if factor < 10**_DIGITS else readable(int(factor), _DIGITS)[2:]}"
