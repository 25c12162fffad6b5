"""Files that are there whole or not at all."""

from __future__ import annotations

import secrets
from pathlib import Path

__all__ = ["write"]


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
