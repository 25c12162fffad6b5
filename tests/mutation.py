"""``python -m tests.mutation [files] --sample N --seed S``: whether the tests notice small faults.

Cosmic Ray changes one operator, number or condition of a file at a time, in a copy of the package; a mutant
is killed if a test of the file's room or the campaign then fails. Most files are tested with the Python
classes, since the native ones do not run them; what makes the native classes is tested with these. Cosmic Ray
is in the dependency group ``mutation``.

The sample leaves out changes that mean nothing here: shifts and bit operations, and unions in type hints. A
mutant that is no longer Python, such as one of the ``*`` before keyword-only parameters, is not counted.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from py_compile import PycInvalidationMode

ROOT = Path(__file__).parent.parent
ORIGINAL = ROOT / "original"  # in the copy: the files before they are changed
# Files with tests elsewhere than in their room. The first two make the native classes, which are then in use.
ELSEWHERE: dict[str, tuple[str, ...]] = {
    "autograd/numbers/native": ("tests/autograd/recording/test_native.py", "tests/autograd/numbers"),
    "autograd/compiler/writers/c_rules.py": ("tests/autograd/recording/test_native.py",),
    "autograd/rules": ("tests/autograd/rules", "tests/autograd/test_windows.py", "tests/autograd/functions"),
}
NATIVE = tuple(ELSEWHERE)[:2]
# They take longest, and other tests notice the same.
LEFT_OUT = tuple(
    f"--deselect=tests/autograd/functions/test_calls.py::test_{name}" for name in ("jax", "compiled")
)
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


def changed() -> Path:
    """The file in this copy that differs from the original; the table of rules if none does."""
    copies = sorted(Path("autograd").rglob("*.py"))
    differ = (path for path in copies if path.read_bytes() != (ORIGINAL / path).read_bytes())
    return next(differ, Path("autograd/rules/scalars.py"))


def tests_of(path: Path) -> tuple[bool, tuple[str, ...]]:
    """Whether a file is tested with the native classes, and the tests."""
    for prefix, tests in ELSEWHERE.items():
        if path.is_relative_to(prefix):
            return prefix in NATIVE, tests
    room = path.parts[1]
    return False, (f"tests/autograd/test_{room}" if room.endswith(".py") else f"tests/autograd/{room}",)


def test() -> int:
    """Run the tests of the changed file, then some programs; return the status."""
    path = changed()
    try:
        ast.parse(path.read_bytes())
    except SyntaxError:
        print(NO_PROGRAM)
        return 1
    native, tests = tests_of(path)
    environment = {**os.environ, "WHYGRAD_PURE": "" if native else "1"}
    pytest = ("pytest", "-qx", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:xdist", *LEFT_OUT)
    for command in ((*pytest, *tests), ("tests.campaign", "--programs", "150", "--seed", "1")):
        arguments = [sys.executable, "-m", *command]
        if status := subprocess.run(arguments, env=environment, check=False).returncode:
            return status
    return 0


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


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation", description="Whether tests notice faults."
    )
    parser.add_argument("files", nargs="*", default=["autograd"])
    parser.add_argument("--sample", type=int, default=100, help="how many mutants (default 100)")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (default 1)")
    parser.add_argument("--skip", type=int, default=0, help="leave out the first of the sample (default 0)")
    parser.add_argument("--timeout", type=float, default=300.0, help="of the tests of a mutant, in seconds")
    parser.add_argument("--trusted", action="store_true", help="without first running the tests unchanged")
    parser.add_argument("--test", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.test:
        return test()
    cosmic_ray = Path(sys.executable).with_name("cosmic-ray")
    with tempfile.TemporaryDirectory(prefix="whygrad-") as name:
        folder = Path(name)
        for part in ("autograd", "nn", "tests"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(folder / "autograd", folder / "original" / "autograd")
        for file in ("pyproject.toml", "whygrad.py"):
            shutil.copy(ROOT / file, folder)
        command = f"{sys.executable} -m tests.mutation --test"
        text = CONFIGURATION.format(files=options.files, timeout=options.timeout, command=command)
        (folder / "mutants.toml").write_text(text, encoding="utf-8")
        session = folder / "mutants.sqlite"
        # Bytecode is compared by its source, not by times: a mutant may be as long as its original, and made
        # within the same second.
        compileall.compile_dir(folder, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
        environment = {**os.environ, "PYTHONPATH": name, "PYTHONDONTWRITEBYTECODE": "1"}
        settings = {"cwd": folder, "env": environment, "check": True}
        subprocess.run([cosmic_ray, "init", "mutants.toml", session.name], **settings)
        found = sample(session, options.sample, options.seed, options.skip)
        part = f" from number {options.skip + 1} on" if options.skip else ""
        print(
            f"a sample of {options.sample} of {found:,} mutants, with seed {options.seed}{part}", flush=True
        )
        if not options.trusted:
            subprocess.run([cosmic_ray, "baseline", "mutants.toml"], **settings)
        try:
            subprocess.run([cosmic_ray, "exec", "mutants.toml", session.name], **settings)
        finally:
            report(session)
    return 0


if __name__ == "__main__":
    sys.exit(main())
