"""`Levels`: the instructions of a program in groups that can be done at once.

The level of an instruction is the length of the longest chain of instructions that it waits for. Those
of one level wait for none of each other, so all the products of a layer, say, are one group; their
results are rows of one matrix that lie together. What is the same for every example is kept apart.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from itertools import count, pairwise
from typing import NamedTuple

from autograd.primitives import Primitive, add, mul
from autograd.program import Program, Variable

__all__ = ["Group", "Levels", "progression"]


def progression(places: Sequence[int]) -> int | None:
    """The step, if places follow each other at even steps; 0 if they are one and the same."""
    step = places[1] - places[0] if len(places) > 1 else 0
    return step if all(b - a == step for a, b in pairwise(places)) else None


class Group(NamedTuple):
    """Instructions of one kind.

    Attributes:
        primitive: what they do.
        differs: whether their results differ from example to example.
        row: where their results begin.
        operands: for each operand, those of all the instructions.
    """

    primitive: Primitive
    differs: bool
    row: int
    operands: list[tuple[Variable, ...]]


class Levels:
    """A program in groups, in an order in which they can be done.

    Args:
        program: of scalars.
        shared: its inputs that are the same for every example, one row each from the first on.
        rows: its other inputs, likewise.

    Attributes:
        groups: what is done, in order.
        places: for every variable but constants, whether it differs from example to example, and its row.
        counts: how many rows there are of what is the same, and of what differs.
    """

    def __init__(self, program: Program, shared: Sequence[Variable], rows: Sequence[Variable]) -> None:
        self.places = {id(x): (False, i) for i, x in enumerate(shared)}
        self.places |= {id(x): (True, i) for i, x in enumerate(rows)}
        self.groups: list[Group] = []
        self._differing = set(map(id, rows))
        self._levels: dict[int, int] = {}
        self._kinds: dict[tuple[int, Primitive, tuple[int, ...]], list[tuple[Variable, list[Variable]]]] = {}
        chained = _chained(program)
        for variable in program.instructions:
            if id(variable) in chained:
                continue
            if variable.primitive is add:
                self._enter_sum(variable, _terms(variable, chained))
            else:
                self._enter(variable, list(variable.inputs))
        kinds = sorted(self._kinds.items(), key=lambda item: item[0][0])
        last = {id(x): i for i, (_, members) in enumerate(kinds) for _, inputs in members for x in inputs}
        last |= {id(y): len(kinds) for y in program.outputs}
        blocks = {False: _Blocks(len(shared)), True: _Blocks(len(rows))}
        for i, ((_, primitive, ranks), members) in enumerate(kinds):
            differs = 2 in ranks
            # What is the same for all examples may be computed before all else, so it is kept.
            until = max(last[id(variable)] for variable, _ in members) if differs else len(kinds)
            row = blocks[differs].take(len(members), i, until)
            self.places |= {id(variable): (differs, row + k) for k, (variable, _) in enumerate(members)}
            operands = list(zip(*(inputs for _, inputs in members), strict=True))
            self.groups.append(Group(primitive, differs, row, operands))
        self.counts = blocks[False].count, blocks[True].count

    def _enter(self, variable: Variable, inputs: list[Variable]) -> None:
        if variable.primitive in (add, mul):  # in whatever order
            inputs.sort(key=self._rank)
        ranks = tuple(map(self._rank, inputs))
        if 2 in ranks:
            self._differing.add(id(variable))
        level = self._levels[id(variable)] = 1 + max(self._level(x) for x in inputs)
        self._kinds.setdefault((level, variable.primitive, ranks), []).append((variable, inputs))

    def _enter_sum(self, variable: Variable, terms: list[Variable]) -> None:
        """A long sum as a tree, in as few levels as may be; first what is the same for all examples."""
        heap = [(self._rank(x), self._level(x), i, x) for i, x in enumerate(terms)]
        heapify(heap)
        for i in count(len(terms)):
            a, b = heappop(heap)[-1], heappop(heap)[-1]
            part = Variable(variable.program, add, (a, b), None) if heap else variable
            self._enter(part, [a, b])
            if not heap:
                break
            heappush(heap, (self._rank(part), self._level(part), i, part))

    def _level(self, variable: Variable) -> int:
        return self._levels.get(id(variable), 0)

    def _rank(self, variable: Variable) -> int:
        """0 for a constant, 1 for what is the same for all examples, 2 for what differs."""
        return 0 if variable.is_constant else 1 + (id(variable) in self._differing)


class _Blocks:
    """The rows of a matrix, in blocks that are used again when nothing needs what is in them.

    Attributes:
        count: how many rows there are.
    """

    def __init__(self, inputs: int) -> None:
        self.count = inputs
        self._inputs = inputs
        self._taken: list[tuple[int, int, int]] = []  # start, end, and when it is needed last; by start

    def take(self, size: int, now: int, until: int) -> int:
        """The first row of the first gap that is large enough."""
        self._taken = [block for block in self._taken if block[2] >= now]
        start = self._inputs
        for begin, end, _ in self._taken:
            if begin - start >= size:
                break
            start = end
        insort(self._taken, (start, start + size, until))
        self.count = max(self.count, start + size)
        return start


def _chained(program: Program) -> set[int]:
    """The sums that are nothing but a term of one other sum."""
    users: dict[int, list[Variable | None]] = {id(y): [None] for y in program.outputs}
    for variable in program.instructions:
        for x in variable.inputs:
            users.setdefault(id(x), []).append(variable)
    only = {x: found[0] for x, found in users.items() if len(found) == 1}
    sums = [variable for variable in program.instructions if variable.primitive is add]
    return {id(x) for x in sums if (user := only.get(id(x))) is not None and user.primitive is add}


def _terms(variable: Variable, chained: set[int]) -> list[Variable]:
    """What a sum adds up, with the sums that are chained to it taken apart; from left to right."""
    terms, stack = [], list(reversed(variable.inputs))
    while stack:
        x = stack.pop()
        if id(x) in chained:
            stack.extend(reversed(x.inputs))
        else:
            terms.append(x)
    return terms
