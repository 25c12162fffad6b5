"""What Python does with plain numbers alone is refused in one sentence, on every kind of number."""

import math
from typing import Any

import numpy as np
import pytest

from autograd import Dual, Symbol, Tensor, Value

NUMBERS: list[Any] = [Value(3.0), Tensor(3.0), Tensor([1.0, 2.0]), Symbol(3.0), Dual(3.0, 1.0)]


@pytest.mark.parametrize("x", NUMBERS)
@pytest.mark.parametrize(
    ("name", "convert"),
    [
        ("float", float),
        ("int", int),
        ("complex", complex),
        ("round", round),
        ("round", lambda x: round(x, 2)),
        ("math.floor", math.floor),
        ("math.ceil", math.ceil),
        ("math.trunc", math.trunc),
        ("float", math.sin),
        ("float", lambda x: "%.2f" % x),  # noqa: UP031
    ],
)
def test_conversions_name_the_plain_number(x: Any, name: str, convert: Any) -> None:
    with pytest.raises(
        TypeError, match=rf"^{name}\(\) of a {type(x).__name__} would drop .*(x\.data|t\.item)"
    ):
        convert(x)


@pytest.mark.parametrize("x", NUMBERS)
@pytest.mark.parametrize(
    ("sign", "operate"),
    [
        ("&", lambda x: x & 1),
        ("&", lambda x: 1 & x),
        (r"\|", lambda x: x | 1),
        (r"\|", lambda x: True | x),
        (r"\^", lambda x: x ^ 1),
        ("<<", lambda x: x << 1),
        (">>", lambda x: 8 >> x),
        ("~", lambda x: ~x),
    ],
)
def test_bit_operators_say_what_they_are_for(x: Any, sign: str, operate: Any) -> None:
    with pytest.raises(TypeError, match=rf"^{sign} is for whole numbers .* not for a {type(x).__name__}: "):
        operate(x)


def test_formats_work_on_one_element() -> None:
    assert f"{Value(3.0):.2f} {Tensor(3.0):.1e} {Tensor([3.0]):5.1f}" == "3.00 3.0e+00   3.0"
    with pytest.raises(ValueError, match="a format such as"):
        format(Tensor([1.0, 2.0]), ".2f")
    assert str(Tensor([1.0, 2.0])) == f"{Tensor([1.0, 2.0])}"


def test_predicates_of_arrays_of_numbers_are_plain() -> None:
    assert np.isnan(Value(3.0)) is np.False_
    assert 7.5 % Value(2.0) == 1.5
    assert Value(7.5) // 2 == 3.0
