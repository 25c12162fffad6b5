"""A plot of lines as SVG, in the colours of the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from zlib import crc32

from viz.markup import Markup, element
from viz.svg import Drawing, document

__all__ = ["LinePlot"]

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#555555")
_DASHES = ("", "6 3", "2 3", "9 3 2 3", "1 4")
_WIDE, _HIGH, _LEFT, _BOTTOM, _TOP, _RIGHT = 560.0, 280.0, 64.0, 42.0, 42.0, 16.0
_FONT = {"font-family": "Helvetica,Arial,sans-serif", "font-size": 12, "fill": "black"}
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class LinePlot:
    """Lines over one axis.

    Attributes:
        lines: points by the name of the line; those that are not finite are left out.
        across: the name of the horizontal axis.
        up: the name of the vertical axis.
        log_across, log_up: whether the axis is logarithmic.
    """

    lines: Mapping[str, Points]
    across: str
    up: str
    log_across: bool = False
    log_up: bool = False

    def svg(self) -> str:
        """The plot; lines differ in colour and in dashes."""
        lines = {name: self._finite(points) for name, points in self.lines.items()}
        every = [point for points in lines.values() for point in points] or [(0.0, 0.0)]
        (left, right), (low, high) = _span([x for x, _ in every]), _span([y for _, y in every])

        def at(point: tuple[float, float]) -> tuple[float, float]:
            x, y = point
            across = (x - left) / (right - left) * (_WIDE - _LEFT - _RIGHT)
            return _LEFT + across, _HIGH - _BOTTOM - (y - low) / (high - low) * (_HIGH - _BOTTOM - _TOP)

        parts = [element("rect", {"width": "100%", "height": "100%", "fill": "white"})]
        for y in _ticks(low, high):
            across = {"x1": _LEFT, "x2": _WIDE - _RIGHT, "y1": at((left, y))[1], "y2": at((left, y))[1]}
            parts.append(element("line", {**across, "stroke": "#eeeeee"}))
            parts.append(_text(_LEFT - 8, at((left, y))[1] + 4, _label(y, self.log_up), "end"))
        parts += [
            _text(at((x, low))[0], _HIGH - _BOTTOM + 18, _label(x, self.log_across), "middle")
            for x in _ticks(left, right)
        ]
        parts.append(_text((_WIDE + _LEFT) / 2, _HIGH - 6, self.across, "middle"))
        parts += self._drawn({name: [at(point) for point in points] for name, points in lines.items()})
        words = f"{self.up} by {self.across}: {', '.join(lines)}"
        drawing = Drawing(Markup("").join(parts), _WIDE, _HIGH)
        plot = document(drawing, f"plot-{crc32(words.encode()):x}", self.up, words)
        return plot.replace("<svg ", '<svg style="min-width:0" ', 1)  # whole on a phone too

    def _finite(self, points: Points) -> list[tuple[float, float]]:
        """The points, on logarithmic axes as logarithms."""
        found = []
        for x, y in points:
            if x == x and y == y and abs(x) != float("inf") and abs(y) != float("inf"):
                if (self.log_across and x <= 0) or (self.log_up and y <= 0):
                    continue
                found.append((log10(x) if self.log_across else x, log10(y) if self.log_up else y))
        return found

    def _drawn(self, lines: Mapping[str, Points]) -> Iterator[Markup]:
        place = _LEFT
        yield _text(6, 14, self.up, "start")
        for number, (name, points) in enumerate(lines.items()):
            look = {"fill": "none", "stroke": _COLOURS[number % 5], "stroke-width": 2.0}
            if _DASHES[number % 5]:
                look["stroke-dasharray"] = _DASHES[number % 5]
            yield element("polyline", {"points": " ".join(f"{x:.1f},{y:.1f}" for x, y in points), **look})
            yield element("line", {"x1": place, "x2": place + 24, "y1": 26, "y2": 26, **look})
            yield _text(place + 29, 30, name, "start")
            place += 42 + 6.4 * len(name)


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    return element("text", {"x": x, "y": y, "text-anchor": anchor, **_FONT}, text)


def _span(numbers: Sequence[float]) -> tuple[float, float]:
    low, high = min(numbers), max(numbers)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _ticks(low: float, high: float) -> list[float]:
    """Up to seven round numbers between two."""
    rough = (high - low) / 5
    size = 10 ** floor(log10(rough))
    step = next(size * k for k in (1, 2, 5, 10) if size * k >= rough)
    first = -int(-low // step) if low % step else int(low // step)
    return [step * k for k in range(first, first + 8) if step * k <= high + 1e-9]


def _label(x: float, logarithmic: bool) -> str:
    if not logarithmic:
        return f"{x:.3g}"
    if abs(x) > 3 and abs(x - round(x)) < 1e-9:
        return "10" + str(round(x)).translate(_RAISED)
    return f"{float(f'{10**x:.2g}'):g}"
