"""Selection between arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.functions.registry import implements
from autograd.rules.primitive import apply, records
from autograd.rules.selection import where_of

__all__: list[str] = []


@implements(np.where)
def where(condition: Any, x: Any, y: Any) -> Any:
    if hasattr(condition, "_select"):
        return condition._select(condition, x, y)
    if not (records(x) or records(y)):
        return np.where(condition, x, y)
    return apply(where_of(np.asarray(condition).astype(bool)), x, y)
