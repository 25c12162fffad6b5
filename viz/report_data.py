"""The data in a report: graphs and runs as plain lists, dicts and texts, which the page's script draws."""

from __future__ import annotations

import linecache
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from autograd import METHODS, Cost, Graph, Linearization, Node, Origin, Step, Walk
from autograd.costs.cost import readable
from autograd.costs.walk import walks
from autograd.differentiation.methods import Method, accuracy
from autograd.numbers.complex_number import Complex
from viz.edge_labels import key
from viz.fold import FEW, NODE_BUDGET, Box, boxes
from viz.labels import LONGEST, array, data_of, extent, line, printable, shorten
from viz.listing import annotate, listing
from viz.style import kind_of
from viz.wrt import Wrt, grouped, indices, layers

__all__ = ["Adjoints", "adjoints", "collect", "columns_of", "shown"]

_ACCURACY = {METHODS[name]: accuracy(name) for name in METHODS}
# Relative tolerances, in double and in single precision, within which derivatives count as equal: methods
# add up the same terms in different orders.
_ROUNDING = 1e-9, 1e-4
# The most characters of a name in a heading.
_LONGEST = 80


def shown(name: str) -> str:
    """A name as the page shows it."""
    return printable(shorten(name, _LONGEST))


def collect(
    graphs: Mapping[str, Graph], wrt: Wrt, methods: Mapping[str, str | Method], steps: int
) -> dict[str, Any]:
    """Run every method on every graph, and collect what the page shows.

    Args:
        graphs: the graphs by name.
        wrt: the values to differentiate by.
        methods: the methods by name, as keys of `METHODS` or functions.
        steps: the most steps of a run.

    Raises:
        ArithmeticError, ValueError: a local derivative is infinite or undefined at this point.
    """
    groups = grouped(wrt)
    with np.errstate(all="ignore"):  # infinite and undefined entries of arrays are shown
        found = [adjoints(graph, groups) for graph in graphs.values()]
        runs = [
            _run(number, graph, run, methods[run.method], right, indices(graph, wrt))
            for number, (graph, right) in enumerate(zip(graphs.values(), found, strict=True))
            for run in walks(graph, groups, methods, steps=steps)
        ]
        known = [
            columns_of(name, graph, wrt, right)
            for (name, graph), right in zip(graphs.items(), found, strict=True)
        ]
    return {"graphs": known, "runs": runs, "limit": NODE_BUDGET, "few": FEW}


# ---- graphs ---------------------------------------------------------------------------------------


def columns_of(name: str, graph: Graph, wrt: Wrt, right: Adjoints, *, listed: bool = True) -> dict[str, Any]:
    """A graph as columns with an entry for every node, in topological order.

    Args:
        name: of the result, as shown.
        graph: the graph.
        wrt: the values differentiated by.
        right: the derivatives.
        listed: whether to list the paths from each value of ``wrt``, in a graph small enough.
    """
    targets = indices(graph, wrt)
    nodes = graph.nodes
    annotated = annotate(graph)
    order, whole = boxes(graph, layers(graph, wrt), merge=True)
    counts = graph.paths_from(targets)
    known: dict[str, Any] = {
        "name": name,
        "names": annotated.names,
        "ops": [node.op for node in nodes],
        "kinds": [kind_of(graph, i, targets) for i in range(len(graph))],
        "data": [_text(data_of(node)) for node in nodes],
        "inputs": [graph.inputs(i) for i in range(len(graph))],
        "edges": annotated.labels,
        "adjoints": {i: _text(adjoint) for i, adjoint in right.by_index.items()},
        "origins": _origins(nodes),
        "order": order,
        "tree": _tree(whole, order, counts)[0],
        "paths": readable(sum(counts.values())),
        "notes": key(graph),
    }
    if listed and len(graph) <= NODE_BUDGET:
        listings = {target: listing(annotated, target) for target in sorted(targets)}
        known["listings"] = {
            target: {
                "count": readable(counts[target]),
                "paths": [[path.product, path.edges] for path in found.paths],
                "factored": found.factored,
                "edges": found.edges,
            }
            for target, found in listings.items()
        }
    return known


def _text(x: Any) -> str:
    """A number, or an array: its numbers if they fit in a short line, else its shape and range."""
    x = x.data if isinstance(x, Complex) else x
    if isinstance(x, complex):
        return f"{x:.4g}"
    text = line(array(x))
    return text if len(text) <= LONGEST else line(extent(x))


def _origins(nodes: Sequence[Node]) -> dict[str, list[Any]]:
    """The source lines that made the nodes: the lines as text, and for every node the index of its line.

    The first line is empty, for nodes whose line was not recorded.
    """
    lines: dict[Origin | None, int] = {None: 0}
    which = [lines.setdefault(node.origin, len(lines)) for node in nodes]
    texts = [
        printable(f"{Path(origin.file).name}:{origin.line}  {linecache.getline(*origin).strip()}".rstrip())
        for origin in lines
        if origin is not None
    ]
    return {"lines": ["", *texts], "of": which}


def _tree(box: Box, order: Sequence[int], counts: Mapping[int, int]) -> tuple[list[Any], int]:
    """A box as [name, start, end, number of paths from it, parts, times]; and that number."""
    parts = [_tree(part, order, counts) for part in box.parts]
    inside = (counts.get(i, 0) for i in order[box.start : box.end])
    paths = sum(n for _, n in parts) if parts else sum(inside)
    return [
        shown(box.name),
        box.start,
        box.end,
        readable(paths),
        [part for part, _ in parts],
        box.times,
    ], paths


# ---- runs -----------------------------------------------------------------------------------------


class Adjoints(NamedTuple):
    """The right derivatives of a result.

    Attributes:
        wrt: the derivatives by ``wrt``, in order.
        by_index: the derivative by every node that depends on ``wrt``, by its index.
    """

    wrt: list[Any]
    by_index: dict[int, Any]


def adjoints(graph: Graph, groups: Sequence[Sequence[Node]]) -> Adjoints:
    """Derive a result by values and by every node between."""
    targets = [v for group in groups for v in group]
    active = list(graph.active(targets))
    everything = [*targets, *(graph.nodes[i] for i in active)]
    found = METHODS["backprop"](Linearization(graph, [everything], recorded=False))
    return Adjoints(found[: len(targets)], dict(zip(active, found[len(targets) :], strict=True)))


def _run(
    number: int, graph: Graph, run: Walk, method: str | Method, right: Adjoints, targets: Collection[int]
) -> dict[str, Any]:
    """A run: the number of its graph, its steps, its cost, and which of its derivatives are wrong."""
    cost = run.gradient.cost if run.gradient else run.predicted
    near = accuracy(method) if isinstance(method, str) else _ACCURACY.get(_whole(method), "exact")
    wrong, verdict = _wrong(run, right) if near == "exact" else (set(), "")
    return {
        "graph": number,
        "method": run.method,
        "accuracy": near,
        "steps": [_step(step) for step in run.steps],
        "dropped": _dropped(graph, run, targets) if _eliminates(method) else None,
        "cut": run.gradient is None,
        "error": "" if run.error is None else printable(str(run.error)),
        "cost": None if cost is None else _counts(cost),
        "wrong": sorted(wrong),
        # The first in the order of backprop, from the result back.
        "first": max((run.steps[t].node for t in wrong), default=None),
        "verdict": verdict,
    }


def _eliminates(method: str | Method) -> bool:
    if isinstance(method, str):
        return method.partition("-")[0] == "eliminate"
    return _whole(method) is METHODS["eliminate"]


def _whole(method: Method) -> Method:
    """The function of a partial call, whose options make it no other method."""
    return method.func if isinstance(method, partial) else method


def _dropped(graph: Graph, run: Walk, targets: Collection[int]) -> dict[int, int]:
    """For every node that an elimination drops, the number of steps after which it is gone.

    A node is dropped by the products over it: of two edges, or of an edge into it and its number, which is
    its edge into the seed. A value of ``wrt`` is never dropped; walks from it add up what is left. A node
    that depends on no value of ``wrt`` goes with its last user.
    """
    dropped: dict[int, int] = {}
    dropping = -1
    for t, step in enumerate(run.steps):
        if step.kind == "bypass":
            dropping = step.node
        elif step.kind == "walk" and step.ends:
            dropping = step.ends[1]
        if dropping >= 0 and dropping not in targets:
            dropped[dropping] = t + 1
    if run.gradient is None:  # cut off before or after its last product
        dropped.pop(dropping, None)
    active = graph.active([graph.nodes[i] for i in targets])
    users: dict[int, list[int]] = {}
    for source, user in graph.edges:
        users.setdefault(source, []).append(user)
    for i in sorted(users, reverse=True):
        if i not in active and i not in targets and all(user in dropped for user in users[i]):
            dropped[i] = max(dropped[user] for user in users[i])
    return dropped


def _wrong(run: Walk, right: Adjoints) -> tuple[set[int], str]:
    """The steps that left a wrong derivative at a node, and a sentence that counts the wrong results.

    The results decide. If one is wrong, the numbers left at inner nodes are compared too, unless the
    method runs forward: it leaves tangents there, not derivatives of the result.
    """
    if run.gradient is None:
        return set(), ""
    pairs = zip(run.gradient.values, right.wrt, strict=True)
    bad = sum(not _same(found, expected) for found, expected in pairs)
    if not bad:
        return set(), ""
    verdict = f"{bad:,} of {len(right.wrt):,} derivatives {'is' if bad == 1 else 'are'} wrong"
    if any(step.edge and step.edge[0] == step.node for step in run.steps):
        return set(), verdict
    stand = [(t, step) for t, step in enumerate(run.steps) if step.kind not in ("bypass", "join")]
    last = {step.node: t for t, step in stand if step.until == len(run.steps)}
    return {t for i, t in last.items() if not _same(run.steps[t].value, right.by_index[i])}, verdict


def _same(found: Any, right: Any) -> bool:
    """Whether two derivatives are equal within rounding."""
    single = getattr(right, "dtype", None) == np.float32
    found, right = (np.asarray(x, dtype=np.float64) for x in (found, right))
    tolerance = _ROUNDING[single]
    scale = tolerance * float(np.max(np.abs(right), initial=0, where=np.isfinite(right)))
    return found.shape == right.shape and np.allclose(found, right, tolerance, scale, equal_nan=True)


def _step(step: Step) -> list[Any]:
    user, k = step.edge or (-1, -1)
    value = _text(step.value)
    look = "partial" if step.partial else "complete" if step.whole else "passing"
    ends = step.ends or (-1, -1)
    return [step.kind[0], step.node, user, k, value, look, step.until, *ends, *_counts(step.cost)]


def _counts(cost: Cost) -> list[Any]:
    """The counts, as text where they exceed the integers that JavaScript represents exactly."""
    counts = (
        cost.multiplications,
        cost.additions,
        cost.partials,
        cost.forward,
        cost.multiply_adds,
        cost.forward_multiply_adds,
        cost.total,
    )
    return [n if n < 2**53 else readable(n) for n in counts]
