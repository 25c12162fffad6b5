"""Question 3: linear layers are one matrix, and a tanh layer is more than that."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demos.linear_depth import CURVED, _verdict, answer, collapse, linear
from demos.page.parts import Answer, Code, Picture, Table
from nn.evaluation import predict


@given(st.lists(st.integers(1, 5), min_size=2, max_size=6), st.integers(0, 100))
def test_linear_layers_are_one_matrix(sizes: list[int], seed: int) -> None:
    network, rng = linear(sizes, seed), np.random.default_rng(seed)
    for layer in network:
        layer.bias.data = rng.normal(size=layer.bias.shape)
    weight, bias = collapse(network)
    assert weight.shape == (sizes[-1], sizes[0])
    x = rng.normal(size=(7, sizes[0]))
    assert x @ weight.T + bias == pytest.approx(predict(network, x), abs=1e-12)
    assert np.linalg.matrix_rank(weight) <= min(sizes)


@pytest.fixture(scope="module")
def found() -> Answer:
    return answer(1, epochs=150, fresh=1000)


def test_depth_does_not_help_and_tanh_does(found: Answer) -> None:
    (table,) = (part for part in found.parts if isinstance(part, Table))
    right = {str(row[0]): float(row[3].rstrip("%")) for row in table.rows}
    losses = {str(row[0]): float(row[2]) for row in table.rows}
    curved = right.pop(CURVED)
    assert curved > 90 > 66.7 > max(right.values())
    assert losses.pop(CURVED) < 0.3
    assert all(abs(loss - np.log(2)) < 0.02 for loss in losses.values())


def test_the_matrix_is_shown_and_its_error_is_rounding(found: Answer) -> None:
    text = " ".join(part for part in found.parts if isinstance(part, str))
    (error,) = re.findall(r"differ by at most (\S+):", text)
    assert 0 <= float(error) < 1e-12
    assert any(isinstance(part, Code) and part.text.startswith("W = (") for part in found.parts)


def test_the_picture_has_words_and_a_narrow_form(found: Answer) -> None:
    (picture,) = (part for part in found.parts if isinstance(part, Picture))
    assert "2-8-8-2" in picture.words
    assert CURVED in picture.words
    assert picture.narrow is not None
    assert picture.narrow.startswith("<svg")
    assert picture.narrow != picture.svg


def test_the_verdict_is_that_of_the_numbers() -> None:
    same, right = {"a": 0.69, "b": 0.69, CURVED: 0.1}, {"a": 0.5, "b": 0.51, CURVED: 0.97}
    assert "depth has changed nothing" in _verdict(same, right, 0.667)
    assert "97.0% right" in _verdict(same, right, 0.667)
    assert "not at their end" in _verdict(same | {"b": 0.8}, right, 0.667)
    assert "does not show" in _verdict(same, right | {CURVED: 0.6}, 0.667)
