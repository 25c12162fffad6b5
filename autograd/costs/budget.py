"""Refuse a method that would take too long, before it runs."""

from __future__ import annotations

from typing import Any

from autograd.costs.cost import readable
from autograd.costs.method_counts import walked
from autograd.differentiation.linearization import Linearization
from autograd.errors import BudgetError
from autograd.numbers.number import real_or_none

__all__ = ["check_budget"]


def check_budget(linearization: Linearization, method: str, budget: Any) -> None:
    """Refuse a method that takes more multiplications and additions than a budget.

    Raises:
        BudgetError: it does.
        ValueError: the budget is not a number of at least 0.
    """
    allowed = real_or_none(budget)
    if allowed is None or not allowed >= 0:
        raise ValueError(
            f"the budget must be a number of operations, at least 0, or None, not {budget!r:.40}"
        )
    operations = sum(walked(linearization, method))
    if operations > allowed:
        raise BudgetError(
            f"{method!r} would take {readable(operations, digits=100)} multiplications and additions here, "
            f"over the budget of {allowed:,}: raise the budget, or use 'backprop'",
            predicted=operations,
            budget=allowed,
        )
