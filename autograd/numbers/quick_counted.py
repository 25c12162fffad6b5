"""Products and sums of the Python class `Counted`, without the calls that `Number` makes on the way.

They count the same. Where the class is in C, they are not loaded.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from sys import getrefcount
from typing import Any

__all__ = ["quicken"]

_new = object.__new__


def quicken(counted: Any) -> Any:
    """Give the class `Counted` quick products and sums of floats, and return it."""
    counted.__mul__ = _binary(counted, operator.mul, "products", counted.__mul__)
    counted.__rmul__ = _reflected(counted.__mul__, counted.__rmul__)
    counted.__add__ = _binary(counted, operator.add, "sums", counted.__add__)
    return counted


def _binary(counted: Any, compute: Callable[[Any, Any], Any], kind: str, general: Any) -> Any:
    is_product = kind == "products"

    def method(self: Any, other: Any) -> Any:
        a, b = self.data, other.data if other.__class__ is counted else other
        if a.__class__ is not float or not (b.__class__ is float or b.__class__ is int):
            return general(self, other)
        result = _new(counted)
        result.data = compute(a, b)
        result.ledger = ledger = self.ledger
        result._held = ledger.token
        if is_product:
            ledger.products += 1
        else:
            ledger.sums += 1
        alive = getrefcount(ledger.token) - ledger.unheld
        if alive > ledger.most:
            ledger.most = alive
        return result

    return method


def _reflected(product: Any, general: Any) -> Any:
    def method(self: Any, other: Any) -> Any:
        plain = other.__class__ is float or other.__class__ is int
        return product(self, other) if plain else general(self, other)

    return method
