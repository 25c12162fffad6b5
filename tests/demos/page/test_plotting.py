"""Plots: described once, drawn for both windows, in the ink of the page."""

import re
from xml.etree import ElementTree

from matplotlib.figure import Figure

from demos.page.plotting import COLORS, NARROW, WIDE, Layout, Plot, on_white


def example() -> Plot:
    def draw(layout: Layout) -> Figure:
        figure, axes = layout.subplots(2, height=layout.choose(3.0, 6.0))
        for place in axes:
            place.plot([0, 1], [0, 1], color=COLORS[0])
        return figure

    return Plot("example", draw)


def size(svg: str) -> tuple[float, float]:
    root = ElementTree.fromstring(svg)  # noqa: S314 - made a moment ago, here
    width, height = (float(root.attrib[name].removesuffix("pt")) / 72 for name in ("width", "height"))
    return round(width, 2), round(height, 2)


def test_a_plot_is_drawn_for_both_windows() -> None:
    picture = example().illustration(words="a line", caption="look")
    assert picture.narrow is not None
    assert (size(picture.svg), size(picture.narrow)) == ((8.4, 3.0), (3.9, 6.0))
    assert (picture.words, picture.caption, picture.scrolls) == ("a line", "look", False)
    assert example().svg() == picture.svg
    for name, svg in (("wide", picture.svg), ("narrow", picture.narrow)):
        ids = re.findall(r'\bid="([^"]*)"', svg)
        assert ids
        assert all(i.startswith(f"example-{name}-") for i in ids)


def test_panels_stand_side_by_side_or_below_each_other() -> None:
    for layout, columns, shape in ((WIDE, None, (1, 6)), (NARROW, None, (6, 1)), (WIDE, 4, (2, 4))):
        figure, _ = layout.subplots(6, columns=columns)
        grid = figure.axes[0].get_subplotspec().get_gridspec()
        assert (grid.nrows, grid.ncols) == shape


def test_a_picture_takes_the_ink_of_the_page() -> None:
    svg = example().svg()
    assert "currentColor" in svg
    assert "<style" not in svg
    assert all(i.startswith("example-") for i in re.findall(r'\bid="([^"]*)"', svg))


def test_a_file_of_its_own_is_black_on_white() -> None:
    svg = on_white(example().svg())
    ElementTree.fromstring(svg)  # noqa: S314 - made a moment ago, here
    assert svg.count('fill="white"') == 1
    assert "currentColor" not in svg
    assert "var(" not in svg
