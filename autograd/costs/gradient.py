"""`gradient`: the derivative of a result by any method, with what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.costs.cost import Cost, readable
from autograd.costs.predict import steps
from autograd.costs.tables import table
from autograd.differentiation.graph import Graph, grouped
from autograd.differentiation.linearization import Linearization
from autograd.differentiation.methods import METHODS
from autograd.errors import BudgetError
from autograd.numbers.counted import Ledger
from autograd.numbers.number import unwrap
from autograd.recording.node import Node

__all__ = ["DEFAULT_BUDGET", "Gradient", "gradient", "measured"]

DEFAULT_BUDGET = 10**7
# The most derivatives that a notebook's table has, and the most elements of an array written out there.
SHOWN, FEW = 10, 6


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

    def _repr_html_(self) -> str:
        """A notebook's table of the first derivatives, and that of the cost."""
        rows = [(str(i), _brief(x)) for i, x in enumerate(self.values[:SHOWN])]
        if len(self.values) > SHOWN:
            rows.append(("…", f"{len(self.values) - SHOWN:,} more"))
        headings = ("value asked for", "derivative")
        return table(f"gradient by {self.method}", headings, rows) + self.cost._repr_html_()


def gradient(
    root: Node,
    wrt: Sequence[Node | Sequence[Node]],
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
        budget: the most multiplications and additions ``paths`` and ``tree`` may take, of whole arrays
            on a graph of tensors; None: any.
        create_graph: whether the derivatives are values that can be differentiated again.

    Raises:
        BudgetError: ``paths`` or ``tree`` would go over the budget; nothing was run.
        KeyError: there is no such method.
        TypeError: the root or something in ``wrt`` is not a `Value` or a `Tensor`.
        ValueError: the root is a tensor of more than one element.
        ArithmeticError, ValueError: a local derivative is infinite or undefined at this point.
    """
    if method not in METHODS:
        raise KeyError(f"there is no method {method!r}; there are {', '.join(METHODS)}")
    graph = Graph(root)
    root._seed(None)
    groups = grouped(wrt)
    if budget is not None and method in ("paths", "tree"):
        operations = steps(graph, groups, method)
        if operations > budget:
            raise BudgetError(
                f"{method!r} would take {readable(operations, digits=100)} multiplications and additions "
                f"here, over the budget of {budget:,}: raise the budget, or use 'backprop'",
                predicted=operations,
                budget=budget,
            )
    ledger = Ledger()
    found = measured(METHODS[method](Linearization(graph, groups, ledger)), ledger, method)
    return found._replace(values=METHODS[method](Linearization(graph, groups))) if create_graph else found


def measured(numbers: Sequence[Any], ledger: Ledger, method: str) -> Gradient:
    """What a method gave on counting numbers, with what they entered into the ledger."""
    values = [_plain(x) for x in numbers]
    return Gradient(values, Cost(**ledger.counts, stored=ledger.stored), method)


def _plain(x: Any) -> Any:
    """A derivative as a number, or as an array that is nobody else's."""
    data = unwrap(x)
    return np.array(data) if isinstance(data, np.ndarray) else data


def _brief(derivative: Any) -> str:
    """A derivative in four digits, or the shape of an array of more than a few."""
    if isinstance(derivative, np.ndarray):
        few = derivative.size <= FEW
        return np.array2string(derivative, precision=4) if few else f"array of shape {derivative.shape}"
    return f"{derivative:.4g}" if isinstance(derivative, float) else f"{derivative!s:.60}"
