"""How a cost grows with depth, decided on exact integers.

Costs are exact, so no curve is fitted. The first differences of a linear sequence are constant, and so are
the second differences of a quadratic one (Newton). An exponential sequence has no constant differences, and
its ratio of successive terms settles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Growth", "growth"]

_DEGREES = ("constant", "linear", "quadratic")
# Enough points for two equal second differences, and one more that could contradict them.
_ENOUGH = 5
# A ratio r has settled when one more layer changes r - 1 by less than this fraction.
_SETTLED = 0.1
# The number of steps shown as evidence.
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Growth:
    """How a sequence of costs at successive depths grows.

    Attributes:
        kind: ``constant``, ``linear``, ``quadratic``, ``exponential``, or ``undecided``.
        costs: at successive depths, at least two.
    """

    kind: str
    costs: tuple[int, ...]

    @property
    def ratios(self) -> list[float]:
        """Each cost divided by the previous one."""
        return [deeper / cost for cost, deeper in pairwise(self.costs)]

    @property
    def words(self) -> str:
        """The effect of one more layer on the cost."""
        match self.kind:
            case "constant":
                return "one more layer adds nothing"
            case "linear":
                return f"one more layer adds {differences(self.costs)[-1]:,}"
            case "quadratic":
                step = differences(differences(self.costs))[-1]
                return f"one more layer adds {step:,} more than the previous one"
            case "exponential":
                return f"one more layer multiplies it by {self.ratios[-1]:.2f}"
        return "no pattern has settled over these depths"

    @property
    def evidence(self) -> str:
        """The steps between the deepest costs, as ratios or as differences."""
        if self.kind == "exponential":
            return ", ".join(f"×{ratio:.2f}" for ratio in self.ratios[-_SHOWN:])
        return ", ".join(f"{step:+,}" for step in differences(self.costs)[-_SHOWN:])


def growth(costs: Sequence[int]) -> Growth:
    """How costs grow.

    Only the deepest ones decide, because the first layers are narrower or wider than the rest.

    Args:
        costs: at successive depths, at least two.
    """
    found = Growth("exponential", tuple(costs))
    level = list(costs)
    for kind in _DEGREES:
        if len(level) > 1 and level[-1] == level[-2]:
            return Growth(kind, found.costs)
        level = differences(level)
    if len(costs) >= _ENOUGH:
        *_, earlier, last = found.ratios
        if abs(last - earlier) < _SETTLED * (last - 1):
            return found
    return Growth("undecided", found.costs)


def differences(numbers: Sequence[int]) -> list[int]:
    """The steps between successive numbers."""
    return [later - earlier for earlier, later in pairwise(numbers)]
