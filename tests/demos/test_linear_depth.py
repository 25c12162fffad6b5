"""Question 3: linear layers are one matrix, and a tanh layer is more than that."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demos.linear_depth import DEEP, LinearDepth, _verdict, collapse, linear, measure, tell
from demos.page.parts import Illustration, Table, Verbatim
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
def found() -> LinearDepth:
    return measure(1, epochs=150, fresh=1000)


def test_depth_does_not_help_and_tanh_does(found: LinearDepth) -> None:
    best = max(network.accuracy for network in found.linear)
    assert found.best_line == pytest.approx(2 / 3)
    assert found.curved.accuracy > 0.9 > 0.667 > best
    assert found.curved.loss < 0.3
    assert all(abs(network.loss - np.log(2)) < 0.02 for network in found.linear)
    assert found.deep.title == "2-8-8-2 linear"
    assert found.deep.parameters == sum(n * m + m for n, m in pairwise(DEEP))


def test_the_table_shows_what_was_measured(found: LinearDepth) -> None:
    (table,) = (part for part in tell(found) if isinstance(part, Table))
    assert [tuple(row) for row in table.rows] == [
        (network.title, network.parameters, f"{network.loss:.4f}", f"{network.accuracy:.1%}")
        for network in (*found.linear, found.curved)
    ]


def test_the_matrix_is_shown_and_its_error_is_rounding(found: LinearDepth) -> None:
    assert 0 <= found.error < 1e-12
    parts = tell(found)
    text = " ".join(part for part in parts if isinstance(part, str))
    assert f"differ by at most {found.error:.0e}, which is rounding" in text
    assert any(isinstance(part, Verbatim) and part.text.startswith("W = (") for part in parts)


def test_the_picture_has_words_and_a_narrow_form(found: LinearDepth) -> None:
    (picture,) = (part for part in tell(found) if isinstance(part, Illustration))
    assert "2-8-8-2" in picture.words
    assert "2-4-2 with tanh" in picture.words
    assert picture.narrow is not None
    assert picture.narrow.startswith("<svg")
    assert picture.narrow != picture.svg


def test_the_verdict_follows_the_numbers(found: LinearDepth) -> None:
    first, *_ = found.linear
    one, other = replace(first, loss=0.69, accuracy=0.5), replace(first, loss=0.69, accuracy=0.51)
    curved = replace(found.curved, loss=0.1, accuracy=0.97)
    same = replace(found, linear=[one, other], curved=curved, best_line=0.667)
    assert "depth has changed nothing" in _verdict(same)
    assert "97.0% correctly" in _verdict(same)
    assert "not converged" in _verdict(replace(same, linear=[one, replace(other, loss=0.8)]))
    assert "does not show" in _verdict(replace(same, curved=replace(curved, accuracy=0.6)))
