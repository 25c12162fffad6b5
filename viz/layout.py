"""Laying a graph out, under a time limit: by ``dot``, or by the same library inside pygraphviz."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

__all__ = ["TIME_LIMIT", "BackendMissingError", "LayoutError", "LayoutTimeoutError", "layout"]

TIME_LIMIT = 30.0


class LayoutError(RuntimeError):
    """A graph that could not be laid out."""


class LayoutTimeoutError(LayoutError, TimeoutError):
    """The layout was not done within the time limit, and was stopped."""


class BackendMissingError(LayoutError, ImportError):
    """There is neither ``dot`` on the PATH nor pygraphviz."""


def layout(source: str, form: str = "svg", *, timeout: float | None = TIME_LIMIT) -> bytes:
    """A graph in DOT, laid out and written as svg, png or pdf.

    Args:
        source: the graph in DOT.
        form: the format.
        timeout: the most seconds it may take; None: any.

    Raises:
        BackendMissingError: there is nothing here that lays graphs out.
        LayoutTimeoutError: it took longer.
        LayoutError: Graphviz refused the graph.
    """
    # A layout cannot be interrupted from inside, so it always runs in a process that can be killed.
    try:
        done = subprocess.run(  # noqa: S603 (no shell, and nothing of the user's in the command)
            _command(form), input=source.encode(), capture_output=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        raise LayoutTimeoutError(
            f"the layout of this graph took longer than {timeout:g} seconds and was stopped: give it more "
            "time (timeout=…), or draw fewer values (budget=…), which folds the rest"
        ) from None
    if done.returncode or not done.stdout:
        complaint = done.stderr.decode(errors="replace").strip().splitlines()
        raise LayoutError(
            f"Graphviz could not lay this graph out: {complaint[-1] if complaint else 'no reason'}"
        )
    return done.stdout


def _command(form: str) -> list[str]:
    dot = shutil.which("dot")
    if dot is not None:
        return [dot, f"-T{form}"]
    if find_spec("pygraphviz") is None:
        raise BackendMissingError(
            "there is nothing here that lays graphs out: pip install whygrad[viz], or install Graphviz "
            "so that `dot` is on the PATH; files ending in .dot need neither"
        )
    # By its path, not by -m, which would let a file in the user's folder pass for pygraphviz.
    return [sys.executable, str(Path(__file__).with_name("bundled.py")), form]
