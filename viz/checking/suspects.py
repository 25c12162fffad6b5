"""Common mistakes in backprop, whose numbers are compared with a student's.

The mistakes of the gallery, `viz.mistakes`, occur here in all the variants that students write: with a stack,
a queue or recursion, and with inputs in any order, since a set has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import islice, product
from typing import Any

from autograd import Linearization, Value
from viz.checking.exercises import Exercise, derived, linearized
from viz.checking.wrong_sweeps import (
    equal_taken_for_one,
    forwards,
    in_a_queue,
    no_seed,
    passed_on_twice,
    preorder,
    recursively,
    seed_of_data,
    seeded_again,
)
from viz.mistakes import left_over, parents_in_a_set, repropagate, without_order

__all__ = ["SUSPECTS", "Evidence", "Suspect", "equal", "left_over_again", "named"]

# Numbers closer than this, relative to the right one or to 1 if that is larger, count as equal: enough for
# single precision and for finite differences.
TOLERANCE = 1e-5
# How many orders of inputs to try at most.
ORDERS = 64


def equal(found: Any, right: float) -> bool:
    """Whether a student's number is right, within `TOLERANCE`."""
    return isinstance(found, (int, float)) and abs(found - right) <= TOLERANCE * max(1.0, abs(right))


@dataclass(frozen=True)
class Evidence:
    """An exercise, and the derivatives that the student's code gave.

    Attributes:
        exercise: the exercise.
        found: the derivative by each result, or text for what is not a number.
    """

    exercise: Exercise
    found: Sequence[Any]

    @cached_property
    def graphs(self) -> list[Tape]:
        """The graph as our engine records it, and as micrograd does."""
        return [Tape(self.exercise.nodes), Tape(derived(self.exercise))]

    def fits(self, derivatives: Sequence[Any]) -> bool:
        """Whether these derivatives equal all that the student's code gave."""
        pairs = zip(self.found, derivatives, strict=True)
        return all(found == "None" or equal(found, float(d)) for found, d in pairs)


class Tape:
    """The edges of an exercise's graph, with the operation at each vertex."""

    def __init__(self, nodes: Sequence[Value]) -> None:
        self.linearization = linearized(nodes)
        self.edges = self.linearization.edges
        # A power has its exponent in its name.
        ops = [self.linearization.node(v).op for v in range(len(self.edges))]
        self.ops = ["**" if op.startswith("**") else op for op in ops]

    def orders(self) -> Iterator[Linearization]:
        """The linearization with the inputs of each operation in every order, up to a limit."""
        turned = [v for v, inputs in enumerate(self.edges) if len({u for u, _ in inputs}) > 1]
        for flips in islice(product((False, True), repeat=len(turned)), ORDERS):
            reverse = {v for v, flip in zip(turned, flips, strict=True) if flip}
            self.linearization.edges = [
                inputs[::-1] if v in reverse else inputs for v, inputs in enumerate(self.edges)
            ]
            yield self.linearization
        self.linearization.edges = self.edges


# ---- suspects -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Suspect:
    """A mistake.

    Attributes:
        name: the gallery's name, if it is there.
        advice: what happens, and what to change.
        reproduces: whether the mistake gives the student's numbers.
    """

    name: str
    advice: str
    reproduces: Callable[[Evidence], bool]


@dataclass(frozen=True)
class Arrival:
    """A contribution from a user to the adjoint of one of its inputs.

    Attributes:
        op: the user's operation.
        place: the index of the input among those that are Values.
        local: the local derivative.
        contribution: the local derivative times the user's adjoint.
    """

    op: str
    place: int
    local: float
    contribution: float


# Whether the mistake affects a contribution.
Culprit = Callable[[Arrival], bool]


def _by_methods(*methods: Callable[[Linearization], list[Any]]) -> Callable[[Evidence], bool]:
    def reproduces(evidence: Evidence) -> bool:
        return any(
            evidence.fits(method(linearization))
            for tape in evidence.graphs
            for linearization in tape.orders()
            for method in methods
        )

    return reproduces


def _overwritten(by: Culprit) -> Callable[[Evidence], bool]:
    """Some contributions overwrite the sum so far.

    They arrive in the order of the student's sweep, so the result of any order is possible.
    """

    def left(arrivals: Sequence[Arrival]) -> set[float]:
        added = [x.contribution for x in arrivals if not by(x)]
        sums = {x.contribution for x in arrivals if by(x)}  # any of them may overwrite last
        for contribution in added if sums else ():
            sums |= {x + contribution for x in sums}  # each may be added before or after that
        return sums or {sum(added)}

    return lambda evidence: any(_explained(evidence, tape, left) for tape in evidence.graphs)


def _unchained(by: Culprit) -> Callable[[Evidence], bool]:
    """Some contributions lack the factor ``out.grad``."""

    def total(arrivals: Sequence[Arrival]) -> set[float]:
        return {sum(x.local if by(x) else x.contribution for x in arrivals)}

    return lambda evidence: any(_explained(evidence, tape, total) for tape in evidence.graphs)


def _explained(evidence: Evidence, tape: Tape, possible: Callable[[Sequence[Arrival]], set[float]]) -> bool:
    """Whether each of the student's derivatives is possible, given the student's derivatives of its users."""
    linearization = tape.linearization
    found = {v: x for v, x in zip(linearization.wrt, evidence.found, strict=True) if x != "None"}
    arrivals: list[list[Arrival]] = [[] for _ in tape.edges]
    for v in reversed(range(len(tape.edges))):
        adjoints = possible(arrivals[v]) if v != linearization.root else {1.0}
        adjoint = found.get(v)
        if adjoint is None:
            adjoint = next(iter(adjoints), 0.0)  # inside a derived operation, where each value has one user
        elif not any(equal(adjoint, x) for x in adjoints or {0.0}):
            return False
        for place, (u, derivative) in enumerate(tape.edges[v]):
            local = float(derivative)
            arrivals[u].append(Arrival(tape.ops[v], place, local, local * adjoint))
    return True


left_over_again = _by_methods(left_over)

SUSPECTS = (
    Suspect(
        "= for +=",
        "A contribution overwrites the ones before it, so a value that is used twice keeps only one of them. "
        "Add it instead: self.grad += …, in every operation.",
        _overwritten(lambda arrival: True),
    ),
    Suspect(
        "parents in a set",
        "The inputs of an operation are kept in a set or as the keys of a dict, so a repeated input counts "
        "once, as in x * x. Keep them in a tuple, and add a contribution for each.",
        _by_methods(parents_in_a_set),
    ),
    Suspect(
        "order not reversed",
        "The sweep visits the topological order from the leaves to the result. Reverse it, so that each "
        "value has all its contributions before it passes them on.",
        _by_methods(forwards),
    ),
    Suspect(
        "no topological order",
        "A value passes its adjoint on as soon as it is reached, before all its users have contributed. Sort "
        "the graph topologically, and sweep it in reverse.",
        _by_methods(without_order, in_a_queue, preorder),
    ),
    Suspect(
        "passed on again",
        "A value passes its whole sum on at every arrival, so early contributions are passed on more than "
        "once. Sort the graph topologically, and let each value pass on once.",
        _by_methods(
            repropagate, recursively(True, False), recursively(False, False), recursively(False, True)
        ),
    ),
    Suspect(
        "passed on twice",
        "Each value adds to the gradients of its inputs twice. Call its _backward once in the sweep, and "
        "let that add once.",
        _by_methods(passed_on_twice),
    ),
    Suspect(
        "equal values taken for one",
        "Values with equal data count as one, because __eq__ compares data, so the sort leaves one of them "
        "out. Compare Values by identity: remove __eq__ and __hash__.",
        _by_methods(equal_taken_for_one),
    ),
    Suspect(
        "seed set at every value",
        "Each value calls backward of its inputs, and each call sets self.grad = 1. Only the result has the "
        "gradient 1: set it once, before the sweep.",
        _by_methods(seeded_again),
    ),
    Suspect(
        "no seed",
        "All gradients are 0, because nothing sets the gradient of the result to 1 before the sweep.",
        _by_methods(no_seed),
    ),
    Suspect(
        "seed is the data",
        "The sweep starts from the data of the result. The derivative of the result by itself is 1.",
        _by_methods(seed_of_data),
    ),
    Suspect(
        "chain rule missing",
        "The operations add their local derivative alone. Multiply it by the gradient of the result: "
        "self.grad += local * out.grad.",
        _unchained(lambda arrival: True),
    ),
)


def named(evidence: Sequence[Evidence]) -> list[Suspect]:
    """The mistakes that reproduce all of the evidence.

    A mistake in one operation, or for one of its inputs, is left out if a more general one reproduces it too.
    """
    ops = {op for one in evidence for tape in one.graphs for op in tape.ops if op}
    known: list[Suspect] = []
    for suspect in (*SUSPECTS, *_local(sorted(ops))):
        narrower = any(suspect.name.startswith((f"{k.name} in ", f"{k.name}, ")) for k in known)
        if not narrower and all(map(suspect.reproduces, evidence)):
            known.append(suspect)
    return known


def _local(ops: Sequence[str]) -> Iterator[Suspect]:
    """Mistakes in a single operation, then for a single input of one."""
    for op in ops:
        yield from _in_one(op, "its input", partial(_is_of, op))
    for op in ops:
        for place, which in enumerate(("first", "second")):
            culprit = partial(_is_for, op, place)
            for suspect in _in_one(op, f"its {which} input", culprit):
                yield replace(suspect, name=f"{suspect.name}, {which} input")


def _is_of(op: str, arrival: Arrival) -> bool:
    return arrival.op == op


def _is_for(op: str, place: int, arrival: Arrival) -> bool:
    return (arrival.op, arrival.place) == (op, place)


def _in_one(op: str, whose: str, by: Culprit) -> Iterator[Suspect]:
    yield Suspect(
        f"= for += in {op}",
        f"The backward of {op} overwrites what other users of {whose} have added. Write += there.",
        _overwritten(by),
    )
    yield Suspect(
        f"chain rule missing in {op}",
        f"The backward of {op} adds the local derivative by {whose} alone. Multiply it by the gradient of "
        "the result: self.grad += local * out.grad.",
        _unchained(by),
    )
