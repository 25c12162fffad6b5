"""Reading pictures back."""

import re
from xml.etree import ElementTree

from tests.graphs import chain, ladder, perceptron, random_graph  # noqa: F401 (graphs to draw)
from viz.layout import layout

SVG = "{http://www.w3.org/2000/svg}"


def drawn(picture):
    """The laid out picture as an XML tree."""
    return parsed(layout(picture.source))


def parsed(svg):
    """The SVG as an XML tree: that it parses is half of what is tested."""
    return ElementTree.fromstring(svg)  # noqa: S314 (it is our own)


def group(svg, title):
    """What belongs to one node or edge."""
    (found,) = [g for g in svg.iter(f"{SVG}g") if g.findtext(f"{SVG}title") == title]
    return found


def texts(svg, title):
    """Every text of one node or edge, cell after cell."""
    return [t.text for t in group(svg, title).iter(f"{SVG}text")]


def node_texts(svg, node):
    """The text of each line of one node, the cells in it run together."""
    lines = []
    for text in sorted(group(svg, node).iter(f"{SVG}text"), key=lambda text: float(text.get("y"))):
        x, y = float(text.get("x")), float(text.get("y"))
        # Baselines in one line differ a little where the fonts do.
        if not lines or y - lines[-1][0] > 8:
            lines.append((y, []))
        lines[-1][1].append((x, text.text or ""))
    return ["".join(piece for _, piece in sorted(line)).replace("\xa0", " ") for _, line in lines]


def edges(picture):
    """The edges of a picture, in order and with repeats."""
    return re.findall(r"^\t(\w+) -> (\w+)", picture.source, re.MULTILINE)
