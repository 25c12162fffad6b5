"""NumPy's elementwise functions that are not ufuncs."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.functions.plain import answer
from autograd.functions.registry import implements
from autograd.numbers.ufuncs import FUNCTIONS

__all__: list[str] = []

for _function, _rule in FUNCTIONS.items():
    implements(_function)(_rule)


@implements(np.fix)
def _fix(x: Any) -> Any:
    return answer(np.trunc, x)
