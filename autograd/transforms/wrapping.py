"""`Transformed`: a function made from another by a transform such as `grad`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import WRAPPER_ASSIGNMENTS, partial, update_wrapper
from operator import attrgetter
from types import MethodType
from typing import Any

from autograd.rules.naming import is_sent_by_value

__all__ = ["Transformed", "decorator", "place_by_name"]


class Transformed:
    """A function made from another, with its name and docstring.

    It is a method where it stands in a class, with ``self`` as argument 0, and it is pickled if the
    function is.
    """

    def __init__(self, transform: Callable[..., Any], rule: Callable[..., Any], f: Any, argnums: Any) -> None:
        self._transform = transform
        self._rule = rule
        self._argnums = argnums
        update_wrapper(self, f, WRAPPER_ASSIGNMENTS, ())

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._rule(self.__wrapped__, self._argnums, args, options)  # type: ignore[attr-defined]

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        f = self.__wrapped__  # type: ignore[attr-defined]
        return f"<{self._transform.__name__} of {f!r}, argnums={self._argnums!r}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        f = self.__wrapped__  # type: ignore[attr-defined]
        return place_by_name(self) or (self._transform, (f, self._argnums))


def place_by_name(f: Any) -> str | None:
    """Return the name by which pickle finds a decorated function in its module; None if it is not there.

    None too while cloudpickle sends the functions of a script or a notebook by value.
    """
    name = getattr(f, "__qualname__", "")
    try:
        is_there = attrgetter(name)(sys.modules[f.__module__]) is f and not is_sent_by_value(f.__module__)
        return name if is_there else None
    except (AttributeError, KeyError):
        return None


def decorator(transform: Callable[..., Any], f: Any, **options: Any) -> Callable[..., Any]:
    """Return a decorator with these options, for ``@grad(argnums=1)``.

    Raises:
        TypeError: there is something else than a function in its place.
    """
    if f is not None:
        name = transform.__name__
        raise TypeError(
            f"{name} takes a function, not {type(f).__name__} {f!r:.40}: write {name}(f)(x), not "
            f"{name}(f(x)), and give options by name"
        )
    return partial(transform, **options)
