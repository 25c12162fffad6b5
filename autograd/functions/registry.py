"""The table from NumPy's functions to their rules here."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["implements", "numpy_name", "refuse", "rule_for", "rules"]

Rule = Callable[..., Any]

_RULES: dict[Any, Rule] = {}
_FILES = ("plain", "rearranging", "reductions", "selecting", "products")


def implements(*functions: Any) -> Callable[[Rule], Rule]:
    """Register the rule for NumPy functions; its arguments have NumPy's names and order."""

    def register(rule: Rule) -> Rule:
        for function in functions:
            _RULES[function] = rule
        return rule

    return register


def rule_for(function: Any) -> Rule | None:
    """Return the rule of a NumPy function, or None."""
    return rules().get(function)


def rules() -> dict[Any, Rule]:
    """Return all rules, by NumPy function."""
    for file in _FILES:  # loaded at the first call: a program of scalars needs none of them
        import_module(f"autograd.functions.{file}")
    return _RULES


def numpy_name(function: Any) -> str:
    """Return a NumPy function's name as users write it, as ``np.linalg.norm``."""
    return f"{function.__module__.replace('numpy', 'np', 1)}.{function.__name__}"


def refuse(name: str, **options: Any) -> None:
    """Refuse options of a NumPy function that are given.

    Raises:
        TypeError: one of them is not None.
    """
    for option, value in options.items():
        if value is not None:
            raise TypeError(f"np.{name} of a Tensor does not take the argument {option}")
