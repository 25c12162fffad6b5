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

    The parameters are those of `NetworkEstimator`, and one more.

    Args:
        class_weight: a weight for each label, as a dict; ``"balanced"`` for weights by which all classes
            count alike; None for weights of 1. They multiply the weights of examples.

    Attributes:
        classes_: the labels, sorted: numbers or text.

    Example:
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
        """Train for one epoch on these examples, after any that went before; the rest as `fit`.

        Args:
            X: as for `fit`.
            y: as for `fit`.
            classes: all labels that any call will have; needed at the first call.
            sample_weight: as for `fit`.

        Raises:
            TypeError, ValueError, FloatingPointError: as `fit`; or the first call has no classes, or
                stopping early or balanced class weights were asked for, which need all examples.
        """
        if isinstance(self.class_weight, str):
            raise ValueError(
                f"partial_fit sees only some examples, and class_weight={self.class_weight!r} needs all: "
                "give a dict with the weight of each label"
            )
        if not hasattr(self, "model_") and classes is None:
            raise ValueError("the first call of partial_fit needs classes=, all labels that may ever come")
        return self._learn(X, y, sample_weight, classes)

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable label of each example."""
        logits = self._logits(X)
        return np.asarray(self.classes_[logits.argmax(axis=1)])

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """(examples, classes): the probability of each label, in the order of ``classes_``."""
        return np.asarray(softmax(self._logits(X)))

    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """The logarithms of `predict_proba`, finite where these are rounded to 0."""
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
                f"a classifier needs two or more classes, and there is one class, {labels.tolist()[0]!r}"
            )
        unknown = ~np.isin(labels, self.classes_)
        if unknown.any():
            raise ValueError(
                f"y has the label {labels[unknown].tolist()[0]!r}, which is not one of the classes "
                f"{self.classes_.tolist()!r:.200}"
            )
        if self.class_weight is not None:
            weights = compute_sample_weight(self.class_weight, labels)
            sample_weight = weights if sample_weight is None else weights_of(sample_weight, X) * weights
        return Data(X, np.searchsorted(self.classes_, labels), weights_of(sample_weight, X))

    @property
    def _outputs(self) -> int:
        return len(self.classes_)


@dataclass(eq=False, repr=False)
class NetworkRegressor(MultiOutputMixin, RegressorMixin, NetworkEstimator):  # type: ignore[misc] # likewise
    """A network that predicts one or more numbers, trained on the mean squared error.

    The parameters are those of `NetworkEstimator`. Targets are not scaled: where their deviation is far
    from 1, wrap the network in ``sklearn.compose.TransformedTargetRegressor``.

    Example:
        >>> X = np.linspace(-2, 2, 50)[:, None]
        >>> network = NetworkRegressor((16,), activation="tanh", learning_rate_init=0.02, random_state=0)
        >>> network.fit(X, np.sin(X[:, 0])).score(X, np.sin(X[:, 0])) > 0.98
        True
    """

    _loss = staticmethod(mse)
    _metrics: ClassVar[dict[str, Metric]] = {}

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one epoch on these examples, after any that went before; the rest as `fit`.

        Raises:
            TypeError, ValueError, FloatingPointError: as `fit`; or stopping early was asked for, which
                needs all examples.
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
            self._is_flat, self._outputs = y.ndim == 1, targets.shape[1]
        return Data(X, targets, weights_of(sample_weight, X))
