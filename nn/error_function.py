"""The complementary error function as a primitive."""

from __future__ import annotations

from math import erfc as erfc_of_float
from math import pi
from typing import Any

import numpy as np

from autograd import Primitive, apply
from autograd.rules.primitive import records
from autograd.rules.scalars import exp

__all__ = ["erfc"]


def _forward(x: Any) -> Any:
    if isinstance(x, (np.ndarray, np.generic)):
        return np.asarray(np.frompyfunc(erfc_of_float, 1, 1)(x), x.dtype)
    return apply(erfc, x) if records(x) else erfc_of_float(x)


erfc = Primitive("erfc", "erfc", _forward, lambda out, a: (-2 / pi**0.5 * apply(exp, -(a * a)),))
