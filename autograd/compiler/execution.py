"""A text in Python, executed: the function that it defines."""

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
    """The function that a text defines. It is ours: a user's text is only in comments, see `source`."""
    name = f"<compiled {next(_numbers)}>"
    exec(builtins.compile(text, name, "exec"), namespace)  # noqa: S102
    program: Any = namespace.pop("program")  # left there, it would be a reference cycle
    # Tracebacks show the lines as long as they can meet the code, which a frame keeps without its function.
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    finalize(program.__code__, linecache.cache.pop, name, None).atexit = False
    return program  # type: ignore[no-any-return]


def executed_later(text: str, namespace: dict[str, Any]) -> Callable[..., Any]:
    """The same, on the first call, since a long text takes a while."""
    run = cache(partial(executed, text, namespace))
    return lambda *args: run()(*args)
