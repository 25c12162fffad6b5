"""Products of vectors, matrices and arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.functions.registry import implements
from autograd.rules import arrays, linear_algebra

__all__: list[str] = []


@implements(np.einsum)
def _einsum(subscripts: Any, *operands: Any) -> Any:
    if not isinstance(subscripts, str):
        raise TypeError("np.einsum of Tensors names its axes by text, as 'ij,jk->ik'")
    return linear_algebra.einsum(subscripts, *map(arrays.operand, operands))
