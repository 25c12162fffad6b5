"""Softmax, cross-entropy and neurons of Values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from autograd import (
    Value,
    gradient,
    neuron,
    softmax,
    softmax_cross_entropy,
)


def test_softmax_spelled_out() -> None:
    logits = [Value(0.5), Value(-1.0), Value(2.0)]
    probabilities = softmax(logits)
    assert sum(q.data for q in probabilities) == pytest.approx(1)
    exps = [math.exp(z.data) for z in logits]
    assert [q.data for q in probabilities] == pytest.approx([e / sum(exps) for e in exps])
    assert softmax([0.0, 0.0]) == [0.5, 0.5]
    with pytest.raises(ValueError, match="no logits"):
        softmax([])


@pytest.mark.parametrize("target", [0, 1, 2])
def test_fused_and_spelled_out_cross_entropy_agree(target: int) -> None:
    logits = [Value(0.5), Value(-1.0), Value(2.0)]
    fused = softmax_cross_entropy(logits, target)
    spelled = -softmax(logits)[target].log()
    assert fused.data == pytest.approx(spelled.data, rel=1e-12)
    expected = gradient(spelled, logits).values
    assert gradient(fused, logits).values == pytest.approx(expected, rel=1e-12)
    for i in range(3):
        first = gradient(fused, logits, create_graph=True).values[i]
        other = gradient(spelled, logits, create_graph=True).values[i]
        assert gradient(first, logits).values == pytest.approx(
            gradient(other, logits).values, rel=1e-9, abs=1e-12
        )


def test_cross_entropy_at_a_thousand() -> None:
    logits = [Value(1000.0), Value(0.0), Value(-1000.0)]
    loss = softmax_cross_entropy(logits, 1)
    assert loss.data == 1000
    loss.backward()
    assert [z.grad for z in logits] == [1, -1, 0]
    with pytest.raises(OverflowError, match=r"exp\(1000\.0\)"):
        softmax(logits)


def test_cross_entropy_of_plain_numbers_is_a_plain_number() -> None:
    assert softmax_cross_entropy([0.0, 0.0], 0) == pytest.approx(math.log(2))
    assert softmax_cross_entropy(np.array([0.0, 0.0]), np.int64(1)) == pytest.approx(math.log(2))


@pytest.mark.parametrize("target", [-1, 2, 7])
def test_the_target_is_the_index_of_a_logit(target: int) -> None:
    with pytest.raises(ValueError, match=f"target {target} "):
        softmax_cross_entropy([Value(0.0), Value(1.0)], target)


def test_a_target_is_not_rounded() -> None:
    with pytest.raises((TypeError, ValueError), match=r"0\.7"):
        softmax_cross_entropy([Value(0.0), Value(1.0)], 0.7)  # type: ignore[arg-type]


def test_cross_entropy_of_no_logits_is_refused() -> None:
    with pytest.raises(ValueError, match="no logits"):
        softmax_cross_entropy([], 0)


def test_neurons_of_every_activation() -> None:
    for name in ("tanh", "relu", "sigmoid", "sin", "exp", None):
        w, b = Value(0.5), Value(-0.25)
        y = neuron(b, [w], [2.0], name)
        total = b + w * 2.0
        spelled = total if name is None else getattr(total, name)()
        assert y.data == spelled.data
        assert len(y.inputs) == 3
    assert neuron(1.0, [2.0], [3.0]) == 7


def test_a_neuron_needs_as_many_weights_as_inputs_and_a_known_activation() -> None:
    with pytest.raises(ValueError, match="2 and 1"):
        neuron(Value(0.0), [1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match=r"'swoosh'.*tanh"):
        neuron(Value(0.0), [1.0], [1.0], "swoosh")


def test_an_activation_has_one_input() -> None:
    with pytest.raises((KeyError, TypeError, ValueError), match="'mul'"):
        neuron(Value(0.0), [1.0], [1.0], "mul")


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "median", "max", "min", "var", "std", "ptp"])
def test_a_statistic_of_one_number_is_that_of_one_element(name: str) -> None:
    statistic = getattr(np, name)
    assert statistic(Value(2.5)).data == statistic([2.5])
