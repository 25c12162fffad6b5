"""The descriptions of pictures, and their colours on a dark page."""

import re

import numpy as np
import pytest

import viz.dot
from autograd import Tensor, Value
from tests.viz.pictures import STYLES, SVG, chain, ladder, parsed, perceptron
from tests.viz.test_labels import HOSTILE
from viz import LayoutError, LayoutTimeoutError, compare, draw, render, unfold
from viz.labels import number, printable
from viz.style import KINDS
from viz.svg import DARK, INK, Drawing, document

# Colours of the palette that have names.
NAMED = {"white": "#ffffff", "black": "#000000"}


def svgs():
    """One of each kind of picture, with all kinds of values and edges."""
    w, x = Value(2.0, name="w"), Value(3.0, name="x")
    y = (w * x + 3.0).tanh()
    loss, parameters = perceptron()
    yield draw(y, wrt=[w]).svg()
    yield draw(chain(40), budget=10).svg()
    yield draw(loss, wrt=parameters).svg()
    yield compare(w * w * x, [w]).svg
    yield compare(loss, parameters).svg
    yield unfold(y, [w, x]).svg()


def luminance(colour):
    """Relative luminance (Web Content Accessibility Guidelines 2.2)."""
    colour = NAMED.get(colour, colour)
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    lighter, darker = sorted((luminance(a), luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def grounds():
    """The light backgrounds of text: the white page and the boxes."""
    return {"white", *(kind.ground.lower() for kind in KINDS.values())}


def lines():
    """The light colours of lines: borders, ovals and edges."""
    borders = {kind.line.lower() for kind in KINDS.values()}
    return borders | (set(DARK) - grounds() - {"#ffffff"})


def test_contrast_follows_the_guidelines():
    assert contrast("black", "white") == 21
    assert contrast("#777777", "white") == pytest.approx(4.48, abs=0.005)


def test_text_is_legible_on_every_background_in_light_and_dark():
    assert len(grounds()) > len(KINDS)
    for ground in grounds():
        assert contrast("black", ground) >= 4.5
        assert contrast(INK, DARK[ground]) >= 4.5


def test_in_the_dark_every_line_contrasts_with_page_and_box():
    for colour in lines():
        assert contrast(DARK[colour], DARK["white"]) >= 3
    for kind in KINDS.values():
        assert contrast(DARK[kind.line.lower()], DARK[kind.ground.lower()]) >= 3


def test_kinds_differ_in_the_dark_too():
    assert len({DARK[kind.line.lower()] for kind in KINDS.values()}) == len(KINDS)
    assert len({DARK[kind.ground.lower()] for kind in KINDS.values()}) == len(KINDS)


def test_every_colour_drawn_has_a_counterpart_in_the_dark():
    seen = set()
    for svg in svgs():
        style = parsed(svg).findtext(f"{SVG}style")
        for attribute, colour in set(re.findall(' (fill|stroke)="([^"]*)"', svg)) - {
            ("fill", "none"),
            ("stroke", "none"),
        }:
            assert f'[{attribute}="{colour}"]{{{attribute}:{DARK[colour]}}}' in style
            seen.add(colour)
    assert seen == set(DARK)


def test_the_style_applies_to_nothing_outside_the_picture():
    for svg in svgs():
        tree = parsed(svg)
        selectors = [line.split("{")[0] for line in tree.findtext(f"{SVG}style").splitlines()]
        rules = [s for s in selectors if s not in ("@media (prefers-color-scheme:dark)", "}")]
        assert len(rules) > 5
        assert all(re.match(f"#{tree.get('id')}( |$|:not)", rule) for rule in rules)


def test_nothing_is_fetched_or_run():
    for svg in svgs():
        assert svg.startswith("<svg ")
        assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", svg)
        assert "<script" not in svg


def test_every_picture_names_and_describes_itself():
    for svg in svgs():
        tree = parsed(svg)
        title, words = tree[:2]
        assert (title.tag, words.tag) == (f"{SVG}title", f"{SVG}desc")
        assert tree.get("role") == "img"
        assert tree.get("aria-labelledby").split() == [title.get("id"), words.get("id")]
        assert title.text
        assert words.text


def test_pictures_in_one_page_share_no_id():
    ids = [element.get("id") for svg in svgs() for element in parsed(svg).iter() if element.get("id")]
    assert len(ids) > 100
    assert len(ids) == len(set(ids))


def test_the_description_says_what_the_picture_shows():
    w, x = Value(2.0, name="w"), Value(3.0, name="x")
    y = w * x * w + 1.0
    y.name = "y"
    assert draw(y, wrt=[w]).words == (
        "6 values, 6 edges and 2 paths to the result y = 13. Borders: input rounded, parameter thick, "
        "constant dashed, computed thin, result double. Name | data | gradient, and on each edge its local "
        "derivative."
    )
    assert "and 3 paths" in draw(y).words
    assert compare(y, [w]).left.words.endswith(
        "Borders: input rounded, parameter thick, constant dashed, result double. On an edge: how often it "
        "is walked, if more than once; dotted: never."
    )
    assert "6 values, 6 edges and 2 paths" in compare(y, [w]).svg
    assert "A term is the product along its path" not in draw(y).words
    assert "a term is the product along its path. 2 paths in a tree" in unfold(y, [w]).words
    assert "the other 40 folded into 8 boxes" in draw(chain(20), budget=10).words
    assert "to the result = (2,)." in draw(Tensor([1.0, 2.0])).words


def test_the_borders_in_the_description_are_the_ones_drawn():
    for name, kind in KINDS.items():
        drawn = {
            "rounded": 'STYLE="ROUNDED"',
            "thick": 'BORDER="3"',
            "dashed": 'STYLE="DASHED"',
            "thin": 'BORDER="1" CELLBORDER="0" CELLSPACING="0" COLOR',
            "double": 'CELLBORDER="1" CELLSPACING="2"',
            "dotted": 'STYLE="DOTTED"',
        }[kind.border]
        assert [other for other, style in STYLES.items() if drawn in style] == [name]


@pytest.mark.parametrize("name", [*HOSTILE, "</desc><script>", "\ud800", "a\nb\x00", "x" * 100])
def test_a_hostile_name_is_text_in_the_description(name):
    x = Value(2.0, name=name)
    for svg in (draw(x).svg(), compare(x, [x]).svg):
        words = parsed(svg).findtext(f"{SVG}desc")
        assert f"to the result {printable(name)[:31]}" in words
        assert f"= {number(2.0)}. Borders" in words


def test_a_title_is_text_too():
    tree = parsed(document(Drawing("", 1, 1), "i", "</title><b>", "</desc>&"))
    assert [element.text for element in tree[:2]] == ["</title><b>", "</desc>&"]


def test_the_picture_keeps_its_size_and_its_elements():
    picture = draw(Value(1.0, name="x"))
    plain, svg = parsed(viz.dot.layout(picture.source)), parsed(picture.svg())
    assert [svg.get("width"), svg.get("height")] == [plain.get("width"), plain.get("height")]
    assert [float(n) for n in svg.get("viewBox").split()] == [float(n) for n in plain.get("viewBox").split()]
    assert [(e.tag, e.attrib) for e in svg.find(f"{SVG}g").iter()] == [
        (e.tag, e.attrib) for e in plain.find(f"{SVG}g").iter()
    ]


def test_in_a_page_a_wide_picture_shrinks_to_half_its_size_at_most():
    wide, narrow = (draw(chain(length), budget=None).svg() for length in (40, 2))
    (size,) = re.findall(r'width="([0-9.]+)pt"', wide.split(">")[0])
    assert f"min-width:min({size}pt,{float(size) / 2:g}pt)" in wide
    assert ",46rem)" in narrow


def test_a_copy_keeps_the_description_and_new_content_changes_the_id():
    picture = draw(Value(1.0, name="x"))
    copy = picture.copy()
    assert (copy.words, copy.identity) == (picture.words, picture.identity)
    copy.node("more")
    assert copy.identity != picture.identity


def test_the_same_picture_is_the_same_svg():
    y, x = ladder(3)
    assert draw(y, wrt=[x]).svg() == draw(y, wrt=[x]).svg()
    assert compare(y, [x]).svg == compare(y, [x]).svg


def test_the_time_limit_reaches_the_layout():
    with pytest.raises(LayoutTimeoutError):
        draw(ladder(3)[0]).svg(timeout=1e-4)


def test_an_unknown_form_of_svg_is_an_error():
    with pytest.raises(LayoutError, match="unknown form"):
        Drawing.read(b"<svg/>")


def test_a_file_has_the_svg_of_the_picture_and_paper_stays_white(tmp_path):
    picture = draw((Tensor(np.ones(2), name="t") * 2.0).sum())
    assert render(picture, tmp_path / "y.svg").read_text(encoding="utf-8") == picture.svg()
    assert render(picture, tmp_path / "y.pdf").read_bytes().startswith(b"%PDF")
    assert not set(DARK.values()) & set(re.findall("#[0-9a-f]{6}", picture.source.lower()))
