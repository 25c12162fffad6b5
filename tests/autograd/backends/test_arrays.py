"""Native code for arrays: the numbers of the function itself, whatever its elements do."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograd import (
    Tensor,
    compile,  # noqa: A004
    grad,
    hvp,
    log_softmax,
    logsumexp,
    relu,
    sigmoid,
    softmax,
    softmax_cross_entropy,
    value_and_grad,
)
from autograd.backends import arrays
from tests.autograd.backends.test_numpy import same
from tests.autograd.test_arrays import CASES, numbers

pytestmark = pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 3))


@pytest.fixture(autouse=True)
def _nothing_is_left_to_numpy() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="no native code")
        yield


def native(f: Callable[..., Any]) -> Any:
    return compile(f, backend="native")


@pytest.mark.parametrize("part", range(4))
def test_every_case_with_its_derivatives(part: int) -> None:
    """All in a few programs, as each takes its time to be built."""
    names = list(CASES)[part::4]
    cases = [CASES[name] for name in names]

    def everything(points: Any) -> Any:
        results = []
        for (function, *_), x in zip(cases, points, strict=True):

            def loss(*x: Any, function: Any = function) -> Any:
                return np.sum(np.sin(function(*x)))

            results.append((function(*x) * 1.0, value_and_grad(loss, tuple(range(len(x))))(*x)))
        return results

    compiled, wanted = native(everything), compile(everything)
    for seed in (0, 1):
        points = [numbers(tuple(shapes), seed) for _, *shapes in cases]
        for name, found, expected in zip(names, compiled(points), wanted(points), strict=True):
            same(found, expected)
