"""`Recomputation`: the nodes of a linearization evaluated one by one, where not all values are kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from autograd.differentiation.graph import applied
from autograd.recording.explanations import explained

if TYPE_CHECKING:
    from autograd.differentiation.linearization import Linearization

__all__ = ["Recomputation", "Working"]


class Working(dict[int, Any]):
    """The numbers held, by place. The leaves are always held."""

    def __init__(self, leaves: dict[int, Any], others: dict[int, Any]) -> None:
        super().__init__(others)
        self._leaves = leaves

    def __missing__(self, place: int) -> Any:
        return self._leaves[place]


class Recomputation:
    """Evaluate single nodes, and their local derivatives, from the numbers held.

    Attributes:
        computed: the inputs of every node that an operation computes, by its place.
    """

    def __init__(self, linearization: Linearization) -> None:
        self._of = linearization
        graph = linearization._graph
        self._leaves = {i: x for i, x in enumerate(linearization.leaves()) if x is not None}
        self.computed = {i: inputs for i, inputs in enumerate(graph.all_inputs()) if i not in self._leaves}
        if linearization._ledger is not None:  # leaves do not count as stored
            linearization._ledger.mark()

    def vertex(self, place: int) -> int | None:
        """Return the vertex of the node at a place; None if it is not active."""
        return self._of._vertices.get(place)

    def place(self, vertex: int) -> int:
        return self._of._places[vertex]

    def working(self, state: dict[int, Any]) -> Working:
        """Return the numbers of a state together with the leaves."""
        return Working(self._leaves, state)

    def evaluate(self, place: int, working: Working, residuals: dict[int, Any] | None = None) -> Any:
        """Evaluate the node at a place; keep the residuals of a fused node if wanted."""
        with self._of._entering("forward"):
            if self._of._ledger is not None:
                return self._of._evaluated_at(place, working, residuals)
            return applied(self._of._graph.nodes[place], [working[i] for i in self.computed[place]])

    def edges(self, place: int, working: Working, residuals: dict[int, Any]) -> list[tuple[int, Any]]:
        """Return the active inputs of the node at a place as vertices, each with its local derivative."""
        try:
            with self._of._entering("partials"):
                return self._of._derivatives(place, working, residuals)
        except (ArithmeticError, ValueError) as error:
            node: Any = self._of._graph.nodes[place]
            raise explained(error, node.primitive, node.inputs, "the derivative of ") from None

    def release(self, working: Working, places: Iterable[int]) -> None:
        """Drop the numbers at some places."""
        for place in places:
            del working[place]
