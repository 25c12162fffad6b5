"""An environment of the rivals' own: one of them has the import name of this package."""

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
    """The Python of an environment with the rivals of `pyproject.toml`, which are installed if need be.

    Args:
        tell: is told what takes its time, and what cannot be installed.
        folder: where the environment is.

    Returns:
        its path; or None, as there can be no environment.
    """
    with (ROOT / "pyproject.toml").open("rb") as file:
        wanted: list[str] = tomllib.load(file)["dependency-groups"]["rivals"]
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        tell(f"installing the rivals into {os.path.relpath(folder, ROOT)}, which takes some minutes")
        if why := _failure(sys.executable, "-m", "venv", str(folder)):
            tell(f"there can be no environment for the rivals: {why}")
            return None
    install = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    if _failure(*install, *wanted):  # the rest may do without one of them
        for one in wanted:
            if why := _failure(*install, one):
                tell(f"{one} cannot be installed: {why}")
    return str(python)


def _failure(*command: str) -> str:
    """The last line of what a command has to say, if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return (lines[-1] if lines else f"status {done.returncode}") if done.returncode else ""
