"""Complex numbers as the steps of a derivative."""

from __future__ import annotations

import math

import pytest

from autograd.numbers.complex_number import Complex


def test_a_power_of_a_real_base_has_the_slope_of_an_exponential() -> None:
    step = 1e-20
    y = (2.0 ** Complex(complex(3.0, step))).data
    assert (y.real, y.imag / step) == pytest.approx((8, 8 * math.log(2)))
