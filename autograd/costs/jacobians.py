"""`jacobian_by`: the derivatives of several results by several values in any direction, with their cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from autograd.costs.gradient import Gradient, measured
from autograd.costs.uncollected import uncollected
from autograd.differentiation.graph import Graph, grouped
from autograd.differentiation.linearization import Linearization, is_array
from autograd.differentiation.methods import with_options
from autograd.differentiation.methods.eliminate import Elimination, steps
from autograd.differentiation.methods.forward import push
from autograd.differentiation.sweep import sweep
from autograd.errors import GraphError
from autograd.numbers.counted import Ledger
from autograd.recording.node import Node

__all__ = ["DIRECTIONS", "jacobian_by"]

DIRECTIONS = ("reverse", "forward", "eliminate-reverse", "eliminate-forward", "eliminate-markowitz")


@uncollected()
def jacobian_by(
    results: Sequence[Node], wrt: Sequence[Node], method: str = "reverse", **options: Any
) -> Gradient:
    """Differentiate several results, and measure the cost.

    Args:
        results: m Values.
        wrt: n Values.
        method: ``"reverse"``, one sweep for each result; ``"forward"``, one for each value of ``wrt``; or
            ``"eliminate"``, as of `METHODS`, also with its order, as ``"eliminate-markowitz"``: once for all.
            Where the results share a bottleneck, an order from the middle takes fewer operations than either
            direction (Griewank and Walther, *Evaluating Derivatives*, 2nd ed., 2008, chapter 9).
        options: of ``eliminate``: ``order`` and ``most``.

    Returns:
        the m n derivatives, result by result, and the cost.

    Raises:
        GraphError: a result is a `Tensor`.
        KeyError: there is no such method.
        TypeError: it has no such option, or a result or a value of ``wrt`` is not a `Value`.
        ValueError: there is no result, or an option is refused.
    """
    if not isinstance(method, str):
        raise TypeError(f"the method must be a name such as 'reverse', not {method!r:.40}")
    outputs = [y for group in grouped(results, "results") for y in group]
    if not outputs:
        raise ValueError("a Jacobian needs at least one result")
    if any(is_array(y) for y in outputs):
        raise GraphError("a Jacobian is counted on a graph of Values: run the program on values(array)")
    ways: dict[str, Callable[..., list[dict[int, Any]]]] = {"reverse": _reverse, "forward": _forward}
    if method.partition("-")[0] == "eliminate":
        _, options = with_options(method, options)
        ways[method] = partial(_eliminate, **options)
    elif options:
        raise TypeError(f"the method {method!r} has no option {next(iter(options))!r}: it has none")
    if method not in ways:
        raise KeyError(f"there is no Jacobian method {method!r}; there are {', '.join(DIRECTIONS)}")
    ledger = Ledger()
    linearization = Linearization(Graph(*outputs), grouped(wrt), ledger)
    vertices = [linearization.vertex(y) for y in outputs]
    there = [v for v in vertices if v is not None]
    found: dict[int | None, Any] = dict(zip(there, ways[method](linearization, there), strict=True))
    rows = [linearization.gather(found.get(v, {})) for v in vertices]
    return measured([x for row in rows for x in row], ledger, method)


def _reverse(linearization: Linearization, results: Sequence[int]) -> list[dict[int, Any]]:
    edges, seed = linearization.edges, linearization.seed
    return [sweep(edges, range(v + 1), {v: seed}) for v in results]


def _forward(linearization: Linearization, results: Sequence[int]) -> list[dict[int, Any]]:
    tangents = {
        target: push(linearization, {target: linearization.seed}, set(results))
        for target in linearization.targets
    }
    return [{target: moved[v] for target, moved in tangents.items() if v in moved} for v in results]


def _eliminate(linearization: Linearization, results: Sequence[int], **options: Any) -> list[dict[int, Any]]:
    if not linearization.targets:
        return [{} for _ in results]
    graph = Elimination(linearization.numbers, results, linearization.seed)
    for v in steps(graph, linearization, **options):
        graph.drop(v)
    return graph.adjoints(linearization.targets)
