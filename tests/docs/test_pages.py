"""What the pages of `docs/` and the root name and link to exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / ".github").rglob("*.md")])
ROOMS = ("autograd", "benchmarks", "demos", "docs", "lab", "nn", "tests", "viz", ".github")


def text_of(page):
    return page.read_text(encoding="utf-8")


def anchors(page):
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ +(.+)$", text_of(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_resolves(page):
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text_of(page)):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_named_in_code_exists(page):
    rooms = "|".join(map(re.escape, ROOMS))
    for name in re.findall(rf"`((?:{rooms})/[\w./-]*)`", text_of(page)):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_module_run_exists(page):
    for name in re.findall(r"python -m ((?:benchmarks|demos|docs|tests|viz)[\w.]*)", text_of(page)):
        path = ROOT / name.rstrip(".").replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), name


def test_the_rooms_in_the_design_are_the_rooms_of_the_house():
    (house,) = re.findall(
        r"^```\n(autograd/.*?)^```", text_of(ROOT / "docs/design.md"), re.DOTALL | re.MULTILINE
    )
    above = ROOT
    named = {}
    for line in house.splitlines():
        name = line.split("/")[0]
        above = above if name.startswith(" ") else ROOT / name
        folder = above / name.strip() if name.startswith(" ") else above
        assert folder.is_dir(), line
        named.setdefault(folder.parent, set()).add(folder.name)
    rooms = {path.name for path in (ROOT / "autograd").iterdir() if (path / "__init__.py").exists()}
    assert named[ROOT / "autograd"] == rooms


def test_the_files_to_read_next_are_six():
    entries = re.findall(r"^\d\. \[`([^`]+)`\]", text_of(ROOT / "docs/reading.md"), flags=re.MULTILINE)
    assert len(entries) == len(set(entries)) == 6
