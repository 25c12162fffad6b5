"""`hessian_by`: second derivatives of a result in every way that has a name, with the measured cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.costs.gradient import Gradient, gradient, measured
from autograd.costs.uncollected import uncollected
from autograd.differentiation.graph import Graph, grouped
from autograd.differentiation.linearization import Linearization, is_array
from autograd.differentiation.methods.finite_difference import step_size
from autograd.differentiation.methods.forward import push
from autograd.differentiation.sweep import sweep
from autograd.errors import GraphError
from autograd.numbers.counted import Counted, Ledger
from autograd.numbers.hyper_dual import HyperDual
from autograd.recording.node import Node

__all__ = ["HESSIANS", "hessian_by"]


@uncollected()
def hessian_by(root: Node, wrt: Sequence[Node], method: str = "forward over reverse") -> Gradient:
    """Compute the second derivatives of a result, and measure the cost.

    Args:
        root: the result, a `Value`.
        wrt: the n values to differentiate by, leaves.
        method: ``"forward over reverse"``, one forward sweep over the gradient for each value (Pearlmutter,
            "Fast exact multiplication by the Hessian", 1994); ``"reverse over forward"``, one reverse sweep
            over each slope; ``"reverse over reverse"``, one reverse sweep over each derivative;
            ``"hyper-dual"``, n (n + 1) / 2 forward passes on `HyperDual`; or ``"differences"``, 4 forward
            passes for each pair, which is approximate.

    Returns:
        the n² entries, row by row, and the cost; `forward` has the passes over what is differentiated again.

    Raises:
        GraphError: the root is a `Tensor`, or a value of ``wrt`` is a `Tensor` or computed from others.
        KeyError: there is no such method.
        TypeError: the root or something in ``wrt`` is not a `Value`.
    """
    if method not in list(HESSIANS):
        raise KeyError(f"there is no Hessian method {method!r}; there are {', '.join(HESSIANS)}")
    Graph(root)
    leaves = [v for group in grouped(wrt) for v in group]
    if any(map(is_array, (root, *leaves))) or any(v.inputs for v in leaves):
        raise GraphError("a Hessian is counted on a graph of Values, by leaves: use hessian(f) for arrays")
    ledger = Ledger()
    rows = HESSIANS[method](root, leaves, ledger) if leaves else []
    return measured([x for row in rows for x in row], ledger, method)


def _over(slopes: Sequence[Any], wrt: Sequence[Node], ledger: Ledger) -> Linearization:
    return Linearization(Graph(*slopes), [list(wrt)], ledger)


def _forward_over_reverse(root: Node, wrt: Sequence[Node], ledger: Ledger) -> list[list[Any]]:
    slopes = gradient(root, wrt, create_graph=True).values
    over = _over(slopes, wrt, ledger)
    results = [over.vertex(slope) for slope in slopes]
    rows = []
    for vertex in over.wrt:
        found = (
            {} if vertex is None else push(over, {vertex: over.seed}, {v for v in results if v is not None})
        )
        rows.append([over.zero if v is None else found.get(v, over.zero) for v in results])
    return rows


def _reverse_over(method: str) -> Callable[[Node, Sequence[Node], Ledger], list[list[Any]]]:
    def rows(root: Node, wrt: Sequence[Node], ledger: Ledger) -> list[list[Any]]:
        slopes = gradient(root, wrt, method, create_graph=True).values
        over = _over(slopes, wrt, ledger)
        found = []
        for slope in slopes:
            vertex = over.vertex(slope)
            adjoints = {} if vertex is None else sweep(over.edges, range(vertex + 1), {vertex: over.seed})
            found.append(over.gather(adjoints))
        return found

    return rows


def _hyper_dual(root: Node, wrt: Sequence[Node], ledger: Ledger) -> list[list[Any]]:
    graph, n = Graph(root), len(wrt)
    numbers = {v: Counted(v._data, ledger) for v in graph.leaves}
    rows: list[list[Any]] = [[0.0] * n for _ in range(n)]
    with ledger.entering("forward"):
        for i in range(n):
            for j in range(i, n):
                if wrt[i] not in graph or wrt[j] not in graph:
                    continue
                moved = {
                    wrt[i]: HyperDual(numbers[wrt[i]], 1),
                    wrt[j]: HyperDual(numbers[wrt[j]], 0, 1),
                }
                if wrt[i] is wrt[j]:
                    moved[wrt[i]] = HyperDual(numbers[wrt[i]], 1, 1)
                result = graph.replay({**_lifted(numbers), **moved})[-1]
                rows[i][j] = rows[j][i] = result.mixed
    return rows


def _lifted(numbers: dict[Node, Any]) -> dict[Node, Any]:
    """Return the numbers as hyper-dual ones, which do not move."""
    return {v: HyperDual(x) for v, x in numbers.items()}


def _differences(root: Node, wrt: Sequence[Node], ledger: Ledger) -> list[list[Any]]:
    linearization = Linearization(Graph(root), [list(wrt)], ledger)
    n, steps = len(wrt), [step_size(v._data, 1, 1 / 4) for v in wrt]
    rows: list[list[Any]] = [[0.0] * n for _ in range(n)]

    def at(moves: Sequence[tuple[int, float]]) -> Any:
        point: dict[Node, Any] = {}
        for i, h in moves:
            point[wrt[i]] = point.get(wrt[i], linearization.point[i]) + h
        return linearization.evaluate(point)

    for i in range(n):
        for j in range(i, n):
            a, b = steps[i], steps[j]
            same = at([(i, a), (j, b)]) + at([(i, -a), (j, -b)])
            opposite = at([(i, a), (j, -b)]) + at([(i, -a), (j, b)])
            rows[i][j] = rows[j][i] = (same - opposite) / (4 * a * b)
    return rows


HESSIANS: dict[str, Callable[[Node, Sequence[Node], Ledger], list[list[Any]]]] = {
    "forward over reverse": _forward_over_reverse,
    "reverse over forward": _reverse_over("forward"),
    "reverse over reverse": _reverse_over("backprop"),
    "hyper-dual": _hyper_dual,
    "differences": _differences,
}
