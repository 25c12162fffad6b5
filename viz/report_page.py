"""`report`: a graph and the runs of several methods on it, as one page to step through in a browser.

The page is one file that needs nothing beside itself. What it shows was computed by the engine and
stands in it as data; its script only draws that, and evaluates nothing. Boxes unfold when they are
clicked, so the page lays the graph out itself.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import linecache
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

import numpy as np

from autograd import METHODS, Cost, Graph, Linearization, Node, Origin, Step, Tensor, Walk
from autograd.cost import readable
from autograd.methods import Method
from autograd.walk import STEPS, walks
from viz.derivatives import edge_labels, key, local_derivatives
from viz.files import check_folder, write
from viz.fold import NODE_BUDGET, Box, boxes, paths_from
from viz.labels import LONGEST, array, data_of, extent, line, printable, shorten
from viz.listing import listing
from viz.style import kind_of
from viz.wrt import Wrt, grouped, layers, places

__all__ = ["report"]

_PAGE = Path(__file__).with_name("page")
# Backprop last, so that the first and the last are what is shown first: the path sum beside backprop.
_ALL = sorted(METHODS, key=lambda name: (name == "backprop", name != "paths"))
# If the values times those asked for are more, only the path sum and backprop are run, if not told
# otherwise: what the others cost grows with both.
_RUN_ALL = 200_000
_APPROXIMATE = [METHODS[name] for name in ("finite_difference", "central_difference")]
# Two numbers that differ by no more are the same but for the order of summation, which in single
# precision is coarse.
_ROUNDING = 1e-9, 1e-4
# The most of a name in a heading.
_LONGEST = 80


def report(
    root: Node | Mapping[str, Node],
    wrt: Wrt,
    path: str | Path,
    *,
    methods: Sequence[str | Method] | Mapping[str, str | Method] | None = None,
    steps: int = STEPS,
) -> Path:
    """Write a page on which the runs of several methods can be stepped through, side by side.

    It shows two runs in lock-step on one layout of the graph: the edge that is walked lights up, the
    numbers fill in, and the operations are counted beside. Each node tells its name, data, adjoint, local
    derivatives, and the line that made it, if it was recorded within `autograd.source_lines`. A value
    asked for tells its paths, and the same sum as backprop factors it. A graph too big to draw is folded,
    by layer where ``wrt`` has layers, and unfolds by clicking.

    Args:
        root: the result; or several by name, of which the runs can then be compared.
        wrt: the values to differentiate by: one by one, in layers, or in a dict of layers by name.
        path: the file, ending in .html; one of that name is replaced.
        methods: names out of `METHODS`, or functions like those by any name. The page opens with the
            first beside the last. None: all, or for a graph of many values the path sum and backprop.
        steps: the most steps of a run to show. A longer one is cut off, and the page says so.

    Returns:
        the file.

    Raises:
        FileNotFoundError: the folder does not exist.
        KeyError: there is no such method.
        TypeError: a root or something in ``wrt`` is not a `Value` or a `Tensor`, or the methods are no list.
        ValueError: the name does not end in .html, there is no root, no method or not one step, two have
            one name, a root is a tensor of more than one element, or a local derivative is undefined here.
        ArithmeticError: a local derivative is infinite at this point.
    """
    path = Path(path)
    if path.suffix.lower() != ".html":
        raise ValueError(f"a report is written as .html: {path.name!r:.80} does not end in it")
    check_folder(path)
    roots = root if isinstance(root, Mapping) else {getattr(root, "name", None) or "the result": root}
    if not roots:
        raise ValueError("a report is of at least one result, and there is none in the mapping")
    graphs = _named({name: Graph(node) for name, node in roots.items()}, "results")
    if methods is None:
        asked = sum(map(len, grouped(wrt)))
        small = all(len(graph) * asked <= _RUN_ALL for graph in graphs.values())
        methods = _ALL if small else ["paths", "backprop"]
    if isinstance(methods, str):
        raise TypeError(f"methods are several: write [{methods!r}] for one")
    if not methods:
        raise ValueError("a report is of at least one method: give a name out of METHODS, or None for all")
    functions: dict[str, str | Method] = _named(
        methods if isinstance(methods, Mapping) else {getattr(m, "__name__", m): m for m in methods},
        "methods",
    )
    with np.errstate(all="ignore"):  # infinite and undefined entries of arrays are shown as such
        adjoints = [_adjoints(graph, grouped(wrt)) for graph in graphs.values()]
        runs = [
            _run(number, run, functions[run.method], right)
            for number, (graph, right) in enumerate(zip(graphs.values(), adjoints, strict=True))
            for run in walks(graph, grouped(wrt), functions, steps=steps)
        ]
        known = [
            _graph(name, graph, wrt, right)
            for (name, graph), right in zip(graphs.items(), adjoints, strict=True)
        ]
    data = {"graphs": known, "runs": runs, "limit": NODE_BUDGET}
    write(path, _page(data).encode())
    return path


def _named(things: Mapping[Any, Any], what: str) -> dict[str, Any]:
    """Things by names that can be shown."""
    named = {_shown(str(name)): thing for name, thing in things.items()}
    if len(named) < len(things):
        raise ValueError(f"two {what} have one name, as far as it is shown: {', '.join(named)}")
    return named


def _shown(name: str) -> str:
    return printable(shorten(name, _LONGEST))


def _graph(name: str, graph: Graph, wrt: Wrt, adjoints: Adjoints) -> dict[str, Any]:
    """What the page knows of a graph: columns with an entry for every node, in topological order."""
    asked = places(graph, wrt)
    nodes = graph.nodes
    derivatives = [local_derivatives(node) for node in nodes]
    edges = [
        [line(cell) for cell in edge_labels(node, slopes)]
        for node, slopes in zip(nodes, derivatives, strict=True)
    ]
    names = [printable(shorten(node.name)) if node.name else f"v{i}" for i, node in enumerate(nodes)]
    order, whole = boxes(graph, layers(graph, wrt))
    counts = paths_from(graph, asked, range(len(graph)))
    known: dict[str, Any] = {
        "name": name,
        "names": names,
        "ops": [node.op for node in nodes],
        "kinds": [kind_of(graph, i, asked) for i in range(len(graph))],
        "data": [_text(data_of(node)) for node in nodes],
        "inputs": [graph.inputs(i) for i in range(len(graph))],
        "edges": edges,
        "adjoints": {i: _text(adjoint) for i, adjoint in adjoints.places.items()},
        "origins": _origins(nodes),
        "order": order,
        "tree": _tree(whole, order, counts)[0],
        "paths": readable(sum(counts)),
        "notes": key(graph),
    }
    if len(graph) <= NODE_BUDGET:
        one = np.ones_like(data_of(graph.root)) if isinstance(graph.root, Tensor) else 1
        listings = {place: listing(graph, place, derivatives, edges, names, one) for place in sorted(asked)}
        known["listings"] = {
            place: {
                "count": readable(counts[place]),
                "paths": [[found_path.product, found_path.edges] for found_path in found.paths],
                "factored": found.factored,
                "edges": found.edges,
            }
            for place, found in listings.items()
        }
    return known


def _text(x: Any) -> str:
    """A number, or an array: number by number if that is short, else its shape and range."""
    text = line(array(x))
    return text if len(text) <= LONGEST else line(extent(x))


class Adjoints(NamedTuple):
    """The right derivatives of a result: by the values asked for, in order, and by the place of every node
    that depends on one of them.
    """

    asked: list[Any]
    places: dict[int, Any]


def _adjoints(graph: Graph, groups: Sequence[Sequence[Node]]) -> Adjoints:
    asked = [v for group in groups for v in group]
    active = list(graph.active(asked))
    everything = [*asked, *(graph.nodes[i] for i in active)]
    found = METHODS["backprop"](Linearization(graph, [everything], recorded=False))
    return Adjoints(found[: len(asked)], dict(zip(active, found[len(asked) :], strict=True)))


def _same(found: Any, right: Any) -> bool:
    """Whether two derivatives are the same but for rounding."""
    single = getattr(right, "dtype", None) == np.float32
    found, right = (np.asarray(x, dtype=np.float64) for x in (found, right))
    tolerance = _ROUNDING[single]
    scale = tolerance * float(np.max(np.abs(right), initial=0, where=np.isfinite(right)))
    return found.shape == right.shape and np.allclose(found, right, tolerance, scale, equal_nan=True)


def _origins(nodes: Sequence[Node]) -> dict[str, list[Any]]:
    """The lines that made the nodes: file, number and text of each, and for every node which it is.

    The first of them is that of the nodes of which it was not noted.
    """
    lines: dict[Origin | None, int] = {None: 0}
    which = [lines.setdefault(node.origin, len(lines)) for node in nodes]
    texts = [
        printable(f"{Path(origin.file).name}:{origin.line}  {linecache.getline(*origin).strip()}".rstrip())
        for origin in lines
        if origin is not None
    ]
    return {"lines": ["", *texts], "of": which}


def _tree(box: Box, order: Sequence[int], counts: Sequence[int]) -> tuple[list[Any], int]:
    """A box as the page takes it: name, start, end, paths that start in it, parts; and these paths."""
    parts = [_tree(part, order, counts) for part in box.parts]
    paths = sum(n for _, n in parts) if parts else sum(counts[i] for i in order[box.start : box.end])
    return [_shown(box.name), box.start, box.end, readable(paths), [part for part, _ in parts]], paths


def _run(graph: int, run: Walk, method: str | Method, right: Adjoints) -> dict[str, Any]:
    """What the page knows of a run: on which graph, what was done, what that costs, and what is wrong."""
    cost = run.gradient.cost if run.gradient else run.predicted
    approximate = (METHODS[method] if isinstance(method, str) else method) in _APPROXIMATE
    wrong, verdict = (set(), "") if approximate else _wrong(run, right)
    return {
        "graph": graph,
        "method": run.method,
        "approximate": approximate,
        "steps": [_step(step) for step in run.steps],
        "cut": run.gradient is None,
        "error": "" if run.error is None else printable(str(run.error)),
        "cost": None if cost is None else _counts(cost),
        "wrong": sorted(wrong),
        # As backprop completes them, from the result back.
        "first": max((run.steps[t].node for t in wrong), default=None),
        "verdict": verdict,
    }


def _wrong(run: Walk, right: Adjoints) -> tuple[set[int], str]:
    """The steps that left a wrong derivative at a node, and how many of those asked for are wrong.

    Only what a run gives counts. Where that is wrong, so may be what it left on its way back; what one on
    its way forward leaves there is no derivative of the result.
    """
    if run.gradient is None:
        return set(), ""
    pairs = zip(run.gradient.values, right.asked, strict=True)
    bad = sum(not _same(found, expected) for found, expected in pairs)
    if not bad:
        return set(), ""
    verdict = f"{bad:,} of {len(right.asked):,} derivatives {'is' if bad == 1 else 'are'} wrong"
    if any(step.edge and step.edge[0] == step.node for step in run.steps):
        return set(), verdict
    last = {step.node: t for t, step in enumerate(run.steps) if step.until == len(run.steps)}
    return {t for i, t in last.items() if not _same(run.steps[t].value, right.places[i])}, verdict


def _step(step: Step) -> list[Any]:
    user, k = step.edge or (-1, -1)
    value = _text(step.value)
    look = "partial" if step.partial else "complete" if step.whole else "passing"
    return [step.kind[0], step.node, user, k, value, look, step.until, *_counts(step.cost)]


def _counts(cost: Cost) -> list[Any]:
    """The counts as text where a browser's numbers would not hold them."""
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


def _page(data: dict[str, Any]) -> str:
    parts = {name: (_PAGE / name).read_text(encoding="utf-8") for name in _PARTS}
    script = parts["layout.js"] + parts["report.js"]
    title = f"{' and '.join(graph['name'] for graph in data['graphs'])}, differentiated step by step"
    headings, table = _table(data)
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return Template(parts["report.html"]).substitute(
        title=html.escape(title),
        policy=f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(parts['report.css'])}",
        style=parts["report.css"],
        script=script,
        # Nothing in the data can end the element that it stands in.
        data=text.replace("<", "\\u003c"),
        headings=headings,
        table=table,
    )


_PARTS = ("report.html", "report.css", "layout.js", "report.js")


def _digest(text: str) -> str:
    """What a content security policy knows a script or a style by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_HEADINGS = (
    *("multiplications", "additions", "partials", "forward"),
    *("multiply-adds", "forward multiply-adds", "total"),
)


def _table(data: dict[str, Any]) -> tuple[str, str]:
    """The costs of all runs: the headings and the rows of an HTML table, without columns of noughts."""
    runs = data["runs"]
    columns = [c for c in range(len(_HEADINGS)) if any(run["cost"] and run["cost"][c] for run in runs)]
    headings = "".join(f'<th scope="col">{_HEADINGS[c]}</th>' for c in columns)
    rows = []
    for run in runs:
        name = run["method"] + (" (approximate)" if run["approximate"] else "")
        if len(data["graphs"]) > 1:
            name = f"{data['graphs'][run['graph']]['name']}: {name}"
        cost = run["cost"]
        how = (
            "failed" if run["error"] else "measured" if not run["cut"] else "predicted" if cost else "cut off"
        )
        cells = [_cell(cost[c]) if cost else "–" for c in columns]
        numbers = "".join(f"<td>{cell}</td>" for cell in (*cells, how))
        rows.append(f'<tr><th scope="row">{html.escape(name)}</th>{numbers}</tr>')
    return headings + '<th scope="col"></th>', "\n".join(rows)


def _cell(count: int | str) -> str:
    return f"{count:,}" if isinstance(count, int) else html.escape(count)
