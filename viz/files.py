"""Write files whole or not at all."""

from __future__ import annotations

import secrets
from pathlib import Path

__all__ = ["check_folder", "write"]


def check_folder(path: Path) -> None:
    """Check that the folder of a file exists, before work is spent on the content.

    Raises:
        FileNotFoundError: the folder does not exist.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"there is no folder {str(path.parent)!r} to write {path.name!r} to: make it first"
        )


def write(path: Path, content: bytes) -> None:
    """Write a temporary file beside the target and rename it, so that no reader sees half of it.

    Raises:
        OSError: the file cannot be written.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
