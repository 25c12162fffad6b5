"""What Graphviz's SVG lacks: words for those who do not see the picture, and colours for a dark page."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from viz.labels import printable
from viz.layout import LayoutError

__all__ = ["DARK", "INK", "Drawing", "document"]

# What the text is drawn in on a dark page.
INK = "#e9ebee"
# Every colour that a picture is drawn in, as Graphviz spells it, and what stands for it on a dark page:
# the grounds darken, so that the text on them is light, and the lines lighten.
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
_NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


class Drawing(NamedTuple):
    """Elements of SVG and the room they take, in points.

    Attributes:
        content: the elements.
        width: from the left edge, which is at 0.
        height: from the upper edge, which is at 0.
    """

    content: str
    width: float
    height: float

    @classmethod
    def read(cls, svg: bytes) -> Drawing:
        """What Graphviz drew.

        Raises:
            LayoutError: this is not an SVG as Graphviz writes it.
        """
        outer = _OUTER.search(svg.decode())
        if outer is None:
            raise LayoutError("Graphviz wrote an SVG of a form that is not known here")
        return cls(outer[3].strip(), float(outer[1]), float(outer[2]))

    def at(self, x: float, y: float) -> str:
        """The drawing as an element of a bigger one, its upper left corner at a point of that."""
        return (
            f'<svg x="{x:g}" y="{y:g}" width="{self.width:g}" height="{self.height:g}">{self.content}</svg>'
        )


def document(drawing: Drawing, identity: str, title: str, words: str) -> str:
    """A drawing as SVG that says what it shows, and that is dark where the reader's page is.

    It stands as a file and in a page: its style reaches nothing outside it.

    Args:
        drawing: in the colours of `DARK`, on a white ground.
        identity: an id unlike that of any other picture in the page, of letters, digits and hyphens.
        title: its name, as text.
        words: what it shows, as text.
    """
    width, height = f"{drawing.width:g}", f"{drawing.height:g}"
    return "\n".join(
        [
            f'<svg {_NAMESPACES} id="{identity}" width="{width}pt" height="{height}pt" '
            f'viewBox="0 0 {width} {height}" role="img" '
            f'aria-labelledby="{identity}-title {identity}-words">',
            f'<title id="{identity}-title">{html.escape(printable(title))}</title>',
            f'<desc id="{identity}-words">{html.escape(printable(words))}</desc>',
            f"<style>{_style(identity, drawing)}</style>",
            drawing.content,
            "</svg>",
        ]
    )


def _style(identity: str, drawing: Drawing) -> str:
    # The ground is drawn, dark or not: a page may keep to light where the reader's system is dark.
    # A file of its own is shown on a canvas that is bigger than the picture. In a page, a wide one gives way
    # until its text would be too small.
    rules = [
        f'#{identity} [{attribute}="{light}"]{{{attribute}:{dark}}}'
        for light, dark in DARK.items()
        for attribute in ("fill", "stroke")
        if f'{attribute}="{light}"' in drawing.content
    ]
    lines = (
        f"#{identity}{{color-scheme:light dark}}",
        f"#{identity}:not(:root){{max-width:100%;min-width:min({drawing.width:g}pt,46rem);height:auto}}",
        "@media (prefers-color-scheme:dark){",
        f"#{identity} text{{fill:{INK}}}",
        *rules,
        "}",
    )
    return "\n".join(lines)
