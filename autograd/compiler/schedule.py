"""`Levels`: the instructions of a scalar program in groups that can be computed at once.

The level of an instruction is the length of the longest chain of instructions that it waits for. Those of
one level do not wait for each other, so all the products of a layer, for example, are one group, and their
results are adjacent rows of one matrix. Results that are the same for every example lie in another matrix.

A sum of products is one instruction, `dot`. The sums that a layer of neurons begins with are then one matrix
product, in whatever way they were written. So are the sums over examples in the gradient by the weights.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import chain, count
from typing import NamedTuple

from autograd.compiler.program import Program
from autograd.compiler.variable import Variable
from autograd.rules.primitive import Primitive
from autograd.rules.scalars import add, mul, neg, sub

__all__ = ["Block", "Group", "Levels", "Total", "blocks", "dot"]

# The sum of the products of its first input with the middle one, its second with the next, and so on.
dot = Primitive("dot", "·", lambda: None, lambda out: ())

# The rows that are sums, and for each input whether it is added (or else subtracted).
_SIGNS = {add: (True, True), sub: (True, False), neg: (False,)}


class Group(NamedTuple):
    """Instructions of one kind.

    Attributes:
        primitive: their operation.
        differs: whether their results differ from example to example.
        row: the row of the first result; the others follow.
        operands: for each operand, the variables of all the instructions.
    """

    primitive: Primitive
    differs: bool
    row: int
    operands: list[tuple[Variable, ...]]


class Place(NamedTuple):
    """Where a variable lies: in the matrix of what differs from example to example or not, and its row."""

    differs: bool
    row: int


class Total(NamedTuple):
    """The terms of a sum over examples.

    Attributes:
        products: pairs of factors that both differ from example to example.
        rest: the sum of the other terms that differ, or None.
        shared: the sum of the terms that are the same for all examples, or None.
    """

    products: list[_Pair]
    rest: Variable | None
    shared: Variable | None


class _GroupKey(NamedTuple):
    """Instructions with equal keys are one group."""

    level: int
    primitive: Primitive
    ranks: tuple[int, ...]
    right: tuple[int, ...]  # of dots, the second factors


_Pair = tuple[Variable, Variable]
_Term = tuple[bool, Variable]  # whether it is added, or else subtracted
_Member = tuple[Variable, list[Variable]]


class Levels:
    """A program in groups, in an order in which they can be computed.

    Args:
        program: of scalars.
        shared: its inputs that are the same for every example, one row each from the first on.
        rows: its other inputs, likewise.
        reduced: whether its outputs are added up over the examples.

    Attributes:
        groups: the groups, in order.
        totals: if reduced, two lists with a `Total` per output: of what is added, and what is subtracted.
        places: the place of every variable that is not a constant, by id.
        counts: how many rows are the same for all examples, and how many differ.
    """

    def __init__(
        self, program: Program, shared: Sequence[Variable], rows: Sequence[Variable], *, reduced: bool
    ) -> None:
        self.places = {id(x): Place(False, i) for i, x in enumerate(shared)}
        self.places |= {id(x): Place(True, i) for i, x in enumerate(rows)}
        self.groups: list[Group] = []
        self._program = program
        self._differing = set(map(id, rows))
        self._levels: dict[int, int] = {}
        self._order = {id(x): i for i, x in enumerate((*shared, *rows))}
        self._members: dict[_GroupKey, list[_Member]] = {}
        self._inner = _inner(program, reduced)
        for variable in program.instructions:
            if id(variable) in self._inner:
                continue
            if variable.primitive in _SIGNS:
                self._enter_sum(variable, self._terms(variable))
            else:
                self._enter(variable, variable.primitive, list(variable.inputs))
        self.totals = list(zip(*map(self._totals, program.outputs), strict=True)) if reduced else []
        self._place(len(shared), len(rows))

    def alike(self, variables: Mapping[int, Variable | None]) -> Iterator[dict[int, Variable]]:
        """Partition variables into constant, shared and per-example ones."""
        found: dict[bool | None, dict[int, Variable]] = {}
        for i, x in variables.items():
            if x is not None:
                kind = self.places[id(x)].differs if id(x) in self.places else None
                found.setdefault(kind, {})[i] = x
        yield from found.values()

    def _place(self, shared: int, rows: int) -> None:
        """Assign rows to every group."""
        groups = sorted(_merged(self._members).items(), key=lambda item: item[0].level)
        last = {id(x): i for i, (_, members) in enumerate(groups) for _, inputs in members for x in inputs}
        last |= {id(y): len(groups) for y in self._program.outputs}
        for products, rest, same in chain(*self.totals):
            last |= {id(x): len(groups) for x in (rest, same, *chain(*products))}
        free = {False: _FreeRows(shared), True: _FreeRows(rows)}
        for i, (key, members) in enumerate(groups):
            differs = 2 in key.ranks
            # Shared results are computed before all others and then kept.
            until = max(last[id(variable)] for variable, _ in members) if differs else len(groups)
            row = free[differs].take(len(members), i, until)
            self.places |= {id(variable): Place(differs, row + k) for k, (variable, _) in enumerate(members)}
            operands = list(zip(*(inputs for _, inputs in members), strict=True))
            self.groups.append(Group(key.primitive, differs, row, operands))
        self.counts = free[False].count, free[True].count

    def _enter(self, variable: Variable, primitive: Primitive, inputs: list[Variable]) -> None:
        if primitive in (add, mul):  # whose operands may change places
            inputs.sort(key=self._rank)
        ranks = tuple(map(self._rank, inputs))
        if 2 in ranks:
            self._differing.add(id(variable))
        level = self._levels[id(variable)] = 1 + max(map(self._level, inputs))
        self._order[id(variable)] = len(self._order)
        half = len(inputs) // 2
        # Dots with the same per-example factors are one matrix product.
        right = tuple(map(id, inputs[half:])) if primitive is dot and ranks[0] < ranks[-1] else ()
        self._members.setdefault(_GroupKey(level, primitive, ranks, right), []).append((variable, inputs))

    def _terms(self, variable: Variable) -> list[_Term]:
        """The terms of a sum from left to right, with inner sums replaced by their own terms."""
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
        """Enter a sum as the added terms minus the subtracted ones."""
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
        """Enter a sum as dots, one for each kind of product, and a tree of additions."""
        parts = [x for x in terms if id(x) not in self._inner]
        products: dict[tuple[int, int], list[_Pair]] = {}
        for x in terms:
            if id(x) in self._inner:
                a, b = sorted(x.inputs, key=self._rank)
                products.setdefault((self._rank(a), self._rank(b)), []).append((a, b))
        if not parts and len(products) == 1:
            self._enter_dot(variable, *products.values())
            return
        for pairs in products.values():
            parts.append(Variable(self._program, dot, (), None))
            self._enter_dot(parts[-1], pairs)
        self._enter_tree(variable, parts)

    def _enter_dot(self, variable: Variable, pairs: list[_Pair]) -> None:
        pairs.sort(key=lambda pair: self._order.get(id(pair[1]), -1))
        factors = list(chain(*zip(*pairs, strict=True)))
        self._enter(variable, dot if len(pairs) > 1 else mul, factors)

    def _enter_tree(self, variable: Variable, parts: list[Variable]) -> None:
        """Enter additions in as few levels as possible, first between shared parts."""
        heap = [(self._rank(x), self._level(x), i, x) for i, x in enumerate(parts)]
        heapify(heap)
        for i in count(len(parts)):
            a, b = heappop(heap)[-1], heappop(heap)[-1]
            part = Variable(self._program, add, (), None) if heap else variable
            self._enter(part, add, [a, b])
            if not heap:
                break
            heappush(heap, (self._rank(part), self._level(part), i, part))

    def _totals(self, output: Variable) -> list[Total]:
        terms = self._terms(output) if id(output) in self._inner else [(True, output)]
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
    """The added terms, and the subtracted ones."""
    return [x for plus, x in terms if plus], [x for plus, x in terms if not plus]


def _merged(members: dict[_GroupKey, list[_Member]]) -> dict[_GroupKey, list[_Member]]:
    """Groups, where dots that share their factors with no other are one group."""
    merged: dict[_GroupKey, list[_Member]] = {}
    for key, found in members.items():
        key = key._replace(right=()) if len(found) == 1 else key
        merged.setdefault(key, []).extend(found)
    return merged


class _FreeRows:
    """Allocates blocks of a matrix's rows, and reuses them once nothing needs their results.

    Attributes:
        count: how many rows there are.
    """

    def __init__(self, inputs: int) -> None:
        self.count = inputs
        self._inputs = inputs
        self._taken: list[tuple[int, int, int]] = []  # start, end and last use; sorted by start

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
    """The sums and products whose only use is as a term of one sum, or of one total."""
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
        and (user is None or {x.primitive, user.primitive} != {neg})  # -(-x) is not a sum
    }


class Block(NamedTuple):
    """Products of rows that one call computes.

    Attributes:
        places: the output that each product is added to.
        left: the rows on the left.
        right: the rows on the right.
    """

    places: Sequence[int]
    left: Sequence[Variable]
    right: Sequence[Variable]

    @property
    def is_outer(self) -> bool:
        """Whether each row on the left meets each on the right, or else the first the first, and so on."""
        return len(self.places) == len(self.left) * len(self.right)


_Product = tuple[int, Variable, Variable]  # the output that it is added to, and its factors


def blocks(products: Sequence[Sequence[_Pair]]) -> Iterator[Block]:
    """Divide products into blocks: outer products of several distinct rows, and the other pairs.

    Args:
        products: the pairs of factors for every output.
    """
    for turn in range(max(map(len, products), default=0)):
        partners: dict[Variable, list[_Product]] = {}
        for place, terms in enumerate(products):
            for a, b in terms[turn : turn + 1]:
                partners.setdefault(a, []).append((place, a, b))
        alike: dict[tuple[Variable, ...], list[_Product]] = {}
        for found in partners.values():
            alike.setdefault(tuple(b for _, _, b in found), []).extend(found)
        single: list[_Product] = []
        for right, found in alike.items():
            left = dict.fromkeys(a for _, a, _ in found)
            if len(left) > 1 and len(set(right)) > 1:
                yield Block([place for place, _, _ in found], list(left), right)
            else:
                single += found
        if single:
            yield Block([i for i, _, _ in single], [a for _, a, _ in single], [b for _, _, b in single])
