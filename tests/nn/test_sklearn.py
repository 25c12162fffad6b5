"""The network against scikit-learn's MLPClassifier, on the same weights."""

from inspect import signature

import numpy as np
import pytest

from autograd import softmax, softmax_cross_entropy
from nn import MLP

neural_network = pytest.importorskip("sklearn.neural_network")

SIZES = [4, 6, 5, 3]


def theirs(model, inputs, targets, activation):
    """scikit-learn's classifier, started from our weights."""
    classifier = neural_network.MLPClassifier(
        SIZES[1:-1],
        activation=activation,
        alpha=0.0,
        solver="sgd",
        batch_size=len(inputs),
    )
    classifier.partial_fit(inputs, targets, classes=np.arange(SIZES[-1]))
    classifier.coefs_ = [np.array(layer.weight.data.T) for layer in model.layers]
    classifier.intercepts_ = [np.array(layer.bias.data) for layer in model.layers]
    return classifier


@pytest.fixture(
    params=[("tanh", "tanh"), ("relu", "relu"), ("sigmoid", "logistic")], ids=lambda pair: pair[0]
)
def problem(request):
    ours, activation = request.param
    rng = np.random.default_rng(0)
    inputs, targets = rng.standard_normal((12, SIZES[0])), np.arange(12) % SIZES[-1]
    model = MLP(SIZES, activation=ours, seed=1, granularity="matrix")
    for layer in model.layers:
        layer.bias.data = rng.standard_normal(layer.bias.shape)
    return model, theirs(model, inputs, targets, activation), inputs, targets


def test_the_probabilities_agree(problem):
    model, classifier, inputs, _ = problem
    np.testing.assert_allclose(softmax(model(inputs)).data, classifier.predict_proba(inputs), rtol=1e-12)


def test_the_loss_and_its_gradient_agree(problem):
    model, classifier, inputs, targets = problem
    loss = softmax_cross_entropy(model(inputs), targets)
    loss.backward()
    one_hot = np.eye(SIZES[-1])[targets]
    activations = [inputs, *[np.empty((len(inputs), size)) for size in SIZES[1:]]]
    deltas = [np.empty((len(inputs), size)) for size in SIZES[1:]]
    coefs = [np.empty_like(array) for array in classifier.coefs_]
    intercepts = [np.empty_like(array) for array in classifier.intercepts_]
    sample_weight = [None] * ("sample_weight" in signature(classifier._backprop).parameters)  # from 1.7 on
    arguments = inputs, one_hot, *sample_weight, activations, deltas, coefs, intercepts
    wanted, coefs, intercepts = classifier._backprop(*arguments)
    assert loss.item() == pytest.approx(wanted, rel=1e-12)
    for layer, weight, bias in zip(model.layers, coefs, intercepts, strict=True):
        np.testing.assert_allclose(layer.weight.grad, weight.T, rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(layer.bias.grad, bias, rtol=1e-10, atol=1e-14)
