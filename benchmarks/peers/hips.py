"""HIPS autograd: NumPy through its wrapper, `value_and_grad` at every step."""

from __future__ import annotations

import autograd.numpy as np

from autograd import value_and_grad
from benchmarks.workloads import DESCENTS, RATE, Classifier, Job, Ways

NAME, PACKAGE = "HIPS autograd", "autograd"


def classifier(problem: Classifier) -> Job:
    examples = np.arange(len(problem.labels))

    def loss(weights, inputs, labels):
        w1, b1, w2, b2 = weights
        z = np.dot(np.tanh(np.dot(inputs, w1.T) + b1), w2.T) + b2
        z = z - np.max(z, axis=1, keepdims=True)
        return np.mean(np.log(np.sum(np.exp(z), axis=1)) - z[examples, labels])

    gradient = value_and_grad(loss)

    def step(weights, inputs, labels):
        value, slopes = gradient(weights, inputs, labels)
        return value, [w - RATE * slope for w, slope in zip(weights, slopes, strict=True)]

    return problem.descend(step)


WAYS: Ways = {workload: {"": classifier} for workload in DESCENTS}
