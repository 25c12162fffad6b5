"""Calls of a rule in the terms of the NumPy function: its names, its order and its defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import BoundArguments, Parameter, Signature, signature
from typing import Any

import numpy as np

from autograd.functions.registry import Rule, refusal
from autograd.numbers.ufuncs import numpy_name

__all__ = ["called", "without_defaults"]


def called(function: Any, rule: Rule, args: Sequence[Any], options: dict[str, Any]) -> Any:
    """Call the rule of a NumPy function.

    A rule need not have every parameter of the function: an argument equal to NumPy's default is dropped.

    Raises:
        TypeError: the rule does not take an argument that is given.
    """
    if options:
        options = {name: x for name, x in options.items() if x is not np._NoValue}
    if (result := _tried(rule, args, options)) is not _UNFIT:
        return result
    name, taken = numpy_name(function), signature(rule).parameters
    try:
        bound = without_defaults(signature_of(function, rule), args, options)
    except TypeError:
        bound = None
    if bound is not None:
        if refused := _surplus(bound, taken):
            raise TypeError(refusal(name, refused))
        if (result := _tried(rule, bound.args, bound.kwargs)) is not _UNFIT:
            return result
    raise TypeError(f"{name} of a Tensor takes the arguments {', '.join(taken)}")


_UNFIT = object()


def _tried(rule: Rule, args: Sequence[Any], options: dict[str, Any]) -> Any:
    """Call a rule; return `_UNFIT` if the arguments do not fit its signature."""
    try:
        return rule(*args, **options)
    except TypeError as error:
        trace: Any = error.__traceback__
        if trace.tb_next is not None:  # raised by the rule, not by the call
            raise
        return _UNFIT


def _surplus(bound: BoundArguments, taken: Mapping[str, Parameter]) -> list[str]:
    """Return the names of the arguments that the rule does not take."""
    count = sum(p.kind in _POSITIONAL for p in taken.values())
    positional = [name for name, p in bound.signature.parameters.items() if p.kind in _POSITIONAL]
    return [*positional[count : len(bound.args)], *(name for name in bound.kwargs if name not in taken)]


_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def signature_of(function: Any, rule: Rule) -> Signature:
    """Return NumPy's signature; the rule's for a function of NumPy's in C that has none."""
    try:
        return signature(function)
    except ValueError:
        return signature(rule)


def without_defaults(taken: Signature, args: Sequence[Any], options: dict[str, Any]) -> BoundArguments:
    """Bind arguments to a signature, and drop those equal to a default.

    Raises:
        TypeError: they do not fit the signature.
    """
    bound = taken.bind(*args, **options)
    for name, parameter in taken.parameters.items():
        if name in bound.arguments and _is_default(bound.arguments[name], parameter):
            del bound.arguments[name]
    return bound


def _is_default(x: Any, parameter: Parameter) -> bool:
    default = parameter.default
    return x is default or x is np._NoValue or (isinstance(x, (str, int)) and bool(x == default))
