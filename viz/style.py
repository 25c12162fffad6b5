"""The look of each kind of value: a colour and a border, either of which alone tells the kinds apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from autograd import Graph

__all__ = ["FONT", "KINDS", "Style", "kind_of"]

FONT = "Helvetica,Arial,sans-serif"


@dataclass(frozen=True, slots=True)
class Style:
    """How the boxes of one kind of value look.

    Attributes:
        border: the border in words, for readers who do not see the picture.
        line: the colour of the border.
        ground: the colour of the background.
        frame: the attributes of a Graphviz table that draw the border.
    """

    border: str
    line: str
    ground: str
    frame: Mapping[str, str | int]

    @property
    def attributes(self) -> dict[str, str | int]:
        """All attributes of the table."""
        return {**self.frame, "COLOR": self.line, "BGCOLOR": self.ground}


# Colours after Okabe and Ito, "Color universal design", 2008: safe for colour-blind readers. The borders
# alone tell the kinds apart too, on paper without colour. `viz.svg.DARK` has the colours of a dark page.
KINDS = {
    "input": Style(
        "rounded",
        "#0072B2",
        "#DCEBF7",
        {"BORDER": 1, "CELLBORDER": 0, "CELLSPACING": 0, "STYLE": "ROUNDED"},
    ),
    "parameter": Style("thick", "#E69F00", "#FDF1D8", {"BORDER": 3, "CELLBORDER": 0, "CELLSPACING": 0}),
    "constant": Style(
        "dashed",
        "#555555",
        "#EEEEEE",
        {"BORDER": 1, "CELLBORDER": 0, "CELLSPACING": 0, "STYLE": "DASHED"},
    ),
    "computed": Style("thin", "#222222", "#FFFFFF", {"BORDER": 1, "CELLBORDER": 0, "CELLSPACING": 0}),
    "result": Style("double", "#009E73", "#D9F1E8", {"BORDER": 1, "CELLBORDER": 1, "CELLSPACING": 2}),
    "folded": Style(
        "dotted",
        "#CC79A7",
        "#F8EBF2",
        {"BORDER": 2, "CELLBORDER": 0, "CELLSPACING": 0, "STYLE": "DOTTED"},
    ),
}


def kind_of(graph: Graph, index: int, targets: Collection[int]) -> str:
    """The kind of a node, a key of `KINDS`.

    Args:
        graph: the graph.
        index: the index of the node in it.
        targets: the indices of the values differentiated by.
    """
    value = graph.nodes[index]
    if value is graph.root:
        return "result"
    if index in targets:
        return "parameter"
    if value.is_constant:
        return "constant"
    return "input" if value.primitive is None else "computed"
