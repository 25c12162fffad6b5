"""scikit-learn: its classifier, one epoch at a time."""

from __future__ import annotations

from itertools import count

import numpy as np
from sklearn.neural_network import MLPClassifier

from benchmarks.workloads import Digits, Job, Ways

NAME, PACKAGE = "scikit-learn", "scikit-learn"


def digits(problem: Digits) -> Job:
    seeds = count()
    classes = np.unique(problem.labels)

    def accuracies():
        model = MLPClassifier(
            problem.sizes[1:-1],
            alpha=0,  # no weight decay
            batch_size=problem.batch,
            learning_rate_init=problem.rate,
            random_state=next(seeds),
        )
        while True:
            model.partial_fit(problem.inputs, problem.labels, classes=classes)
            yield model.score(problem.test_inputs, problem.test_labels)

    return lambda: problem.run(accuracies())


WAYS: Ways = {"digits": {"MLPClassifier": digits}}
