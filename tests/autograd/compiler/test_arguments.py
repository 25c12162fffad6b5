"""Arguments of every kind of number: a compiled function gives what the function itself gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, compile  # noqa: A004
from tests.cases import needs_compiler

ARGUMENTS: dict[str, Any] = {
    "a float": 1.5,
    "an array": np.array([1.5, 2.0, 70_000.0]),
    "whole numbers": np.array([1, 2, 70_000], np.int32),
    "truth values": np.array([True, False, True]),
    "single precision": np.array([1.5, 2.0, 3.25], np.float32),
    "a number of NumPy's": np.float64(1.5),
    "an array of one number": np.array(2.5),
    "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "a view": np.arange(12.0)[::2],
}
# The first overflows in whole numbers; the others take them for what they are.
PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "a square": lambda x: x * x,
    "a reciprocal": lambda x: np.reciprocal(x + 1),
    "a sum": lambda x: np.sum(x * x) + np.exp(-x),
}


@pytest.mark.parametrize("backend", [None, pytest.param("native", marks=needs_compiler)])
@pytest.mark.parametrize("f", PROGRAMS.values(), ids=PROGRAMS)
def test_every_argument_gives_what_it_gives_uncompiled(f: Callable[[Any], Any], backend: str | None) -> None:
    compiled = compile(f, backend=backend)
    for name, x in ARGUMENTS.items():
        wanted = f(Tensor(x)).data
        for _ in range(2):  # traced, then run from the cache
            found = np.asarray(compiled(x))
            assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape), name
            np.testing.assert_allclose(found, wanted, rtol=1e-6 if wanted.dtype == np.float32 else 1e-13)


@pytest.mark.parametrize("backend", [None, pytest.param("native", marks=needs_compiler)])
def test_a_number_is_a_condition_where_it_is_not_0(backend: str | None) -> None:
    compiled = compile(lambda c, x: np.where(c, x, -x), backend=backend)
    x = np.array([1.5, 2.0, 2.5])
    for condition in (0.0, 1.0, -1.0, 2.0, True, False, [0.0, -1.0, 1.0], [0, 2, -1], [True, False, True]):
        for given in (condition, np.array(condition)):
            if not isinstance(given, list):
                np.testing.assert_array_equal(compiled(given, x), np.where(given, x, -x))


@pytest.mark.parametrize("backend", [None, pytest.param("native", marks=needs_compiler)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_zeros_where_a_number_or_an_array_is_not_chosen(dtype: Any, backend: str | None) -> None:
    x = np.array([1.5, 2.0, 2.5], dtype)
    for f, arguments in (
        (lambda x, s: np.where(x > 1.75, 0.0, s), (x, 3.5)),
        (lambda x, y: np.where(x > 1.75, 0.0, y), (x, 2 * x)),
    ):
        wanted = f(*map(Tensor, arguments)).data
        found = compile(f, backend=backend)(*arguments)
        np.testing.assert_array_equal(found, wanted)
