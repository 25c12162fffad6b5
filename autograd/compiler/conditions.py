"""Rows that only traced functions record: comparisons, selections, and detached numbers.

Elsewhere a comparison is decided when it is made. Its result is 0 or 1, and does not move with the
numbers compared.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from autograd.rules.primitive import Primitive
from autograd.rules.scalars import masked, where

__all__ = ["COMPARISONS", "detached", "select"]


def _comparison(name: str, symbol: str, forward: Callable[..., Any]) -> Primitive:
    row = Primitive(name, symbol, forward, lambda out, a, b: (0, 0))
    row.differentiable = False
    return row


COMPARISONS: dict[Callable[..., Any], Primitive] = {
    operator.eq: _comparison("equal", "==", operator.eq),
    operator.ne: _comparison("not equal", "!=", operator.ne),
    operator.lt: _comparison("less", "<", operator.lt),
    operator.le: _comparison("less or equal", "<=", operator.le),
    operator.gt: _comparison("greater", ">", operator.gt),
    operator.ge: _comparison("greater or equal", ">=", operator.ge),
}

select = Primitive(
    "select",
    "?",
    lambda condition, yes, no: where(condition, yes, no),
    lambda out, condition, yes, no: (0, masked(condition == 0), masked(condition)),
)

detached = Primitive("detach", "detach", lambda a: a, lambda out, a: (0,))
detached.differentiable = False
