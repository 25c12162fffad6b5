"""The native `Value`: a C extension with the class of `recording.value`, used if it is built.

``WHYGRAD_PURE=1`` in the environment keeps to the Python classes, which compute the same numbers.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from autograd.numbers.native.assembly import assembled, counted

__all__ = ["Native", "Unusual", "native", "native_bytes", "replacement"]


class Native(NamedTuple):
    """Which implementation of `Value` is in use.

    Attributes:
        in_use: whether it is the one in C.
        why: the reason.
    """

    in_use: bool
    why: str


def _load() -> tuple[Any, str]:
    if os.environ.get("WHYGRAD_PURE", "0") not in ("", "0"):
        return None, "WHYGRAD_PURE is set"
    try:
        return import_module(f"{__name__}._native"), "the extension is built"
    except ImportError as error:
        return None, f"the extension is not built, or not for this Python: {error}"


_core, _why = _load()
native = Native(_core is not None, _why)
_unusual = array("q", [0])


class Unusual:
    """A value other than the default for the context variables of `recording.hooks`.

    While none is alive, native code need not ask the variables. Each copy of a context refers to its values,
    so a task that was started within a block counts until it ends.
    """

    __slots__ = ("__weakref__",)

    def __init__(self) -> None:
        _unusual[0] += 1

    def __del__(self, counts: array[int] = _unusual) -> None:  # globals are gone when Python ends
        counts[0] -= 1


def native_bytes() -> int:
    """Return how many bytes the living native nodes take, which `tracemalloc` does not see."""
    return 0 if _core is None else int(_core.memory())


def replacement(name: str, default: Any, **left: Callable[..., Any]) -> Any:
    """Return what the extension has instead of a definition, or the definition if there is no extension.

    Args:
        name: of the definition.
        default: the definition in Python.
        left: functions that native code calls; ``recording`` returns whether operations are recorded: see
            `recording.hooks`.
    """
    if _core is None:
        return default
    if name == "topological":
        return _sorting(default)
    if name == "Tally":
        return _core.make_tally()
    if name not in ("Counted", "Value"):
        return getattr(_core, name)
    if default.__module__ not in ("autograd.numbers.counted", "autograd.recording.value"):
        return default  # a second copy, to compare with
    return counted(_core, default, left) if name == "Counted" else assembled(_core, default, _unusual, left)


def _sorting(default: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    def topological(*roots: Any) -> list[Any]:
        found: list[Any] | None = _core.topological(*roots)
        return default(*roots) if found is None else found

    return topological
