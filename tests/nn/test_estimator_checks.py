"""scikit-learn's own checks of estimators."""

from __future__ import annotations

from typing import Any

import pytest

checks = pytest.importorskip("sklearn.utils.estimator_checks", exc_type=ImportError)
estimators = pytest.importorskip("nn.sklearn", exc_type=ImportError)

# The networks of these checks are trained for a few epochs.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@checks.parametrize_with_checks(
    [
        estimators.NetworkClassifier((10,), learning_rate_init=0.02, max_iter=40),
        estimators.NetworkRegressor((10,), learning_rate_init=0.02, max_iter=40),
    ]
)
def test_estimators(estimator: Any, check: Any) -> None:
    check(estimator)
