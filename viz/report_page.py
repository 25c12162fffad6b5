"""`report`: a page on which the runs of several methods on a graph can be stepped through in a browser.

The page is one file without dependencies. Its data is computed by the engine; its script only draws that
data and evaluates nothing. Boxes unfold on a click, so the page has a layout of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from autograd import METHODS, Graph, Node, Tensor
from autograd.costs.walk import STEPS, title
from autograd.differentiation.methods import Method
from autograd.files import check_target, write
from viz.markup import Markup, element, fill, policy_hash
from viz.notebook import svg
from viz.page_scripts import REPORT, page_text
from viz.report_data import collect, shown
from viz.wrt import Wrt, grouped

if TYPE_CHECKING:
    from viz.step_widget import StepView

__all__ = ["page_of", "report", "walk"]

# The page opens with the first run beside the last: the path sum beside backprop.
_ALL = sorted(METHODS, key=lambda name: (name == "backprop", name != "paths"))
# The most values of a graph times values in ``wrt`` for which all methods run by default: the cost of some
# grows with the product.
_RUN_ALL = 200_000
_OF_SCALARS = ("eliminate", "complex_step")
_HEADINGS = (
    *("multiplications", "additions", "partials", "forward"),
    *("multiply-adds", "forward multiply-adds", "total"),
)


Methods = Sequence[str | Method] | Mapping[str, str | Method]


@overload
def report(
    root: Node | Mapping[str, Node],
    wrt: Wrt,
    path: str | Path,
    *,
    methods: Methods | None = None,
    steps: int = STEPS,
) -> Path: ...


@overload
def report(
    root: Node | Mapping[str, Node],
    wrt: Wrt,
    path: None = None,
    *,
    methods: Methods | None = None,
    steps: int = STEPS,
) -> StepView: ...


def report(
    root: Node | Mapping[str, Node],
    wrt: Wrt,
    path: str | Path | None = None,
    *,
    methods: Methods | None = None,
    steps: int = STEPS,
) -> Path | StepView:
    """Step through the runs of several methods side by side: on a page, or as a widget in a notebook.

    Two runs advance together on the same layout of the graph: the edge being walked lights up, the
    numbers fill in, and the operations are counted. In an elimination, such as ``"eliminate-markowitz"``,
    nodes are dropped: edges past them appear, and their own edges vanish. A node shows its name, data,
    adjoint and local derivatives, and the line that made it if it was recorded within
    `autograd.source_lines`. A value in ``wrt`` lists its paths, and the same sum factored by backprop. A
    big graph is folded, by layer if ``wrt`` has layers, and unfolds on a click.

    Args:
        root: the result; or several results by name, to compare their runs.
        wrt: the values to differentiate by: one by one, in layers, or in a dict of layers by name.
        path: the file, ending in .html, which is replaced if it exists. None: a widget, which a notebook
            shows.
        methods: keys of `METHODS`, functions of the same signature, or a dict of either by name. The
            page opens with the first beside the last. None: all methods that take the
            graph, or for a graph of many values the path sum and backprop.
        steps: the most steps of a run to show. A longer run is cut off, and the page says so.

    Returns:
        the file, or the widget.

    Raises:
        FileNotFoundError: the folder does not exist.
        ImportError: there is no path, and the package anywidget is missing.
        KeyError: a name is not in `METHODS`.
        CycleError: a value depends on itself.
        MutatedError: the data of a leaf was replaced after use.
        TypeError: a root or something in ``wrt`` is not a `Value` or a `Tensor`, or ``methods`` is one text.
        ValueError: the name does not end in .html; there is no root, no method or not one step; two have
            the same name; a root is a tensor of more than one element; or a local derivative is
            undefined at this point.
        ArithmeticError: a local derivative is infinite at this point.
    """
    if path is None:
        first = next(iter(root.values()), None) if isinstance(root, Mapping) else root
        page = page_of(root, wrt, methods=methods, steps=steps)
        return _view()(page, lambda: svg(first) if first is not None else None)
    path = Path(path)
    if path.suffix.lower() != ".html":
        raise ValueError(f"a report is written as .html: {path.name!r:.80} does not end in it")
    check_target(path)
    write(path, _page(_data(root, wrt, methods, steps)).encode())
    return path


def walk(root: Node, wrt: Wrt, method: str | Method = "backprop", *, steps: int = STEPS) -> StepView:
    """Step through the run of one method, as a widget in a notebook.

    `autograd.walk` returns the steps as data.

    Args:
        root: the result.
        wrt: the values to differentiate by, as for `report`.
        method: a key of `METHODS`, or a function of the same signature.
        steps: the most steps to show.

    Raises:
        ImportError: the package anywidget is missing.
        KeyError, TypeError, ValueError, ArithmeticError: as `report`.
    """
    return report(root, wrt, methods=[method], steps=steps)


def page_of(
    root: Node | Mapping[str, Node], wrt: Wrt, *, methods: Methods | None = None, steps: int = STEPS
) -> dict[str, Any]:
    """What the widget of a report shows: its elements as ``html``, and its ``data``."""
    data = _data(root, wrt, methods, steps)
    return {"html": str(_body(data)), "data": data}


def _view() -> type[StepView]:
    try:
        # Defers the load of anywidget, which is optional.
        from viz.step_widget import StepView
    except ModuleNotFoundError as error:
        if error.name not in ("anywidget", "ipywidgets", "traitlets"):
            raise
        raise ImportError(
            "without a file, a report is a widget, which needs the package anywidget: "
            "pip install 'whygrad[live]', or give a file, as viz.report(loss, wrt, 'steps.html')"
        ) from None
    return StepView


def _data(root: Node | Mapping[str, Node], wrt: Wrt, methods: Methods | None, steps: int) -> dict[str, Any]:
    """Run the methods, and collect what the page shows."""
    roots = root if isinstance(root, Mapping) else {getattr(root, "name", None) or "the result": root}
    if not roots:
        raise ValueError("a report needs at least one result, and the mapping is empty")
    graphs = _named({name: Graph(node) for name, node in roots.items()}, "results")
    return collect(graphs, wrt, _methods(methods, graphs.values(), wrt), steps)


def _methods(methods: Methods | None, graphs: Iterable[Graph], wrt: Wrt) -> dict[str, str | Method]:
    """The methods to run, by name."""
    if methods is None:
        targets = sum(map(len, grouped(wrt)))
        small = all(len(graph) * targets <= _RUN_ALL for graph in graphs)
        arrays = any(isinstance(graph.root, Tensor) for graph in graphs)
        fitting = [name for name in _ALL if not (arrays and name in _OF_SCALARS)]
        methods = fitting if small else ["paths", "backprop"]
    if isinstance(methods, str):
        raise TypeError(f"methods is a sequence: write [{methods!r}] for one")
    if not methods:
        raise ValueError("a report needs at least one method: give a key of METHODS, or None for all")
    named = methods if isinstance(methods, Mapping) else {title(m) if callable(m) else m: m for m in methods}
    return _named(named, "methods")


def _named(things: Mapping[Any, Any], what: str) -> dict[str, Any]:
    """Things by their names as shown."""
    named = {shown(str(name)): thing for name, thing in things.items()}
    if len(named) < len(things):
        raise ValueError(f"two {what} have the same name as shown: {', '.join(named)}")
    return named


def _page(data: dict[str, Any]) -> str:
    """Fill the template."""
    template, style = page_text("report.html"), page_text("report.css")
    start = 'report(document, JSON.parse(document.getElementById("data").textContent));'
    script = f"(function () {{\n{REPORT}{start}\n}})();\n"
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return fill(
        template,
        title=_title(data),
        body=_body(data),
        policy=Markup(
            f"default-src 'none'; script-src {policy_hash(script)}; style-src {policy_hash(style)}"
        ),
        style=Markup(style),
        script=Markup(script),
        data=Markup(text.replace("<", "\\u003c")),  # no text in the data ends the script element
    )


def _title(data: dict[str, Any]) -> str:
    return f"{' and '.join(graph['name'] for graph in data['graphs'])}, differentiated step by step"


def _body(data: dict[str, Any]) -> Markup:
    """The elements that the script fills, and the table of costs."""
    headings, rows = _costs(data)
    return Markup(fill(page_text("body.html"), title=_title(data), headings=headings, table=rows).rstrip())


def _costs(data: dict[str, Any]) -> tuple[Markup, Markup]:
    """The headings and rows of the table of costs, without all-zero columns."""
    runs = data["runs"]
    columns = [c for c in range(len(_HEADINGS)) if any(run["cost"] and run["cost"][c] for run in runs)]
    headings = [
        element("th", {"scope": "col"}, heading) for heading in (*[_HEADINGS[c] for c in columns], "")
    ]
    rows = []
    for run in runs:
        name = run["method"] + ("" if run["accuracy"] == "exact" else f" ({run['accuracy']})")
        if len(data["graphs"]) > 1:
            name = f"{data['graphs'][run['graph']]['name']}: {name}"
        cells = [_count(run["cost"][c]) if run["cost"] else "–" for c in columns]
        numbers = [element("td", None, cell) for cell in (*cells, _origin(run))]
        rows.append(element("tr", None, element("th", {"scope": "row"}, name), *numbers))
    return Markup().join(headings), Markup("\n").join(rows)


def _origin(run: dict[str, Any]) -> str:
    """Where the cost of a run comes from."""
    if run["error"]:
        return "failed"
    if not run["cut"]:
        return "measured"
    return "predicted" if run["cost"] else "cut off"


def _count(count: int | str) -> str:
    return f"{count:,}" if isinstance(count, int) else count
