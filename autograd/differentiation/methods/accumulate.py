"""Adding up contributions: the first one is free, every later one is an addition."""

from typing import Any


def accumulate(sums: dict[int, Any], vertex: int, contribution: Any) -> None:
    sums[vertex] = sums[vertex] + contribution if vertex in sums else contribution
