"""MyGrad: its tensors and fused loss, with memory guarding off, as its documentation advises for speed."""

from __future__ import annotations

import mygrad as mg
from mygrad.nnet.losses import softmax_crossentropy

from benchmarks.workloads import DESCENTS, RATE, Classifier, Job, Ways

NAME, PACKAGE = "MyGrad", "mygrad"

mg.turn_memory_guarding_off()


def classifier(problem: Classifier) -> Job:
    w1, b1, w2, b2 = weights = [mg.tensor(w) for w in problem.weights]

    def step():
        h = mg.tanh(mg.matmul(problem.inputs, w1.T) + b1)
        loss = softmax_crossentropy(mg.matmul(h, w2.T) + b2, problem.labels)
        loss.backward()
        for w in weights:
            w.data -= RATE * w.grad
        return lambda: (loss.data, [w.data for w in weights])

    return step


WAYS: Ways = {workload: {"": classifier} for workload in DESCENTS}
