"""Functions that tests send to other processes, in a module that is quick to import there."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import numpy as np

import nn
from nn.data import Data

DATA = Data(np.random.default_rng(0).normal(size=(40, 4)), np.arange(40) % 3)


class OddError(Exception):
    """An error that cannot be made again from its message, as pickle does."""

    def __init__(self, what: str, rate: float) -> None:
        super().__init__(f"{what} {rate}")


class Unreadable:
    """Refers to what another process lacks, as a function defined in a notebook does."""

    def __reduce__(self) -> Any:
        return getattr, (str, "lacking")


def loss(rate: float, width: int) -> float:
    return train_and_score(DATA, DATA, rate, width)


def train_and_score(train: Data, validation: Data, rate: float = 0.1, width: int = 4) -> float:
    model = nn.MLP([4, width, 3], seed=0)
    nn.fit(model, train, epochs=3, optimiser=nn.Adam(model.parameters(), rate))
    return nn.evaluate(model, validation)["loss"]


def dying(rate: float) -> float:
    if rate == 0.2:
        time.sleep(0.3)  # until the results of this worker have arrived
        os._exit(1)
    return rate


def failing(rate: float) -> float:
    if rate == 0.2:
        raise ValueError("no such rate")
    return rate


def failing_oddly(rate: float) -> float:
    raise OddError("no", rate)


def leaving(rate: float) -> float:
    sys.exit(5)


def stopping(rate: float) -> float:
    """Stop as a Ctrl-C in the worker does."""
    if rate == 0.2:
        raise KeyboardInterrupt
    return rate


def blas_threads(rate: float) -> float:
    from threadpoolctl import threadpool_info  # optional, so it loads in its tests

    return float(max(each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"))


class Training:
    """A model and its optimiser, which share parameters. Dask takes a tuple apart, and not an object."""

    def __init__(self) -> None:
        self.model = nn.MLP([4, 3, 3], seed=0)
        self.adam = nn.Adam(self.model.parameters(), 0.1)


def trained(training: Training) -> Training:
    nn.fit(training.model, DATA, epochs=2, optimiser=training.adam)
    return training
