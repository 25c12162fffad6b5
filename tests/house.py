"""The rules of the house: which room may import which, and how long, how deep and how named code may be.

Each rule is a pure function from the parsed files to its complaints: the file, the line and what to do.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

# The rooms of autograd, from the ground up. Each imports itself and the rooms before it.
ROOMS = (
    "errors",
    "files",
    "rules",
    "numbers",
    "functions",
    "recording",
    "differentiation",
    "costs",
    "transforms",
    "compiler",
)

# The packages that each package may import beside itself.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "autograd": (),
    "nn": ("autograd",),
    "viz": ("autograd",),
    "lab": ("autograd", "nn", "viz"),
    "demos": ("autograd", "nn", "viz"),
    "benchmarks": ("autograd", "nn", "viz", "demos"),
    "docs": ("autograd", "nn", "viz", "lab", "demos", "benchmarks"),
}
PACKAGES = tuple(MAY_IMPORT)

LIBRARIES = ("autograd", "nn", "viz")
VAGUE = ("core", "helper", "helpers", "util", "utils")
MOST_LINES = 60
MOST_LEVELS = 4

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BLOCKS = (
    *FUNCTIONS,
    ast.ClassDef,
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)


@dataclass(frozen=True)
class Import:
    """One module of the house that a statement imports.

    Attributes:
        target: the module, as ``"autograd.rules.scalars"``.
        line: of the statement.
        deferred: it stands inside a function, and runs when that is called.
        typing: it stands under ``if TYPE_CHECKING:``, and never runs.
    """

    target: str
    line: int
    deferred: bool
    typing: bool

    @property
    def at_load(self) -> bool:
        """Whether loading the module runs the import."""
        return not self.deferred and not self.typing


@dataclass(frozen=True)
class File:
    """A parsed file; ``path`` is relative to the root, with slashes."""

    path: str
    text: str
    package: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def room(self) -> str:
        """The room of a file of autograd; empty for the face, ``autograd/__init__.py``."""
        return [*self.module.split("."), ""][1]

    @cached_property
    def comments(self) -> dict[int, str]:
        """The comment on each line that has one."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}

    @cached_property
    def import_statements(self) -> list[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
        """Every import statement, and whether it stands in a function and under ``TYPE_CHECKING``."""
        return list(_import_statements(self.tree, deferred=False, typing=False))

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, FUNCTIONS))

    def says(self, line: int, what: str) -> str:
        return f"{self.path}:{line}: {what}"


House = Mapping[str, File]  # by module


def _import_statements(
    node: ast.AST, deferred: bool, typing: bool
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child, deferred, typing
            continue
        checking = isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING")
        yield from _import_statements(child, deferred or isinstance(child, FUNCTIONS), typing or checking)


def read(root: Path, packages: Iterable[str] = PACKAGES) -> dict[str, File]:
    """The Python files of the packages below a root; of docs those that lie in it directly."""
    files = {}
    for package in packages:
        pattern = "*.py" if package == "docs" else "**/*.py"
        for path in sorted((root / package).glob(pattern)):
            file = File(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"), package)
            files[file.module] = file
    return files


# ---- what a file imports


def imports(file: File, house: House) -> list[Import]:
    """The modules of the house that a file names in its import statements."""
    return [
        Import(target, statement.lineno, deferred, typing)
        for statement, deferred, typing in file.import_statements
        for target in _targets(statement, file, house)
    ]


def _targets(statement: ast.Import | ast.ImportFrom, file: File, house: House) -> list[str]:
    if isinstance(statement, ast.Import):
        named = [alias.name for alias in statement.names]
    else:
        base = _base(statement, file)
        named = [f"{base}.{alias.name}" for alias in statement.names]
    return list(dict.fromkeys(target for name in named if (target := _module(name, house))))


def _base(statement: ast.ImportFrom, file: File) -> str:
    """The absolute name of the module after ``from``."""
    if not statement.level:
        return statement.module or ""
    parts = file.module.split(".")
    package = parts if file.name == "__init__.py" else parts[:-1]
    above = package[: len(package) - statement.level + 1]
    return ".".join([*above, *filter(None, [statement.module])])


def _module(name: str, house: House) -> str | None:
    """The longest module of the house that a dotted name starts with."""
    while name and name not in house:
        name = name.rpartition(".")[0]
    return name or None


# ---- the rules


def arrows_between_packages(house: House) -> list[str]:
    """autograd imports nothing of the house, nn and viz import autograd, the rest stands on these."""
    found = []
    for file in house.values():
        allowed = (file.package, *MAY_IMPORT[file.package])
        for imported in imports(file, house):
            package = house[imported.target].package
            if package not in allowed:
                found.append(
                    file.says(
                        imported.line,
                        f"{file.package} imports {imported.target}: it may import "
                        f"{', '.join(allowed)}. Pass the object in, or move the code to {package}",
                    )
                )
    return found


def arrows_between_rooms(house: House) -> list[str]:
    """A room of autograd imports itself and the rooms before it, never the face."""
    found = []
    for file in house.values():
        if file.package != "autograd" or file.module == "autograd":
            continue
        if file.room not in ROOMS:
            found.append(file.says(1, f"is in no room: move it to one of {', '.join(ROOMS)}"))
            continue
        for imported in imports(file, house):
            advice = _room_problem(file, house[imported.target])
            if advice:
                found.append(file.says(imported.line, advice))
    return found


def _room_problem(file: File, target: File) -> str | None:
    if target.module == "autograd":
        return "imports from autograd/__init__.py: name the file that defines it"
    if target.package != "autograd" or target.room not in ROOMS:
        return None
    if ROOMS.index(target.room) <= ROOMS.index(file.room):
        return None
    return (
        f"{file.room} imports {target.module}, and {target.room} comes after it in "
        f"{' < '.join(ROOMS)}. Move the shared part to {file.room}, or let {target.room} pass it in"
    )


def circles(house: House) -> list[str]:
    """No file imports another that leads back to it; to defer the import hides a circle, and leaves it."""
    edges = {
        module: {i.target: i.line for i in reversed(imports(file, house)) if not i.typing}
        for module, file in house.items()
    }
    found = []
    for module, targets in edges.items():
        for target, line in targets.items():
            way = _way(target, module, edges)
            if way:
                chain = " → ".join(house[m].path for m in [module, *way])
                found.append(
                    house[module].says(line, f"is in a circle, {chain}: move what both need to a third file")
                )
    return found


def _way(start: str, end: str, edges: Mapping[str, Iterable[str]]) -> list[str] | None:
    """The shortest way between two modules along imports."""
    ways = {start: [start]}
    waiting = [start]
    for module in waiting:
        if module == end:
            return ways[module]
        for target in edges[module]:
            if target not in ways:
                ways[target] = [*ways[module], target]
                waiting.append(target)
    return None


def imports_in_functions(house: House) -> list[str]:
    """An import inside a function has a comment that says which load it defers."""
    return [
        file.says(
            statement.lineno,
            f"imports inside a function: move it to the top, or say on this line or the line above which "
            f"load it defers, as '# defers the load of {_named(statement)}'",
        )
        for file in house.values()
        for statement, deferred, typing in file.import_statements
        if deferred
        and not typing
        and not re.search(r"\b(defer|load|import)", _comment(file, statement), re.I)
    ]


def _named(statement: ast.Import | ast.ImportFrom) -> str:
    if isinstance(statement, ast.ImportFrom) and statement.module:
        return statement.module
    return statement.names[0].name


def _comment(file: File, statement: ast.stmt) -> str:
    """The comments on a statement, on the imports just above it, and in the lines above these."""
    ends = {other.end_lineno: other.lineno for other, _, _ in file.import_statements}
    first = statement.lineno
    while first - 1 in ends:
        first = ends[first - 1]
    code = file.text.splitlines()
    while first > 1 and code[first - 2].lstrip().startswith("#"):
        first -= 1
    return " ".join(file.comments.get(line, "") for line in range(first, (statement.end_lineno or first) + 1))


def repeated_file_names(house: House) -> list[str]:
    """No two files of autograd, nn and viz share a name."""
    by_name = defaultdict(list)
    for file in house.values():
        if file.package in LIBRARIES and file.name not in ("__init__.py", "__main__.py"):
            by_name[file.name].append(file)
    return [
        file.says(1, f"shares its name with {files[0].path}: rename one after its subject")
        for files in by_name.values()
        for file in files[1:]
    ]


def vague_names(house: House) -> list[str]:
    """No file and no folder is named utils, helpers or core."""
    return [
        file.says(1, f"'{part}' says nothing about its content: name it after its subject")
        for file in house.values()
        for part in file.path.removesuffix(".py").split("/")
        if part.strip("_") in VAGUE
    ]


def repeated_class_names(house: House, exceptions: Mapping[str, str] | None = None) -> list[str]:
    """A class name means one class in the house, but for the exceptions: a name, and the reason for it."""
    places = defaultdict(list)
    for file in house.values():
        for node in ast.walk(file.tree):
            if isinstance(node, ast.ClassDef) and file.package != "docs":
                places[node.name].append((file, node.lineno))
    found = []
    for name, (first, *others) in places.items():
        if name in (exceptions or {}):
            continue
        file, line = first
        found += [
            other.says(
                at, f"class {name} is also defined at {file.path}:{line}: give the two different names"
            )
            for other, at in others
        ]
    return found


def long_functions(house: House, most: int = MOST_LINES) -> list[str]:
    """No function of the libraries and demos has more lines than this, its docstring aside."""
    return [
        file.says(node.lineno, f"{node.name} has {lines} lines: part it into functions of at most {most}")
        for file in house.values()
        if file.package in (*LIBRARIES, "lab", "demos")
        for node in file.functions()
        if (lines := _length(node)) > most
    ]


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines from ``def`` on, without the docstring: a page of documentation is no fault."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is None:
        return lines
    return lines - ((first.end_lineno or 0) - first.lineno + 1)


def deep_functions(house: House, most: int = MOST_LEVELS) -> list[str]:
    """No function of the libraries and demos nests blocks deeper than this."""
    return [
        file.says(node.lineno, f"{node.name} nests {levels} levels deep: return early or part it, {most} do")
        for file in house.values()
        if file.package in (*LIBRARIES, "lab", "demos")
        for node in file.functions()
        if (levels := _levels(node.body)) > most
    ]


def _levels(body: Iterable[ast.AST]) -> int:
    """The greatest number of blocks around a statement; ``elif`` counts as the ``if`` it continues."""
    deepest = 0
    for node in body:
        inner: Iterable[ast.AST] = ast.iter_child_nodes(node)
        here = isinstance(node, BLOCKS)
        if isinstance(node, ast.If) and len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            deepest = max(deepest, _levels(node.orelse))
            inner = node.body
        deepest = max(deepest, here + _levels(inner))
    return deepest


def closure(house: House, starts: Iterable[str]) -> list[File]:
    """The files that loading some modules loads: packages on the way too, but for the lazy face."""
    found: dict[str, File] = {}
    waiting = list(starts)
    while waiting:
        module = waiting.pop()
        if module in found or module == "autograd" or module not in house:
            continue
        file = found[module] = house[module]
        waiting += [i.target for i in imports(file, house) if i.at_load]
        waiting.append(module.rpartition(".")[0])
    return sorted(found.values(), key=lambda file: file.path)


def too_large(house: House, starts: Iterable[str], most: int) -> list[str]:
    """The files that some modules load, where they have more lines than this all together."""
    starts = list(starts)
    files = closure(house, starts)
    lines = sum(file.lines for file in files)
    if lines <= most:
        return []
    sizes = ", ".join(f"{file.path} {file.lines}" for file in sorted(files, key=lambda f: -f.lines))
    return [f"{starts[0]} loads {lines} lines, {lines - most} over {most}: move code out of {sizes}"]


# ---- the tests themselves


def long_tests(tests: House, most: int = 500) -> list[str]:
    """No file of tests has more lines than this."""
    return [
        file.says(1, f"has {file.lines} lines: part it by subject into files of at most {most}")
        for file in tests.values()
        if file.lines > most
    ]


def foreign_imports_of_engine_tests(tests: House, house: House) -> list[str]:
    """The tests of autograd import autograd and the shared graphs and cases, no other package or test."""
    everything = {**house, **tests}
    return [
        file.says(
            imported.line, f"imports {imported.target}: build the case in tests/graphs.py or tests/cases.py"
        )
        for file in tests.values()
        if file.module.startswith("tests.autograd.")
        for imported in imports(file, everything)
        if _is_foreign(imported.target)
    ]


def _is_foreign(target: str) -> bool:
    package, _, _ = target.partition(".")
    if package == "tests":
        return target.rpartition(".")[2].startswith("test_")
    return package != "autograd"
