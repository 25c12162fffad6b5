"""MyGrad: its tensors and fused loss, without the guard of its memory, as it advises for speed."""

from __future__ import annotations

import mygrad as mg
from mygrad.nnet.losses import softmax_crossentropy

from benchmarks.works import DESCENTS, RATE, Classifier, Step, Ways

NAME, PACKAGE = "MyGrad", "mygrad"

mg.turn_memory_guarding_off()


def classifier(problem: Classifier) -> Step:
    w1, b1, w2, b2 = weights = [mg.tensor(w) for w in problem.weights]

    def step():
        h = mg.tanh(mg.matmul(problem.inputs, w1.T) + b1)
        loss = softmax_crossentropy(mg.matmul(h, w2.T) + b2, problem.labels)
        loss.backward()
        for w in weights:
            w.data -= RATE * w.grad
        return lambda: (loss.data, [w.data for w in weights])

    return step


WAYS: Ways = {work: {"": classifier} for work in DESCENTS}
