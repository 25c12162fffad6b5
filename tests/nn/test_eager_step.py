"""Training of parts that are not declared pure is eager, bit for bit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nn import (
    MLP,
    SGD,
    Linear,
    Module,
    Sequential,
    cross_entropy,
    mse,
)
from nn.training import fit
from tests.nn.steps import CLASSES, UPDATES, Make, Trained, dropping, network, same


class Relabelled(MLP):
    """Pure in fact, but with its own forward, which does not declare it."""

    def forward(self, x: Any) -> Any:
        return super().forward(x)


def test_user_defined_parts_are_eager_by_default() -> None:
    same(lambda: Relabelled([3, 5, 2]))
    same(lambda: Sequential(Linear(3, 2, seed=0), lambda x: x * 2.0))
    same(loss=lambda o, t: cross_entropy(o, t))

    class Plain(SGD):
        def moved(self, data: Any, gradient: Any, memory: dict[str, Any], rates: Any) -> Any:
            return data - rates[0] * gradient

    same(network, lambda m: Plain(m.parameters(), 0.1))


class Counting(MLP):
    def __init__(self) -> None:
        super().__init__([3, 5, 2])
        self._calls = [0]

    def forward(self, x: Any) -> Any:
        self._calls[0] += 1
        return super().forward(x)


class Normalising(MLP):
    """Keeps a running mean of its inputs."""

    def __init__(self) -> None:
        super().__init__([3, 5, 2])
        self._mean = np.zeros(3)

    def forward(self, x: Any) -> Any:
        if self.training:
            self._mean *= 0.9
            self._mean += 0.1 * np.asarray(x).mean(axis=0)
        return super().forward(x - self._mean)


def test_random_numbers_drawn_by_the_model() -> None:
    same(dropping)


@pytest.mark.parametrize("make", [Counting, Normalising])
def test_state_kept_by_a_model(make: Make) -> None:
    one, other = same(make).model, Trained(make, compiled=False).model
    kept = "_calls" if make is Counting else "_mean"
    assert np.array_equal(getattr(one, kept), getattr(other, kept))


class Tally:
    """A count, of an object and of its class."""

    of_all = 0

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, outputs: Any, targets: Any) -> Any:
        self.calls += 1
        return cross_entropy(outputs, targets)


global_calls = 0


def counting() -> list[tuple[Any, Callable[[], int]]]:
    """Losses that count their calls, each in another way, and functions that return the counts."""
    calls, tally, called, methodical = 0, Tally(), Tally(), Tally()

    def around(outputs: Any, targets: Any) -> Any:
        nonlocal calls
        calls += 1
        return cross_entropy(outputs, targets)

    def within(outputs: Any, targets: Any) -> Any:
        tally.calls += 1
        return cross_entropy(outputs, targets)

    def in_class(outputs: Any, targets: Any) -> Any:
        Tally.of_all += 1
        return cross_entropy(outputs, targets)

    def in_default(outputs: Any, targets: Any, calls: Any = deque()) -> Any:  # noqa: B006
        calls.append(1)
        return cross_entropy(outputs, targets)

    def in_global(outputs: Any, targets: Any) -> Any:
        global global_calls
        global_calls += 1
        return cross_entropy(outputs, targets)

    return [
        (around, lambda: calls),
        (within, lambda: tally.calls),
        (in_class, lambda: Tally.of_all),
        (in_default, lambda: len(in_default.__defaults__[0])),  # type: ignore[index]
        (in_global, lambda: global_calls),
        (called, lambda: called.calls),
        (methodical.__call__, lambda: methodical.calls),
    ]


@pytest.mark.parametrize(("loss", "calls"), counting())
def test_calls_counted_by_a_loss(loss: Any, calls: Callable[[], int]) -> None:
    fit(network(), CLASSES, epochs=5, batch_size=10, loss=loss)
    assert calls() >= 5 * UPDATES


def test_calls_counted_by_an_object_of_a_model() -> None:
    class Tallying(MLP):
        def __init__(self) -> None:
            super().__init__([3, 5, 2])
            self._tally = Tally()

        def forward(self, x: Any) -> Any:
            self._tally.calls += 1
            return super().forward(x) * (1.0 if self._tally.calls < 25 else 0.5)

    same(Tallying)


def test_random_numbers_drawn_by_the_loss() -> None:
    def noisy(outputs: Any, targets: Any) -> Any:
        return cross_entropy(outputs + 1e-9 * np.random.normal(size=outputs.shape), targets)  # noqa: NPY002

    one = Trained(loss=noisy, compiled=None)
    assert one.calls > 5 * UPDATES


def test_random_numbers_drawn_by_the_loss_from_the_model() -> None:
    class Noisy(MLP):
        def __init__(self) -> None:
            super().__init__([3, 5, 2])
            self.rng = np.random.default_rng(0)

    models: list[Noisy] = []

    def make() -> Module:
        models.append(Noisy())
        return models[-1]

    same(make, loss=lambda o, t: cross_entropy(o * models[-1].rng.uniform(0.5, 1.5), t))


def test_decisions_by_the_numbers() -> None:
    same(loss=lambda o, t: cross_entropy(o, t) * (2.0 if o.data.max() > 0.5 else 1.0))


def test_decisions_by_the_kind_of_the_targets() -> None:
    def loss(outputs: Any, targets: Any) -> Any:
        whole = targets.dtype.kind in "iu"
        return cross_entropy(outputs, targets) if whole else mse(outputs, np.zeros(outputs.shape))

    same(loss=loss)


def test_an_optimiser_with_its_own_step() -> None:
    class Timid(SGD):
        def step(self) -> None:
            for parameter in self.parameters:
                parameter.grad = np.sign(parameter.grad)
            super().step()

    same(network, lambda m: Timid(m.parameters(), 0.01))


def test_a_rule_that_draws() -> None:
    class Noisy(SGD):
        def __init__(self, parameters: Any) -> None:
            super().__init__(parameters, 0.1)
            self.rng = np.random.default_rng(0)

        def moved(self, data: Any, gradient: Any, memory: dict[str, Any], rates: Any) -> Any:
            return super().moved(data, gradient, memory, rates) + self.rng.normal(0, 0.01, data.shape)

    same(network, lambda m: Noisy(m.parameters()))


def test_a_rule_that_counts() -> None:
    class Halving(SGD):
        calls = 0

        def moved(self, data: Any, gradient: Any, memory: dict[str, Any], rates: Any) -> Any:
            self.calls += 1
            return super().moved(data, gradient * (1.0 if self.calls < 60 else 0.5), memory, rates)

    same(network, lambda m: Halving(m.parameters(), 0.1))


def test_a_training_of_few_updates_is_eager() -> None:
    same(epochs=1)
