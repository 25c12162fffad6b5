"""Sizes and costs predicted by counting over a recorded graph, where sizes alone have no closed form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from autograd import Cost
from autograd.costs.closed_forms import Shape
from autograd.costs.method_counts import walked
from autograd.costs.predict import recomputed
from autograd.differentiation.graph import Graph, grouped
from autograd.differentiation.linearization import Linearization, is_array
from autograd.differentiation.sweep import sweep
from autograd.numbers.counted import Counted, Ledger

__all__ = ["GraphForm"]

Layers = list[list[Any]]
# Counts of operations by kind, as an array of whole numbers.
Work = Any
_KINDS = ("multiplications", "additions", "multiply_adds")
# The exact methods, by the method of the engine that walks as many edges; `layer` is by groups.
_WALKS = {
    "backprop": "backprop",
    "layer": "restart",
    "restart": "forward",
    "forward": "forward",
    "tree": "tree",
    "paths": "paths",
}


@dataclass(frozen=True)
class GraphForm:
    """The size of a graph and the cost of its gradient by every method, counted when first asked for.

    Attributes:
        record: records the graph; returns its root and its parameters, layer by layer.
        paths: the closed form of the path count.
    """

    record: Callable[[], tuple[Any, Layers]]
    paths: int

    @property
    def shape(self) -> Shape:
        """The numbers in all parameters; the active vertices and edges; the paths by the closed form."""
        return self._counted[0]

    @property
    def costs(self) -> Mapping[str, Cost]:
        """The cost by the methods that have a closed form elsewhere, in whole numbers; each at first use."""
        return self._counted[1]

    @cached_property
    def _counted(self) -> tuple[Shape, Mapping[str, Cost]]:
        root, layers = self.record()
        ledger = Ledger()
        linearization = Linearization(Graph(root), grouped(layers), ledger)
        edges = linearization.edges
        numbers = sum(int(np.size(v.data)) for v in linearization.asked)
        shape = Shape(numbers, len(edges), sum(map(len, edges)), self.paths)
        count = _array_costs if is_array(root) else _scalar_costs
        return shape, count(linearization, ledger)


class _Lazily(Mapping[str, Cost]):
    """Costs by method, each counted at its first use."""

    def __init__(self, counts: Mapping[str, Callable[[], Cost]]) -> None:
        self._counts = counts
        self._found: dict[str, Cost] = {}

    def __getitem__(self, method: str) -> Cost:
        if method not in self._found:
            self._found[method] = self._counts[method]()
        return self._found[method]

    def __iter__(self) -> Iterator[str]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)


def _scalar_costs(linearization: Linearization, ledger: Ledger) -> Mapping[str, Cost]:
    partials, forward = ledger.counts["partials"], ledger.counts["forward"]

    def exact(engine: str) -> Cost:
        return Cost(*walked(linearization, engine), partials, forward)

    p = len(linearization.asked)  # parameters without a path to the loss are moved too
    return _Lazily(
        {
            **{name: partial(exact, engine) for name, engine in _WALKS.items()},
            "finite_difference": lambda: Cost(p, 2 * p, 0, (p + 1) * forward),
            "central_difference": lambda: Cost(p, 3 * p, 0, 2 * p * forward),
        }
    )


def _array_costs(linearization: Linearization, ledger: Ledger) -> Mapping[str, Cost]:
    counts = dict(ledger.counts)
    edges = _ArrayEdges(linearization, ledger)
    targets = linearization.targets
    to_root = sweep(edges.ones, range(len(edges.ones)), {linearization.root: 1})
    merged = _sums(sum((to_root[p] - 1) * edges.sizes[p] for p in targets))
    below = [int(v in targets) for v in range(len(edges.ones))]  # paths from parameters to each vertex
    for v, found in enumerate(edges.ones):
        below[v] += sum(below[u] for u, _ in found)
    products = counts.get("forward_multiply_adds", 0)

    def exact(work: Work) -> Cost:
        multiplications, additions, swept = map(int, work)
        return Cost(
            multiplications,
            additions,
            counts["partials"],
            counts["forward"],
            multiply_adds=swept + counts.get("multiply_adds", 0),
            forward_multiply_adds=products,
        )

    def differences(passes: int, moves: int) -> Cost:
        moved = sum(edges.sizes[p] ** 2 for p in targets)  # to move one number its whole array is added to
        additions = numbers + moves * moved
        forward = passes * counts["forward"]
        return Cost(numbers, additions, 0, forward, forward_multiply_adds=passes * products)

    numbers = sum(edges.sizes[p] for p in targets)
    backprop = exact(edges.chain(range(len(edges.inputs))))
    return {
        "backprop": backprop,
        "checkpoint": backprop._replace(**recomputed(linearization, ledger)),
        "forward_gradient": exact(edges.once(targets) + np.array([numbers, 0, 0], object)),
        "simultaneous_perturbation": Cost(
            1 + numbers, 1 + 2 * numbers, 0, 2 * counts["forward"], forward_multiply_adds=2 * products
        ),
        "layer": exact(sum(map(edges.chain, linearization.groups))),
        "restart": exact(sum(edges.chain([p]) for p in targets)),
        "forward": exact(sum(map(edges.tangents, targets))),
        "tree": exact(edges.backward(lambda u, v: to_root[v]) + merged),
        "paths": exact(edges.backward(lambda u, v: below[u] * to_root[v]) + merged),
        "finite_difference": differences(numbers + 1, moves=1),
        "central_difference": differences(2 * numbers, moves=2),
    }


class _ArrayEdges:
    """The edges of a graph of arrays, and the operations of one walk along each, measured by walking it."""

    def __init__(self, linearization: Linearization, ledger: Ledger) -> None:
        def ones(vertex: int) -> Counted:
            return Counted(np.ones_like(linearization.node(vertex).data), ledger)

        def work(a: Any, b: Any) -> Work:
            before = dict(ledger.counts)
            a * b
            return np.array([ledger.counts.get(kind, 0) - before.get(kind, 0) for kind in _KINDS], object)

        self.inputs = linearization.edges
        self.ones = [[(u, 1) for u, _ in found] for found in self.inputs]
        self.sizes = [int(linearization.node(v).data.size) for v in range(len(self.inputs))]
        self.users = Counter(u for found in self.inputs for u, _ in found)
        self.pulls = [[work(ones(v), d) for _, d in found] for v, found in enumerate(self.inputs)]
        self.pushes = [[work(d, ones(u)) for u, d in found] for found in self.inputs]

    def backward(self, times: Callable[[int, int], int]) -> Work:
        """Walks from users to inputs, each edge (u, v) so many times."""
        walks = [
            times(u, v) * work
            for v, found in enumerate(self.inputs)
            for (u, _), work in zip(found, self.pulls[v], strict=True)
        ]
        return sum(walks, _sums(0))

    def chain(self, group: Sequence[int]) -> Work:
        """One sweep from the root to the vertices that depend on a group."""
        found = self._dependents(group)
        merges = sum((self.users[u] - 1) * self.sizes[u] for u in found if self.users[u])
        return self.backward(lambda u, v: u in found) + _sums(merges)

    def tangents(self, target: int) -> Work:
        """One sweep forward for every number of a parameter."""
        return self.once([target]) * self.sizes[target]

    def once(self, targets: Sequence[int]) -> Work:
        """One sweep forward from some parameters, which no operation computed."""
        found, total = self._dependents(targets), _sums(0)
        for v, inputs in enumerate(self.inputs):
            walks = [work for (u, _), work in zip(inputs, self.pushes[v], strict=True) if u in found]
            total = sum(walks, total) + _sums(max(0, len(walks) - 1) * self.sizes[v])
        return total

    def _dependents(self, group: Sequence[int]) -> set[int]:
        found = set(group)
        for v, inputs in enumerate(self.inputs):
            if any(u in found for u, _ in inputs):
                found.add(v)
        return found


def _sums(additions: int) -> Work:
    return np.array([0, additions, 0], object)
