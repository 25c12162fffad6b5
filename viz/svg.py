"""Complete Graphviz's SVG: a description for readers who do not see it, and colours for dark pages."""

from __future__ import annotations

import re
from typing import NamedTuple

from viz.labels import printable
from viz.layout import LayoutError
from viz.markup import Markup, element

__all__ = ["DARK", "INK", "Drawing", "document"]

# The colour of text on a dark page.
INK = "#e9ebee"
# Every colour of a picture, as Graphviz spells it, and its counterpart on a dark page: backgrounds get
# darker, so that text on them is light, and lines get lighter.
DARK = {
    "white": "#15171b",
    "#ffffff": "#15171b",
    "black": INK,
    "#222222": "#d3d7dd",
    "#555555": "#a2a9b4",
    "#999999": "#7f8792",
    "#0072b2": "#56b4e9",
    "#dcebf7": "#16324a",
    "#e69f00": "#f0b13c",
    "#fdf1d8": "#43330f",
    "#eeeeee": "#2b2f36",
    "#009e73": "#35c79b",
    "#d9f1e8": "#123d30",
    "#cc79a7": "#e295c1",
    "#f8ebf2": "#432a3a",
    "#d55e00": "#ff8b45",
}

_OUTER = re.compile(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"[^>]*>(.*)</svg>', re.DOTALL)
_NAMESPACES = {"xmlns": "http://www.w3.org/2000/svg", "xmlns:xlink": "http://www.w3.org/1999/xlink"}


class Drawing(NamedTuple):
    """SVG elements and their size, in points; the upper left corner is the origin."""

    content: str
    width: float
    height: float

    @classmethod
    def read(cls, svg: bytes) -> Drawing:
        """Parse the output of Graphviz.

        Raises:
            LayoutError: this is not an SVG as Graphviz writes it.
        """
        outer = _OUTER.search(svg.decode())
        if outer is None:
            raise LayoutError("Graphviz wrote an SVG in an unknown form")
        return cls(outer[3].strip(), float(outer[1]), float(outer[2]))

    def at(self, x: float, y: float) -> Markup:
        """The drawing as an element of a bigger one, with its upper left corner at a point."""
        place = {"x": float(x), "y": float(y), "width": self.width, "height": self.height}
        return element("svg", place, Markup(self.content))


def document(drawing: Drawing, identity: str, title: str, words: str) -> str:
    """Write a drawing as an SVG with a description, which turns dark where the reader's page is dark.

    It serves as a file and inside a page: its style applies to nothing outside it.

    Args:
        drawing: the elements, in the colours of `DARK`, on white.
        identity: an id that no other picture in the page has, of letters, digits and hyphens.
        title: the name of the picture, as text.
        words: the description, as text.
    """
    width, height = f"{drawing.width:g}", f"{drawing.height:g}"
    frame = {
        **_NAMESPACES,
        "id": identity,
        "width": f"{width}pt",
        "height": f"{height}pt",
        "viewBox": f"0 0 {width} {height}",
        "role": "img",
        "aria-labelledby": f"{identity}-title {identity}-words",
    }
    parts = (
        element("title", {"id": f"{identity}-title"}, printable(title)),
        element("desc", {"id": f"{identity}-words"}, printable(words)),
        element("style", None, Markup(_style(identity, drawing))),
        Markup(drawing.content),
    )
    return element("svg", frame, "\n", Markup("\n").join(parts), "\n")


# The width, in points, from which half of it is more than 46rem, of 12 points each.
_WIDE = 2 * 46 * 12


def _style(identity: str, drawing: Drawing) -> str:
    # The white background is drawn too: a page may stay light although the reader's system is dark. In a
    # page, a wide picture shrinks until its text would be too small; a file of its own keeps its size.
    least = f"{drawing.width / 2:g}pt" if drawing.width > _WIDE else "46rem"
    recoloured = [
        f'#{identity} [{attribute}="{light}"]{{{attribute}:{dark}}}'
        for light, dark in DARK.items()
        for attribute in ("fill", "stroke")
        if f'{attribute}="{light}"' in drawing.content
    ]
    rules = (
        f"#{identity}{{color-scheme:light dark}}",
        f"#{identity}:not(:root){{max-width:100%;min-width:min({drawing.width:g}pt,{least});height:auto}}",
        "@media (prefers-color-scheme:dark){",
        f"#{identity} text{{fill:{INK}}}",
        *recoloured,
        "}",
    )
    return "\n".join(rules)
