"""The law of the chain rule per layer: its sweeps over backprop's, for layers of one width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from demos.complexity.study import Row, by_method

__all__ = ["Law", "law"]


@dataclass(frozen=True, slots=True)
class Law:
    """The multiply-adds of the sweeps at one depth.

    Attributes:
        layers: L, all of one width.
        per_layer: of the chain rule per layer.
        backprop: of backprop.
        measured: whether both ran.
    """

    layers: int
    per_layer: int
    backprop: int
    measured: bool

    @property
    def found(self) -> float:
        """The ratio of the two."""
        return self.per_layer / self.backprop

    @property
    def formula(self) -> float:
        """``L(L+1) / 2`` products over ``2L - 1``; the first layer passes no gradient to its inputs."""
        return self.layers * (self.layers + 1) / (2 * (2 * self.layers - 1))


def law(rows: Sequence[Row]) -> list[Law]:
    """One entry for every depth that has both methods; empty unless Tensor networks of one width ran."""
    series = by_method(row for row in rows if _has_one_width(row))
    return [
        Law(
            layer.problem.layers,
            layer.cost.multiply_adds,
            backprop.cost.multiply_adds,
            layer.measured and backprop.measured,
        )
        for layer in series.get("layer", [])
        for backprop in series.get("backprop", [])
        if layer.problem == backprop.problem
    ]


def _has_one_width(row: Row) -> bool:
    problem = row.problem
    return problem.graph == "mlp" and problem.batch is not None and len(set(problem.sizes)) == 1
