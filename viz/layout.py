"""Lay graphs out under a time limit, by ``dot`` or by the Graphviz library inside pygraphviz."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

__all__ = ["TIME_LIMIT", "BackendMissingError", "LayoutError", "LayoutTimeoutError", "layout"]

TIME_LIMIT = 30.0


class LayoutError(RuntimeError):
    """A graph could not be laid out."""


class LayoutTimeoutError(LayoutError, TimeoutError):
    """The layout took longer than the time limit and was stopped."""


class BackendMissingError(LayoutError, ImportError):
    """``dot`` is not on the PATH, and pygraphviz is not installed."""


def layout(source: str, form: str = "svg", *, timeout: float | None = TIME_LIMIT) -> bytes:
    """Lay a graph out and render it.

    Args:
        source: the graph in DOT.
        form: the format: svg, png or pdf.
        timeout: the time limit in seconds; None: no limit.

    Raises:
        BackendMissingError: neither ``dot`` nor pygraphviz is installed.
        LayoutTimeoutError: the layout took longer than the limit.
        LayoutError: Graphviz refused the graph.
    """
    # A layout cannot be interrupted from within, so it runs in a process that can be killed.
    try:
        done = subprocess.run(  # noqa: S603 (no shell, and no user input in the command)
            _command(form), input=source.encode(), capture_output=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        raise LayoutTimeoutError(
            f"the layout took longer than {timeout:g} seconds and was stopped: allow more time (timeout=…), "
            "or draw fewer values one by one (budget=…), which folds the rest"
        ) from None
    if done.returncode or not done.stdout:
        complaint = done.stderr.decode(errors="replace").strip().splitlines()
        raise LayoutError(
            f"Graphviz could not lay out this graph: {complaint[-1] if complaint else 'it gives no reason'}"
        )
    return done.stdout


def _command(form: str) -> list[str]:
    dot = shutil.which("dot")
    if dot is not None:
        return [dot, f"-T{form}"]
    if find_spec("pygraphviz") is None:
        raise BackendMissingError(
            "nothing is installed that lays out graphs: pip install whygrad[viz], or install Graphviz so "
            "that `dot` is on the PATH; a .dot file needs neither"
        )
    # By path, not by -m, which would import a file named pygraphviz.py from the working folder.
    return [sys.executable, str(Path(__file__).with_name("bundled.py")), form]
