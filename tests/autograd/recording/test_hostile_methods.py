"""Methods of a Tensor with odd arguments: the same as of an array, or an exception as well."""

from __future__ import annotations

import random
import re
import warnings
from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from tests.autograd.functions.programs import without_values

SHAPES = ((), (1,), (4,), (2, 3), (3, 3), (2, 1, 3), (0, 3))
ARGUMENTS = (
    *(None, -3, -2, -1, 0, 1, 2, 3, 6, 0.5, (), (0,), (1, 0), (0, 0), (0, 1), (-1, 1), (2, 0, 1), [1, 0]),
    *("C", "F", "nonsense", np.float32),
)
OPTIONS = {"axis": (None, 0, -1, 1, 2, (0, 1), (0, 0)), "keepdims": (False, True), "ddof": (0, 1, 2, 0.5)}
REDUCTIONS = ("max", "mean", "min", "prod", "std", "sum", "var")
METHODS = (
    *REDUCTIONS,
    *("argmax", "argmin", "argsort", "astype", "clip", "compress", "cumprod", "cumsum", "diagonal", "dot"),
    *("flatten", "item", "ravel", "repeat", "reshape", "round", "squeeze", "swapaxes", "take", "tolist"),
    *("trace", "transpose"),
)
# NumPy raises and a Tensor has a result, or the other way round; by the text of the call.
EXPLAINED = {
    r"(max|mean|min|prod|std|sum|var)\(\[1, 0],\)": "a list of axes stands for a tuple of them",
    r"(prod|cumprod|cumsum)\(\((0,)?\),.*\) {} of \(\)": "a number has the axis 0",
    r"astype\('F'": "NumPy's letter for complex numbers",
    r"clip\((None,?( None)?)?\)": "before 2.1, NumPy asks for a bound",
    r"dot\((None|<class)": "NumPy makes an array of objects",
    r"(flatten|ravel|reshape)\(None": "NumPy takes None for the order, and for the shape as it is",
    r"reshape\(\)": "the shape of a number has no lengths",
}


def calls(method: str) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Every argument by itself, some together, and the options of reductions."""
    rng = random.Random(method)
    several = [tuple(rng.choices(ARGUMENTS, k=rng.choice((2, 2, 3)))) for _ in range(40)]
    found: list[tuple[tuple[Any, ...], dict[str, Any]]] = [((), {})]
    found += [((x,), {}) for x in ARGUMENTS]
    if method not in REDUCTIONS:  # a Tensor's take no dtype and no array to write to
        found += [(arguments, {}) for arguments in several]
    else:
        found += [((), {name: x}) for name, values in OPTIONS.items() for x in values]
        found += [
            ((), {name: rng.choice(OPTIONS[name]) for name in rng.sample([*OPTIONS], 2)}) for _ in range(10)
        ]
    return found


def outcome(x: Any, method: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    try:
        return getattr(x, method)(*arguments, **options)
    except (TypeError, ValueError, IndexError, ArithmeticError) as error:
        return error


def same(result: Any, wanted: Any) -> bool:
    found = np.asarray(result.data if isinstance(result, Tensor) else result)
    array = np.asarray(wanted)
    return (
        found.shape == array.shape
        and found.dtype == array.dtype
        and np.allclose(found, array, 1e-6, 1e-6, equal_nan=True)
    )


@without_values
@pytest.mark.parametrize("method", METHODS)
def test_a_method_does_as_that_of_an_array(method: str) -> None:
    wrong = []
    for arguments, options in calls(method):
        for shape in SHAPES:
            array = np.random.default_rng(0).uniform(0.2, 1.9, shape)
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                wanted = outcome(array, method, arguments, options)
                result = outcome(Tensor(array), method, arguments, options)
            both = isinstance(wanted, Exception), isinstance(result, Exception)
            if both == (True, True) or (both == (False, False) and same(result, wanted)):
                continue
            text = f"{method}{arguments} {options} of {shape}"
            if any(re.match(pattern, text) for pattern in EXPLAINED):
                continue
            wrong.append(f"{text}: {result!r} for {wanted!r}")
    assert wrong == []
