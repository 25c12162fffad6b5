import html
import math
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, Value, apply, primitive
from tests.viz.pictures import drawn, node_texts, texts
from viz import compare, draw, unfold
from viz.dot import text as label_text
from viz.labels import array, brief, is_small, number, shorten

HOSTILE = [
    "<b>bold</b>",
    "a|b{c}",
    "x\\",
    "\\N",
    "\\l and \\G and \\\\N",
    "\"quoted\" and 'single'",
    "&amp; &lt; &#0; &nosuch;",
    "<TABLE>",
    "<TABLE",
    "</TD>",
    "-->",
    "]]>",
    "label=red];n0->n1",
    "été 漢字 ∂y/∂x",
    "😀👩‍👩‍👧",
    "x",
    " ",
    "two  spaces",
    "n0",
    "0",
]


def read_back(label):
    """The text that Graphviz shows for a part of a label."""
    return html.unescape(re.sub(r"<FONT>\\</FONT>", r"\\", label))


@given(st.text())
def test_any_text_is_shown_exactly(text):
    escaped = label_text(text)
    shown = read_back(escaped)
    assert len(shown) == len(text)
    for was, now in zip(text, shown, strict=True):
        assert now == was or not was.isprintable()
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", escaped)
    assert not re.search(r"<(?!FONT>\\</FONT>|/FONT>)", escaped)
    assert not re.search(r"\\(?!</FONT>)", escaped)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_unchanged(name):
    x = Value(2.0, name=name)
    picture = draw(x * x)
    assert node_texts(drawn(picture), "n0")[0].strip() == f"{name}2".strip()
    assert re.findall(r"^\t(\w\d+) \[", picture.source, re.MULTILINE) == ["n0", "n1", "o1"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_in_every_kind_of_picture(name):
    x = Value(2.0, name=name)
    inner = x * x
    inner.name = name
    y = inner + 1.0
    y.name = name
    for picture, node in [(compare(y, [x]).left, "n0"), (unfold(y, [x]), "t2")]:
        svg = drawn(picture)
        assert node_texts(svg, node)[0].strip() == name.strip()
        assert node_texts(svg, node.replace("2", "1").replace("n0", "n1"))[-1].strip() == name.strip()


@pytest.mark.parametrize("symbol", ["<i>", "\\N", " ", "a|b", "\x00"])
def test_a_hostile_symbol_is_shown_unchanged(symbol):
    row = primitive(f"hostile {symbol!r}", lambda a: a, lambda out, a: (1,), symbol=symbol)
    svg = drawn(draw(apply(row, Value(1.0))))
    assert "".join(node_texts(svg, "o1")).strip() == symbol.replace("\x00", "␀").strip()


@settings(max_examples=15)
@given(st.lists(st.text(max_size=32), min_size=20, max_size=20))
def test_names_survive_the_layout(names):
    values = [Value(1.0, name=name) for name in names]
    svg = drawn(draw(sum(values[1:], start=values[0]), budget=None))
    texts = ["".join(t.itertext()).replace("\xa0", " ") for t in svg.iter("{http://www.w3.org/2000/svg}text")]
    shown = "".join(texts).replace(" ", "")
    for name in names:
        assert read_back(label_text(name)).replace("\xa0", " ").replace(" ", "") in shown


def test_control_characters_become_visible():
    assert label_text("a\x00b\nc\td\x7f") == "a␀b␊c␉d␡"
    assert label_text("\x85\ud800\ufffe") == "���"
    assert label_text("a\u202eb\u2066c\u200f") == "a�b�c�"


def test_a_long_name_is_cut_visibly():
    assert shorten("x" * 32) == "x" * 32
    assert shorten("x" * 10_000) == "x" * 31 + "…"
    assert node_texts(drawn(draw(Value(1.0, name="W" * 10_000))), "n0") == ["W" * 31 + "…1"]


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (1.0, "1"),
        (-0.123456, "-0.1235"),
        (1e-9, "1e-09"),
        (12345678, "1.235e+07"),
        (12345, "12345"),
        (Fraction(-1, 3), "-1/3"),
        (Fraction(1, 10**9), "1e-09"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (10**400, "> 1e308"),
        (-Fraction(10**400), "< -1e308"),
    ],
)
def test_numbers_are_short(x, text):
    assert number(x) == text


@pytest.mark.parametrize("name", ["<b>&amp;</TD>", "\\N|{}", "-->]]>\"'"])
def test_a_hostile_name_of_a_tensor_is_shown_unchanged(name):
    x = Tensor(np.zeros((3, 4)), name=name, dtype=np.float32)
    y = (x * x).sum()
    for picture, node in [(draw(y), "n0"), (compare(y, [x]).left, "n0"), (unfold(y, [x]), "t2")]:
        shown = "".join(texts(drawn(picture), node)).replace("\xa0", " ")
        assert shown.startswith(name)


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (np.array(1.23456), "1.235"),
        (np.float32(0.1), "0.1"),
        (np.array([[0.5]]), [["0.5"]]),
        (np.array([1.0, np.nan]), [["1", "nan"]]),
        (np.array([[1.0], [-2.0]]), [["1"], ["-2"]]),
        (np.array([1.0, 2.0, 3.0, 4.0]), ["(4,)", "1 … 4"]),
        (np.array([1.0, np.nan, np.inf, -np.inf]), ["(4,)", "-inf … inf", "1 nan"]),
        (np.full((2, 2, 2), np.nan), ["(2, 2, 2)", "8 nan"]),
        (np.ones((0, 3)), ["(0, 3)"]),
    ],
)
def test_an_array_shows_its_numbers_or_its_shape_and_range(x, text):
    assert array(x) == text


def test_few_is_three_along_each_of_two_axes():
    assert [is_small(np.ones(shape)) for shape in ((3, 3), (1, 3), (3,), (4,), (1, 4), (1, 1, 1))] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


def test_in_brief_an_array_shows_its_shape():
    assert brief(np.ones((2, 2))) == "(2, 2)"
    assert brief(np.array(2.5)) == brief(2.5) == "2.5"
