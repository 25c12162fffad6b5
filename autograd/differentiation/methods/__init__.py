"""Every way of differentiating, one file each.

A method takes a `Linearization` and returns one derivative per value of ``wrt``. It multiplies and
adds whatever numbers it is given: the same function computes on floats, is exact on fractions,
records itself on values, and counts itself on counting numbers. Its further arguments are options.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from inspect import signature
from typing import Any

__all__ = ["METHODS", "Method", "accuracy", "with_options"]

Method = Callable[..., list[Any]]

# How near the result of each method is to the derivative.
_ACCURACY = {
    **dict.fromkeys(("backprop", "paths", "tree", "forward", "restart", "eliminate", "checkpoint"), "exact"),
    **dict.fromkeys(("finite_difference", "central_difference", "complex_step"), "approximate"),
    **dict.fromkeys(("forward_gradient", "simultaneous_perturbation"), "estimate"),
}


class _Methods(Mapping[str, Method]):
    """The methods by name. A file is loaded when its method is looked up, so a reader needs only that one."""

    def __getitem__(self, name: str) -> Method:
        if name not in _ACCURACY:
            raise KeyError(name)
        file = "finite_difference" if name == "central_difference" else name
        method: Method = getattr(import_module(f"autograd.differentiation.methods.{file}"), name)
        return method

    def __iter__(self) -> Iterator[str]:
        return iter(_ACCURACY)

    def __len__(self) -> int:
        return len(_ACCURACY)


METHODS = _Methods()


def accuracy(name: str) -> str:
    """Return ``"exact"`` (but for rounding), ``"approximate"``, or ``"estimate"``, which has a variance."""
    return _ACCURACY[name.partition("-")[0]]


def with_options(name: str, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return a method's name and all of its options; ``eliminate-reverse`` names the first one's value.

    Raises:
        KeyError: there is no such method.
        TypeError: the name is not text, or the method has no such option, or it is given twice.
        ValueError: an option is refused.
    """
    if not isinstance(name, str):
        raise TypeError(f"a method must be a name such as 'backprop', not {name!r:.40}")
    base, variant, value = name.partition("-")
    if base not in METHODS:
        raise KeyError(f"there is no method {name!r}; there are {', '.join(METHODS)}")
    if not variant and not options:
        return base, {}
    # Defers the load of the checks.
    from autograd.differentiation.methods.options import completed

    known = list(signature(METHODS[base]).parameters)[1:]
    return base, completed(base, known, options, value if variant else None)
