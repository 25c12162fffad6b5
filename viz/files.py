"""Files that are there whole or not at all."""

from __future__ import annotations

import secrets
from pathlib import Path

__all__ = ["check_folder", "write"]


def check_folder(path: Path) -> None:
    """Make sure that a file can stand there, before there is work to lose.

    Raises:
        FileNotFoundError: the folder does not exist.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"there is no folder {str(path.parent)!r} to write {path.name!r} to: make it first"
        )


def write(path: Path, content: bytes) -> None:
    """Write beside a file and move it there, so that nobody ever reads half of it.

    Raises:
        OSError: the folder cannot be written to.
    """
    beside = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
