"""Calls of NumPy's functions where a default, a weight or an axis decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, values

T = np.random.default_rng(0).uniform(0.5, 1.5, (3, 6))
PLACES = np.array([0.0, 0.5, 0.75, 2.0, 2.5, 4.0])
CALLS: dict[str, Callable[[Any], Any]] = {
    "uneven places": lambda t: np.gradient(t, PLACES, axis=1),
    "slopes down the columns": lambda t: np.gradient(t, axis=0),
    "both kinds of weights": lambda t: np.cov(t, fweights=[1, 2, 1, 3, 1, 1], aweights=PLACES + 1),
    "singular values alone": lambda t: np.linalg.svd(t, compute_uv=False),
    "a solution of lower rank": lambda t: np.linalg.lstsq(t[:, :3], t[:, 3], rcond=0.5)[0],
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_tensor_gives_numpys_numbers(call: Callable[[Any], Any]) -> None:
    np.testing.assert_allclose(call(Tensor(T)).data, call(T), rtol=1e-12, atol=1e-14)


def test_a_function_that_is_no_ufunc_is_called_on_each_value() -> None:
    np.testing.assert_allclose([x.data for x in np.sinc(values(PLACES))], np.sinc(PLACES), atol=1e-15)


@pytest.mark.skipif(not hasattr(np, "cumulative_sum"), reason="since NumPy 2.1")
def test_a_cumulative_sum_of_a_matrix_needs_an_axis() -> None:
    with pytest.raises(ValueError, match=r"np\.cumulative_sum of an array of 2 dimensions needs axis="):
        np.cumulative_sum(Tensor(T))
