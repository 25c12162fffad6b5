"""`Levels`: the instructions of a program in groups that can be done at once.

The level of an instruction is the length of the longest chain of instructions that it waits for. Those
of one level wait for none of each other, so all the products of a layer, say, are one group; their
results are rows of one matrix that lie together. What is the same for every example is kept apart.

A sum of products is one instruction, `dot`: the sums that a layer of neurons begins with are then one
matrix product, in whatever way they were written. So is the sum of a product over the examples, which
the gradient by a weight is.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import chain, count, pairwise
from typing import NamedTuple

from autograd.compiler.program import Program, Variable
from autograd.rules.primitive import Primitive
from autograd.rules.scalars import add, mul, neg, sub

__all__ = ["Group", "Levels", "Total", "blocks", "dot", "progression"]

# The sum of products of its first input with that in the middle, of its second with the next, and so on.
dot = Primitive("dot", "·", lambda: None, lambda out: ())

# What is a sum of its inputs, and whether each of them is added or else subtracted.
_SIGNS = {add: (True, True), sub: (True, False), neg: (False,)}


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


class Total(NamedTuple):
    """What is added up over the examples.

    Attributes:
        products: pairs of factors that both differ from example to example.
        rest: what else differs, or None.
        shared: what is the same for all examples, or None.
    """

    products: list[_Pair]
    rest: Variable | None
    shared: Variable | None


class _Kind(NamedTuple):
    """What the instructions of a group have in common."""

    level: int
    primitive: Primitive
    ranks: tuple[int, ...]
    right: tuple[int, ...]  # of dots, the second factors


_Pair = tuple[Variable, Variable]
_Term = tuple[bool, Variable]  # whether it is added, or else subtracted
_Member = tuple[Variable, list[Variable]]


class Levels:
    """A program in groups, in an order in which they can be done.

    Args:
        program: of scalars.
        shared: its inputs that are the same for every example, one row each from the first on.
        rows: its other inputs, likewise.
        reduced: whether its outputs are added up over the examples.

    Attributes:
        groups: what is done, in order.
        totals: what is added up for the outputs, and what is subtracted from that; none if they are not.
        places: for every variable but constants, whether it differs from example to example, and its row.
        counts: how many rows there are of what is the same, and of what differs.
    """

    def __init__(
        self, program: Program, shared: Sequence[Variable], rows: Sequence[Variable], *, reduced: bool
    ) -> None:
        self.places = {id(x): (False, i) for i, x in enumerate(shared)}
        self.places |= {id(x): (True, i) for i, x in enumerate(rows)}
        self.groups: list[Group] = []
        self._program = program
        self._differing = set(map(id, rows))
        self._levels: dict[int, int] = {}
        self._order = {id(x): i for i, x in enumerate((*shared, *rows))}
        self._kinds: dict[_Kind, list[_Member]] = {}
        self._inner = _inner(program, reduced)
        for variable in program.instructions:
            if id(variable) in self._inner:
                continue
            if variable.primitive in _SIGNS:
                self._enter_sum(variable, self._added(variable))
            else:
                self._enter(variable, variable.primitive, list(variable.inputs))
        self.totals = list(zip(*map(self._totals, program.outputs), strict=True)) if reduced else []
        self._place(len(shared), len(rows))

    def alike(self, variables: Mapping[int, Variable | None]) -> Iterator[dict[int, Variable]]:
        """What there is, apart: constants, what is the same for all examples, and what differs."""
        found: dict[bool | None, dict[int, Variable]] = {}
        for i, x in variables.items():
            if x is not None:
                found.setdefault(self.places.get(id(x), (None,))[0], {})[i] = x
        yield from found.values()

    def _place(self, shared: int, rows: int) -> None:
        """Give every group its rows."""
        kinds = sorted(_merged(self._kinds).items(), key=lambda item: item[0].level)
        last = {id(x): i for i, (_, members) in enumerate(kinds) for _, inputs in members for x in inputs}
        last |= {id(y): len(kinds) for y in self._program.outputs}
        for products, rest, same in chain(*self.totals):
            last |= {id(x): len(kinds) for x in (rest, same, *chain(*products))}
        blocks = {False: _Blocks(shared), True: _Blocks(rows)}
        for i, (kind, members) in enumerate(kinds):
            differs = 2 in kind.ranks
            # What is the same for all examples may be computed before all else, so it is kept.
            until = max(last[id(variable)] for variable, _ in members) if differs else len(kinds)
            row = blocks[differs].take(len(members), i, until)
            self.places |= {id(variable): (differs, row + k) for k, (variable, _) in enumerate(members)}
            operands = list(zip(*(inputs for _, inputs in members), strict=True))
            self.groups.append(Group(kind.primitive, differs, row, operands))
        self.counts = blocks[False].count, blocks[True].count

    def _enter(self, variable: Variable, primitive: Primitive, inputs: list[Variable]) -> None:
        if primitive in (add, mul):  # in whatever order
            inputs.sort(key=self._rank)
        ranks = tuple(map(self._rank, inputs))
        if 2 in ranks:
            self._differing.add(id(variable))
        level = self._levels[id(variable)] = 1 + max(map(self._level, inputs))
        self._order[id(variable)] = len(self._order)
        half = len(inputs) // 2
        # The dots with the same numbers that differ are one product of matrices.
        right = tuple(map(id, inputs[half:])) if primitive is dot and ranks[0] < ranks[-1] else ()
        self._kinds.setdefault(_Kind(level, primitive, ranks, right), []).append((variable, inputs))

    def _added(self, variable: Variable) -> list[_Term]:
        """What a sum adds up, with the sums that are but terms of it taken apart; from left to right."""
        terms: list[_Term] = []
        stack = [(True, variable)]
        while stack:
            plus, x = stack.pop()
            signs = _SIGNS.get(x.primitive)
            if signs and (x is variable or id(x) in self._inner):
                stack.extend((plus is sign, y) for sign, y in zip(signs[::-1], x.inputs[::-1], strict=True))
            else:
                terms.append((plus, x))
        return terms

    def _enter_sum(self, variable: Variable, terms: list[_Term]) -> None:
        """A sum, as that of what is added less that of what is subtracted."""
        added, subtracted = _by_sign(terms)
        if added and subtracted:
            self._enter(variable, sub, [self._sum(added), self._sum(subtracted)])
        elif added:
            self._enter_additions(variable, added)
        else:
            self._enter(variable, neg, [self._sum(subtracted)])

    def _sum(self, terms: list[Variable]) -> Variable:
        if len(terms) == 1 and id(terms[0]) not in self._inner:
            return terms[0]
        total = Variable(self._program, add, (), None)
        self._enter_additions(total, terms)
        return total

    def _enter_additions(self, variable: Variable, terms: list[Variable]) -> None:
        """Dots, and a tree of them and what else there is, in as few levels as may be."""
        whole = []
        products: dict[tuple[int, int], list[_Pair]] = {}
        for x in terms:
            if id(x) in self._inner:
                a, b = sorted(x.inputs, key=self._rank)
                products.setdefault((self._rank(a), self._rank(b)), []).append((a, b))
            else:
                whole.append(x)
        for pairs in products.values():
            pairs.sort(key=lambda pair: self._order.get(id(pair[1]), -1))
            factors = list(chain(*zip(*pairs, strict=True)))
            part = variable if not whole and len(products) == 1 else Variable(self._program, dot, (), None)
            self._enter(part, dot if len(pairs) > 1 else mul, factors)
            if part is variable:
                return
            whole.append(part)
        # First what is the same for all examples.
        heap = [(self._rank(x), self._level(x), i, x) for i, x in enumerate(whole)]
        heapify(heap)
        for i in count(len(whole)):
            a, b = heappop(heap)[-1], heappop(heap)[-1]
            part = Variable(self._program, add, (), None) if heap else variable
            self._enter(part, add, [a, b])
            if not heap:
                break
            heappush(heap, (self._rank(part), self._level(part), i, part))

    def _totals(self, output: Variable) -> list[Total]:
        terms = self._added(output) if id(output) in self._inner else [(True, output)]
        return list(map(self._total, _by_sign(terms)))

    def _total(self, terms: list[Variable]) -> Total:
        products: list[_Pair] = []
        sums: dict[bool, list[Variable]] = {True: [], False: []}
        for x in terms:
            ranks = [self._rank(y) for y in (x.inputs if id(x) in self._inner else [x])]
            if ranks == [2, 2]:
                products.append((x.inputs[0], x.inputs[1]))
            else:
                sums[2 in ranks].append(x)
        rest, shared = (self._sum(sums[differs]) if sums[differs] else None for differs in (True, False))
        return Total(products, rest, shared)

    def _level(self, variable: Variable) -> int:
        return self._levels.get(id(variable), 0)

    def _rank(self, variable: Variable) -> int:
        """0 for a constant, 1 for what is the same for all examples, 2 for what differs."""
        return 0 if variable.is_constant else 1 + (id(variable) in self._differing)


def _by_sign(terms: list[_Term]) -> tuple[list[Variable], list[Variable]]:
    """What is added, and what is subtracted."""
    return [x for plus, x in terms if plus], [x for plus, x in terms if not plus]


def _merged(kinds: dict[_Kind, list[_Member]]) -> dict[_Kind, list[_Member]]:
    """Kinds with those dots together that have their numbers for themselves."""
    merged: dict[_Kind, list[_Member]] = {}
    for kind, members in kinds.items():
        kind = kind._replace(right=()) if len(members) == 1 else kind
        merged.setdefault(kind, []).extend(members)
    return merged


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


def _inner(program: Program, reduced: bool) -> set[int]:
    """The sums and products that are nothing but a term of one other sum, or of one total."""
    users: dict[int, list[Variable | None]] = {}
    for variable in program.instructions:
        for x in variable.inputs:
            users.setdefault(id(x), []).append(variable)
    for y in program.outputs:
        users.setdefault(id(y), []).append(None)
    return {
        id(x)
        for x in program.instructions
        if (x.primitive is mul or x.primitive in _SIGNS)
        and len(found := users[id(x)]) == 1
        and (reduced if (user := found[0]) is None else user.primitive in _SIGNS)
        and (user is None or {x.primitive, user.primitive} != {neg})  # -(-x) is no sum
    }


_Block = tuple[Sequence[int], Sequence[Variable], Sequence[Variable]]
_Place = tuple[int, Variable, Variable]  # where it is added, and its factors


def blocks(products: Sequence[Sequence[_Pair]]) -> Iterator[_Block]:
    """Products of rows in blocks: the places they are added to, the rows on the left and on the right.

    It is each on the left with each on the right, which are not all the same, where there are so many
    places; else it is the first with the first, and so on.
    """
    for turn in range(max(map(len, products), default=0)):
        partners: dict[Variable, list[_Place]] = {}
        for place, terms in enumerate(products):
            for a, b in terms[turn : turn + 1]:
                partners.setdefault(a, []).append((place, a, b))
        alike: dict[tuple[Variable, ...], list[_Place]] = {}
        for found in partners.values():
            alike.setdefault(tuple(b for _, _, b in found), []).extend(found)
        single: list[_Place] = []
        for right, found in alike.items():
            left = dict.fromkeys(a for _, a, _ in found)
            if len(left) > 1 and len(set(right)) > 1:
                yield [place for place, _, _ in found], list(left), right
            else:
                single += found
        if single:
            yield [i for i, _, _ in single], [a for _, a, _ in single], [b for _, _, b in single]
