"""Networks as estimators of scikit-learn, for its pipelines, searches and metrics.

Import this module by its name: ``from nn.sklearn import NetworkClassifier``. ``import nn`` does not load it,
since it loads scikit-learn.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from autograd import log_softmax, softmax
from nn.data import Data
from nn.estimators import PRECISIONS, NetworkEstimator, weights_of
from nn.evaluation import Metric, fraction_correct, predict
from nn.losses import cross_entropy, mse

# After nn.estimators, which says what to do where scikit-learn is missing.
# isort: split
from sklearn.base import ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.utils import column_or_1d, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

__all__ = ["NetworkClassifier", "NetworkRegressor"]


@dataclass(eq=False, repr=False)
class NetworkClassifier(ClassifierMixin, NetworkEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A network that classifies, trained on softmax cross-entropy.

    It has the parameters of `NetworkEstimator`, and one more.

    Args:
        class_weight: a dict with the weight of each label; ``"balanced"`` to give all classes the same total
            weight, the weights of their examples included; None for weights of 1. The weights of examples are
            multiplied by it.

    Attributes:
        classes_: the labels, sorted: numbers or text.

    Examples:
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.pipeline import make_pipeline
        >>> from sklearn.preprocessing import StandardScaler
        >>> inputs, labels = load_iris(return_X_y=True)
        >>> network = NetworkClassifier((8,), learning_rate_init=0.05, random_state=0)
        >>> pipeline = make_pipeline(StandardScaler(), network).fit(inputs, labels)
        >>> pipeline.score(inputs, labels) > 0.95
        True
    """

    _: KW_ONLY
    class_weight: Any = None

    _loss = staticmethod(cross_entropy)
    _metrics: ClassVar[dict[str, Metric]] = {"accuracy": fraction_correct}

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one more epoch, on these examples; otherwise as `fit`.

        Args:
            X: as for `fit`.
            y: as for `fit`.
            classes: all labels that will ever occur; required at the first call, and later the same.
            sample_weight: as for `fit`.

        Raises:
            TypeError, ValueError, FloatingPointError: as `fit`.
            ValueError: the first call has no classes, or a later call others; ``early_stopping`` or balanced
                class weights are set, which need all examples at once; or a parameter of the network or of
                the solver was changed after the first call, other than ``learning_rate_init``.
        """
        if isinstance(self.class_weight, str):
            raise ValueError(
                f"partial_fit sees only some examples, and class_weight={self.class_weight!r} needs all: "
                "give a dict with the weight of each label"
            )
        if not hasattr(self, "model_"):
            if classes is None:
                raise ValueError(
                    "the first call of partial_fit needs classes=, all labels that will ever occur"
                )
        elif classes is not None and not np.array_equal(np.unique(column_or_1d(classes)), self.classes_):
            raise ValueError(
                f"partial_fit continues with the classes {self.classes_.tolist()!r:.200}, not "
                f"{classes!r:.200}: give the same, or leave them out"
            )
        return self._learn(X, y, sample_weight, classes)

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable label of each example."""
        logits = self._logits(X)
        return np.asarray(self.classes_[logits.argmax(axis=1)])

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """(examples, classes): the probability of each label, in the order of ``classes_``."""
        return np.asarray(softmax(self._logits(X)))

    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """The logarithms of `predict_proba`, finite even where a probability underflows to 0."""
        return np.asarray(log_softmax(self._logits(X)))

    def _logits(self, X: Any) -> NDArray[Any]:
        return predict(*self._model_and_inputs(X))

    def _examples(self, X: Any, y: Any, sample_weight: Any, classes: Any = None, *, is_first: bool) -> Data:
        X, y = validate_data(self, X, y, reset=is_first, dtype=PRECISIONS)
        check_classification_targets(y)
        labels = column_or_1d(y)
        if is_first:
            self.classes_ = np.unique(labels if classes is None else column_or_1d(classes))
        if len(self.classes_) < 2:
            raise ValueError(
                f"a classifier needs at least two classes, but there is one class, {labels.tolist()[0]!r}"
            )
        unknown = ~np.isin(labels, self.classes_)
        if unknown.any():
            raise ValueError(
                f"y has the label {labels[unknown].tolist()[0]!r}, which is not one of the classes "
                f"{self.classes_.tolist()!r:.200}"
            )
        targets, weights = np.searchsorted(self.classes_, labels), weights_of(sample_weight, X)
        if self.class_weight is not None:
            weights = np.ones(len(labels)) if weights is None else weights
            weights = weights * self._weights_by_class(labels, targets, weights)
        return Data(X, targets, weights_of(weights, X))

    def _weights_by_class(self, labels: Any, targets: Any, weights: Any) -> NDArray[Any]:
        """The weight of each example's class; ``weights`` are the examples' own."""
        if self.class_weight != "balanced":
            return np.asarray(compute_sample_weight(self.class_weight, labels))
        totals = np.bincount(targets, weights)[targets]
        of_one = weights.sum() / np.count_nonzero(np.bincount(targets, weights))
        return np.where(totals > 0, of_one / np.where(totals > 0, totals, 1.0), 0.0)

    @property
    def _outputs(self) -> int:
        return len(self.classes_)


@dataclass(eq=False, repr=False)
class NetworkRegressor(MultiOutputMixin, RegressorMixin, NetworkEstimator):  # type: ignore[misc] # likewise
    """A network that predicts one or more numbers, trained on the mean squared error.

    It has the parameters of `NetworkEstimator`. Targets are not scaled: if their deviation is far from 1,
    wrap the network in ``sklearn.compose.TransformedTargetRegressor``.

    Examples:
        >>> X = np.linspace(-2, 2, 50)[:, None]
        >>> network = NetworkRegressor((16,), activation="tanh", learning_rate_init=0.02, random_state=0)
        >>> network.fit(X, np.sin(X[:, 0])).score(X, np.sin(X[:, 0])) > 0.98
        True
    """

    _loss = staticmethod(mse)
    _metrics: ClassVar[dict[str, Metric]] = {}

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one more epoch, on these examples; otherwise as `fit`.

        Raises:
            TypeError, ValueError, FloatingPointError: as `fit`.
            ValueError: ``early_stopping`` is set, which needs all examples at once.
        """
        return self._learn(X, y, sample_weight)

    def predict(self, X: Any) -> NDArray[Any]:
        """The values, of shape (examples,), or (examples, outputs) if the targets had two axes."""
        outputs = predict(*self._model_and_inputs(X))
        return outputs[:, 0] if self._is_flat else outputs

    def _examples(self, X: Any, y: Any, sample_weight: Any, classes: None = None, *, is_first: bool) -> Data:
        X, y = validate_data(self, X, y, reset=is_first, dtype=PRECISIONS, multi_output=True, y_numeric=True)
        targets = y.astype(X.dtype, copy=False).reshape(len(y), -1)
        if is_first:
            self._outputs = targets.shape[1]
        if targets.shape[1] != self._outputs:
            raise ValueError(f"y has {targets.shape[1]} outputs, and the network {self._outputs}")
        self._is_flat = y.ndim == 1
        return Data(X, targets, weights_of(sample_weight, X))
