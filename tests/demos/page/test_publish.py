"""The page of answers."""

import re

from demos.page.publish import page
from tests.demos.page.samples import sample


def test_everything_stands_on_the_page_as_text() -> None:
    text = page([sample(7)], command="python -m demos", missing=["other (interrupted)"])
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 7
    for words in (
        "12,345",
        "0.1235",
        "True",
        "Words of seed 7",
        "other (interrupted)",
        "python -m demos.sample",
    ):
        assert words in text
    assert text.count("<svg") == 3
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", text)


def test_a_page_of_several_has_a_table_of_contents() -> None:
    text = page([sample(), sample()], command="")
    assert text.count('href="#sample"') == 2
    assert "Not on this page" not in text
    assert "<nav" not in page([sample()], command="")
