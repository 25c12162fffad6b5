"""How a cost grows with depth, decided on exact integers.

Costs are exact, so no curve is fitted. The first differences of a linear sequence are constant, and so are
the second differences of a quadratic one, and the d-th of a polynomial of degree d (Newton). An exponential
sequence has no constant differences, and its ratio of successive terms settles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

__all__ = ["Growth", "growth"]

_DEGREES = ("constant", "linear", "quadratic", "cubic", "quartic", "quintic")
# Enough points for two equal second differences, and one more that could contradict them.
_ENOUGH = 5
# The degree from which three equal differences are needed.
_SURE = 3
# A ratio r has settled when one more layer changes r - 1 by less than this fraction.
_SETTLED = 0.1
# The number of steps shown as evidence.
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Growth:
    """How a sequence of costs at successive depths grows.

    Attributes:
        kind: ``constant``, ``linear``, ``quadratic``, ``cubic``, ``quartic``, ``quintic``,
            ``exponential``, or ``undecided``.
        costs: at successive depths, at least two.
        step: one more unit of depth, in a word.
    """

    kind: str
    costs: tuple[int, ...]
    step: str = "layer"

    @property
    def ratios(self) -> list[float]:
        """Each cost divided by the previous one."""
        return [deeper / cost for cost, deeper in pairwise(self.costs)]

    @property
    def words(self) -> str:
        """The effect of one more layer on the cost."""
        match self.kind:
            case "constant":
                return f"one more {self.step} adds nothing"
            case "linear":
                return f"one more {self.step} adds {differences(self.costs)[-1]:,}"
            case "quadratic":
                more = differences(differences(self.costs))[-1]
                return f"one more {self.step} adds {more:,} more than the previous one"
            case "exponential":
                return f"one more {self.step} multiplies it by {self.ratios[-1]:.2f}"
            case "undecided":
                return "no pattern has settled over these depths"
        return f"its differences of order {_DEGREES.index(self.kind)} are constant"

    @property
    def evidence(self) -> str:
        """The steps between the deepest costs, as ratios or as differences."""
        if self.kind == "exponential":
            return ", ".join(f"×{ratio:.2f}" for ratio in self.ratios[-_SHOWN:])
        return ", ".join(f"{step:+,}" for step in differences(self.costs)[-_SHOWN:])


def growth(costs: Sequence[int], step: str = "layer") -> Growth:
    """How costs grow.

    Only the deepest ones decide, because the first layers are narrower or wider than the rest.

    Args:
        costs: at successive depths, at least two.
        step: one more unit of depth, in a word.
    """
    found = Growth("exponential", tuple(costs), step)
    level = list(costs)
    for degree, kind in enumerate(_DEGREES):
        # From degree 3 on, one more difference than two must agree: the sequences are short.
        needed = 2 if degree < _SURE else 3
        if len(level) >= needed and len(set(level[-needed:])) == 1:
            return replace(found, kind=kind)
        level = differences(level)
    if len(costs) >= _ENOUGH:
        *_, earlier, latest = found.ratios
        if abs(latest - earlier) < _SETTLED * (latest - 1):
            return found
    return replace(found, kind="undecided")


def differences(numbers: Sequence[int]) -> list[int]:
    """The steps between successive numbers."""
    return [later - earlier for earlier, later in pairwise(numbers)]
