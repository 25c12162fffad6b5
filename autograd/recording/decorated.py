"""Functions decorated to run within a block, such as `no_grad`. A generator leaves it at each yield."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial, wraps
from typing import Any

__all__ = ["decorated"]

Enter = Callable[[], AbstractContextManager[Any]]


def decorated(f: Any, enter: Enter) -> Any:
    """Return a function of the same kind that runs within a block.

    Args:
        f: a function, a generator function, or an asynchronous one of either kind.
        enter: returns a block to enter.
    """
    if inspect.isgeneratorfunction(f):
        wrapper = _generator(f, enter)
    elif inspect.isasyncgenfunction(f):
        wrapper = _async_generator(f, enter)
    elif inspect.iscoroutinefunction(f):
        wrapper = _coroutine(f, enter)
    else:
        wrapper = _function(f, enter)
    return wraps(f)(wrapper)


def _function(f: Any, enter: Enter) -> Callable[..., Any]:
    def wrapper(*args: Any, **options: Any) -> Any:
        with enter():
            return f(*args, **options)

    return wrapper


def _coroutine(f: Any, enter: Enter) -> Callable[..., Any]:
    async def wrapper(*args: Any, **options: Any) -> Any:
        with enter():
            return await f(*args, **options)

    return wrapper


def _generator(f: Any, enter: Enter) -> Callable[..., Any]:
    def wrapper(*args: Any, **options: Any) -> Any:
        generator = f(*args, **options)
        advance = partial(next, generator)
        while True:
            try:
                with enter():
                    item = advance()
            except StopIteration as end:
                return end.value
            try:
                sent = yield item
            except GeneratorExit:
                with enter():
                    generator.close()
                raise
            except BaseException as error:  # thrown in, for the generator to handle
                advance = partial(generator.throw, error)
            else:
                advance = partial(generator.send, sent)

    return wrapper


def _async_generator(f: Any, enter: Enter) -> Callable[..., Any]:
    async def wrapper(*args: Any, **options: Any) -> Any:
        generator = f(*args, **options)
        advance = partial(anext, generator)
        while True:
            try:
                with enter():
                    item = await advance()
            except StopAsyncIteration:
                return
            try:
                sent = yield item
            except GeneratorExit:
                with enter():
                    await generator.aclose()
                raise
            except BaseException as error:  # thrown in, for the generator to handle
                advance = partial(generator.athrow, error)
            else:
                advance = partial(generator.asend, sent)

    return wrapper
