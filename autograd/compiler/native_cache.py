"""Native code that stays: compiled libraries in a folder of the user, by fingerprint.

The folder is ``whygrad`` in the user's cache folder, or the one that the environment variable
``WHYGRAD_CACHE`` names; ``WHYGRAD_CACHE=off`` keeps nothing. A library runs in the user's name, so the folder
and its files must belong to the user, and nobody else may write to them.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from autograd.files import write

__all__ = ["LIMIT", "SETTING", "UnusableError", "Usage", "clear", "find", "folder", "store", "usage"]

SETTING = "WHYGRAD_CACHE"
LIMIT = 256 * 2**20  # bytes in all, from which on the libraries used longest ago are removed
_ENDING = ".native"
_DIGEST = sha256().digest_size


class UnusableError(Exception):
    """The folder cannot be used; the message says why, and what to do."""


class Usage(NamedTuple):
    """What the folder holds: the number of libraries, and their bytes."""

    libraries: int
    size: int


def folder() -> Path | None:
    """Return the folder, which need not exist, or None if nothing is kept."""
    setting = os.environ.get(SETTING)
    if setting is not None:
        return None if setting.strip() in ("", "off") else Path(setting).expanduser().absolute()
    home = Path("~").expanduser()
    if sys.platform == "win32":
        parent = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        parent = home / "Library" / "Caches"
    else:
        parent = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return parent / "whygrad" if parent.is_absolute() else None


def find(fingerprint: str) -> bytes | None:
    """Return the library with this fingerprint, or None if there is none or its file is damaged.

    Raises:
        UnusableError: the folder is not private to the user.
    """
    place = _checked(create=False)
    if place is None:
        return None
    path = place / f"{fingerprint}{_ENDING}"
    try:
        with path.open("rb") as file:
            content = file.read() if _complaint(os.fstat(file.fileno())) is None else b""
    except OSError:
        return None
    library = content[_DIGEST:]
    if content[:_DIGEST] != _digest(fingerprint, library):
        return None
    with suppress(OSError):
        os.utime(path)  # those used longest ago go first
    return library


def store(fingerprint: str, library: bytes) -> None:
    """Keep a library, and remove those used longest ago while there are more than `LIMIT` bytes.

    Raises:
        UnusableError: the folder is not private to the user, or cannot be written to.
    """
    place = _checked(create=True)
    if place is None:
        return
    path = place / f"{fingerprint}{_ENDING}"
    try:
        write(path, _digest(fingerprint, library) + library, mode=0o600)
    except OSError as error:
        raise _unusable(place, error.strerror or str(error)) from None
    _trim(place)


def usage() -> Usage:
    """Count what the folder holds.

    Raises:
        UnusableError: the folder is not private to the user.
    """
    place = _checked(create=False)
    files = [] if place is None else _files(place)
    sizes = [found.st_size for file, found in files if file.suffix == _ENDING]
    return Usage(len(sizes), sum(sizes))


def clear() -> Usage:
    """Remove all libraries, and return what there was. Other files in the folder stay.

    Raises:
        UnusableError: the folder is not private to the user, or a file cannot be removed.
    """
    before, place = usage(), _checked(create=False)
    for file, _ in [] if place is None else _files(place):
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise UnusableError(f"cannot remove {str(file)!r}: {error.strerror or error}") from None
    return before


def _trim(place: Path) -> None:
    kept = 0
    for file, found in sorted(_files(place), key=lambda entry: -entry[1].st_mtime_ns):
        kept += found.st_size
        if kept > LIMIT:
            with suppress(OSError):  # another process removed it, or is reading it on Windows
                file.unlink()


def _files(place: Path) -> list[tuple[Path, os.stat_result]]:
    """The libraries, and what killed writers left of some."""
    found = []
    for path in place.glob(f"*{_ENDING}*"):
        with suppress(FileNotFoundError):  # another process removed it
            found.append((path, path.stat()))
    return found


def _digest(fingerprint: str, library: bytes) -> bytes:
    return sha256(fingerprint.encode() + library).digest()


def _checked(*, create: bool) -> Path | None:
    """The folder if it exists and is private; None if nothing is kept or there is no folder."""
    place = folder()
    if place is None:
        return None
    try:
        if not create and not place.exists():
            return None
        if create:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        complaint = _complaint(place.stat()) if place.is_dir() else "is not a folder"
    except FileExistsError:
        complaint = "is not a folder"
    except OSError as error:
        complaint = error.strerror or str(error)
    if complaint is not None:
        raise _unusable(place, complaint)
    return place


def _complaint(found: os.stat_result) -> str | None:
    """Say what is wrong with the owner or the permissions of a file or folder, or None."""
    if sys.platform == "win32":  # where a user's folders are private
        return None
    if found.st_uid != os.geteuid():
        return "belongs to another user"
    return "can be written to by other users" if found.st_mode & 0o022 else None


def _unusable(place: Path, complaint: str) -> UnusableError:
    return UnusableError(
        f"native code is not kept in {str(place)!r}: {complaint}; set {SETTING} to a folder of your own that "
        "nobody else can write to, or to 'off'"
    )
