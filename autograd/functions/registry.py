"""The table from NumPy's functions to their rules here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

__all__ = ["implements", "numpy_name", "present", "refuse", "rule_for", "rules"]

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


def numpy_name(function: Any) -> str:
    """Return the name of a function of NumPy or SciPy as users write it, as ``np.linalg.norm``."""
    name = function.__name__
    module: str = getattr(function, "__module__", None) or _home(function)
    return f"{module.replace('numpy', 'np', 1)}.{name}" if module else str(name)


def _home(ufunc: Any) -> str:
    """Return the module of a ufunc, which does not know it itself."""
    homes = ("numpy", "scipy.special")
    return next((m for m in homes if getattr(sys.modules.get(m), ufunc.__name__, None) is ufunc), "")


def refuse(name: str, **options: Any) -> None:
    """Refuse options of a NumPy function that are given.

    Raises:
        TypeError: one of them is not None.
    """
    for option, value in options.items():
        if value is not None:
            raise TypeError(f"np.{name} of a Tensor does not take the argument {option}")
