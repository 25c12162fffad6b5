"""Backprop that keeps a few states of the forward pass, and computes the values between them again.

Griewank, "Achieving logarithmic growth of temporal and spatial complexity in reverse automatic
differentiation", 1992; Griewank and Walther, "Algorithm 799: Revolve", ACM TOMS 26, 2000. The gradient is
backprop's to the last bit: every value is computed in the same way, and sums are formed in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import comb, isqrt
from typing import Any, NamedTuple

from autograd.differentiation.linearization import Linearization
from autograd.differentiation.recomputation import Recomputation
from autograd.differentiation.sweep import accumulate

__all__ = ["Action", "Steps", "checkpoint", "extra_steps", "schedule_of"]


class Action(NamedTuple):
    """Run the steps from one boundary to another.

    Attributes:
        start, end: the boundaries.
        reverse: whether to take the adjoints back over the steps, and release the state at the start;
            otherwise the state at the end is kept.
    """

    start: int
    end: int
    reverse: bool


def checkpoint(
    linearization: Linearization, states: int | None = None, schedule: str = "binomial"
) -> list[Any]:
    """Differentiate step by step, and recompute what was not kept.

    The steps are the groups of ``wrt``, if one of them has several values: a node belongs to the last group
    that it depends on. Otherwise a step ends wherever a single number leads on, on a chain at every node. A
    state is what later steps read. In the cost, ``forward`` has the recomputation, and ``stored`` all numbers
    held at once but the leaves: states, the values and local derivatives of the steps at work, and adjoints.

    Args:
        linearization: of any graph.
        states: the most states to keep, the start included, beside the one passed from step to step; by
            default √l, rounded up, for l steps.
        schedule: ``"binomial"``, the least recomputation, `extra_steps`; or ``"uniform"``, segments of equal
            length, each computed again as a whole.

    Raises:
        ValueError: ``states`` is below 1, or there is no such schedule.
    """
    again = linearization.recomputation()
    steps = Steps(linearization, again)
    actions = schedule_of(len(steps.nodes), states, schedule)
    run = _Run(linearization, steps, again)
    for action in actions:
        (run.back if action.reverse else run.advance)(action.start, action.end)
    return linearization.gather(run.finish())


def schedule_of(length: int, states: int | None = None, schedule: str = "binomial") -> Iterator[Action]:
    """Return the actions that reverse some steps with at most ``states`` states, the start included."""
    # Defers the load of the checks.
    from autograd.differentiation.methods.options import checked

    checked("checkpoint", {"states": states, "schedule": schedule})
    return _SCHEDULES[schedule](length, states or isqrt(max(length, 1) - 1) + 1)


def extra_steps(length: int, states: int) -> int:
    """Return the fewest steps computed again.

    It is ``t(l, c) = r l - C(c + r, c + 1)`` with the least r for which ``C(c + r, c)`` is at least l.
    """
    r = _repetitions(length, states)
    return r * length - comb(states + r, states + 1)


def _repetitions(length: int, states: int) -> int:
    """Return how often a step is run ahead at most: r, the least with C(c + r, c) ≥ l."""
    if states == 1:
        return length - 1
    r = 0
    while comb(states + r, states) < length:
        r += 1
    return r


def _binomial(length: int, states: int) -> Iterator[Action]:
    left = [(0, length, states)] if length else []  # what is to be reversed, the next one last
    while left:
        start, end, free = left.pop()
        if end - start == 1:
            yield Action(start, end, reverse=True)
            continue
        middle = start + _split(end - start, free)
        yield Action(start, middle, reverse=False)
        left += (start, middle, free), (middle, end, free - 1)


def _split(length: int, states: int) -> int:
    """Return after how many steps to keep the next state; the only one passes on to the last step."""
    if states == 1:
        return length - 1
    r = _repetitions(length, states)
    return max(1, comb(states + r - 2, states), length - comb(states - 1 + r, r))


def _uniform(length: int, states: int) -> Iterator[Action]:
    states = min(states, length)
    segments = list(pairwise(length * i // states for i in range(states + 1))) if length else []
    for start, end in segments[:-1]:
        yield Action(start, end, reverse=False)
    for start, end in reversed(segments):
        yield Action(start, end, reverse=True)


_SCHEDULES = {"binomial": _binomial, "uniform": _uniform}


class Steps:
    """The computed nodes of a graph, parted into steps.

    Attributes:
        of: the step of every node that an operation computes, by its place, in topological order.
        nodes: the places of each step, in topological order.
        last: for every node, the last step that reads it.
        late: the vertices of which a later step reads its node earlier in the order of all nodes.
    """

    def __init__(self, linearization: Linearization, again: Recomputation) -> None:
        by_layer = any(len(group) > 1 for group in linearization.groups)
        numbers = _by_group(linearization, again) if by_layer else _by_cut(again)
        order = {step: i for i, step in enumerate(sorted(set(numbers.values())))}
        self.of = {place: order[step] for place, step in numbers.items()}
        self.nodes: list[list[int]] = [[] for _ in order]
        self.last: dict[int, int] = {}
        self.late: set[int] = set()
        for place, step in self.of.items():
            self.nodes[step].append(place)
            for i in again.computed[place]:
                if self.last.setdefault(i, step) > step and (vertex := again.vertex(i)) is not None:
                    self.late.add(vertex)
                self.last[i] = max(step, self.last[i])


def _by_group(linearization: Linearization, again: Recomputation) -> dict[int, int]:
    """Return the last group that every node depends on."""
    last: dict[int, int] = {}
    for i, group in enumerate(linearization.groups):
        last.update(dict.fromkeys(map(again.place, group), i))
    for place, inputs in again.computed.items():
        last[place] = max(last.get(i, 0) for i in (place, *inputs))
    return {place: last[place] for place in again.computed}


def _by_cut(again: Recomputation) -> dict[int, int]:
    """Return the number of cuts before every node: the places where a single number leads on."""
    last_user = {i: place for place, inputs in again.computed.items() for i in inputs}
    steps, step, alive = {}, 0, 0
    for place, inputs in again.computed.items():
        steps[place] = step
        alive += 1 - sum(last_user[i] == place for i in set(inputs) if i in again.computed)
        step += alive == 1
    return steps


class _Run:
    """The states that are kept, and the adjoints so far.

    Attributes:
        adjoints: by vertex. Of the vertices passed on, only the values of ``wrt`` stay.
    """

    def __init__(self, linearization: Linearization, steps: Steps, again: Recomputation) -> None:
        self._again = again
        self._steps = steps
        self._kept = set(linearization.targets)
        self._states: dict[int, dict[int, Any]] = {0: {}}
        # Sums are formed in backprop's order: contributions that arrive in another are held until then.
        self._late: dict[int, list[tuple[int, Any]]] = {vertex: [] for vertex in steps.late}
        self.adjoints = {linearization.root: linearization.seed}

    def advance(self, start: int, end: int) -> None:
        """Run some steps from the state at their start, and keep the state at their end."""
        working, last = self._again.working(self._states[start]), self._steps.last
        for step in range(start, end):
            for place in self._steps.nodes[step]:
                working[place] = self._again.evaluate(place, working)
            self._again.release(working, [i for i in working if last.get(i, -1) <= step])
        self._states[end] = dict(working)

    def back(self, start: int, end: int) -> None:
        """Run some steps again, take the adjoints back over them, and release the state at their start."""
        working = self._again.working(self._states.pop(start))
        places = [place for step in range(start, end) for place in self._steps.nodes[step]]
        residuals: dict[int, Any] = {}
        for place in places:
            working[place] = self._again.evaluate(place, working, residuals)
        for place in reversed(places):
            if (vertex := self._again.vertex(place)) is not None:
                self._pass_on(vertex, self._again.edges(place, working, residuals))
            residuals.pop(place, None)
            self._again.release(working, [place])

    def _pass_on(self, vertex: int, edges: list[tuple[int, Any]]) -> None:
        """Multiply the complete adjoint of a vertex by its edges."""
        self._add_up(vertex)
        if vertex not in self.adjoints:
            return
        adjoint = self.adjoints[vertex] if vertex in self._kept else self.adjoints.pop(vertex)
        for u, derivative in edges:
            if u in self._late:
                self._late[u].append((vertex, adjoint * derivative))
            else:
                accumulate(self.adjoints, u, adjoint * derivative)

    def _add_up(self, vertex: int) -> None:
        for _, contribution in sorted(self._late.pop(vertex, []), key=lambda found: -found[0]):
            accumulate(self.adjoints, vertex, contribution)

    def finish(self) -> dict[int, Any]:
        """Return the adjoints of the leaves, which no step computes, and of the others of ``wrt``."""
        for vertex in list(self._late):
            self._add_up(vertex)
        return self.adjoints
