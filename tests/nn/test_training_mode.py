"""A model is in the mode of a block, and then in the mode it had."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import numpy as np

from nn import Dropout, Linear, Module, Sequential, predict
from nn.training_mode import in_mode


def test_blocks_within_blocks() -> None:
    model = Sequential(Linear(2, 2, seed=0), Dropout(0.5, seed=0)).eval()
    model.layers[1].training = True
    found = []
    with in_mode(model, training=True):
        with in_mode(model, training=False):
            with in_mode(model, training=True):
                found.append(model.training)
            found.append(model.training)
        found.append(model.training)
    assert found == [True, False, True]
    assert [module.training for module in model.modules()] == [False, False, True]


class Waiting(Module):
    """Notes its mode once the other thread has gone on."""

    def __init__(self) -> None:
        self.seen: list[bool] = []
        self.begun, self.ended = Event(), Event()

    def forward(self, x: Any) -> Any:
        if x[0, 0] == 1:  # of the first thread
            self.begun.set()
            assert self.ended.wait(60)
        self.seen.append(self.training)
        return x


def test_threads_that_evaluate_one_model() -> None:
    model = Waiting()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(predict, model, np.ones((1, 1)))
        assert model.begun.wait(60)
        predict(model, np.zeros((1, 1)))  # ends while the first has not
        model.ended.set()
        first.result()
    assert model.seen == [False, False]
    assert model.training
