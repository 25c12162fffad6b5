"""The last state of a training as one SVG, for readers without a kernel."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from viz.labels import number
from viz.markup import Markup, element
from viz.svg import Drawing, document

__all__ = ["still"]

# The colours of `viz.svg.DARK`, which turn with the reader's page.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#555555")
# Sizes, in points.
_WIDE, _GAP, _BOX, _HIGH = 640.0, 12.0, 106.0, 30.0
_PLANE, _SIDE = 300.0, 200.0
# The most neurons of a column that are drawn.
_MOST = 16


def still(scene: Mapping[str, Any], points: Mapping[str, Any], frame: Mapping[str, Any]) -> str | None:
    """Draw a network with its numbers, the examples, and the curve of the loss.

    Args:
        scene: of the widget, as `viz.live_scene.scene` makes it.
        points: the examples, as `viz.live_scene.points` gives them.
        frame: the numbers that the widget sent last.

    Returns:
        The SVG; None for other scenes, and where there are no numbers.
    """
    if scene.get("kind") != "network" or "columns" not in frame:
        return None
    tallest = max(len(names[:_MOST]) for names in scene["columns"])
    height = max(tallest * (_HIGH + _GAP) + 40, 2 * _SIDE if points.get("inputs") else _SIDE)
    words = f"update {frame['update']}, loss {number(frame['mean'])}"
    parts = [*_network(scene, frame, height), *_curve(frame, _WIDE + 20, height - _SIDE + 30)]
    if points.get("inputs") and points["features"] > 1:
        parts += _plane(points, frame, _WIDE + 20, 30)
    parts.append(_text(8, 16, f"After {words}", anchor="start", weight=600))
    white = element("rect", {"width": "100%", "height": "100%", "fill": "white"})
    drawing = Drawing(Markup("\n").join([white, *parts]), _WIDE + _PLANE + 40, height + 10)
    return document(drawing, "whygrad-still", "A network that learns", f"The network after {words}.")


def _text(x: float, y: float, text: str, *, anchor: str = "middle", weight: int = 400) -> Markup:
    look = {"font-family": "Helvetica,Arial,sans-serif", "font-size": 10, "font-weight": weight}
    return element("text", {"x": x, "y": y, "text-anchor": anchor, "fill": "black", **look}, text)


def _network(scene: Mapping[str, Any], frame: Mapping[str, Any], height: float) -> Iterator[Markup]:
    """The neurons as boxes in columns, the weights as lines between them."""
    columns = [names[:_MOST] for names in scene["columns"]]
    step = (_WIDE - _BOX - 16) / max(1, len(columns) - 1)

    def middle(column: int, at: int) -> tuple[float, float]:
        x = 8 + column * step + _BOX / 2
        return x, 24 + (height - 24) * (at + 0.5) / len(columns[column])

    for link, (weights, _) in enumerate(scene["chain"]):
        numbers, width = frame["parameters"][weights], len(scene["columns"][link])
        most = max(map(abs, numbers)) or 1.0
        for to, _ in enumerate(columns[link + 1]):
            for start, _ in enumerate(columns[link]):
                weight = numbers[to * width + start]
                (x1, y1), (x2, y2) = middle(link, start), middle(link + 1, to)
                ends = {"x1": x1 + _BOX / 2, "y1": y1, "x2": x2 - _BOX / 2, "y2": y2}
                look = {"stroke": _COLOURS[weight < 0], "stroke-width": 0.3 + 2.5 * abs(weight) / most}
                yield element("line", {**ends, **look, **({"stroke-dasharray": "4 2"} if weight < 0 else {})})
    for column, names in enumerate(columns):
        for at, name in enumerate(names):
            yield from _neuron(frame, column, at, name, middle(column, at))


def _neuron(
    frame: Mapping[str, Any], column: int, at: int, name: str, place: tuple[float, float]
) -> Iterator[Markup]:
    x, y = place
    kind = ("#dcebf7", "#0072b2") if column == 0 else ("white", "#222222")
    box = {"x": x - _BOX / 2, "y": y - _HIGH / 2, "width": _BOX, "height": _HIGH, "rx": 7}
    yield element("rect", {**box, "fill": kind[0], "stroke": kind[1]})
    yield _text(x, y - 3 if column else y + 4, f"{name}  {number(frame['columns'][column][at])}", weight=600)
    if column:
        yield _text(x, y + 10, f"∂ {number(frame['adjoints'][column - 1][at])}")


def _plane(points: Mapping[str, Any], frame: Mapping[str, Any], x: float, y: float) -> Iterator[Markup]:
    """The answers over the plane, in runs of equal cells, and the examples on it."""
    plane = frame.get("plane", {})
    if plane.get("cells") and points["classes"]:
        yield from _regions(base64.b64decode(plane["cells"]), plane["side"], x, y)
    (left, right), (low, high) = points["bounds"]
    for inputs, target in zip(points["inputs"], points["targets"], strict=True):
        cx = x + _PLANE * (inputs[0] - left) / (right - left)
        cy = y + (_SIDE - 40) * (1 - (inputs[1] - low) / (high - low))
        colour = _COLOURS[int(target) % len(_COLOURS)] if points["classes"] else _COLOURS[0]
        yield element("circle", {"cx": cx, "cy": cy, "r": 2.6, "fill": colour, "stroke": "white"})
    frame_of = {"x": x, "y": y, "width": _PLANE, "height": _SIDE - 40, "fill": "none", "stroke": "#999999"}
    yield element("rect", frame_of)


def _regions(cells: bytes, side: int, x: float, y: float) -> Iterator[Markup]:
    rows = len(cells) // side
    wide, high = _PLANE / side, (_SIDE - 40) / rows
    for row in range(rows):
        start = 0
        for kind, run in groupby(cells[row * side : (row + 1) * side]):
            length = len(list(run))
            place = {"x": x + start * wide, "y": y + (rows - 1 - row) * high}
            size = {"width": length * wide, "height": high}
            look = {
                "fill": _COLOURS[kind % len(_COLOURS)],
                "fill-opacity": 0.18,
                "shape-rendering": "crispEdges",
            }
            yield element("rect", {**place, **size, **look})
            start += length


def _curve(frame: Mapping[str, Any], x: float, y: float) -> Iterator[Markup]:
    """The loss before each update."""
    flat: Sequence[Any] = frame["curve"]
    found = [(u, loss) for u, loss in zip(flat[::2], flat[1::2], strict=True) if isinstance(loss, float)]
    most = max((loss for _, loss in found), default=1.0) or 1.0
    wide, high = _PLANE - 40, _SIDE - 70
    line = " ".join(
        f"{x + 40 + wide * u / max(1, frame['last']):.1f},{y + high * (1 - loss / most):.1f}"
        for u, loss in found
    )
    axis = {"x1": x + 40, "y1": y + high, "x2": x + 40 + wide, "y2": y + high, "stroke": "#999999"}
    yield element("line", axis)
    yield element("polyline", {"points": line, "fill": "none", "stroke": "#0072b2", "stroke-width": 1.5})
    yield _text(x + 34, y + 4, f"{most:.2g}", anchor="end")
    yield _text(x + 34, y + high + 3, "0", anchor="end")
    yield _text(x + 40, y + high + 16, "loss by update", anchor="start")
    yield _text(x + 40 + wide, y + high + 16, f"{frame['last']:,}", anchor="end")
