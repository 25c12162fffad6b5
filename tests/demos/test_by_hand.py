"""Questions 15 to 17: formulas, engine and differences agree, and a wrong formula would be seen."""

import numpy as np
import pytest

from demos.by_hand import answer, by_differences, by_engine, by_formula, forward
from demos.page.data_sets import circles
from demos.page.parts import Table
from demos.page.publish import page
from nn import MLP, one_hot

SHAPES = {"ỹ": (9, 2), "W_y": (2, 4), "b_y": (2,), "h": (9, 4), "h̃": (9, 4), "W_h": (4, 2), "b_h": (4,)}


def network(seed: int):
    data = circles(9, seed)
    weights = [
        p.data.copy() for layer in MLP([2, 4, 2], seed=seed).layers for p in (layer.weight, layer.bias)
    ]
    rng = np.random.default_rng(seed)
    weights = [w + rng.normal(0, 0.5, w.shape) for w in weights]  # biases too
    return data, one_hot(data.targets, 2), weights


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_formulas_engine_and_differences_agree(seed: int) -> None:
    data, y, weights = network(seed)
    formula = by_formula(data.inputs, y, *weights)
    engine = by_engine(data.inputs, y, *weights)
    differences = by_differences(data.inputs, y, *weights)
    assert {name: array.shape for name, array in formula.items()} == SHAPES
    for name, array in formula.items():
        assert engine[name].shape == differences[name].shape == array.shape
        np.testing.assert_allclose(engine[name], array, rtol=0, atol=1e-12)
        np.testing.assert_allclose(differences[name], array, rtol=0, atol=1e-8)
        assert np.abs(array).max() > 1e-3


def test_the_gradient_by_logits_is_the_error() -> None:
    data, y, weights = network(3)
    *_, logits = forward(data.inputs, *weights)
    y_hat = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(by_formula(data.inputs, y, *weights)["ỹ"], (y_hat - y) / 9, atol=1e-15)


def test_the_answer_shows_how_far_apart_they_are() -> None:
    found = answer(0, examples=12)
    table, example = (part for part in found.parts if isinstance(part, Table))
    assert [row[:2] for row in table.rows] == [
        (name, " × ".join("12" if n == 9 else str(n) for n in shape)) for name, shape in SHAPES.items()
    ]
    assert all(float(row[3]) <= 1e-12 < 1e-7 for row in table.rows)
    assert all(0 < float(row[4]) < 1e-7 for row in table.rows)
    assert sum(row[4] for row in example.rows) == pytest.approx(0, abs=1e-15)
    assert any("which is rounding" in part for part in found.parts if isinstance(part, str))
    assert "(∇ỹ)ᵀ h" in page([found], command="x")


def test_a_wrong_formula_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*arrays):
        right = by_formula(*arrays)
        return right | {"h̃": right["h"]}  # as if tanh had the slope 1

    monkeypatch.setattr("demos.by_hand.by_formula", wrong)
    assert any(
        "one of them is wrong" in part for part in answer(0, examples=12).parts if isinstance(part, str)
    )

    def transposed(*arrays):
        right = by_formula(*arrays)
        return right | {"W_y": right["W_y"].T}

    monkeypatch.setattr("demos.by_hand.by_formula", transposed)
    with pytest.raises(ValueError, match=r"shapes \(4, 2\) and \(2, 4\) cannot be compared"):
        answer(0, examples=12)
