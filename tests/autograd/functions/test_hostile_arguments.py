"""NumPy's functions of a Tensor with every option, on arrays of many shapes: the same as of an array.

Both give the same numbers, or both raise an exception. `TAKEN`, `REFUSED` and `OTHER` list where they differ,
and why.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from autograd.functions.registry import Rule, rules
from autograd.numbers.ufuncs import numpy_name
from tests.autograd.functions.hostile import SHAPES, Attempt, attempts
from tests.autograd.functions.programs import flat, without_values

pytestmark = pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.3.0", reason="the tables are of what NumPy raises since 2.3"
)
# NumPy raises, and a Tensor has a result. By the text of the call and its shapes.
TAKEN = {
    r"'axis': \((0|-?1)?,?\)": "a tuple of one axis stands for the axis, and no axes change nothing",
    r"np\.(copy|sort|partition),.*('order': 'nonsense'|'kind')": "the order in memory has no meaning here",
    r"np\.ix_, .*\(\(0, 3\)": "NumPy takes an empty matrix for a vector",
    r"np\.broadcast_to, \(None, \(\(?-1": "the result has the length 1 there",
    r"np\.piecewise, ": "numbers are conditions where they are not 0",
    r"np\.can_cast, ": "it has no type but the one of its numbers",
    r"np\.(sum|prod), .*'initial': None": "no initial number is the default",
    r"np\.cov, .*('ddof': 0.5|\[1.5, 1, 1]|\[-1)": "the numbers of a formula need not be whole, or positive",
    r"np\.diff, .*'axis': None": "of a vector it is its axis",
    r"np\.poly(der|int), .*\(\(\), \(\)\)": "a number is a polynomial",
    r"np\.polyder, .*'m': 0": "the polynomial itself",
    r"np\.linalg\.pinv, .*'rtol': None": "None is the default",
    r"np\.linalg\.tensorinv, \(None,\), {} \(\(\)": "a number has an inverse",
    r"np\.nan(quantile|percentile), .*\((-0.1|1.5|30|101),\).*\(\((0,|2, 0)": "of nothing it is NaN",
    r"np\.linalg\.vector_norm, .*'axis': (-1|0)}.*\(\(\),": "a number has the axis 0, as for np.sum",
}
# A Tensor raises, and NumPy has a result.
REFUSED = {
    r"np\.(place|putmask|fill_diagonal|put_along_axis|full_like)": "they write into an array",
    r"np\.pad, .*(maximum|linear_ramp).*\(\((0,\)|0, 3|2, 0)": "an axis without elements has none to repeat",
    r"np\.gradient, .*'edge_order': [03]": "NumPy takes 0 for 2, and any for a number",
    r"np\.poly(add|sub|mul), ": "polynomials are vectors, and not empty",
    r"np\.poly, ": "the eigenvalues of a matrix can be complex",
    r"np\.linalg\.pinv, .*'hermitian': True.*\(\(0, 3\)": "it is not square",
    r"np\.linalg\.pinv, .*'hermitian': True.*\(\(2, 0\)": "it is not square",
    r"np\.linalg\.tensorsolve, .*\(\((0,|2, 0)": "there is nothing to solve",
    r"np\.linalg\.tensorsolve, .*'axes': \(0, 0\)": "an axis is named twice",
    r"np\.linalg\.qr, .*'mode': 'full'": "an old name of NumPy's for reduced",
    r"np\.cumulative_(sum|prod), .*'axis': \(0,\)": "it takes one axis",
}
# The numbers or shapes differ.
OTHER = {
    r"np\.empty_like": "its numbers are any",
    r"np\.nan(quantile|percentile), .*\[0\.1, 0\.6\].*\(\((0,|2, 0)": "NumPy loses the shape of the levels",
    r"np\.linalg\.tensorsolve, .*\(\(1,\), \(1,\)\)": "NumPy keeps an axis of the right side",
}
# Exceptions that come from a rule, and not from beneath it.
SPOKEN = (TypeError, ValueError, IndexError, ArithmeticError)


def outcome(attempt: Attempt, shapes: Any, wrap: Callable[[Any], Any], place: int) -> Any:
    try:
        return attempt(shapes, wrap, place)
    except (*SPOKEN, AttributeError, KeyError, RuntimeError) as error:
        return error


def same(result: Any, wanted: Any) -> bool:
    """Equal in containers, shapes, precisions and numbers."""
    results, arrays = flat(result), flat(wanted)
    if len(results) != len(arrays):
        return False
    for x, y in zip(results, arrays, strict=True):
        found, array = np.asarray(x.data if isinstance(x, Tensor) else x), np.asarray(y)
        if found.shape != array.shape or found.dtype != array.dtype:
            return False
        tolerance = 1e-5 if array.dtype == np.float32 else 1e-10
        if array.dtype.kind in "fiub" and not np.allclose(found, array, tolerance, tolerance, equal_nan=True):
            return False
    return True


def difference(attempt: Attempt, shapes: Any, place: int) -> str | None:
    """Say how a Tensor differs from an array, unless a table explains it."""
    wanted, result = outcome(attempt, shapes, np.array, place), outcome(attempt, shapes, Tensor, place)
    if isinstance(wanted, Exception) and isinstance(result, Exception):
        said = isinstance(result, (*SPOKEN, type(wanted)))
        return None if said and str(result) else f"raises {result!r}"
    if isinstance(wanted, Exception):
        table, found = TAKEN, f"gives {result!r}, and NumPy raises {wanted!r}"
    elif isinstance(result, Exception):
        table, found = REFUSED, f"raises {result!r}"
    elif same(result, wanted):
        return None
    else:
        table, found = OTHER, f"gives {result!r}, not {wanted!r}"
    text = f"{attempt} {shapes}"
    return None if any(re.search(pattern, text) for pattern in table) else f"{text}: {found}"


@without_values
@pytest.mark.parametrize(("function", "rule"), rules().items(), ids=map(numpy_name, rules()))
def test_a_tensor_does_as_an_array(function: Callable[..., Any], rule: Rule) -> None:
    found = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for attempt in attempts(function, rule):
            for number, shapes in enumerate(SHAPES):
                # Every third time, the second array is the Tensor.
                found.append(difference(attempt, shapes, number % 3 == 2))
    assert [text for text in found if text] == []


NOTHING = {"keepdims": False, "where": True}  # what other parameters without a value are: None


def test_defaults_are_numpys() -> None:
    wrong, count = [], 0
    for function, rule in rules().items():
        try:
            expected = signature(function).parameters
        except ValueError:  # a function in C that does not know its signature
            continue
        for name, parameter in signature(rule).parameters.items():
            if name not in expected or parameter.default is Parameter.empty:
                continue
            default = expected[name].default
            if default is np._NoValue:
                default = NOTHING.get(name)
            if name in ("shape", "tol"):  # of two names for one parameter; of a cutoff that is computed
                continue
            count += 1
            if repr(parameter.default) != repr(default):
                wrong.append(f"{numpy_name(function)}: {name} is {parameter.default!r}, not {default!r}")
    assert count > 200
    assert wrong == []
