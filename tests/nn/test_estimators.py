"""Networks as scikit-learn's estimators: what its own checks do not try."""

from __future__ import annotations

import importlib
import pickle
import signal
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from nn import compiled_step

estimators = pytest.importorskip("nn.sklearn", exc_type=ImportError)

# Imported after scikit-learn has been found to be there.
from joblib import parallel_backend  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.datasets import load_iris  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

INPUTS, NUMBERS = load_iris(return_X_y=True)
INPUTS = StandardScaler().fit_transform(INPUTS)
LABELS = np.array(["setosa", "versicolor", "virginica"])[NUMBERS]


def classifier(**parameters: Any) -> Any:
    few = {"learning_rate_init": 0.05, "max_iter": 20, "tol": None, "random_state": 0}
    return estimators.NetworkClassifier(**{"hidden_layer_sizes": 8, **few, **parameters})


def weights(estimator: Any) -> list[Any]:
    return [array.tolist() for array in estimator.model_.state_dict().values()]


def test_labels_may_be_text() -> None:
    network = classifier().fit(INPUTS, LABELS)
    assert network.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert set(network.predict(INPUTS)) == set(LABELS)
    assert network.score(INPUTS, LABELS) > 0.9
    probabilities = network.predict_proba(INPUTS)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_allclose(np.exp(network.predict_log_proba(INPUTS)), probabilities)
    assert (network.classes_[probabilities.argmax(axis=1)] == network.predict(INPUTS)).all()


def test_it_trains_the_network_that_fit_trains() -> None:
    network = classifier(batch_size=32).fit(INPUTS, LABELS)
    seed = network._seed
    model = nn.MLP([4, 8, 3], activation="relu", seed=seed)
    history = nn.fit(
        model,
        nn.Data(INPUTS, NUMBERS),
        epochs=20,
        optimiser=nn.Adam(model.parameters(), 0.05),
        batch_size=32,
        seed=seed,
    )
    assert [array.tolist() for array in model.state_dict().values()] == weights(network)
    assert network.loss_curve_ == [epoch.loss for epoch in history.epochs]
    assert network.n_iter_ == 20


@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd"])
def test_calls_of_partial_fit_are_epochs_of_fit(solver: str) -> None:
    whole = classifier(solver=solver, batch_size=32, max_iter=4).fit(INPUTS, LABELS)
    parts = classifier(solver=solver, batch_size=32)
    for _ in range(2):
        parts.partial_fit(INPUTS, LABELS, classes=np.unique(LABELS))
    parts = pickle.loads(pickle.dumps(parts))
    for _ in range(2):
        parts.partial_fit(INPUTS, LABELS)
    assert parts.n_iter_ == 4
    np.testing.assert_allclose(parts.loss_curve_, whole.loss_curve_)
    np.testing.assert_allclose(parts.predict_proba(INPUTS), whole.predict_proba(INPUTS))


def test_partial_fit_goes_on_after_fit() -> None:
    network = classifier(max_iter=3).fit(INPUTS, LABELS)
    network.partial_fit(INPUTS[:50], LABELS[:50])
    assert [epoch.examples for epoch in network.history_.epochs] == [150, 300, 450, 500]


def test_partial_fit_compiles_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[Any] = []

    def compile_(f: Any) -> Any:
        compiled.append(f)
        return autograd.compile(f)

    monkeypatch.setattr(compiled_step, "compile", compile_)
    network = classifier(batch_size=10)
    for _ in range(4):
        network.partial_fit(INPUTS, LABELS, classes=np.unique(LABELS))
    assert len(compiled) == 1


def test_class_weights_are_weights_of_examples() -> None:
    weight = {"setosa": 1.0, "versicolor": 0.5, "virginica": 3.0}
    by_class = classifier(class_weight=weight).fit(INPUTS, LABELS, sample_weight=np.full(150, 2.0))
    by_example = classifier().fit(INPUTS, LABELS, [2.0 * weight[label] for label in LABELS])
    assert weights(by_class) == weights(by_example)


def test_balanced_class_weights() -> None:
    balanced = classifier(class_weight="balanced").fit(INPUTS[:110], LABELS[:110])
    share = {"setosa": 110 / 150, "versicolor": 110 / 150, "virginica": 110 / 30}
    given = classifier(class_weight=share).fit(INPUTS[:110], LABELS[:110])
    np.testing.assert_allclose(balanced.predict_proba(INPUTS), given.predict_proba(INPUTS))


def test_balanced_class_weights_balance_the_weights_of_examples() -> None:
    """Weights that count examples give the network that repeated examples give."""
    often = np.where(NUMBERS == 1, 3, 1) * (np.arange(150) % 5 > 0)
    options: dict[str, Any] = {"class_weight": "balanced", "batch_size": None, "max_iter": 4}
    weighted = classifier(**options).fit(INPUTS, LABELS, often)
    repeated = classifier(**options).fit(np.repeat(INPUTS, often, axis=0), np.repeat(LABELS, often))
    np.testing.assert_allclose(weighted.predict_proba(INPUTS), repeated.predict_proba(INPUTS))


def test_early_stopping_returns_to_the_best_epoch() -> None:
    network = classifier(early_stopping=True, max_iter=200, learning_rate_init=0.3, n_iter_no_change=3)
    network.fit(INPUTS, NUMBERS)
    best = network.history_.best
    assert network.n_iter_ == best.epoch + 3
    train, validation = nn.split(INPUTS, NUMBERS, fractions=(0.9, 0.1), seed=network._seed)
    assert nn.evaluate(network.model_, validation)["loss"] == best.validation["loss"]
    assert network.history_.epochs[0].examples == len(train)


def test_training_ends_on_a_plateau() -> None:
    network = classifier(tol=1e9, max_iter=50, n_iter_no_change=4).fit(INPUTS, LABELS)
    assert network.n_iter_ == 5  # the first improves on none


def test_training_that_did_not_reach_one_warns() -> None:
    with pytest.warns(ConvergenceWarning, match="the loss had not settled after max_iter=3 epochs"):
        classifier(tol=1e-9, max_iter=3).fit(INPUTS, LABELS)


def test_a_warm_start_goes_on() -> None:
    network = classifier(warm_start=True, max_iter=5).fit(INPUTS, LABELS)
    model, loss = network.model_, network.loss_curve_[-1]
    assert network.fit(INPUTS, LABELS).model_ is model
    assert network.loss_curve_[0] < loss * 1.1
    assert clone(network).fit(INPUTS, LABELS).loss_curve_[0] > 2 * network.loss_curve_[0]
    with pytest.raises(ValueError, match="the label 'daisy', which is not one of the classes"):
        network.fit(INPUTS[:2], ["setosa", "daisy"])
    network.set_params(solver="sgd", hidden_layer_sizes=network.hidden_layer_sizes).fit(INPUTS, LABELS)
    with pytest.raises(ValueError, match=r"warm_start continues with activation='relu', not 'tanh': set it"):
        network.set_params(activation="tanh").fit(INPUTS, LABELS)


def test_partial_fit_goes_on_with_what_it_began_with() -> None:
    def begun() -> Any:
        return classifier().partial_fit(INPUTS, NUMBERS, classes=[0, 1, 2])

    slow, fast = begun().set_params(learning_rate_init=1e-9), begun()
    before = slow.predict_proba(INPUTS)
    np.testing.assert_allclose(slow.partial_fit(INPUTS, NUMBERS).predict_proba(INPUTS), before, rtol=1e-6)
    assert np.abs(fast.partial_fit(INPUTS, NUMBERS).predict_proba(INPUTS) - before).max() > 1e-3
    for name, value in (("hidden_layer_sizes", [3]), ("clip", 1.0)):
        with pytest.raises(ValueError, match=f"partial_fit continues with {name}=.* or call fit for a new"):
            begun().set_params(**{name: value}).partial_fit(INPUTS, NUMBERS)
    with pytest.raises(ValueError, match=r"continues with the classes \[0, 1, 2\], not \[0, 1\]: give"):
        begun().partial_fit(INPUTS, NUMBERS, classes=[0, 1])


def test_a_regressor_goes_on_with_as_many_outputs() -> None:
    network = estimators.NetworkRegressor(4, max_iter=2, warm_start=True, tol=None).fit(INPUTS, INPUTS[:, 0])
    assert network.fit(INPUTS, INPUTS[:, :1]).predict(INPUTS).shape == (150, 1)
    with pytest.raises(ValueError, match="y has 2 outputs, and the network 1"):
        network.fit(INPUTS, INPUTS[:, :2])


def test_early_stopping_needs_examples_of_each_class() -> None:
    with pytest.raises(ValueError, match=r"too few examples \(n_samples=11\) .* or set early_stopping=False"):
        classifier(early_stopping=True).fit(INPUTS[[*range(10), 149]], LABELS[[*range(10), 149]])


def test_functions_are_checked() -> None:
    with pytest.raises(TypeError, match="after_epoch must be a function, not 3"):
        classifier(after_epoch=3).fit(INPUTS, LABELS)


def test_after_epoch_may_stop_the_training() -> None:
    seen = []

    def stop(epoch: nn.Epoch) -> None:
        seen.append(epoch.epoch)
        if epoch.epoch == 3:
            raise StopIteration

    assert classifier(after_epoch=stop).fit(INPUTS, LABELS).n_iter_ == 3
    assert seen == [1, 2, 3]


def test_a_regressor_of_several_outputs_and_single_precision() -> None:
    X = np.linspace(-1, 1, 40, dtype=np.float32)[:, None]
    network = estimators.NetworkRegressor(
        20, activation="tanh", learning_rate_init=0.03, tol=None, random_state=0
    )
    pair = network.fit(X, np.hstack([X, X * X]))
    assert pair.predict(X).shape == (40, 2)
    assert pair.predict(X).dtype == np.float32
    assert pair.score(X, np.hstack([X, X * X])) > 0.9
    network.partial_fit(X, np.hstack([X, X * X]))
    assert network.n_iter_ == 201
    assert clone(network).set_params(max_iter=1).fit(X, X[:, 0]).predict(X).shape == (40,)


def narrow(features: int, outputs: int, rng: np.random.Generator) -> nn.Module:
    return nn.Sequential(nn.Linear(features, 6, seed=rng), nn.GELU(), nn.Linear(6, outputs, seed=rng))


def test_a_network_of_ones_own() -> None:
    network = pickle.loads(pickle.dumps(clone(classifier(network=narrow)).fit(INPUTS, LABELS)))
    assert isinstance(network.model_[1], nn.GELU)
    assert network.score(INPUTS, LABELS) > 0.8
    assert weights(network) == weights(classifier(network=narrow).fit(INPUTS, LABELS))
    with pytest.raises(TypeError, match="fit trains a Module"):
        classifier(network=lambda features, outputs, rng: np.tanh).fit(INPUTS, LABELS)
    with pytest.raises(TypeError, match="network must be a function that makes a Module, not Linear"):
        classifier(network=nn.Linear(2, 2, seed=0)).fit(INPUTS, LABELS)
    with pytest.raises(ValueError, match="must give 3 outputs for each example, and its model gives 4"):
        classifier(network=lambda features, outputs, rng: narrow(features, 4, rng)).fit(INPUTS, LABELS)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hidden_layer_sizes": (8, 0)}, r"hidden_layer_sizes must be whole numbers .*, not \(8, 0\)"),
        ({"hidden_layer_sizes": "8"}, "hidden_layer_sizes must be whole numbers .*, not '8'"),
        ({"solver": "lbfgs"}, "the solver must be 'adam', 'adamw' or 'sgd', not 'lbfgs'"),
        ({"batch_size": "all"}, "batch_size must be a whole number, 'auto' or None for all, not 'all'"),
        ({"batch_size": 0}, "the size of a batch must be a whole number, at least 1"),
        ({"activation": "swish"}, "there is no activation 'swish'"),
        ({"max_iter": 0}, "max_iter must be a whole number of epochs"),
        ({"validation_fraction": 1.5}, "validation_fraction must be between 0 and 1, not 1.5"),
        ({"tol": -1}, "tol must be a number of at least 0, or None, not -1"),
    ],
    ids=str,
)
def test_parameters_out_of_range(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        classifier(**parameters).fit(INPUTS, LABELS)


@pytest.mark.parametrize(
    ("parameters", "options", "message"),
    [
        ({}, {}, "the first call of partial_fit needs classes="),
        ({"class_weight": "balanced"}, {"classes": [0, 1, 2]}, "class_weight='balanced' needs all"),
        ({"early_stopping": True}, {"classes": [0, 1, 2]}, "partial_fit cannot stop early"),
        ({}, {"classes": [0, 1]}, "y has the label 2, which is not one of the classes"),
    ],
    ids=str,
)
def test_partial_fit_refuses(parameters: dict[str, Any], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        classifier(**parameters).partial_fit(INPUTS, NUMBERS, **options)


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Python's own handler, which a shell disables for background jobs."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_ends_a_search_and_keeps_the_update() -> None:
    def interrupt(epoch: nn.Epoch) -> None:
        if epoch.epoch == 2:
            signal.raise_signal(signal.SIGINT)

    network = classifier(after_epoch=interrupt)
    with pytest.raises(KeyboardInterrupt):
        network.fit(INPUTS, LABELS)
    assert network.n_iter_ == 2
    assert weights(network) == weights(classifier(max_iter=2).fit(INPUTS, LABELS))
    with pytest.raises(KeyboardInterrupt):
        GridSearchCV(network, {"batch_size": [10, 20]}, cv=2, error_score=0.0).fit(INPUTS, LABELS)


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_a_grid_search_of_a_pipeline(backend: str) -> None:
    grid = {"networkclassifier__learning_rate_init": [1e-4, 0.05]}
    search = GridSearchCV(make_pipeline(StandardScaler(), classifier(max_iter=10)), grid, cv=2, n_jobs=2)
    with parallel_backend(backend):
        search.fit(INPUTS, LABELS)
    alone = clone(search).set_params(n_jobs=1).fit(INPUTS, LABELS)
    scores = [each.cv_results_["mean_test_score"].tolist() for each in (search, alone)]
    assert scores[0] == scores[1]
    assert search.best_params_ == {"networkclassifier__learning_rate_init": 0.05}


def test_without_scikit_learn_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    for module in ("nn.sklearn", "nn.estimators"):
        monkeypatch.delitem(sys.modules, module)
    with pytest.raises(ImportError, match=r"pip install 'whygrad\[sklearn\]'"):
        importlib.import_module("nn.sklearn")
