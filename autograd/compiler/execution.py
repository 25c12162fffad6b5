"""Execute generated Python, to get the function that it defines."""

from __future__ import annotations

import builtins
import linecache
from collections.abc import Callable
from functools import cache, partial
from itertools import count
from typing import Any
from weakref import finalize

__all__ = ["executed", "executed_later"]

_numbers = count()


def executed(text: str, namespace: dict[str, Any]) -> Callable[..., Any]:
    """Return the function that generated code defines. User text occurs in comments alone: see `source`."""
    name = f"<compiled {next(_numbers)}>"
    exec(builtins.compile(text, name, "exec"), namespace)  # noqa: S102
    program: Any = namespace.pop("program")  # left there, it would be a reference cycle
    # Tracebacks show the lines for as long as the code lives, which a frame can keep without its function.
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    finalize(program.__code__, linecache.cache.pop, name, None).atexit = False
    return program  # type: ignore[no-any-return]


def executed_later(text: str, namespace: dict[str, Any]) -> Callable[..., Any]:
    """The same, but executed on the first call, since a long text takes a while."""
    run = cache(partial(executed, text, namespace))
    return lambda *args: run()(*args)
