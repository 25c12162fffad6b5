"""Checks that every page must pass."""

from html.parser import HTMLParser
from xml.etree import ElementTree


class References(HTMLParser):
    """Everything a page would fetch, and how its elements open and close."""

    VOID = ("meta", "br")

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("src", "href", "xlink:href", "data") and not (value or "").startswith("#"):
                self.fetched.append(value or "")
        assert tag not in ("script", "link", "iframe", "img", "base")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check_page(text: str) -> None:
    page = References()
    page.feed(text)
    assert page.open == []
    assert page.fetched == []
    assert len(page.ids) == len(set(page.ids))
    assert "url(http" not in text
    assert "@import" not in text
    start = 0
    while (start := text.find("<svg", start)) >= 0 and text[:start].rstrip().endswith(">"):
        end = text.find("</figure>", start)
        svg = text[start : text.rindex("</svg>", start, end) + len("</svg>")]
        for one in svg.split('</div>\n<div class="narrow">'):
            ElementTree.fromstring(one)  # noqa: S314 - made a moment ago, here
        start = end
