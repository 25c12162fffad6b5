"""Windows that slide over arrays, and their transpose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import Tensor, apply, compile, grad, gradient, jvp, values  # noqa: A004
from autograd.compiler.writers.jax_rows import jax_function_of
from autograd.rules.windows import Sliding, overlap_of, windows, windows_of

CASES = [
    Sliding((1,), (1,), (1,)),
    Sliding((3,), (1,), (1,)),
    Sliding((3,), (2,), (1,)),
    Sliding((2,), (1,), (4,)),
    Sliding((2,), (3,), (2,)),
    Sliding((2,), (9,), (1,)),
    Sliding((3, 2), (1, 1), (1, 1)),
    Sliding((2, 3), (2, 3), (2, 1)),
]
IDS = [f"{s.kernel}-{s.stride}-{s.dilation}" for s in CASES]


def array(sliding: Sliding) -> Any:
    return np.random.default_rng(0).normal(size=(2, 7, 8)[: len(sliding.kernel) + 1])


@pytest.mark.parametrize("sliding", CASES, ids=IDS)
def test_windows_hold_what_they_see(sliding: Sliding) -> None:
    a = array(sliding)
    found = windows(a, sliding)
    axes = len(sliding.kernel)
    lengths = zip(a.shape[1:], sliding.spans, sliding.stride, strict=True)
    out = tuple((n - span) // stride + 1 for n, span, stride in lengths)
    assert found.shape == (2, *sliding.kernel, *out)
    for place in np.ndindex(*sliding.kernel, *out):
        kernel, window = place[:axes], place[axes:]
        along = zip(window, sliding.stride, kernel, sliding.dilation, strict=True)
        seen = [w * s + k * d for w, s, k, d in along]
        np.testing.assert_array_equal(found[(..., *place)], a[(..., *seen)])


@pytest.mark.parametrize("sliding", CASES, ids=IDS)
def test_adding_up_is_the_transpose(sliding: Sliding) -> None:
    a, rng = array(sliding), np.random.default_rng(1)
    g = rng.normal(size=windows(a, sliding).shape)
    back = apply(overlap_of(sliding, a.shape), g)
    assert back.shape == a.shape
    assert np.sum(back * a) == pytest.approx(np.sum(g * windows(a, sliding)))


@pytest.mark.parametrize("sliding", CASES, ids=IDS)
def test_derivatives_in_both_modes_and_twice(sliding: Sliding) -> None:
    a, rng = array(sliding), np.random.default_rng(2)
    v, t = rng.normal(size=windows(a, sliding).shape), rng.normal(size=a.shape)

    def f(x: Any) -> Any:
        return np.sum(np.sin(windows(x, sliding)) * v)

    expected = apply(overlap_of(sliding, a.shape), np.cos(windows(a, sliding)) * v)
    np.testing.assert_allclose(grad(f)(a), expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(compile(grad(f))(a), expected, rtol=1e-12, atol=1e-14)
    assert jvp(f, (a,), (t,))[1] == pytest.approx(np.sum(expected * t))
    second = grad(lambda x: np.sum(grad(f)(x) * t))(a)
    curved = apply(overlap_of(sliding, a.shape), -np.sin(windows(a, sliding)) * v * windows(t, sliding))
    np.testing.assert_allclose(second, curved, rtol=1e-12, atol=1e-14)


def test_values_slide_too() -> None:
    x = values([1.0, 2.0, 3.0])
    found = windows(x, Sliding((2,), (1,), (1,)))
    assert found[0, 1] is found[1, 0] is x[1]


def test_only_the_sum_counts() -> None:
    x = Tensor(np.ones(5))
    cost = gradient(np.sum(windows(x, Sliding((2,), (1,), (1,)))), [x]).cost
    assert cost.multiplications == 0
    assert cost.additions == 3  # eight elements added up to five


@pytest.mark.parametrize("sliding", [CASES[2], CASES[4], CASES[7]], ids=str)
def test_jax_takes_the_same_windows_and_adds_them_up(sliding: Sliding) -> None:
    jax = pytest.importorskip("jax")
    a = array(sliding)
    for x, row in ((a, windows_of(sliding)), (windows(a, sliding), overlap_of(sliding, a.shape))):
        function = jax_function_of(jax, row)
        assert function is not None
        with jax.disable_jit(), jax.enable_x64(True):
            np.testing.assert_allclose(function(jax.numpy.asarray(x)), apply(row, x), rtol=1e-12)
