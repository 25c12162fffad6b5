"""Write files whole or not at all, whoever else writes them at the same time."""

from __future__ import annotations

import glob
import os
import secrets
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["check_target", "write"]

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, flock


def check_target(path: Path) -> None:
    """Check that a file can be written, before work is spent on its content.

    Raises:
        FileNotFoundError: the folder does not exist.
        IsADirectoryError: the path is a folder.
        OSError: the path is a device, a pipe or a socket.
    """
    target = path.resolve()
    if not target.parent.is_dir():
        raise FileNotFoundError(
            f"there is no folder {str(path.parent)!r} to write {path.name!r} to: make it first"
        )
    if target.is_dir():
        raise IsADirectoryError(f"{path} is a folder: give the path of a file in it")
    if target.exists() and not target.is_file():
        raise OSError(f"{path} is a device, a pipe or a socket: give the path of a regular file")


def write(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Write a temporary file beside the target and rename it, so that no reader sees half of it.

    Several processes may write one target at the same time: each has a temporary file of its own, and one
    of them is last. A target that exists keeps its permissions, and a link stays a link. What killed
    writers left beside the target is removed.

    Args:
        path: the target.
        content: what to write.
        mode: the target's permissions, such as 0o600, instead of those that it has or would get.

    Raises:
        OSError: the file cannot be written; see also `check_target`.
    """
    check_target(path)
    target = path.resolve()
    try:
        _sweep(target)
        file, temporary = _open_beside(target)
        try:
            with file:
                with suppress(FileNotFoundError):
                    temporary.chmod(stat.S_IMODE(target.stat().st_mode) if mode is None else mode)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())  # a power cut must not leave the new name without content
                if sys.platform != "win32":  # under the lock
                    temporary.replace(target)
            if sys.platform == "win32":  # an open file cannot be renamed there
                temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OSError(error.errno, f"the file could not be written: {reason}", str(path)) from None


def _open_beside(target: Path) -> tuple[BinaryIO, Path]:
    """Create a temporary file and lock it, which tells other writers that this one lives."""
    while True:
        temporary = target.with_name(f"{_prefix(target)}{secrets.token_hex(8)}.tmp")
        file = temporary.open("xb")
        if sys.platform == "win32":
            return file, temporary
        flock(file, LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return file, temporary
        file.close()  # removed by another writer before it was locked


def _sweep(target: Path) -> None:
    """Remove the temporary files of writers that were killed."""
    for litter in target.parent.glob(f"{glob.escape(_prefix(target))}*tmp"):
        with suppress(OSError):  # its writer lives, or somebody else removed it
            if sys.platform == "win32":  # where an open file cannot be deleted
                litter.unlink()
            else:
                with litter.open("rb") as file:
                    flock(file, LOCK_EX | LOCK_NB)
                    litter.unlink()


def _prefix(target: Path) -> str:
    return f".{target.name}."
