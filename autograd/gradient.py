"""`gradient`: the derivative of a result by any method, with what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd.cost import Cost, readable
from autograd.errors import BudgetError
from autograd.graph import Graph, Linearization, grouped
from autograd.methods import METHODS
from autograd.numbers import Counted, Ledger
from autograd.predict import predict
from autograd.value import Value

__all__ = ["DEFAULT_BUDGET", "Gradient", "gradient"]

DEFAULT_BUDGET = 10**7


class Gradient(NamedTuple):
    """A gradient and what it cost.

    Attributes:
        values: one derivative per value asked for, in order.
        cost: the operations it took, measured.
        method: the name of the method.
    """

    values: list[Any]
    cost: Cost
    method: str


def gradient(
    root: Value,
    wrt: Sequence[Value | Sequence[Value]],
    method: str = "backprop",
    *,
    budget: int | None = DEFAULT_BUDGET,
    create_graph: bool = False,
) -> Gradient:
    """The derivative of a result by each of some values, by any method, with its measured cost.

    Args:
        root: the result.
        wrt: the values to differentiate by. Those in a sequence of their own form a group, for which
            ``restart`` starts once (a layer, say); the derivatives come flat, in order.
        method: a key of `METHODS`.
        budget: the most multiplications and additions ``paths`` and ``tree`` may take; None: any.
        create_graph: whether the derivatives are values that can be differentiated again.

    Raises:
        BudgetError: ``paths`` or ``tree`` would go over the budget; nothing was run.
        KeyError: there is no such method.
        TypeError: the root or something in ``wrt`` is not a `Value`.
        ArithmeticError, ValueError: a local derivative is infinite or undefined at this point.
    """
    if method not in METHODS:
        raise KeyError(f"there is no method {method!r}; there are {', '.join(METHODS)}")
    graph = Graph(root)
    groups = grouped(wrt)
    if budget is not None and method in ("paths", "tree"):
        expected = predict(root, groups, method)
        operations = expected.multiplications + expected.additions
        if operations > budget:
            raise BudgetError(
                f"{method!r} would take {readable(operations, digits=100)} multiplications and additions "
                f"here, over the budget of {budget:,}: raise the budget, or use 'backprop'",
                predicted=operations,
                budget=budget,
            )
    ledger = Ledger()
    counted = METHODS[method](Linearization(graph, groups, ledger))
    values = [x.data if isinstance(x, Counted) else x for x in counted]
    if create_graph:
        values = METHODS[method](Linearization(graph, groups))
    return Gradient(values, Cost(**ledger.counts, stored=ledger.stored), method)
