"""The pages of the site that are not written by hand: home, tutorials, gallery and reference.

MkDocs calls the functions that begin with ``on_``. Nothing is written into the folder of the documentation.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # MkDocs loads this file by its path

from mkdocs.config.defaults import MkDocsConfig  # noqa: E402
from mkdocs.structure.files import File, Files  # noqa: E402
from mkdocs.structure.pages import Page  # noqa: E402
from nbconvert import MarkdownExporter  # noqa: E402

from demos.__main__ import QUESTIONS  # noqa: E402
from docs.examples import EXAMPLES  # noqa: E402
from docs.notebooks import NOTEBOOKS, executed  # noqa: E402
from docs.pictures import PICTURES, SCREENSHOTS  # noqa: E402

SOURCE = "https://github.com/whygrad/whygrad/blob/main"
RAW = "https://raw.githubusercontent.com/whygrad/whygrad/main"
PACKAGES = ("autograd", "nn", "viz")
# The rooms of the engine, in the order of the reference.
ROOMS = (
    *("recording", "costs", "differentiation", "transforms", "compiler", "rules", "functions", "numbers"),
    "errors",
)
# The names that readers look up most, shown with what they inherit.
WITH_INHERITED = ("autograd.Value", "autograd.Tensor")
# Public classes that their package does not load, since they load an optional one.
APART = {
    "nn": {
        "nn.sklearn": ("NetworkClassifier", "NetworkRegressor"),
        "nn.estimators": ("NetworkEstimator",),
    }
}
_INHERITED = "    options:\n      inherited_members: true\n"
# What the command line offers, and the modules that say so.
COMMANDS = ("viz", "viz check", "demos.complexity", "demos", "benchmarks")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made, and put figures drawn now in place of the stored ones."""
    for name, content in {**dict(_pages()), **_tutorials(), **_figures()}.items():
        stored = files.get_file_from_path(name)
        if stored is not None:
            files.remove(stored)
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links that leave the documentation into links to the repository, and notebooks into pages."""
    markdown = re.sub(r"\]\((?:\.\./)+([^)\s]+)\)", rf"]({SOURCE}/\1)", markdown)
    markdown = re.sub(r"\]\((\w+)\.ipynb\)", r"](\1.md)", markdown)
    return re.sub(r"\]\((\w+\.py)\)", rf"]({SOURCE}/docs/\1)", markdown)


def _pages() -> Iterator[tuple[str, str]]:
    yield "index.md", _within_the_site((ROOT / "README.md").read_text(encoding="utf-8"))
    yield "changelog.md", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").replace("](docs/", "](")
    yield "gallery.md", _gallery()
    for package in PACKAGES:
        yield f"reference/{package}.md", "\n".join(_reference(import_module(package)))
    yield "reference/commands.md", "\n".join(_commands())


def _within_the_site(readme: str) -> str:
    """The README with its links to the repository turned into links within the site."""
    readme = readme.replace(f"{RAW}/docs/", "").replace(f"{SOURCE}/docs/", "")
    readme = re.sub(r"<!--.*?-->\n?", "", readme)
    return readme.replace(f"]({SOURCE}/CHANGELOG.md)", "](changelog.md)")


@cache  # `mkdocs serve` builds again at every change of a page
def _figures() -> dict[str, bytes]:
    """The pictures of the documentation, drawn now; a screenshot only where there is a browser."""
    with TemporaryDirectory() as folder:
        for draw in PICTURES:
            if draw not in SCREENSHOTS or shutil.which("chromium"):
                draw(Path(folder))
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


@cache
def _tutorials() -> dict[str, str | bytes]:
    return {name: content for path in NOTEBOOKS for name, content in _tutorial(path)}


def _tutorial(path: Path) -> Iterator[tuple[str, str | bytes]]:
    """A notebook, executed now, as a page and its pictures."""
    folder = f"{path.stem}_files"
    text, resources = MarkdownExporter().from_notebook_node(
        executed(path), resources={"output_files_dir": folder, "unique_key": path.stem}
    )
    yield f"{path.stem}.md", text
    yield from resources["outputs"].items()


def _gallery() -> str:
    """The lessons, and the pictures of the documentation."""
    lines = ["# Gallery", "", "## Pictures", ""]
    for draw in PICTURES:
        (path,) = (ROOT / "docs").glob(f"{draw.__name__}.*")
        lines += [f"### {draw.__doc__}", "", f"![{draw.__doc__}]({path.name})", ""]
    lines += ["## Lessons", "", "Each is a command that measures, prints, and writes one page of HTML.", ""]
    lines += ["| command | question |", "|---|---|"]
    for name in QUESTIONS:
        lesson = import_module(f"demos.{name}").LESSON
        lines.append(f"| `python -m demos.{name}` | **{lesson.title}.** {lesson.question} |")
    return "\n".join(lines)


def _reference(package: ModuleType) -> Iterator[str]:
    """Every public name of a package, by the module that defines it."""
    yield f"# {package.__name__}\n\n{package.__doc__}\n"
    yield from _sections(package)
    for module, names in APART.get(package.__name__, {}).items():
        yield f"## {module}\n"
        yield from (f"::: {module}.{name}\n" for name in names)


def _sections(package: ModuleType) -> Iterator[str]:
    homes: dict[str, list[str]] = {}
    for name in package.__all__:
        homes.setdefault(_home(package, name), []).append(name)
    for home, names in sorted(homes.items(), key=_order):
        summary = (sys.modules[home].__doc__ or "").partition("\n")[0] if home in sys.modules else ""
        yield f"## {home}\n\n{summary}\n"
        for name in names:
            full = f"{package.__name__}.{name}"
            yield f"::: {full}\n" + (_INHERITED if full in WITH_INHERITED else "")
            if full in EXAMPLES:
                yield f"**Examples:**\n\n```pycon\n{EXAMPLES[full]}```\n"


def _order(section: tuple[str, list[str]]) -> tuple[int, str]:
    room = section[0].split(".")[1] if "." in section[0] else ""
    return (ROOMS.index(room) if room in ROOMS else -1), section[0]


def _home(package: ModuleType, name: str) -> str:
    found: Any = getattr(package, name)
    return str(getattr(found, "__module__", None) or getattr(found, "__name__", package.__name__))


def _commands() -> Iterator[str]:
    yield "# Commands\n"
    for module in COMMANDS:
        command = [sys.executable, "-m", *module.split(), "--help"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603
        yield f"## python -m {module}\n\n```text\n{done.stdout}```\n"
