"""Weights of classes and examples, and smoothed labels, in every loss."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, grad, hessian, softmax_cross_entropy, values
from nn import (
    MLP,
    Adam,
    Data,
    binary_cross_entropy_with_logits,
    cross_entropy,
    evaluate,
    fit,
    folds,
    max_margin,
    mse,
    split,
    squared_error,
)
from nn.conversion import unwrap
from tests.nn.steps import CLASSES, adam, both, network

torch = pytest.importorskip("torch")
F = torch.nn.functional

rng = np.random.default_rng(3)
LOGITS = 3 * rng.normal(size=(6, 4))
CLASS_NUMBERS = rng.integers(0, 4, 6)
SHARES = rng.dirichlet(np.ones(4), 6)
WEIGHT = np.array([0.5, 2.0, 0.0, 1.5])
SAMPLE_WEIGHT = np.array([1.0, 0.0, 2.0, 0.5, 3.0, 1.0])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("targets", [CLASS_NUMBERS, SHARES])
@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("smoothing", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_cross_entropy_is_pytorchs(
    dtype: Any, targets: Any, weight: Any, smoothing: float, reduction: str
) -> None:
    theirs = torch.tensor(LOGITS.astype(dtype), requires_grad=True)
    known = torch.tensor(targets if targets is CLASS_NUMBERS else targets.astype(dtype))
    w = None if weight is None else torch.tensor(weight.astype(dtype))
    expected = F.cross_entropy(theirs, known, weight=w, label_smoothing=smoothing, reduction=reduction)
    expected.sum().backward()
    ours = Tensor(LOGITS, dtype=dtype)
    options: dict[str, Any] = {"weight": weight, "label_smoothing": smoothing}
    found = cross_entropy(ours, targets, reduction, **options)
    found.sum().backward()
    tolerance = {"rtol": 1e-5, "atol": 1e-6} if dtype == np.float32 else {"rtol": 1e-12, "atol": 1e-14}
    assert found.dtype == ours.grad.dtype == dtype
    np.testing.assert_allclose(found.data, expected.detach().numpy(), **tolerance)
    np.testing.assert_allclose(ours.grad, theirs.grad.numpy(), **tolerance)
    for other in (LOGITS, values(LOGITS)):
        np.testing.assert_allclose(
            unwrap(cross_entropy(other, targets, reduction, **options)), found.data, rtol=1e-4
        )


def test_second_derivatives_of_a_weighted_cross_entropy() -> None:
    f = partial(cross_entropy, targets=CLASS_NUMBERS[:2], weight=WEIGHT, label_smoothing=0.25)
    theirs = torch.autograd.functional.hessian(
        lambda z: F.cross_entropy(
            z, torch.tensor(CLASS_NUMBERS[:2]), weight=torch.tensor(WEIGHT), label_smoothing=0.25
        ),
        torch.tensor(LOGITS[:2]),
    )
    np.testing.assert_allclose(hessian(f)(LOGITS[:2]), theirs.numpy(), atol=1e-14)


def test_one_example_counts_once_in_a_mean() -> None:
    one = cross_entropy(LOGITS[0], 1)
    assert cross_entropy(LOGITS[0], 1, weight=WEIGHT) == pytest.approx(one)
    assert cross_entropy(LOGITS[0], 1, "sum", weight=WEIGHT) == pytest.approx(2 * one)
    assert cross_entropy(LOGITS[0], 1, sample_weight=3.0) == pytest.approx(one)
    assert cross_entropy(list(values(LOGITS[0])), 1, weight=WEIGHT).data == pytest.approx(one)


LOSSES: dict[str, tuple[Any, Any, Any]] = {
    "cross_entropy": (cross_entropy, LOGITS, CLASS_NUMBERS),
    "cross_entropy of shares": (cross_entropy, LOGITS, SHARES),
    "max_margin": (max_margin, LOGITS, CLASS_NUMBERS),
    "squared_error": (squared_error, LOGITS, SHARES),
    "mse": (mse, LOGITS, SHARES),
    "mse of numbers": (mse, LOGITS[:, 0], SHARES[:, 0]),
    "binary": (binary_cross_entropy_with_logits, LOGITS, SHARES),
}


@pytest.mark.parametrize("case", LOSSES)
@pytest.mark.parametrize("kind", [Tensor, values, np.array])
def test_an_example_of_weight_two_counts_as_two(case: str, kind: Any) -> None:
    loss, outputs, targets = LOSSES[case]
    twice = np.repeat(np.arange(6), [1, 0, 2, 1, 3, 1])
    for reduction in ("mean", "sum"):
        expected = loss(outputs[twice], targets[twice], reduction)
        found = loss(kind(outputs), targets, reduction, sample_weight=[1, 0, 2, 1, 3, 1])
        assert float(unwrap(found)) == pytest.approx(float(expected))
    each = unwrap(loss(kind(outputs), targets, "none", sample_weight=SAMPLE_WEIGHT))
    rows = SAMPLE_WEIGHT.reshape(-1, *(1 for _ in each.shape[1:]))
    np.testing.assert_allclose(each, rows * loss(outputs, targets, "none"))


def test_class_and_sample_weights_together() -> None:
    each = cross_entropy(LOGITS, CLASS_NUMBERS, "none")
    both_weights = WEIGHT[CLASS_NUMBERS] * SAMPLE_WEIGHT
    found = cross_entropy(LOGITS, CLASS_NUMBERS, weight=WEIGHT, sample_weight=SAMPLE_WEIGHT)
    assert found == pytest.approx((both_weights * each).sum() / both_weights.sum())


def test_each_element_may_have_a_weight() -> None:
    weights = rng.uniform(size=LOGITS.shape)
    expected = (weights * (LOGITS - SHARES) ** 2).sum() / weights.sum()
    assert mse(LOGITS, SHARES, sample_weight=weights) == pytest.approx(expected)


@pytest.mark.parametrize("pos_weight", [3.0, [0.5, 1.0, 2.0, 0.0]])
def test_the_weight_of_class_one_is_pytorchs(pos_weight: Any) -> None:
    for z in (LOGITS, 300 * LOGITS):
        theirs, ours = torch.tensor(z, requires_grad=True), Tensor(z)
        expected = F.binary_cross_entropy_with_logits(
            theirs, torch.tensor(SHARES), pos_weight=torch.tensor(pos_weight)
        )
        expected.backward()
        found = binary_cross_entropy_with_logits(ours, SHARES, pos_weight=pos_weight)
        found.backward()
        assert found.item() == pytest.approx(expected.item())
        np.testing.assert_allclose(ours.grad, theirs.grad.numpy(), atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_precision_stays(dtype: Any) -> None:
    z = Tensor(LOGITS, dtype=dtype)
    assert binary_cross_entropy_with_logits(z, SHARES, pos_weight=2.0).dtype == dtype
    assert mse(z, SHARES, sample_weight=SAMPLE_WEIGHT).dtype == dtype
    assert max_margin(z, CLASS_NUMBERS, sample_weight=SAMPLE_WEIGHT).dtype == dtype
    assert cross_entropy(z, CLASS_NUMBERS, weight=WEIGHT, sample_weight=SAMPLE_WEIGHT).dtype == dtype


def test_a_pos_weight_for_other_outputs() -> None:
    with pytest.raises(ValueError, match=r"the pos_weight of .* must have the shape \(1,\), not \(3,\)"):
        binary_cross_entropy_with_logits(LOGITS[:, :1], SHARES[:, :1], pos_weight=[1.0, 2.0, 3.0])


def test_a_mean_without_weight_is_zero() -> None:
    z = Tensor(LOGITS)
    loss = cross_entropy(z, CLASS_NUMBERS, sample_weight=np.zeros(6))
    loss.backward()
    assert loss.item() == 0
    assert not z.grad.any()


def test_the_derivative_by_sample_weights() -> None:
    each = cross_entropy(LOGITS, CLASS_NUMBERS, "none")
    f = grad(lambda w: cross_entropy(LOGITS, CLASS_NUMBERS, "sum", sample_weight=w))
    np.testing.assert_allclose(f(SAMPLE_WEIGHT), each)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "options",
    [{"weight": [1.0, 3.0]}, {"label_smoothing": 0.1}, {"weight": [0.0, 3.0], "label_smoothing": 0.2}],
)
def test_weighted_losses_are_compiled(dtype: Any, options: dict[str, Any]) -> None:
    loss = partial(cross_entropy, **options)
    both(partial(network, dtype), loss=loss, rtol=1e-4 if dtype == np.float32 else 1e-10)
    one_hot = Data(CLASSES.inputs, np.eye(2)[CLASSES.targets])
    both(partial(network, dtype), adam, one_hot, loss, rtol=1e-4 if dtype == np.float32 else 1e-10)


def test_a_rare_class_is_found_by_its_weight() -> None:
    x = np.random.default_rng(0).normal(size=(200, 1))
    targets = (x[:, 0] + np.random.default_rng(1).normal(size=200) > 2).astype(int)
    found = []
    for weight in (None, [1.0, 10.0]):
        model = MLP([1, 2])
        loss = partial(cross_entropy, weight=weight)
        fit(model, Data(x, targets), epochs=30, loss=loss, optimiser=Adam(model.parameters(), 0.05))
        found.append(int(np.sum(model(x).data.argmax(axis=1)[targets == 1])))
    assert found[1] > found[0]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"weight": [1.0, 2.0]}, ValueError, r"the class weights of softmax .* shape \(4,\), not \(2,\)"),
        ({"weight": [1.0, 2.0, -1.0, 0.0]}, ValueError, "must be finite and at least 0, not -1.0"),
        ({"weight": [1.0, 2.0, np.nan, 0.0]}, ValueError, "must be finite and at least 0, not nan"),
        ({"weight": Tensor(WEIGHT)}, TypeError, "must be plain numbers, not a Tensor: give its t.data"),
        ({"weight": ["a"] * 4}, TypeError, "the class weights .* must be real numbers"),
        ({"label_smoothing": 1.5}, ValueError, "the label smoothing must be a number from 0 to 1, not 1.5"),
        ({"label_smoothing": "a"}, ValueError, "the label smoothing must be a number from 0 to 1, not 'a'"),
        ({"sample_weight": [1.0]}, ValueError, r"the sample weights .* shape \(6,\), not \(1,\)"),
        ({"sample_weight": -np.ones(6)}, ValueError, "the sample weights .* at least 0, not -1.0"),
        ({"sample_weight": Tensor(-np.ones(6))}, ValueError, "the sample weights .* at least 0, not -1.0"),
        ({"sample_weight": ["a"] * 6}, TypeError, "the sample weights .* must be real numbers"),
    ],
)
def test_weights_that_do_not_fit(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        softmax_cross_entropy(Tensor(LOGITS), CLASS_NUMBERS, **options)


def test_sample_weights_of_another_shape() -> None:
    with pytest.raises(ValueError, match=r"\(6,\), one for each example, or \(6, 4\), not \(4,\)"):
        mse(LOGITS, SHARES, sample_weight=np.ones(4))


# ---- in training


WEIGHTED = Data(CLASSES.inputs, CLASSES.targets, np.random.default_rng(1).integers(0, 4, 52))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", [cross_entropy, partial(cross_entropy, weight=[1.0, 3.0])])
def test_weighted_examples_are_compiled(dtype: Any, loss: Any) -> None:
    both(partial(network, dtype), adam, WEIGHTED, loss, rtol=1e-4 if dtype == np.float32 else 1e-10)


@pytest.mark.parametrize("loss", [mse, squared_error, binary_cross_entropy_with_logits])
def test_other_weighted_losses_are_compiled(loss: Any) -> None:
    both(network, adam, Data(WEIGHTED.inputs, np.eye(2)[WEIGHTED.targets], WEIGHTED.weights), loss)
    both(network, adam, WEIGHTED, max_margin)


def test_training_on_weights_is_training_on_repeated_examples() -> None:
    assert WEIGHTED.weights is not None
    repeated = CLASSES.take(np.repeat(np.arange(52), WEIGHTED.weights.astype(int)))
    models = [network(), network()]
    histories = [
        fit(model, data, epochs=15, batch_size=None, validation=data)
        for model, data in zip(models, (WEIGHTED, repeated), strict=True)
    ]
    for one, other in zip(*(h.epochs for h in histories), strict=True):
        assert one.loss == pytest.approx(other.loss)
        assert one.validation["loss"] == pytest.approx(other.validation["loss"])
    for name, array in models[0].state_dict().items():
        np.testing.assert_allclose(array, models[1].state_dict()[name], rtol=1e-6)


def test_the_mean_does_not_depend_on_the_batches() -> None:
    model = network()
    whole = evaluate(model, WEIGHTED, batch_size=None)["loss"]
    assert evaluate(model, WEIGHTED, batch_size=7)["loss"] == pytest.approx(whole)
    expected = cross_entropy(model(WEIGHTED.inputs), WEIGHTED.targets, sample_weight=WEIGHTED.weights)
    assert whole == pytest.approx(expected.item())


def test_weights_go_with_their_examples() -> None:
    x = np.arange(20.0)[:, np.newaxis]
    parts = split(x, np.arange(20) % 2, weights=np.arange(20))
    pairs = folds(parts.train, 2)
    for part in (*parts, parts.train.take(slice(3, 5)), *(fold for pair in pairs for fold in pair)):
        np.testing.assert_array_equal(part.weights, part.inputs[:, 0])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0], r"the weights need the shape \(2,\), one for each example, not \(1,\)"),
        ([[1.0], [2.0]], r"not \(2, 1\)"),
        ([1.0, -1.0], "must be finite and at least 0, not -1.0"),
        ([1.0, np.inf], "must be finite and at least 0, not inf"),
    ],
)
def test_weights_of_examples_that_do_not_fit(weights: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Data([[1.0], [2.0]], [0, 1], weights)


def test_a_training_that_cannot_use_weights() -> None:
    with pytest.raises(ValueError, match="the loss takes none: give it an argument sample_weight"):
        fit(network(), WEIGHTED, loss=lambda z, y: cross_entropy(z, y), epochs=1)
    nothing = Data(CLASSES.inputs, CLASSES.targets, np.zeros(52))
    with pytest.raises(ValueError, match="the data have the weight 0 in every example"):
        fit(network(), nothing, epochs=1)


def test_other_weights_are_another_training(tmp_path: Path) -> None:
    path = tmp_path / "training"
    fit(network(), WEIGHTED, epochs=1, checkpoint=path)
    fit(network(), WEIGHTED, epochs=2, checkpoint=path)
    with pytest.raises(ValueError, match="a training with another data"):
        fit(network(), CLASSES, epochs=3, checkpoint=path)
