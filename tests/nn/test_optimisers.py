"""Optimisers: update rules, compared with independent formulas, and errors."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan, sqrt
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from autograd import Tensor, Value
from nn.clipping import clip_gradient_values, clip_gradients
from nn.optimisers import SGD, Adam, AdamW, Optimiser

Array = NDArray[Any]
Make = Callable[[list[Any]], Optimiser]

rng = np.random.default_rng(0)
START = rng.normal(size=(3, 2))
GRADIENTS = rng.normal(size=(6, 3, 2))

# Each rule as in its paper or PyTorch's manual, for single numbers.


def sgd(p: float, gradients: list[float], rate: float, mu: float, nesterov: bool, decay: float) -> float:
    buffer = None
    for g in gradients:
        g = g + decay * p
        buffer = g if buffer is None else mu * buffer + g
        p -= rate * (g + mu * buffer if nesterov else buffer)
    return p


def adam(p: float, gradients: list[float], decay: float, decoupled: bool) -> float:
    rate, beta1, beta2, epsilon, m, v = 0.01, 0.8, 0.99, 1e-3, 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        if decoupled:
            p -= rate * decay * p
        else:
            g += decay * p
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        p -= rate * (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + epsilon)
    return p


def adams(kind: type[Adam], decay: float) -> Make:
    return lambda ps: kind(ps, 0.01, betas=(0.8, 0.99), epsilon=1e-3, weight_decay=decay)


RULES: dict[str, tuple[Make, Callable[[float, list[float]], float]]] = {
    "descent": (lambda ps: SGD(ps, 0.1), lambda p, gs: sgd(p, gs, 0.1, 0, False, 0)),
    "decay": (lambda ps: SGD(ps, 0.1, weight_decay=0.3), lambda p, gs: sgd(p, gs, 0.1, 0, False, 0.3)),
    "momentum": (
        lambda ps: SGD(ps, 0.1, momentum=0.9, weight_decay=0.3),
        lambda p, gs: sgd(p, gs, 0.1, 0.9, False, 0.3),
    ),
    "nesterov": (
        lambda ps: SGD(ps, 0.1, momentum=0.9, nesterov=True),
        lambda p, gs: sgd(p, gs, 0.1, 0.9, True, 0),
    ),
    "adam": (adams(Adam, 0), lambda p, gs: adam(p, gs, 0, False)),
    "adam with decay": (adams(Adam, 0.3), lambda p, gs: adam(p, gs, 0.3, False)),
    "adamw": (adams(AdamW, 0.3), lambda p, gs: adam(p, gs, 0.3, True)),
}


def nodes(kind: str) -> list[Any]:
    """The same numbers, as a matrix and a column, or as one Value each."""
    if kind == "Value":
        return [Value(float(x)) for x in START.ravel()]
    return [Tensor(START[:2]), Tensor(START[2])]


def give(parameters: list[Any], gradient: Array) -> None:
    if isinstance(parameters[0], Value):
        for parameter, g in zip(parameters, gradient.ravel(), strict=True):
            parameter.grad = float(g)
    else:
        parameters[0].grad, parameters[1].grad = gradient[:2].copy(), gradient[2].copy()


def numbers(parameters: list[Any]) -> Array:
    return np.concatenate([np.ravel(p.data) for p in parameters])


@pytest.mark.parametrize("kind", ["Tensor", "Value"])
@pytest.mark.parametrize("rule", RULES)
def test_the_rules(rule: str, kind: str) -> None:
    make, expected = RULES[rule]
    parameters = nodes(kind)
    optimiser = make(parameters)
    for gradient in GRADIENTS:
        give(parameters, gradient)
        optimiser.step()
    want = [expected(p, list(gs)) for p, gs in zip(START.ravel(), GRADIENTS.reshape(6, -1).T, strict=True)]
    np.testing.assert_allclose(numbers(parameters), want, rtol=1e-12, atol=1e-14)
    if kind == "Value":
        assert {type(p.data) for p in parameters} == {float}


@pytest.mark.parametrize("rule", RULES)
def test_a_parameter_without_a_gradient_is_unchanged(rule: str) -> None:
    parameters = nodes("Tensor")
    optimiser = RULES[rule][0](parameters)
    give(parameters, GRADIENTS[0])
    parameters[0].grad = None
    optimiser.step()
    assert np.array_equal(parameters[0].data, START[:2])
    assert not np.array_equal(parameters[1].data, START[2])
    assert all(key.startswith("1.") for key in optimiser.state_dict())
    optimiser.zero_grad()
    assert parameters[1].grad is None


@pytest.mark.parametrize("kind", ["Tensor", "Value", "float32", "scalar"])
@pytest.mark.parametrize("rule", RULES)
def test_a_saved_state_resumes_bit_for_bit(rule: str, kind: str) -> None:
    make = RULES[rule][0]

    def fresh() -> list[Any]:
        if kind in ("float32", "scalar"):
            shape = () if kind == "scalar" else (3, 2)
            return [Tensor(np.resize(START, shape), dtype=np.float32)]
        return nodes(kind)

    def feed(parameters: list[Any], gradient: Array) -> None:
        if kind in ("float32", "scalar"):
            parameters[0].grad = np.resize(gradient, parameters[0].shape).astype(np.float32)
        else:
            give(parameters, gradient)

    parameters = fresh()
    optimiser = make(parameters)
    for gradient in GRADIENTS[:3]:
        feed(parameters, gradient)
        optimiser.step()
    state = {name: array.copy() for name, array in optimiser.state_dict().items()}
    others = fresh()
    for other, parameter in zip(others, parameters, strict=True):
        other.data = parameter.data
    again = make(others)
    again.load_state_dict(state)
    for gradient in GRADIENTS[3:]:
        for ps, o in ((parameters, optimiser), (others, again)):
            feed(ps, gradient)
            o.step()
    assert numbers(parameters).tobytes() == numbers(others).tobytes()
    kept = again.state_dict()
    for name, array in optimiser.state_dict().items():
        assert array.tobytes() == kept[name].tobytes()
    # Later steps did not change the state taken earlier.
    once_more = make(fresh())
    once_more.load_state_dict(state)
    assert all(np.array_equal(array, state[name]) for name, array in once_more.state_dict().items())


def test_a_state_that_does_not_fit() -> None:
    parameters = nodes("Tensor")
    optimiser = Adam(parameters)
    give(parameters, GRADIENTS[0])
    optimiser.step()
    state = optimiser.state_dict()
    assert sorted(state) == [f"{i}.{n}" for i in (0, 1) for n in ("first_moment", "second_moment", "steps")]
    for key in ("2.steps", "x.steps", "0.momentum", "steps"):
        with pytest.raises(ValueError, match=f"'{key}' is not part of the state of Adam with 2 parameters"):
            optimiser.load_state_dict({**state, key: np.array(1)})
    with pytest.raises(
        ValueError, match=r"'0.first_moment' must have the shape \(2, 2\) of its parameter, not \(3,\)"
    ):
        optimiser.load_state_dict({**state, "0.first_moment": np.zeros(3)})
    kinds: list[tuple[dict[Any, Any] | None, type[Exception], str]] = [
        (None, TypeError, "the state of an optimiser must be a dict"),
        ({0: 1}, ValueError, "0 is not part of the state of Adam"),
        ({**state, "0.steps": "a"}, TypeError, "the numbers of '0.steps' must be real numbers"),
        ({**state, "0.steps": 1.5}, ValueError, "'0.steps' must be a whole number of steps, at least 1"),
        ({**state, "0.steps": 0}, ValueError, "'0.steps' must be a whole number of steps"),
        ({**state, "0.first_moment": [["a"] * 2] * 2}, TypeError, "'0.first_moment' must be real numbers"),
    ]
    for bad, error, message in kinds:
        with pytest.raises(error, match=message):
            optimiser.load_state_dict(bad)  # type: ignore[arg-type]
    del state["1.steps"]
    with pytest.raises(ValueError, match=r"'1.steps' is missing"):
        optimiser.load_state_dict(state)
    assert "1.steps" in optimiser.state_dict()


def test_a_state_is_converted_to_the_parameters_precision() -> None:
    single, value = Tensor([1.0, 2.0], dtype=np.float32), Value(1.0)
    for parameter, momentum in ((single, np.array([1, 2])), (value, np.array(1))):
        optimiser = SGD([parameter], 0.5, momentum=0.5)
        optimiser.load_state_dict({"0.momentum": momentum})
        parameter.grad = np.zeros(2, np.float32) if parameter is single else 0.0
        optimiser.step()
        (kept,) = optimiser.state_dict().values()
        assert kept.dtype == (np.float32 if parameter is single else np.float64)
        np.testing.assert_array_equal(kept, momentum * 0.5)


def test_an_optimiser_shows_its_settings() -> None:
    shown = repr(SGD([x], 0.1, momentum=0.5))
    assert shown == "SGD(1 parameters, rate=0.1, momentum=0.5, nesterov=False, weight_decay=0.0)"


def test_the_rate_can_be_set() -> None:
    x = Tensor([1.0])
    optimiser = SGD([x], 1)
    optimiser.rate = np.float64(0.5)
    x.grad = np.array([1.0])
    optimiser.step()
    assert x.data.tolist() == [0.5]
    optimiser.rate = 0
    optimiser.step()
    assert x.data.tolist() == [0.5]
    with pytest.raises(ValueError, match="the learning rate must be a finite number of at least 0, not -1"):
        optimiser.rate = -1


def test_single_precision_is_preserved() -> None:
    x = Tensor([1.0], dtype=np.float32)
    for optimiser in (SGD([x], np.float64(0.1), momentum=0.5), AdamW([x])):
        x.grad = np.ones(1, dtype=np.float32)
        optimiser.step()
        assert {a.dtype.name for n, a in optimiser.state_dict().items() if "steps" not in n} == {"float32"}
    assert x.dtype == np.float32


x = Tensor([1.0])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: SGD([], 0.1), ValueError, "at least one parameter"),
        (lambda: SGD([x, x], 0.1), ValueError, "given to the optimiser twice"),
        (lambda: SGD([x * 2], 0.1), ValueError, "updates leaves, and Tensor.* is a result"),
        (lambda: SGD([np.ones(2)], 0.1), TypeError, "model.parameters.*not of ndarray"),
        (lambda: SGD(3, 0.1), TypeError, "not of int 3"),  # type: ignore[arg-type]
        (lambda: SGD([x], 0), ValueError, "the learning rate must be greater than 0"),
        (
            lambda: SGD([x], -0.1),
            ValueError,
            "the learning rate must be a finite number of at least 0, not -0.1",
        ),
        (lambda: SGD([x], nan), ValueError, "the learning rate must be a finite number"),
        (lambda: SGD([x], inf), ValueError, "the learning rate must be a finite number"),
        (lambda: SGD([x], "0.1"), ValueError, "the learning rate must be a finite number"),  # type: ignore[arg-type]
        (
            lambda: SGD([x], 0.1, momentum=1),
            ValueError,
            "the momentum must be a finite number from 0 to below 1",
        ),
        (lambda: SGD([x], 0.1, nesterov=True), ValueError, "needs a momentum greater than 0"),
        (
            lambda: SGD([x], 0.1, weight_decay=-1),
            ValueError,
            "the weight decay must be a finite number of at",
        ),
        (
            lambda: Adam([x], betas=(0.9, 1.0)),
            ValueError,
            "the second beta must be a finite number from 0 to",
        ),
        (lambda: Adam([x], betas=(-0.1, 0.9)), ValueError, "the first beta"),
        (lambda: Adam([x], betas=0.9), ValueError, "betas must be two numbers"),  # type: ignore[arg-type]
        (lambda: AdamW([x], epsilon=-1), ValueError, "epsilon"),
        (
            lambda: clip_gradients([x], 0),
            ValueError,
            "the norm to clip gradients to must be greater than 0, not 0",
        ),
        (
            lambda: clip_gradient_values([x], nan),
            ValueError,
            "the limit to clip elements of gradients to must be greater than 0, not nan",
        ),
    ],
)
def test_invalid_arguments(make: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_settings_name_everything_that_updates_depend_on() -> None:
    assert SGD([x], 0.1, momentum=0.5).settings == {"momentum": 0.5, "nesterov": False, "weight_decay": 0}
    assert AdamW([x]).settings == {"betas": [0.9, 0.999], "epsilon": 1e-8, "weight_decay": 0.01}


@pytest.mark.parametrize("kind", ["Tensor", "Value"])
@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e200])
def test_a_gradient_is_clipped_as_one_vector(kind: str, scale: float) -> None:
    parameters = [*nodes(kind), Tensor([1.0])]
    give(parameters[:-1], GRADIENTS[0] * scale)
    length = np.sqrt(np.sum(GRADIENTS[0] ** 2)) * scale
    assert clip_gradients(parameters, 2 * length) == pytest.approx(length, rel=1e-12)
    before = np.concatenate([np.ravel(p.grad) for p in parameters[:-1]])
    np.testing.assert_array_equal(before, GRADIENTS[0].ravel() * scale)
    assert clip_gradients(parameters, length / 4) == pytest.approx(length, rel=1e-12)
    after = np.concatenate([np.ravel(p.grad) for p in parameters[:-1]])
    np.testing.assert_allclose(after, before / 4, rtol=1e-12)
    assert parameters[-1].grad is None


def test_a_gradient_whose_norm_overflows_is_clipped() -> None:
    p = Tensor([1.0, 2.0])
    p.grad = np.array([1.7e308, -1.7e308])
    assert clip_gradients([p], 1.0) == inf
    np.testing.assert_allclose(p.grad, [sqrt(0.5), -sqrt(0.5)], rtol=1e-12)


@pytest.mark.parametrize("worst", [nan, inf, -inf, 0.0])
def test_infinite_and_nan_gradients_are_not_clipped(worst: float) -> None:
    p = Tensor([1.0, 2.0])
    p.grad = np.array([worst, worst])
    assert clip_gradients([p], 1) == pytest.approx(abs(worst), nan_ok=True)
    np.testing.assert_array_equal(p.grad, [worst, worst])


def test_no_gradient_has_the_norm_0() -> None:
    assert clip_gradients([x], 1) == 0


def test_clipping_by_value() -> None:
    array, number, without = Tensor([1.0, 2.0, 3.0]), Value(1.0), Value(1.0)
    array.grad, number.grad = np.array([-3.0, 0.5, 2.0]), -7.0
    clip_gradient_values([array, number, without], 1.5)
    assert array.grad.tolist() == [-1.5, 0.5, 1.5]
    assert number.grad == -1.5
    assert not without.has_grad
