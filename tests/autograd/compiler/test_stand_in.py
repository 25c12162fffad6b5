"""The numbers that a function is traced with where the actual ones are unknown."""

from __future__ import annotations

import numpy as np
import pytest

from autograd.compiler.jax_function import stand_in


@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3)])
def test_square_matrices_have_every_factorization(shape: tuple[int, ...]) -> None:
    matrices = stand_in(shape, np.dtype(float))
    np.testing.assert_array_equal(matrices, np.swapaxes(matrices, -1, -2))
    np.linalg.cholesky(matrices)
