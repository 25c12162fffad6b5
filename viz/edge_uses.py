"""How often a method multiplies by each edge of a graph, and by the edges that it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograd import BudgetError, Cost, Graph, Node, Step, Tensor, gradient, predict
from autograd.costs.walk import title, walks
from autograd.differentiation.methods import Method

__all__ = ["MEASURED", "TIMES_BACKPROP", "Uses", "uses", "walk_counts", "widest"]

# The most operations of a path sum that is run for a picture; the cost of a longer one is predicted. The most
# steps of any other method.
MEASURED = 10**5
# Between tensors, where it cannot be predicted, the path sum may walk this many times backprop's edges.
TIMES_BACKPROP = 100

Table = list[list[int]]


@dataclass(frozen=True)
class Uses:
    """How often one method multiplies by each edge, and its cost.

    Attributes:
        method: its name.
        edges: for every node and each of its inputs, the multiplications by the edge between them.
        made: the same for the edges that an elimination makes, by their source and their user.
        walked: the number of multiplications by edges, repeats included. A product of two edges is one.
        cost: None if the method is too long to run and cannot be predicted, as the path sum between tensors.
        measured: whether the cost was measured, not predicted.
    """

    method: str
    edges: Table
    made: dict[tuple[int, int], int]
    walked: int
    cost: Cost | None
    measured: bool


def uses(graph: Graph, wrt: list[list[Node]], targets: set[int], method: str | Method) -> Uses:
    """Count how often a method uses the edges of a graph.

    Args:
        graph: the graph.
        wrt: the values to differentiate by, in groups.
        targets: their indices.
        method: a key of `METHODS`, or a function with the same signature.

    Raises:
        BudgetError: the method takes more than `MEASURED` steps. The path sum is counted without walking it.
        KeyError: there is no such method.
    """
    if method == "paths":
        naive = walk_counts(graph, targets)
        walked, once = sum(map(sum, naive)), sum(n > 0 for row in naive for n in row)
        return Uses("paths", naive, {}, walked, *_path_sum(graph.root, wrt, walked, once))
    if method == "backprop":
        table = [[int(n > 0) for n in row] for row in walk_counts(graph, targets)]
        return Uses(
            "backprop", table, {}, sum(map(sum, table)), gradient(graph.root, wrt).cost, measured=True
        )
    name = title(method)
    (run,) = walks(graph, wrt, {name: method}, steps=MEASURED)
    if run.error:
        raise run.error
    if run.gradient is None:
        raise BudgetError(
            f"{name} takes more than {MEASURED:,} steps here, too many to draw: compare on a smaller graph",
            predicted=MEASURED + 1,
            budget=MEASURED,
        )
    return _of_run(graph, name, run.steps, run.gradient.cost)


def _of_run(graph: Graph, name: str, steps: Sequence[Step], cost: Cost) -> Uses:
    """The uses in the recorded steps of a run."""
    table = [[0] * len(graph.inputs(i)) for i in range(len(graph))]
    made: dict[tuple[int, int], int] = {}

    def use(source: int, user: int) -> None:
        if (source, user) in made:
            made[source, user] += 1
        else:
            table[user][graph.inputs(user).index(source)] += 1

    for step in steps:
        if step.edge:
            table[step.edge[0]][step.edge[1]] += 1
        elif step.kind == "walk" and step.ends:
            use(*step.ends)
        elif step.kind == "bypass" and step.ends:
            use(step.ends[0], step.node)
            use(step.node, step.ends[1])
        if step.kind in ("bypass", "join") and step.ends:
            made.setdefault(step.ends, 0)
    walked = sum(step.kind in ("walk", "bypass") for step in steps)
    return Uses(name, table, made, walked, cost, measured=True)


def _path_sum(root: Node, wrt: list[list[Node]], walked: int, edges: int) -> tuple[Cost | None, bool]:
    """The cost of the path sum, and whether it was run to measure it."""
    if isinstance(root, Tensor):
        # No prediction: `predict` counts an edge as one operation, which between arrays it is not.
        short = walked <= min(MEASURED, TIMES_BACKPROP * edges)
        return (gradient(root, wrt, "paths").cost, True) if short else (None, False)
    cost = predict(root, wrt, "paths")
    short = cost.multiplications + cost.additions <= MEASURED
    return (gradient(root, wrt, "paths").cost if short else cost), short


def walk_counts(graph: Graph, targets: set[int]) -> Table:
    """For every node and each of its inputs, how often the path sum walks the edge between them.

    This is the number of paths from the node to the result, times the number of paths to the input
    from the targets. The sum over all edges is the path sum's number of multiplications.

    Args:
        graph: the graph.
        targets: the indices of the values to differentiate by.
    """
    onward = graph.path_counts()
    arrivals = [0] * len(graph)
    table = []
    for i in range(len(graph)):
        inputs = graph.inputs(i)
        arrivals[i] = (i in targets) + sum(arrivals[source] for source in inputs)
        table.append([onward[i] * arrivals[source] for source in inputs])
    return table


def widest(some: Sequence[Uses]) -> Uses:
    """The greatest number of uses of every edge by any of these methods."""
    tables = zip(*(each.edges for each in some), strict=True)
    edges = [[max(found) for found in zip(*rows, strict=True)] for rows in tables]
    made: dict[tuple[int, int], int] = {}
    for each in some:
        for ends, n in each.made.items():
            made[ends] = max(made.get(ends, 0), n)
    return Uses("", edges, made, 0, None, measured=False)
