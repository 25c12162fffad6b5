"""`gradient`: the derivative of a result by any method, with its measured cost."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from autograd.costs.cost import Cost
from autograd.costs.uncollected import uncollected
from autograd.differentiation.graph import Graph, grouped
from autograd.differentiation.linearization import Linearization, is_array
from autograd.differentiation.methods import METHODS, with_options
from autograd.numbers.counted import Ledger
from autograd.numbers.number import unwrap
from autograd.recording.node import Node

__all__ = ["DEFAULT_BUDGET", "Gradient", "gradient", "measured"]

DEFAULT_BUDGET = 10**7


class Gradient(NamedTuple):
    """A gradient and its cost.

    Attributes:
        values: one derivative per value of ``wrt``, in order.
        cost: the measured operations.
        method: the name of the method.
    """

    values: list[Any]
    cost: Cost
    method: str


@uncollected()
def gradient(
    root: Node,
    wrt: Sequence[Node | Sequence[Node]],
    method: str = "backprop",
    *,
    budget: int | None = DEFAULT_BUDGET,
    create_graph: bool = False,
    **options: Any,
) -> Gradient:
    """Differentiate a result with respect to some values by any method, and measure the cost.

    Args:
        root: the result.
        wrt: the values to differentiate by. An inner sequence forms a group, such as a layer, for which
            ``restart`` runs once; the derivatives are returned flat, in order.
        method: a key of `METHODS`; ``"eliminate-reverse"`` and ``"checkpoint-3"`` name the first option too.
        budget: the most multiplications and additions that ``paths`` and ``tree`` may take, counting
            whole arrays on a graph of tensors; None for no limit.
        create_graph: whether the derivatives are values that can be differentiated again.
        options: of the method, as ``order=`` of `eliminate`.

    Raises:
        BudgetError: ``paths`` or ``tree`` would go over the budget; nothing was run.
        KeyError: there is no such method.
        TypeError: the root or something in ``wrt`` is not a `Value` or a `Tensor`, or the method has no such
            option.
        ValueError: the root is a tensor of more than one element, or the budget or an option is refused.
        ArithmeticError, ValueError: a local derivative is infinite or undefined at this point.
    """
    name, options = with_options(method, options)
    run = partial(METHODS[name], **options)
    graph = Graph(root)
    root._seed(None)
    groups = grouped(wrt)
    ledger = Ledger()
    linearization = Linearization(graph, groups, ledger)
    if budget is not None and method in ("paths", "tree"):
        # Defers the load of the predictions, which the other methods do not need.
        from autograd.costs.budget import check_budget

        check_budget(linearization, method, budget)
    found = measured(run(linearization), ledger, method)
    if create_graph:
        return found._replace(values=run(Linearization(graph, groups)))
    # An array that stands for a Value is a number.
    asked = linearization.asked
    values = [
        x if x.__class__ is float or is_array(v) or not isinstance(x, np.ndarray) else x.item()
        for x, v in zip(found.values, asked, strict=True)
    ]
    return found._replace(values=values)


def measured(numbers: Sequence[Any], ledger: Ledger, method: str) -> Gradient:
    """Return what a method computed on `Counted` numbers, with the counts of their ledger."""
    values = [_unwrapped(x) for x in numbers]
    return Gradient(values, Cost(**ledger.counts, stored=ledger.stored), method)


def _unwrapped(x: Any) -> Any:
    """Return a derivative as a number, or as an array not shared with the graph."""
    data = unwrap(x)
    return np.array(data) if isinstance(data, np.ndarray) else data
