"""`runs`: the adjoints that several ways of differentiating gave, each on the same layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd import BudgetError, Graph, Node
from autograd.costs.cost import readable
from viz.dot import Direction, Picture, blank, digest, finish, marked_box, summary, tag
from viz.edge_labels import edge_labels, key, local_derivatives
from viz.fold import NODE_BUDGET
from viz.labels import brief, data_of, shorten
from viz.style import kind_of
from viz.wrt import Wrt, indices

__all__ = ["Run", "runs"]


@dataclass(frozen=True)
class Run:
    """The result of one way of differentiating.

    Attributes:
        adjoints: the derivative of the result by each node; the box of a node without one stays blank.
        marks: a word or two about a node, such as "wrong", shown in its box, which gets a thick border.
    """

    adjoints: Mapping[Node, Any]
    marks: Mapping[Node, str] = field(default_factory=dict)


def runs(
    root: Node,
    given: Sequence[Run],
    *,
    wrt: Wrt = (),
    budget: int | None = NODE_BUDGET,
    direction: Direction = "LR",
    shown: str = "adjoint",
) -> list[Picture]:
    """Draw several runs on the same layout, one picture each, for `side_by_side`.

    A box shows the operation, the name and the adjoint; a constant, which has no adjoint, shows its
    number. An edge carries its local derivative, as in `draw`.

    Args:
        root: the result.
        given: the runs; adjoints of nodes that the result does not depend on are ignored.
        wrt: the values drawn as parameters.
        budget: the most values to draw; None: no limit.
        direction: where edges lead: "LR" to the right, "TB" down, "RL" to the left, "BT" up.
        shown: what the numbers of the runs are, for the description; they need not be adjoints.

    Raises:
        BudgetError: the graph has more values than the budget; nothing was drawn.
        CycleError: a value depends on itself.
        MutatedError: the data of a leaf was replaced after use.
        TypeError: the root or something in ``wrt`` is not a `Value` or a `Tensor`.
    """
    graph = Graph(root)
    targets = indices(graph, wrt)
    if budget is not None and len(graph) > budget:
        raise BudgetError(
            f"a run is drawn value by value, and the graph has {readable(len(graph))}, over the budget of "
            f"{budget:,}: take a smaller graph, or raise the budget",
            predicted=len(graph),
            budget=budget,
        )
    pictures = [_picture(graph, targets, given, run, direction, shown) for run in range(len(given))]
    kinds = {kind_of(graph, i, targets) for i in range(len(graph))}
    counts = graph.path_counts()
    words = summary(graph, sum(counts[i] for i in targets))
    what = f"operation, name and {shown}; on each edge its local derivative"
    # A page may show the same run beside different others, so the id depends on all of them.
    together = digest("".join(picture.source for picture in pictures))
    for run, picture in enumerate(pictures):
        finish(picture, words, kinds, what, *key(graph), part=f"-{together}-{run}")
    return pictures


def _picture(
    graph: Graph, targets: set[int], given: Sequence[Run], run: int, direction: Direction, shown: str
) -> Picture:
    picture = blank(f"run {run + 1}: the {shown}s of {readable(len(graph))} values", direction)
    for i, node in enumerate(graph.nodes):
        lines = [text for text in (node.op, node.name) if text] or [brief(data_of(node))]
        adjoints = [brief(other.adjoints[node]) if node in other.adjoints else "" for other in given]
        marks = [shorten(other.marks.get(node, "")) for other in given]
        picture.node(f"n{i}", label=marked_box(kind_of(graph, i, targets), lines, adjoints, marks, run))
        for j, text in zip(graph.inputs(i), edge_labels(node, local_derivatives(node)), strict=True):
            picture.edge(f"n{j}", f"n{i}", label=tag(text))
    return picture
