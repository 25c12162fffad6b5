"""The table from NumPy's functions to their rules here, and the refusal of arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

__all__ = ["implements", "present", "refusal", "refuse", "rule_for", "rules"]

Rule = Callable[..., Any]

_RULES: dict[Any, Rule] = {}
_FILES = (
    "plain",
    "elementwise",
    "rearranging",
    "joining",
    "selecting",
    "reductions",
    "statistics",
    "sorting",
    "products",
    "sequences",
    "cumulations",
    "norms",
    "matrix_functions",
)


def implements(*functions: Any) -> Callable[[Rule], Rule]:
    """Register the rule for NumPy functions; its arguments have NumPy's names and order."""

    def register(rule: Rule) -> Rule:
        for function in functions:
            _RULES[function] = rule
        return rule

    return register


def present(*names: str, module: Any = np) -> list[Any]:
    """Return the functions of these names that the installed NumPy has."""
    return [getattr(module, name) for name in names if hasattr(module, name)]


def rule_for(function: Any) -> Rule | None:
    """Return the rule of a NumPy function, or None."""
    return rules().get(function)


@cache
def rules() -> dict[Any, Rule]:
    """Return all rules, by NumPy function."""
    for file in _FILES:  # loaded at the first call: a program of scalars needs none of them
        import_module(f"autograd.functions.{file}")
    return _RULES


def refuse(name: str, **options: Any) -> None:
    """Refuse options that are given, where a rule has to name them to keep NumPy's order of arguments.

    Raises:
        TypeError: one of them is not None.
    """
    if given := [option for option, value in options.items() if value is not None]:
        raise TypeError(refusal(f"np.{name}", given))


def refusal(name: str, options: Sequence[str]) -> str:
    """Return the message about arguments that a function does not take for a Tensor."""
    if "out" in options:
        return f"{name} cannot write a Tensor into an array: leave out the argument out, as in a = {name}(…)"
    return f"{name} of a Tensor does not take the argument {', '.join(options)}"
