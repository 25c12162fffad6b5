"""``whygrad doctor``: what is installed, where each import comes from, and what is broken.

The top of this file imports nothing else of the package, so that it runs even if another package has
overwritten some of it: see `whygrad`.
"""

from __future__ import annotations

import json
import platform
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from whygrad import ADVICE, stranger

__all__ = ["command_parser", "main"]

PACKAGES = ("autograd", "nn", "viz")
# Extras for work on whygrad itself, which are not shown.
_OURS = ("bench", "dev", "docs", "peers", "test")


def main(arguments: Sequence[str]) -> int:
    """Run the command.

    Returns:
        the exit status: 0, 1 if something is broken, or 2 if the answer cannot be printed.
    """
    streams = _streams()
    streams.open_streams()
    parser = command_parser()
    options = parser.parse_args(arguments)
    found = examined()
    status: int = streams.say(json.dumps(found, indent=1) if options.json else _told(found), parser.prog)
    return status or (1 if found["problems"] else 0)


def command_parser() -> Any:
    """The parser of the command's arguments, a `viz.streams.Parser`."""
    parser = _streams().Parser(
        prog="whygrad doctor",
        description="Print versions, where each import comes from, and which optional parts are there. The "
        "exit status is 1 if something is broken.",
        allow_abbrev=False,
    )
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    return parser


def _streams() -> SimpleNamespace:
    """The names of `viz.streams`, loaded by its path, since its package may not be importable."""
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("streams.py"))))


def examined() -> dict[str, Any]:
    """Examine the installation: a dict by topic. ``problems`` are clauses; ``advice`` is for all of them."""
    problems = [*_foreign(), *_shared(), *_changed()]
    return {
        "problems": problems,
        "advice": ADVICE if problems else None,
        "versions": {
            "whygrad": _version("whygrad"),
            "python": platform.python_version(),
            **{name: _version(name) for name in ("numpy", "graphviz")},
        },
        "system": platform.platform(),
        "python": sys.executable,
        "imports": {name: _origin(name) for name in (*PACKAGES, "numpy", "graphviz")},
        "native": _native(),
        "compiler": _compiler(),
        "layout": _layout(),
        "extras": _extras(),
        "cache": _cache(),
    }


# ---- what is broken


def _foreign() -> list[str]:
    """Our import names under which Python finds another package."""
    places = {name: stranger(name) for name in PACKAGES}
    return [f"import {name} finds another package, {place}" for name, place in places.items() if place]


def _shared() -> list[str]:
    """Other distributions installed under one of our import names."""
    owners = metadata.packages_distributions()
    return [
        f"the distribution {other} is installed too, and is imported as {name}"
        for name in PACKAGES
        for other in sorted(set(owners.get(name, ())) - {"whygrad"})
    ]


def _changed() -> list[str]:
    """Our installed files that are missing or differ from the package's."""
    with suppress(metadata.PackageNotFoundError):
        files = [file for file in metadata.files("whygrad") or () if file.suffix == ".py"]
        wrong = [file for file in files if file.hash and _hash(Path(str(file.locate()))) != file.hash.value]
        if wrong:
            more = f" and {len(wrong) - 1} more" if wrong[1:] else ""
            return [f"{wrong[0]}{more} was changed or removed after whygrad was installed"]
    return []


def _hash(path: Path) -> str:
    """The hash of a file as installers write it, or an empty text if it cannot be read."""
    try:
        return urlsafe_b64encode(sha256(path.read_bytes()).digest()).decode().rstrip("=")
    except OSError:
        return ""


# ---- what is installed


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _origin(name: str) -> str | None:
    spec = find_spec(name)
    return spec.origin if spec else None


def _native() -> str:
    try:
        from autograd.numbers.native import native  # deferred: it may be another package's
    except ImportError as error:
        return f"cannot be loaded: {error}"
    return f"{'in use' if native.in_use else 'not in use'}: {native.why}"


def _compiler() -> dict[str, Any]:
    """The C compiler of ``compile(f, backend="native")``, and Python's headers."""
    command = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    headers = Path(sysconfig.get_path("include"), "Python.h")
    return {
        "command": command,
        "version": _first_line(command, "--version") if command else None,
        "headers": str(headers) if headers.exists() else None,
    }


def _layout() -> dict[str, Any]:
    """The programs that can lay out pictures."""
    dot = shutil.which("dot")
    version = _first_line(dot, "-V") if dot else None
    return {"dot": dot, "version": version, "pygraphviz": _version("pygraphviz")}


def _first_line(*command: str) -> str | None:
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(  # noqa: S603
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=20
        )
        return next(iter((done.stdout + done.stderr).splitlines()), None)
    return None


def _extras() -> dict[str, dict[str, str | None]]:
    """The versions of the packages that each extra asks for; None for one that is not installed."""
    found: dict[str, dict[str, str | None]] = {}
    with suppress(metadata.PackageNotFoundError):
        for line in metadata.requires("whygrad") or ():
            name, extra = re.match(r"[\w.-]+", line), re.search(r"extra == ['\"]([\w-]+)['\"]", line)
            if name and extra and name[0] != "whygrad" and extra[1] not in _OURS:
                found.setdefault(extra[1], {})[name[0]] = _version(name[0])
    return found


def _cache() -> dict[str, Any]:
    try:
        from autograd.compiler import native_cache  # deferred: it may be another package's
    except ImportError as error:
        return {"problem": str(error)}
    place = native_cache.folder()
    try:
        usage = native_cache.usage()
    except native_cache.UnusableError as error:
        return {"folder": str(place), "problem": str(error)}
    return {"folder": None if place is None else str(place), "libraries": usage[0], "bytes": usage[1]}


# ---- as text


def _told(found: dict[str, Any]) -> str:
    compiler, layout, cache = found["compiler"], found["layout"], found["cache"]
    versions = [f"{name} {version or 'not installed'}" for name, version in found["versions"].items()]
    lines = [
        ("versions", ", ".join(versions)),
        ("system", found["system"]),
        ("python", found["python"]),
        *((f"import {name}", origin or "not found") for name, origin in found["imports"].items()),
        ("native Value", found["native"]),
        ("C compiler", f"{compiler['command']}: {compiler['version']}" if compiler["command"] else "none"),
        ("Python.h", compiler["headers"] or "not found"),
        ("Graphviz", f"{layout['dot']}: {layout['version']}" if layout["dot"] else "no dot"),
        ("cache", _cache_line(cache)),
        *((f"extra {name}", _extra_line(name, parts)) for name, parts in found["extras"].items()),
    ]
    width = max(len(topic) for topic, _ in lines)
    told = [f"{topic:<{width}}  {what}" for topic, what in lines]
    problems = [f"broken: {problem}" for problem in found["problems"]]
    told += ["", *problems, f"what to do: {found['advice']}"] if problems else ["", "nothing is broken"]
    return "\n".join(told)


def _cache_line(cache: dict[str, Any]) -> str:
    if "problem" in cache:
        return str(cache["problem"])
    libraries = "1 library" if cache["libraries"] == 1 else f"{cache['libraries']:,} libraries"
    return f"{cache['folder']}: {libraries}" if cache["folder"] else "off"


def _extra_line(name: str, parts: dict[str, str | None]) -> str:
    texts = [f"{package} {version or 'missing'}" for package, version in parts.items()]
    advice = "" if all(parts.values()) else f": pip install 'whygrad[{name}]'"
    return ", ".join(texts) + advice


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
