"""Declarations of purity, and the step that `fit` chooses by them."""

from __future__ import annotations

import pickle
from functools import partial, wraps
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, relu, softmax
from nn import (
    MLP,
    SGD,
    Adam,
    AdamW,
    Dropout,
    Identity,
    Linear,
    Module,
    Optimiser,
    ReLU,
    Sequential,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
    cross_entropy,
    mse,
    pure,
)
from nn.purity import is_pure
from nn.step_choice import choose_step
from tests.nn.steps import CLASSES, network


def linear() -> Linear:
    return Linear(3, 3, seed=0)


class Inheriting(MLP):
    def __init__(self) -> None:
        super().__init__([3, 5, 2])


class Overriding(Inheriting):
    def forward(self, x: Any) -> Any:
        return super().forward(x)


class Declaring(Overriding):
    @pure
    def forward(self, x: Any) -> Any:
        return super().forward(x)


class InheritingDeclaration(Declaring):
    pass


class Calling(Inheriting):
    def __call__(self, *inputs: Any, **options: Any) -> Any:
        return super().__call__(*inputs, **options)


@pytest.mark.parametrize(
    "model",
    [
        linear(),
        network(),
        Sequential(linear(), Identity(), Tanh(), ReLU(), Sigmoid(), Softplus(), Softmax()),
        Sequential(linear(), np.tanh, relu, partial(softmax, axis=0)),
        Sequential(Sequential(Sequential(linear()))),
        Inheriting(),
        Declaring(),
        InheritingDeclaration(),
    ],
)
def test_models_that_are_pure(model: Module) -> None:
    assert model.is_pure


@pytest.mark.parametrize(
    "model",
    [
        Dropout(0.5, seed=0),
        Sequential(linear(), Dropout(0.0, seed=0)),
        Sequential(linear(), Sequential(Overriding())),
        Sequential(linear(), lambda x: x),
        Sequential(linear(), partial(lambda x, y: x, y=1)),
        Overriding(),
        Calling(),
        Module(),
    ],
)
def test_models_that_are_not_pure(model: Module) -> None:
    assert not model.is_pure


def test_a_declared_module_is_not_pure_with_a_part_that_is_not() -> None:
    class Outer(Module):
        def __init__(self, inner: Any) -> None:
            self.inner = {"a": [inner]}

        @pure
        def forward(self, x: Any) -> Any:
            return self.inner["a"][0](x)

    assert Outer(linear()).is_pure
    assert not Outer(Overriding()).is_pure
    assert not Outer(lambda x: x).is_pure


def test_modules_that_hold_each_other() -> None:
    one, other = linear(), Overriding()
    one.other = other  # type: ignore[attr-defined]
    other.other = one  # type: ignore[attr-defined]
    assert not one.is_pure
    other.other = one.other = None  # type: ignore[attr-defined]
    one.itself = [one]  # type: ignore[attr-defined]
    assert one.is_pure


def test_a_forward_given_to_one_module_alone() -> None:
    model = network()
    model.forward = lambda x: x  # type: ignore[method-assign]
    assert not model.is_pure


LOSSES = ["binary_cross_entropy_with_logits", "cross_entropy", "max_margin", "mse", "squared_error"]


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_pure(name: str) -> None:
    assert is_pure(getattr(nn, name))
    assert is_pure(partial(getattr(nn, name), reduction="sum"))


class Penalised:
    @pure
    def __call__(self, outputs: Any, targets: Any) -> Any:
        return mse(outputs, targets) + np.mean(outputs * outputs)

    @pure
    def declared(self, outputs: Any, targets: Any) -> Any:
        return mse(outputs, targets)

    def undeclared(self, outputs: Any, targets: Any) -> Any:
        return mse(outputs, targets)


def test_losses_of_a_class() -> None:
    assert is_pure(Penalised())
    assert is_pure(Penalised().declared)
    assert not is_pure(Penalised().undeclared)
    assert not is_pure(len)
    assert not is_pure(None)


def test_a_wrapper_is_not_declared_by_what_it_wraps() -> None:
    @wraps(mse)
    def noisy(outputs: Any, targets: Any) -> Any:
        return mse(outputs, targets) + np.random.default_rng().normal()

    assert not is_pure(noisy)


def test_a_function_pickled_by_value_stays_declared() -> None:
    """As a notebook's functions are, which loky and Dask send to their workers."""
    cloudpickle = pytest.importorskip("cloudpickle")

    @pure
    def doubled(outputs: Any, targets: Any) -> Any:
        return 2 * mse(outputs, targets)

    def undeclared(outputs: Any, targets: Any) -> Any:
        return 2 * mse(outputs, targets)

    again, other = pickle.loads(cloudpickle.dumps((doubled, undeclared)))
    assert again is not doubled
    assert (is_pure(again), is_pure(other)) == (True, False)


@pytest.mark.parametrize("thing", [3, None, partial(mse), np.tanh, MLP, len])
def test_only_functions_are_declared(thing: Any) -> None:
    with pytest.raises(TypeError, match="pure declares a function or a method, written as @pure"):
        pure(thing)


# Which step is chosen


class Ruled(SGD):
    def moved(self, data: Any, gradient: Any, memory: dict[str, Any], rates: Any) -> Any:
        return data - rates[0] * gradient


class Declared(Ruled):
    @pure
    def moved(self, data: Any, gradient: Any, memory: dict[str, Any], rates: Any) -> Any:
        return super().moved(data, gradient, memory, rates)


class Stepping(SGD):
    def step(self) -> None:
        super().step()


def is_compiled(
    model: Module | None = None,
    loss: Any = cross_entropy,
    make: type[Optimiser] = SGD,
    compiled: bool | None = None,
) -> bool:
    model = network() if model is None else model
    return choose_step(model, CLASSES, loss, make(model.parameters(), 0.1), None, compiled).is_compiled


@pytest.mark.parametrize("make", [SGD, Adam, AdamW, Declared])
def test_declared_parts_are_compiled(make: type[Optimiser]) -> None:
    assert is_compiled(make=make)
    assert is_compiled(make=make, compiled=True)
    assert not is_compiled(make=make, compiled=False)


@pytest.mark.parametrize(
    "parts",
    [
        {"model": Overriding()},
        {"model": Sequential(linear(), Dropout(0.1, seed=0))},
        {"loss": lambda o, t: cross_entropy(o, t)},
        {"make": Ruled},
    ],
)
def test_undeclared_parts_are_compiled_on_demand(parts: dict[str, Any]) -> None:
    assert not is_compiled(**parts)
    assert is_compiled(**parts, compiled=True)
    assert not is_compiled(**parts, compiled=False)


MIXED = Sequential(Linear(3, 2, seed=0), Linear(2, 2, seed=0, dtype=np.float32))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"model": MLP([3, 2], granularity="scalar")}, "the model's parameters are not Tensors of one prec"),
        ({"model": MIXED}, "the model's parameters are not Tensors of one precision: leave it out"),
        ({"make": Stepping}, "Stepping has a step of its own, of which only the rule, moved, is compiled"),
    ],
)
def test_steps_that_cannot_be_compiled(parts: dict[str, Any], message: str) -> None:
    assert not is_compiled(**parts)
    assert not is_compiled(**parts, compiled=False)
    with pytest.raises(ValueError, match=f"compiled=True, but {message}"):
        is_compiled(**parts, compiled=True)


def test_compiled_is_three_valued() -> None:
    assert is_compiled(compiled=np.True_)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="compiled must be None, True or False, not 'native'"):
        is_compiled(compiled="native")  # type: ignore[arg-type]


def test_a_step_given_to_one_optimiser_alone() -> None:
    model = network()
    optimiser = SGD(model.parameters(), 0.1)
    optimiser.step = lambda: None  # type: ignore[method-assign]
    assert not choose_step(model, CLASSES, cross_entropy, optimiser, None, None).is_compiled


def test_a_loss_may_be_a_module() -> None:
    class Squared(Module):
        def forward(self, outputs: Any, targets: Any) -> Any:
            return mse(outputs, targets)

    assert not is_compiled(loss=Squared())
    assert Squared()(Tensor([1.0]), [0.0]).item() == 1
