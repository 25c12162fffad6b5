"""Infinite results of Values in NumPy's loops."""

from __future__ import annotations

import warnings

import numpy as np

from autograd import softmax, values


def test_infinite_results_are_no_invalid_operations() -> None:
    x = values([1.0, -2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of NumPy, which looks at the flags of the processor
        for found in (-np.inf - x, np.inf + x, x * np.inf, np.array([-np.inf, np.inf], object) / x):
            assert np.isinf([v.data for v in found]).all()
        masked = softmax(np.array([[x[0], -np.inf], [x[0], x[1]]], object))
    assert [masked[0, 0].data, masked[0, 1].data] == [1.0, 0.0]
