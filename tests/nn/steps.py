"""A training run twice, by compiled and by eager steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nn import (
    MLP,
    Adam,
    Data,
    Dropout,
    Linear,
    Module,
    Optimiser,
    Sequential,
    Tanh,
    cross_entropy,
    pure,
)
from nn.purity import is_pure
from nn.training import fit

rng = np.random.default_rng(0)
X = rng.normal(size=(52, 3))
CLASSES = Data(X, rng.integers(0, 2, 52))
UPDATES = 6  # of an epoch in batches of 10, of which the last has 2 examples

Make = Callable[[], Module]
Choose = Callable[[Module], Optimiser]


def network(dtype: Any = np.float64) -> MLP:
    return MLP([3, 5, 2], dtype=dtype)


def adam(model: Module) -> Optimiser:
    return Adam(model.parameters(), 0.02)


def counted(loss: Any, calls: list[int]) -> Any:
    """The loss, which also notes its calls in a list; it stays declared pure if it is."""

    def counting(outputs: Any, targets: Any, **options: Any) -> Any:
        calls.append(1)
        return loss(outputs, targets, **options)

    return pure(counting) if is_pure(loss) else counting


class Trained:
    """A model after a training, and how often its loss was called in it."""

    def __init__(
        self,
        make: Make = network,
        choose: Choose = adam,
        data: Data = CLASSES,
        loss: Any = cross_entropy,
        *,
        compiled: bool | None,
        change: Callable[[Module, Optimiser], object] | None = None,
        **options: Any,
    ) -> None:
        calls: list[int] = []
        self.model = make()
        self.optimiser = choose(self.model)
        options = {"epochs": 5, "batch_size": 10, **options}
        if change is not None:
            options["after_epoch"] = lambda epoch: epoch.epoch == 3 and change(self.model, self.optimiser)
        fit_options: dict[str, Any] = {"loss": counted(loss, calls), "optimiser": self.optimiser, **options}
        self.history = fit(self.model, data, compiled=compiled, **fit_options)
        self.calls = len(calls)

    def numbers(self) -> dict[str, Any]:
        losses = {"losses": np.array([[e.loss, e.rate] for e in self.history.epochs])}
        return {**losses, **self.model.state_dict(), **self.optimiser.state_dict()}


def both(*args: Any, compiled: bool | None = None, rtol: float = 1e-10, **options: Any) -> Trained:
    """The training that is compiled, with the numbers of the eager one."""
    one, other = (Trained(*args, compiled=choice, **options) for choice in (compiled, False))
    assert one.numbers().keys() == other.numbers().keys()
    for name, array in other.numbers().items():
        np.testing.assert_allclose(one.numbers()[name], array, rtol=rtol, atol=rtol, err_msg=name)
        assert one.numbers()[name].dtype == array.dtype
    assert one.calls < other.calls - UPDATES
    assert all(parameter.grad is None for parameter in one.model.parameters())
    return one


def same(*args: Any, **options: Any) -> Trained:
    """The training that is eager by default, so the same bit for bit."""
    one, other = (Trained(*args, compiled=compiled, **options) for compiled in (None, False))
    for name, array in other.numbers().items():
        assert one.numbers()[name].tobytes() == array.tobytes(), name
    assert one.model.extra_state() == other.model.extra_state()
    assert one.calls >= other.calls
    return one


def dropping() -> Module:
    rng = np.random.default_rng(5)
    return Sequential(Linear(3, 6, seed=rng), Tanh(), Dropout(0.3, seed=1), Linear(6, 2, seed=rng))
