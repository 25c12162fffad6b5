"""A separate environment for the rivals, since one of them has the import name of this package."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

__all__ = ["python_with_rivals"]

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".benchmarks" / "rivals"


def python_with_rivals(tell: Callable[[str], object], folder: Path = FOLDER) -> str | None:
    """Find or make an environment with the rivals of `pyproject.toml`.

    Args:
        tell: called with messages: what is being installed, and what cannot be.
        folder: where the environment is.

    Returns:
        The path of its Python, or None if no environment can be made.
    """
    with (ROOT / "pyproject.toml").open("rb") as file:
        wanted: list[str] = tomllib.load(file)["dependency-groups"]["rivals"]
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        tell(f"installing the rivals into {os.path.relpath(folder, ROOT)}; this takes some minutes")
        if why := _failure(sys.executable, "-m", "venv", str(folder)):
            tell(f"cannot make an environment for the rivals: {why}")
            return None
    install = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    if _failure(*install, *wanted):  # one may fail while the others install
        for one in wanted:
            if why := _failure(*install, one):
                tell(f"cannot install {one}: {why}")
    return str(python)


def _failure(*command: str) -> str:
    """The last line of a command's error output if it fails, else an empty text."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return (lines[-1] if lines else f"status {done.returncode}") if done.returncode else ""
