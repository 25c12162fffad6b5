"""Softmax cross-entropy with weights and smoothing against its definition, row by row."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, grad, softmax_cross_entropy, values

RNG = np.random.default_rng(3)
LOGITS = RNG.normal(size=(4, 3))
CLASSES = np.array([2, 0, 1, 2])
SHARES = RNG.dirichlet(np.ones(3), 4)
WEIGHT = [0.5, 2.0, 1.5]
SAMPLES = [1.0, 0.0, 2.5, 0.5]


def by_definition(targets: Any, reduction: str, weight: Any, samples: Any, smoothing: float) -> Any:
    """The sums as the documentation has them."""
    w = [1.0] * 3 if weight is None else weight
    losses, counts = [], []
    for i, row in enumerate(LOGITS.tolist()):
        log_sum = math.log(math.fsum(map(math.exp, row)))
        known = np.eye(3)[targets[i]] if targets is CLASSES else targets[i]
        shares = [(1 - smoothing) * known[k] + smoothing / 3 for k in range(3)]
        s = 1.0 if samples is None else samples[i]
        losses.append(-s * math.fsum(w[k] * shares[k] * (row[k] - log_sum) for k in range(3)))
        counts.append(s * (w[targets[i]] if targets is CLASSES else 1.0))
    return {"none": losses, "sum": sum(losses), "mean": sum(losses) / sum(counts)}[reduction]


@pytest.mark.parametrize("targets", [CLASSES, SHARES], ids=["classes", "shares"])
def test_every_combination_of_weights_is_the_definition(targets: Any) -> None:
    choices = product(("mean", "sum", "none"), (None, WEIGHT), (None, SAMPLES), (0.0, 0.25, 1.0))
    for reduction, weight, samples, smoothing in choices:
        options: dict[str, Any] = {"weight": weight, "sample_weight": samples, "label_smoothing": smoothing}
        wanted = by_definition(targets, reduction, weight, samples, smoothing)
        found = softmax_cross_entropy(Tensor(LOGITS), targets, reduction, **options)
        np.testing.assert_allclose(found.data, wanted, rtol=1e-12)
        of_values = softmax_cross_entropy(values(LOGITS), targets, reduction, **options)
        np.testing.assert_allclose([x.data for x in np.ravel(of_values)], np.ravel(wanted), rtol=1e-12)
        recorded = softmax_cross_entropy(LOGITS, Tensor(SHARES), reduction, **options)
        if targets is SHARES:
            np.testing.assert_allclose(recorded.data, wanted, rtol=1e-12)


def test_rows_of_no_weight_have_the_mean_0() -> None:
    def loss(z: Any, samples: Any) -> Any:
        return softmax_cross_entropy(z, CLASSES, sample_weight=samples)

    assert loss(Tensor(LOGITS), [0.0] * 4).data == 0
    assert loss(Tensor(LOGITS), Tensor([0.0] * 4)).data == 0
    assert not np.any(grad(loss)(LOGITS, [0.0] * 4))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"label_smoothing": -0.01}, ValueError, "smoothing must be a number from 0 to 1, not -0.01"),
        ({"label_smoothing": 1.01}, ValueError, "smoothing must be a number from 0 to 1, not 1.01"),
        ({"label_smoothing": "half"}, ValueError, "smoothing must be a number from 0 to 1, not 'half'"),
        ({"weight": [1.0, 2.0]}, ValueError, r"must have the shape \(3,\), not \(2,\)"),
        ({"weight": [1.0, 2.0, -1.0]}, ValueError, "must be finite and at least 0, not -1"),
        ({"weight": [1.0, 2.0, np.inf]}, ValueError, "must be finite and at least 0, not inf"),
        ({"weight": Tensor(WEIGHT)}, TypeError, "must be plain numbers, not a Tensor"),
        ({"weight": ["a", "b", "c"]}, TypeError, "must be real numbers"),
        ({"weight": np.ma.masked_equal(WEIGHT, 2.0)}, ValueError, "have masked elements"),
        ({"sample_weight": [1.0, 2.0]}, ValueError, r"must have the shape \(4,\), not \(2,\)"),
        ({"sample_weight": [1.0, 2.0, 3.0, -0.5]}, ValueError, "must be finite and at least 0, not -0.5"),
        ({"sample_weight": Tensor([1.0, 2.0, 3.0, -0.5])}, ValueError, "must be finite and at least 0"),
        ({"reduction": "max"}, ValueError, "must be 'mean', 'sum' or 'none', not 'max'"),
    ],
)
def test_other_weights_are_refused(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        softmax_cross_entropy(Tensor(LOGITS), CLASSES, **options)
