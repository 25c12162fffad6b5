"""Markup is written with everything escaped that is not markup already."""

import doctest
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import viz.markup
from viz.markup import Markup, attributes, element, escape, fill

TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn"]))


@given(TEXT, TEXT)
def test_any_text_comes_back_from_content_and_attribute(content, value):
    read = ElementTree.fromstring(element("p", {"title": value}, content))  # noqa: S314 (it is our own)
    assert (read.text or "", read.get("title")) == (content, value)


def test_markup_is_not_escaped_again():
    inner = element("b", None, "a < b")
    assert inner == "<b>a &lt; b</b>"
    assert escape(inner) is inner
    assert element("p", None, inner, " & ", inner) == f"<p>{inner} &amp; {inner}</p>"
    assert Markup("<br/>").join([inner, "&"]) == f"{inner}<br/>&amp;"


def test_an_element_without_content_is_self_closing():
    assert element("hr") == "<hr/>"
    assert element("td", None, "") == "<td></td>"
    assert element("td", {"width": 2}, "") == '<td width="2"></td>'


def test_numbers_in_attributes_are_short():
    assert attributes({"x": 1.0, "y": 0.1234567, "n": 10**7}) == ' x="1" y="0.123457" n="10000000"'


def test_a_template_is_filled_with_text_and_markup():
    assert fill("<p>$a, $b</p>", a="<i>", b=element("i", None, "$a")) == "<p>&lt;i&gt;, <i>$a</i></p>"
    with pytest.raises(KeyError, match="b"):
        fill("$a $b", a="")


def test_the_example_in_the_documentation():
    failed, tried = doctest.testmod(viz.markup)
    assert (failed, tried) == (0, 1)
