"""The steps of a recorded run: numbers that know the node they stand at, and edges that know their ends.

A method that multiplies and adds them leaves a step for every edge it walks and for every merge.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from autograd.costs.cost import Cost
from autograd.numbers.counted import Ledger
from autograd.numbers.number import unwrap

__all__ = ["KnownEdge", "Notes", "StandingNumber", "Step", "StepLimitError", "without_place"]

_ONLY = "a recorded run may only multiply a number or an edge by an edge, and add two numbers or two edges"


class Step(NamedTuple):
    """One step of a run.

    Attributes:
        kind: ``"start"``, a number is placed at a node; ``"walk"``, an edge is walked and multiplied by;
            ``"merge"``, two numbers at one node are added; ``"bypass"``, two edges are multiplied to an edge
            past the node between them, which is dropped; ``"join"``, two parallel edges are added;
            ``"evaluate"``, a forward pass repeats an operation; ``"answer"``, a derivative with respect to a
            value of ``wrt`` is assembled.
        node: the place in the graph of the node where the number now stands; of an edge, for ``"bypass"``
            the node between, for ``"join"`` its user.
        edge: for a walk of an edge of the graph, the place of its user and the index of its input; else None.
        value: the number.
        cost: the counts up to this step.
        partial: whether something is added to the number later.
        whole: whether the number holds everything that the run ever brings to the node.
        until: the step before which the method releases the number; the number of steps if never.
        ends: the places of the source and the user of the edge that was walked or made.
    """

    kind: str
    node: int
    edge: tuple[int, int] | None
    value: Any
    cost: Cost
    partial: bool
    whole: bool
    until: int
    ends: tuple[int, int] | None = None


class StepLimitError(Exception):
    """The limit of steps is reached."""


class Notes:
    """What is recorded while a method runs."""

    def __init__(self, ledger: Ledger, most: int) -> None:
        self._ledger = ledger
        self._most = most
        self.begin()

    def begin(self) -> None:
        self.partial: set[int] = set()
        self.used: set[int] = set()
        self.until: dict[int, int] = {}  # by step
        self._steps: list[Step] = []
        self._arrivals: Counter[int] = Counter()
        self._merged: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._steps)

    def note(
        self,
        kind: str,
        node: int,
        number: Any,
        edge: tuple[int, int] | None = None,
        ends: tuple[int, int] | None = None,
    ) -> int:
        if len(self) == self._most:
            raise StepLimitError
        cost = Cost(**self._ledger.counts)
        self._steps.append(
            Step(kind, node, edge, unwrap(number), cost, partial=False, whole=False, until=0, ends=ends)
        )
        return len(self) - 1

    def put(
        self, kind: str, node: int, number: Any, edge: KnownEdge | None = None, arrivals: int = 0
    ) -> StandingNumber:
        """Record that a number now stands at a node, as the sum of ``arrivals`` contributions."""
        step = self.note(kind, node, number, *((edge.place, edge.ends) if edge else ()))
        if not arrivals:
            self._arrivals[node] += 1
        self._merged[step] = arrivals or 1
        return StandingNumber(self, step, node, number, arrivals or 1)

    def finished(self, *, cut: bool) -> list[Step]:
        """Return the steps, completed by what is known only at the end of the run.

        If the run was cut off, a number that was not yet used could still have received contributions.
        """
        end = len(self)
        done = []
        for i, step in enumerate(self._steps):
            until = self.until.get(i, end)
            unsure = cut and until == end and i not in self.used
            whole = self._merged.get(i, 0) >= self._arrivals[step.node] or step.kind == "answer"
            done.append(step._replace(until=until, whole=whole, partial=i in self.partial or unsure))
        return done


class StandingNumber:
    """A number that stands at a node until nothing refers to it."""

    __slots__ = ("_arrivals", "_node", "_notes", "_step", "number")

    def __init__(self, notes: Notes, step: int, node: int, number: Any, arrivals: int) -> None:
        self._notes = notes
        self._step = step
        self._node = node
        self._arrivals = arrivals
        self.number = number

    def __mul__(self, edge: Any) -> Any:
        if isinstance(edge, StandingNumber):  # a tangent times a slope: the product stands nowhere
            self._notes.used.update((self._step, edge._step))
            return self.number * edge.number
        if not isinstance(edge, KnownEdge):
            raise TypeError(f"{_ONLY}, but this one multiplies a number by {edge!r:.40}")
        self._notes.used.add(self._step)
        return self._notes.put("walk", edge.ends[0], self.number * edge.derivative, edge)

    def __add__(self, other: Any) -> StandingNumber:
        if isinstance(other, (int, float)) and other == 0:
            return self  # the start value of sum()
        if not isinstance(other, StandingNumber):
            raise TypeError(f"{_ONLY}, but this one adds a number and {other!r:.40}")
        self._notes.partial.update((self._step, other._step))
        total, arrivals = self.number + other.number, self._arrivals + other._arrivals
        return self._notes.put("merge", self._node, total, arrivals=arrivals)

    __radd__ = __add__

    def __del__(self) -> None:
        self._notes.until[self._step] = len(self._notes)


class KnownEdge:
    """An edge that knows its ends: ``x * edge`` carries a number backward over it, ``edge * x`` forward.

    Edges that follow each other multiply to an edge past the node between them; parallel ones add.
    """

    __slots__ = ("_notes", "_step", "derivative", "ends", "place")

    def __init__(
        self,
        notes: Notes,
        ends: tuple[int, int],
        derivative: Any,
        place: tuple[int, int] | None = None,
        step: int | None = None,
    ) -> None:
        self._notes = notes
        self._step = step
        self.ends = ends
        self.place = place
        self.derivative = derivative

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, KnownEdge) and self.ends[0] == other.ends[1]:
            ends, product = (other.ends[0], self.ends[1]), self.derivative * other.derivative
            return self._new("bypass", self.ends[0], ends, product)
        if not isinstance(other, StandingNumber):
            raise TypeError(f"{_ONLY}, but this one multiplies an edge by {other!r:.40}")
        self._notes.used.add(other._step)
        return self._notes.put("walk", self.ends[1], self.derivative * other.number, self)

    __rmul__ = __mul__  # a left operand that is not a number of this run

    def __add__(self, other: Any) -> KnownEdge:
        if not isinstance(other, KnownEdge) or other.ends != self.ends:
            raise TypeError(f"{_ONLY}, but this one adds an edge and {other!r:.40}")
        return self._new("join", self.ends[1], self.ends, self.derivative + other.derivative)

    def _new(self, kind: str, node: int, ends: tuple[int, int], derivative: Any) -> KnownEdge:
        step = self._notes.note(kind, node, derivative, ends=ends)
        return KnownEdge(self._notes, ends, derivative, step=step)

    def __del__(self) -> None:
        if self._step is not None:
            self._notes.until[self._step] = len(self._notes)


def without_place(number: Any) -> Any:
    """Return a number without the place where it stands."""
    return number.number if isinstance(number, StandingNumber) else number
