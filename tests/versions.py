"""``python -m tests.versions``: a short form of the tests on other versions of Python and of the libraries.

It runs on every other CPython from 3.11 on that is found here, with the newest versions of the libraries;
and on this one with the lowest versions that pyproject.toml allows. All of them run at once;
``python -m tests.versions 3.12`` or ``lowest`` runs one alone.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.together import INTERRUPTED, together

ROOT = Path(__file__).parent.parent
# What depends most on the versions: NumPy's functions and protocols, numbers and their hooks in Python, the
# text that is compiled, files.
TESTS = (
    *(f"tests/autograd/{room}" for room in ("rules", "numbers", "recording", "transforms")),
    *(f"tests/autograd/functions/test_{file}.py" for file in ("common_calls", "compositions", "linalg")),
    *(f"tests/autograd/compiler/test_{file}.py" for file in ("source", "memory")),
    *(f"tests/nn/test_{file}.py" for file in ("layers", "losses", "optimisers", "checkpoints", "resumption")),
)
# Both take longest, and depend on the versions of a compiler and of JAX.
LEFT_OUT = "not test_compiled and not test_jax"
EXTRAS = ("train", "test")
IDENTIFY = "import sys; print(sys.implementation.name, *sys.version_info[:2], getattr(sys, 'abiflags', ''))"


def requirements() -> list[str]:
    """What the tests need, as pyproject.toml has it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [*project["dependencies"], *(line for extra in EXTRAS for line in extras[extra])]


def lowest(requirement: str) -> str:
    """The same requirement with its least version only.

    Raises:
        ValueError: it names no least version.
    """
    found = re.fullmatch(r"([\w.-]+(?:\[\w+])?)(?:>=|==)([\d.]+)", requirement)
    if not found:
        raise ValueError(f"{requirement!r} in pyproject.toml names no least version: write name>=version")
    return f"{found[1]}=={found[2]}"


def candidates() -> Iterator[Path]:
    """Python programs that may be here: on the path, and those that pyenv has installed."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        yield from (p for p in Path(folder or ".").glob("python3.*") if re.fullmatch(r"python3\.\d+", p.name))
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from pyenv.glob("versions/*/bin/python3")


def others() -> dict[tuple[int, int], Path]:
    """Another CPython of each version from 3.11 on, with the global lock."""
    found: dict[tuple[int, int], Path] = {}
    for path in candidates():
        done = subprocess.run([path, "-c", IDENTIFY], capture_output=True, text=True, check=False)
        name, major, minor, *flags = done.stdout.split() or ("", 0, 0)
        version = int(major), int(minor)
        if name == "cpython" and version >= (3, 11) and version != sys.version_info[:2] and not flags:
            found.setdefault(version, path)
    return dict(sorted(found.items()))


def tested(python: Path, wanted: list[str], workers: str) -> int:
    """Run the tests in a new environment; return the exit status."""
    with tempfile.TemporaryDirectory(prefix="whygrad-") as folder:
        subprocess.run([python, "-m", "venv", folder], check=True)
        inside = Path(folder) / ("Scripts" if os.name == "nt" else "bin") / "python"
        # Of the libraries few modules are imported, which are compiled then.
        install = ("pip", "install", "-q", "--no-compile", "--disable-pip-version-check")
        subprocess.run([inside, "-m", *install, *wanted], check=True)
        pytest = [inside, "-m", "pytest", "-q", "-n", workers, "-p", "no:cacheprovider", "-k", LEFT_OUT]
        return subprocess.run([*pytest, *TESTS], cwd=ROOT, check=False).returncode


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.versions", description=__doc__)
    wanted = requirements()
    runs = {f"{major}.{minor}": (path, wanted) for (major, minor), path in others().items()}
    runs["lowest"] = Path(sys.executable), [*map(lowest, wanted)]
    parser.add_argument("name", nargs="?", choices=runs, help="run one alone (default: all at once)")
    parser.add_argument("--workers", default="auto", help="how many processes run the tests (default: auto)")
    options = parser.parse_args(arguments)
    try:
        if options.name:
            python, needed = runs[options.name]
            print(f"tests on {options.name}: {', '.join(needed)}", flush=True)
            return tested(python, needed, options.workers)
        workers = str(max(1, (os.cpu_count() or 1) // len(runs)))
        return together([("tests.versions", name, "--workers", workers) for name in runs])
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
