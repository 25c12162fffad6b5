"""Read pictures back."""

import re
from xml.etree import ElementTree

from tests.graphs import chain, ladder, perceptron, random_graph  # noqa: F401 (graphs to draw)
from viz.layout import layout
from viz.markup import attributes
from viz.style import KINDS

SVG = "{http://www.w3.org/2000/svg}"
# The look of each kind, as attributes in DOT.
STYLES = {name: attributes(kind.attributes).strip() for name, kind in KINDS.items()}


def drawn(picture):
    """The laid out picture as an XML tree."""
    return parsed(layout(picture.source))


def parsed(svg):
    """Parse an SVG; a syntax error fails the test."""
    return ElementTree.fromstring(svg)  # noqa: S314 (it is our own)


def group(svg, title):
    """The group of one node or edge."""
    (found,) = [g for g in svg.iter(f"{SVG}g") if g.findtext(f"{SVG}title") == title]
    return found


def texts(svg, title):
    """Every text of one node or edge, cell after cell."""
    return [t.text for t in group(svg, title).iter(f"{SVG}text")]


def node_texts(svg, node):
    """The text of each line of one node, its cells joined."""
    lines = []
    for text in sorted(group(svg, node).iter(f"{SVG}text"), key=lambda text: float(text.get("y"))):
        x, y = float(text.get("x")), float(text.get("y"))
        # Baselines in one line differ a little with the font.
        if not lines or y - lines[-1][0] > 8:
            lines.append((y, []))
        lines[-1][1].append((x, text.text or ""))
    return ["".join(piece for _, piece in sorted(line)).replace("\xa0", " ") for _, line in lines]


def edges(picture):
    """The edges of a picture, in order and with repeats."""
    return re.findall(r"^\t(\w+) -> (\w+)", picture.source, re.MULTILINE)
