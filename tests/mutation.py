"""``python -m tests.mutation [files] --sample N --seed S``: whether the tests notice small faults.

Cosmic Ray changes one operator, number or condition of a file at a time, in a copy of the package. First the
tests of the engine run once unchanged, and `coverage` notes which of them run which line. A mutant is killed
if a test that runs the changed line fails, or the campaign. The quickest tests of the file's own room run
first, and the first failure is enough. Cosmic Ray is in the dependency group ``mutation``.

Most files are tested with the Python classes, since the native ones do not run them, and where there are no
native ones: otherwise the tests of the Python classes leave out what has no Values. What makes the native
classes is tested with these.

The sample leaves out changes that mean nothing here: shifts and bit operations, and unions in type hints. A
mutant that is no longer Python, such as one of the ``*`` before keyword-only parameters, is not counted.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from py_compile import PycInvalidationMode
from time import process_time
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
ORIGINAL = ROOT / "original"  # in the copy: the files before they are changed
# What makes the native classes, which are then in use.
NATIVE = ("autograd/numbers/native", "autograd/compiler/writers/c_rules.py")
NATIVE_TESTS = ("tests/autograd/recording/test_native.py", "tests/autograd/numbers")
# They take longest, and other tests notice the same.
LEFT_OUT = tuple(
    f"--deselect=tests/autograd/functions/test_calls.py::test_{name}" for name in ("jax", "compiled")
)
PYTEST = ("pytest", "-qx", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:xdist", *LEFT_OUT)
CAMPAIGN = ("tests.campaign", "--programs", "150", "--seed", "1")
COVERAGE = "lines.coverage"  # which test runs which line
TIMES = "times.json"  # the seconds that each test took
CHOSEN = "chosen.json"  # the tests to run, in order
BUDGET = 60.0  # seconds of tests of one mutant
NO_PROGRAM = "the mutant is not Python"
MEANINGLESS = ("Shift", "_Bit", "BitOr_", "BitXor_", "BitAnd_")
CONFIGURATION = """\
[cosmic-ray]
module-path = {files}
timeout = {timeout}
excluded-modules = []
test-command = "{command}"

[cosmic-ray.distributor]
name = "local"
"""


# ---- in the processes that run tests, of which this is a plugin


class Measured:
    """Notes which test runs which line, and for how long."""

    def __init__(self) -> None:
        import coverage  # deferred: only the run that measures loads it

        self.coverage = coverage.Coverage.current()
        self.times: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.coverage.switch_context(item.nodeid)
        start = process_time()
        try:
            return (yield)
        finally:
            self.times[item.nodeid] = process_time() - start
            self.coverage.switch_context("")

    def pytest_sessionfinish(self) -> None:
        Path(TIMES).write_text(json.dumps(self.times), encoding="utf-8")


class Chosen:
    """Keeps the chosen tests, in their order."""

    def __init__(self, tests: list[str]) -> None:
        self.places = {name: place for place, name in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        kept = [item for item in items if item.nodeid in self.places]
        items[:] = sorted(kept, key=lambda item: self.places[item.nodeid])


def pytest_configure(config: pytest.Config) -> None:
    chosen = Path(CHOSEN)
    plugin = Chosen(json.loads(chosen.read_text(encoding="utf-8"))) if chosen.exists() else Measured()
    config.pluginmanager.register(plugin)


# ---- the tests of a mutant


def changed() -> tuple[Path, int]:
    """The file in this copy that differs from the original, and the first line that does."""
    for path in sorted(Path("autograd").rglob("*.py")):
        before, after = (ORIGINAL / path).read_bytes(), path.read_bytes()
        if before != after:
            pairs = zip(before.splitlines(), after.splitlines(), strict=False)
            return path, next(number for number, (a, b) in enumerate(pairs, 1) if a != b)
    raise ValueError("no file differs from its original")


def statements(tree: ast.Module, line: int) -> list[Any]:
    """The statements around a line, the outermost first."""
    found: list[Any] = []
    inner: list[Any] = tree.body
    while block := next((node for node in inner if _first(node) <= line <= node.end_lineno), None):
        found.append(block)
        inner = [n for n in ast.iter_child_nodes(block) if isinstance(n, (ast.stmt, ast.excepthandler))]
    return found


def _first(node: Any) -> int:
    return int(min(d.lineno for d in (node, *getattr(node, "decorator_list", []))))


def _own(statement: Any) -> range:
    """The lines of a statement, except the lines of statements inside it."""
    inner = [n for n in ast.iter_child_nodes(statement) if isinstance(n, (ast.stmt, ast.excepthandler))]
    return range(_first(statement), min([statement.end_lineno, *(_first(n) - 1 for n in inner)]) + 1)


def running(tree: ast.Module, line: int, by_line: dict[int, set[str]]) -> tuple[set[str], set[str]]:
    """The tests that run the statement at a line, and those that may notice that it changes.

    What runs at import is run by no test, or by whichever imports it first. So for the head of a function its
    body counts, and for what is outside of functions, such as a table of rows, the whole file.
    """

    def of(lines: range) -> set[str]:
        return set().union(*(by_line.get(i, set()) for i in lines))

    whole = set().union(*by_line.values())
    around = statements(tree, line)
    direct = of(_own(around[-1])) if around else set()
    functions = [node for node in around if isinstance(node, ast.FunctionDef)]
    if not functions:
        return direct, whole
    body = of(range(functions[-1].body[0].lineno, around[-1].end_lineno + 1))
    if around[-1] is functions[-1]:
        return body, body
    return direct, direct or body or whole


def tests_of(path: Path, line: int) -> list[str]:
    """The tests to run for a changed line, the likeliest and quickest first, up to the budget."""
    import coverage  # deferred: the run that measures is traced from before

    data = coverage.CoverageData(COVERAGE)
    data.read()
    measured = [name for name in data.measured_files() if Path(name).as_posix().endswith(path.as_posix())]
    by_line = {
        number: set(names) - {""}
        for name in measured
        for number, names in data.contexts_by_lineno(name).items()
    }
    direct, names = running(ast.parse((ORIGINAL / path).read_bytes()), line, by_line)
    times = json.loads(Path(TIMES).read_text(encoding="utf-8"))
    room = room_of(path)
    names = names or {name for name in times if name.startswith(room)}  # it runs at import alone
    total, chosen = 0.0, list[str]()
    for name in sorted(names, key=lambda n: (n not in direct, not n.startswith(room), times.get(n, 0.0), n)):
        total += times.get(name, 0.0)
        if chosen and total > BUDGET:
            break
        chosen.append(name)
    return chosen


def room_of(path: Path) -> str:
    return f"tests/autograd/{path.parts[1]}"


def run(*command: str, native: bool = False) -> int:
    environment = {**os.environ, "WHYGRAD_PURE": "" if native else "1"}
    return subprocess.run([sys.executable, "-m", *command], env=environment, check=False).returncode


def run_chosen(path: Path, line: int) -> int:
    """Run the tests for a changed line: first the tests of its room; if these pass, the others."""
    chosen = tests_of(path, line)
    room = room_of(path)
    for part in ([n for n in chosen if n.startswith(room)], [n for n in chosen if not n.startswith(room)]):
        Path(CHOSEN).write_text(json.dumps(part), encoding="utf-8")
        files = sorted({name.partition("::")[0] for name in part})
        if part and (status := run(*PYTEST, "-p", "tests.mutation", *files)):
            return status
    return 0


def run_native() -> int:
    """Run the tests of the native classes, and some programs, with these classes at hand."""
    folder = Path(NATIVE[0])
    for path in (ORIGINAL / folder).glob("_native*.*"):
        shutil.copy(path, folder)
    try:
        return run(*PYTEST, *NATIVE_TESTS, native=True) or run(*CAMPAIGN, native=True)
    finally:
        remove_native(folder)


def remove_native(folder: Path) -> None:
    for path in (*folder.glob("_native*.so"), *folder.glob("_native*.pyd")):
        path.unlink()


def test() -> int:
    """Run the tests that may notice the change, then some programs; return the status."""
    path, line = changed()
    try:
        ast.parse(path.read_bytes())
    except SyntaxError:
        print(NO_PROGRAM)
        return 1
    if any(path.is_relative_to(prefix) for prefix in NATIVE):
        return run_native()
    return run_chosen(path, line) or run(*CAMPAIGN)


def sample(session: Path, size: int, seed: int, skip: int) -> int:
    """Keep some of the mutants of a session, after the first ``skip`` drawn; return how many there were."""
    with sqlite3.connect(session) as database:
        rows = database.execute(
            "SELECT job_id, operator_name FROM mutation_specs ORDER BY module_path, operator_name, occurrence"
        ).fetchall()
        found = [job for job, name in rows if not any(part in name for part in MEANINGLESS)]
        kept = set(random.Random(seed).sample(found, min(size, len(found)))[skip:])
        dropped = [(job,) for job, _ in rows if job not in kept]
        for table in ("mutation_specs", "work_items"):
            database.executemany(f"DELETE FROM {table} WHERE job_id = ?", dropped)  # noqa: S608 - two constants
    return len(found)


def report(session: Path) -> None:
    """Print the rate, and the difference that each survivor makes."""
    with sqlite3.connect(session) as database:
        query = "SELECT test_outcome, diff FROM work_results WHERE output NOT LIKE ? ORDER BY diff"
        rows = database.execute(query, (f"%{NO_PROGRAM}%",)).fetchall()
    # Named in capitals or not, by the version of Cosmic Ray.
    outcomes = [(str(outcome).lower(), diff) for outcome, diff in rows]
    survivors = [diff for outcome, diff in outcomes if outcome.endswith("survived")]
    print(f"{len(rows) - len(survivors)} of {len(rows)} mutants killed")
    for diff in survivors:
        print("\n".join(line for line in (diff or "").splitlines() if line[:1] in "+-"), end="\n\n")


def measure(folder: Path, kept: Path | None, environment: dict[str, str]) -> None:
    """Run the tests unchanged, and note which test runs which line; or take that from an earlier run."""
    names = (COVERAGE, TIMES)
    if kept and all((kept / name).exists() for name in names):
        for name in names:
            shutil.copy(kept / name, folder)
        return
    text = f"[run]\nsource = {folder / 'autograd'}\ndata_file = {folder / COVERAGE}\n"
    (folder / "coverage.rc").write_text(text, encoding="utf-8")
    measured = ("coverage", "run", "--rcfile=coverage.rc", "-m", *PYTEST, "-p", "tests.mutation")
    command = [sys.executable, "-m", *measured, "tests/autograd"]
    if subprocess.run(command, cwd=folder, env=environment, check=False).returncode:
        sys.exit("the tests fail as they are: no mutant was tried")
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copy(folder / name, kept)


def copy(folder: Path) -> None:
    """Copy the package and its tests; the native classes beside the originals only."""
    for part in ("autograd", "nn", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(folder / "autograd", folder / "original" / "autograd")
    remove_native(folder / NATIVE[0])
    for file in ("pyproject.toml", "whygrad.py"):
        shutil.copy(ROOT / file, folder)
    # Bytecode is compared by its source, not by times: a mutant may be as long as its original, and made
    # within the same second.
    compileall.compile_dir(folder, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation", description="Whether tests notice faults."
    )
    parser.add_argument("files", nargs="*", default=["autograd"])
    parser.add_argument("--sample", type=int, default=100, help="how many mutants (default 100)")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (default 1)")
    parser.add_argument("--skip", type=int, default=0, help="leave out the first of the sample (default 0)")
    parser.add_argument("--timeout", type=float, default=300.0, help="of the tests of a mutant, in seconds")
    parser.add_argument(
        "--lines", type=Path, metavar="FOLDER", help="keep here which test runs which line, for the next time"
    )
    parser.add_argument("--test", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.test:
        return test()
    cosmic_ray = Path(sys.executable).with_name("cosmic-ray")
    with tempfile.TemporaryDirectory(prefix="whygrad-") as name:
        folder = Path(name)
        copy(folder)
        command = f"{sys.executable} -m tests.mutation --test"
        text = CONFIGURATION.format(files=options.files, timeout=options.timeout, command=command)
        (folder / "mutants.toml").write_text(text, encoding="utf-8")
        session = folder / "mutants.sqlite"
        environment = {**os.environ, "PYTHONPATH": name, "PYTHONDONTWRITEBYTECODE": "1"}
        settings: dict[str, Any] = {"cwd": folder, "env": environment, "check": True}
        subprocess.run([cosmic_ray, "init", "mutants.toml", session.name], **settings)
        found = sample(session, options.sample, options.seed, options.skip)
        part = f" from number {options.skip + 1} on" if options.skip else ""
        print(
            f"a sample of {options.sample} of {found:,} mutants, with seed {options.seed}{part}", flush=True
        )
        measure(folder, options.lines, {**environment, "WHYGRAD_PURE": "1"})
        try:
            subprocess.run([cosmic_ray, "exec", "mutants.toml", session.name], **settings)
        finally:
            report(session)
    return 0


if __name__ == "__main__":
    sys.exit(main())
