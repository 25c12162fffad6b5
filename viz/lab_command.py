"""``whygrad lab``: run the lab, a program of its own, as ``python -m lab`` does."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Run the lab until it ends, and return its exit status."""
    before = sys.argv
    sys.argv = ["lab", *arguments]
    try:
        runpy.run_module("lab", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    finally:
        sys.argv = before
    return 0
