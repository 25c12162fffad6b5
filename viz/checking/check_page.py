"""The page of a check: each finding with its program, its numbers, and the graph drawn twice."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from autograd import Graph, Node
from viz.checking.child import ended
from viz.checking.telling import NO_SANDBOX, measures, mistake_sentence, program, rows, summary, titled
from viz.checking.verdict import Finding, Graded, Verdict
from viz.dot import Picture
from viz.labels import printable
from viz.layout import LayoutError
from viz.markup import Markup, element, fill, policy_hash
from viz.run_pictures import Run, runs

__all__ = ["page"]

_PAGE = Path(__file__).parent.with_name("page")


def page(verdict: Verdict) -> str:
    """The verdict as a self-contained HTML page without scripts.

    Pictures need Graphviz; without it the page has the numbers alone.
    """
    template, *styles = (
        (_PAGE / name).read_text(encoding="utf-8") for name in ("check.html", "report.css", "check.css")
    )
    style = "".join(styles)
    findings = Markup("\n").join(_section(n, finding) for n, finding in enumerate(verdict.findings, 1))
    return fill(
        template,
        policy=Markup(f"default-src 'none'; img-src data:; style-src {policy_hash(style)}"),
        title=f"{printable(verdict.file)}, checked",
        style=Markup(style),
        lead=ended(summary(verdict)[:1].upper() + summary(verdict)[1:]),
        findings=findings,
        conventions=_conventions(verdict),
        measures=_measures(verdict),
        compared=f"The random graphs have the seed {verdict.seed}. {NO_SANDBOX}",
    )


def _section(n: int, finding: Finding) -> Markup:
    heading = f"finding-{n}"
    parts = [
        element("h2", {"id": heading}, f"{n}. {printable(titled(finding))}"),
        element("p", None, printable(finding.says)),
    ]
    if said := mistake_sentence(finding):
        parts.append(element("p", {"class": "mistake"}, printable(said)))
    if finding.shown is not None:
        parts.append(element("pre", {"tabindex": 0}, program(finding)))
    if isinstance(finding.shown, Graded):
        parts += [*_figure(finding.shown), _table(finding.shown)]
    return element("section", {"aria-labelledby": heading}, Markup("\n").join(parts))


def _figure(graded: Graded) -> list[Markup]:
    try:
        right, found = _drawn(graded)
        pictures = [_picture("right", right), _picture("the file", found)]
    except LayoutError:
        return []
    first = graded.exercise.names[graded.wrong[0]]
    what = "value" if graded.of_values else "gradient"
    caption = (
        f"The same graph twice: with the right {what}s, and with the file's. The {what} of {first} is the "
        "first wrong one: everything that it is computed from is right."
    )
    return [element("figure", None, *pictures, element("figcaption", None, caption))]


def _picture(title: str, picture: Picture) -> Markup:
    # As an image, so that the styles of the page and of the picture cannot affect each other.
    source = f"data:image/svg+xml;base64,{base64.b64encode(picture.svg().encode()).decode()}"
    image = element("img", {"src": source, "alt": f"{title}: {picture.words}"})
    return element("div", {"class": "stage"}, element("strong", None, title), image)


def _drawn(graded: Graded) -> list[Picture]:
    """The right numbers and the student's on one layout."""
    nodes: list[Node] = list(graded.exercise.nodes)
    right, found = graded.pair
    marks = {nodes[i]: "wrong" if k else "first wrong" for k, i in enumerate(graded.wrong)}
    known = {node: x for node, y in zip(nodes, found, strict=True) if (x := _finite(y)) is not None}
    return runs(
        nodes[-1],
        [Run(dict(zip(nodes, right, strict=True))), Run(known, marks)],
        wrt=Graph(nodes[-1]).leaves,
        shown="value" if graded.of_values else "gradient",
    )


def _finite(x: Any) -> float | None:
    """Convert to a number, which may be infinite or NaN; None for text that is not a number."""
    try:
        return float(x)
    except ValueError:
        return None


def _table(graded: Graded) -> Markup:
    headings, lines = rows(graded)
    head = [
        element("th", {"scope": "col"} | ({} if k else {"class": "left"}), h) for k, h in enumerate(headings)
    ]
    body = []
    for name, *numbers, mark in lines:
        cells = [element("td", None, cell) for cell in numbers]
        body.append(
            element(
                "tr",
                {"class": "wrong"} if mark else None,
                element("th", {"scope": "row"}, name),
                *cells,
                element("td", {"class": "mark"}, mark),
            )
        )
    table = element(
        "table", None, element("thead", None, element("tr", None, *head)), element("tbody", None, *body)
    )
    return element(
        "div", {"class": "scroll", "tabindex": 0, "role": "region", "aria-label": "Numbers"}, table
    )


def _measures(verdict: Verdict) -> Markup:
    if not (said := measures(verdict)):
        return Markup()
    heading = element("h2", {"id": "reached"}, "How deep and how fast")
    lines = (element("p", None, printable(text)) for text in said)
    return element("section", {"aria-labelledby": "reached"}, Markup("\n").join((heading, *lines)))


def _conventions(verdict: Verdict) -> Markup:
    if not verdict.conventions:
        return Markup()
    counted = "They count as wrong here." if verdict.strict else "They do not count as wrong."
    return element(
        "section",
        None,
        element("h2", None, "Conventions"),
        element("p", None, f"Programs may differ in these. {counted}"),
        element("ul", None, *[element("li", None, printable(text)) for text in verdict.conventions]),
    )
