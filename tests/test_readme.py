"""What the README and the guide show works as shown, and the README's addresses lead to files here."""

import ast
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = [README, ROOT / "docs" / "guide.md"]
with (ROOT / "pyproject.toml").open("rb") as file:
    PROJECT = tomllib.load(file)["project"]
HOME = PROJECT["urls"]["Homepage"]
# What files of the repository are called from outside it: those to read, and those to show in a page.
ADDRESSES = (
    f"{HOME}/blob/main/",
    f"{HOME}/tree/main/",
    f"{HOME.replace('github.com', 'raw.githubusercontent.com')}/main/",
)


def blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def run(block: str, names: dict[str, object]) -> int:
    """Run a block statement by statement, and compare what an expression gives with its comment.

    Returns the number of comparisons. A comment is compared up to its first colon, semicolon, comma or
    full stop, if that part is a literal.
    """
    compared = 0
    lines = block.splitlines()
    for statement in ast.parse(block).body:
        if not isinstance(statement, ast.Expr):
            exec(compile(ast.Module([statement], []), "page", "exec"), names)  # noqa: S102 -- our own text
            continue
        found = eval(compile(ast.Expression(statement.value), "page", "eval"), names)  # noqa: S307 -- our own text
        comment = lines[(statement.end_lineno or 0) - 1].partition("#")[2]
        comment = re.split(r"[:;,] |\. ", comment)[0].strip()
        try:
            shown = ast.literal_eval(
                comment.removeprefix("array(").removesuffix(")") if "array" in comment else comment
            )
        except (SyntaxError, ValueError):
            continue
        np.testing.assert_allclose(np.array(found, float), np.array(shown, float), rtol=5e-3, err_msg=comment)
        compared += 1
    return compared


@pytest.mark.usefixtures("table")  # the guide adds a row
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_its_python_runs_from_top_to_bottom(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    assert sum(run(block, names) for block in blocks(page, "python")) >= 4
    if page != README:
        assert (tmp_path / "compare.svg").read_text(encoding="utf-8").count("<svg")


def test_the_first_screen_has_a_picture_and_a_result() -> None:
    first = README.read_text(encoding="utf-8").splitlines()[:40]
    assert any(line.startswith("![") for line in first)
    assert "```python" in first
    assert "<!-- demo -->" in first


@pytest.mark.parametrize("mark", ["demo", "browser", "tests"])
def test_the_marked_commands_are_there(mark: str) -> None:
    text = README.read_text(encoding="utf-8")
    assert len(re.findall(rf"^<!-- {mark} -->\n```sh\n(.+)\n```$", text, flags=re.MULTILINE)) == 1


def test_its_addresses_resolve_on_a_package_index_too() -> None:
    addresses = re.findall(r"\]\(([^)\s]+)\)", README.read_text(encoding="utf-8"))
    assert len(addresses) > 10
    for address in addresses:
        assert address.startswith("https://"), f"{address} is relative, which a package index cannot resolve"
        if not address.startswith("https://github.com/HIPS/"):
            assert in_repository(address).exists(), address


def test_the_projects_addresses_lead_to_its_files() -> None:
    for name, address in PROJECT["urls"].items():
        if name not in ("Homepage", "Source", "Issues"):
            assert in_repository(address).exists(), address
        assert address.startswith(HOME)


def in_repository(address: str) -> Path:
    for beginning in ADDRESSES:
        if address.startswith(beginning):
            return ROOT / address.removeprefix(beginning).partition("#")[0]
    raise AssertionError(f"{address} leads to no file of this repository")
