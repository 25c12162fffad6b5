"""Layers: results and errors."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograd import Graph, Tensor, Value, gradient, relu, sigmoid, softplus, values
from nn import (
    MLP,
    Dropout,
    Identity,
    Linear,
    Module,
    ReLU,
    Sequential,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
    affine,
    kaiming_normal,
    split,
    zeros,
)


def data(x: Any) -> Any:
    """Unwrap numbers that record."""
    return np.vectorize(lambda v: v.data, otypes=[float])(x) if isinstance(x, np.ndarray) else x.data


@pytest.mark.parametrize("dtype", [np.float64, np.float32, object])
@pytest.mark.parametrize("shape", [(3,), (1, 3), (5, 3), (2, 4, 3), (0, 3)])
def test_a_linear_layer_is_its_matrix(dtype: Any, shape: tuple[int, ...]) -> None:
    layer = Linear(3, 2, dtype=dtype, seed=1)
    state = {"weight": np.arange(6.0).reshape(2, 3) - 2, "bias": np.array([0.5, -1.5])}
    layer.load_state_dict(state)
    x = np.random.default_rng(0).normal(size=shape)
    y = layer(x)
    assert y.shape == (*shape[:-1], 2)
    expected = x @ state["weight"].T + state["bias"]
    np.testing.assert_allclose(data(y), expected, rtol=1e-5 if dtype == np.float32 else 1e-12)
    assert y.dtype == dtype


def test_parameters_are_named_w_and_b() -> None:
    layer = Linear(2, 1, name="1", seed=0)
    assert [p.name for p in layer.parameters()] == ["W1", "b1"]
    assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]
    assert [v.name for v in Linear(2, 1, dtype=object, seed=0).parameters()] == ["W[0,0]", "W[0,1]", "b[0]"]
    assert all(type(v.data) is float for v in Linear(2, 1, dtype=object, seed=0).parameters())


@pytest.mark.parametrize("dtype", [np.float64, object])
def test_a_layer_may_have_no_biases(dtype: Any) -> None:
    layer = Linear(2, 2, bias=False, dtype=dtype, seed=0)
    assert layer.bias is None
    assert list(layer.state_dict()) == ["weight"]
    np.testing.assert_array_equal(data(layer([0.0, 0.0])), [0.0, 0.0])
    np.testing.assert_allclose(data(layer([1.0, 0.0])), layer.state_dict()["weight"][:, 0])


def test_a_seed_or_a_generator_draws_the_weights() -> None:
    drawn = [Linear(3, 3, seed=s).weight.data for s in (0, 0, 1)]
    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0] != drawn[2]).all()
    rng = np.random.default_rng(0)
    first, second = Linear(3, 3, seed=rng), Linear(3, 3, seed=rng)
    assert (first.weight.data == drawn[0]).all()
    assert (first.weight.data != second.weight.data).all()
    expected = kaiming_normal(3, 2, np.random.default_rng(5))
    np.testing.assert_array_equal(Linear(3, 2, initialiser=kaiming_normal, seed=5).weight.data, expected)
    assert not Linear(3, 2, initialiser=zeros, seed=0).weight.data.any()
    assert not first.bias.data.any()


def test_a_layer_needs_a_seed() -> None:
    with pytest.raises(TypeError, match="seed"):
        Linear(3, 3)  # type: ignore[call-arg]
    rng = np.random.default_rng(0)
    first, second = Dropout(0.5, seed=rng), Dropout(0.5, seed=rng)
    assert (first(np.ones(50)) != second(np.ones(50))).any()


@pytest.mark.parametrize("seed", [-1, 0.5, "a", None])
def test_a_seed_is_a_whole_number_or_a_generator(seed: Any) -> None:
    uses: list[Callable[[], object]] = [
        lambda: Linear(2, 3, seed=seed),
        lambda: Dropout(0.5, seed=seed),
        lambda: MLP([2, 3], seed=seed),
        lambda: split(np.ones((9, 2)), np.ones(9), seed=seed),
    ]
    for use in uses:
        with pytest.raises(ValueError, match="a seed must be a whole number, at least 0, or a"):
            use()


def test_a_sum_of_values_starts_at_the_bias_and_runs_from_left_to_right() -> None:
    weight, bias, x = values([[2.0, 3.0, 5.0]], "w"), values([7.0], "b"), values([1.0, 10.0, 100.0], "x")
    (y,) = affine(x, weight, bias)
    parts = []
    for _ in range(3):
        total, product = y.inputs
        assert (y.op, product.op) == ("+", "*")
        parts.append([v.name for v in product.inputs])
        y = total
    assert y is bias[0]
    assert parts == [["w[0,2]", "x[2]"], ["w[0,1]", "x[1]"], ["w[0,0]", "x[0]"]]


def test_layers_of_fractions_are_exact() -> None:
    weight = values(np.array([[Fraction(1, 3), Fraction(1, 7)]], dtype=object))
    (y,) = affine([Value(Fraction(1, 2)), 3], weight)
    assert y.data == Fraction(1, 6) + Fraction(3, 7)


@pytest.mark.parametrize("weight", [values([[1.0, 2.0]]), np.array([[1.0, 2.0]]), Tensor([[1.0, 2.0]])])
def test_affine_takes_every_kind_of_weight(weight: Any) -> None:
    y = affine([[3.0, 4.0]], weight)
    assert (data(y) if not isinstance(weight, np.ndarray) or weight.dtype == object else y).tolist() == [[11]]


def test_plain_weights_take_values() -> None:
    x = values([3.0, 4.0])
    (y,) = affine(x, np.array([[1.0, 2.0]]), np.array([0.5]))
    assert y.data == 11.5
    assert gradient(y, list(x)).values == [1.0, 2.0]


def test_inputs_take_the_layers_precision() -> None:
    layer = Linear(2, 2, dtype=np.float32, seed=0)
    y = layer(np.array([[1, 2]]))
    assert y.dtype == np.float32
    y.sum().backward()
    assert layer.weight.grad.dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float64, object])
@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([1.0], ValueError, r"this layer takes 2 inputs, not 1 \(in the shape \(1,\)\)"),
        ([[1.0, 2.0, 3.0]], ValueError, r"takes 2 inputs, not 3 \(in the shape \(1, 3\)\)"),
        (np.ones((2, 1)), ValueError, r"takes 2 inputs, not 1 \(in the shape \(2, 1\)\)"),
        (5.0, ValueError, r"takes 2 inputs, not a single number"),
        (
            [[1.0, 2.0], [1.0]],
            ValueError,
            r"the inputs of a layer do not form an array: their rows have different lengths",
        ),
        (None, TypeError, r"the inputs of a layer must be real numbers, not object as in None"),
        (["1", "2"], TypeError, r"the inputs of a layer must be real numbers, not <U1"),
    ],
)
def test_inputs_that_do_not_fit(dtype: Any, x: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Linear(2, 3, dtype=dtype, seed=0)(x)


def test_values_and_tensors_do_not_mix() -> None:
    with pytest.raises(TypeError, match=r"a layer of Tensors takes arrays or Tensors, not Values"):
        Linear(2, 1, seed=0)(values([1.0, 2.0]))
    with pytest.raises(TypeError, match=r"a layer of Values takes numbers and Values, not a Tensor"):
        Linear(2, 1, dtype=object, seed=0)(Tensor([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"takes 2 inputs, not 3"):
        Linear(2, 1, seed=0)(Tensor([1.0, 2.0, 3.0]))


@pytest.mark.parametrize("sizes", [(0, 1), (1, 0), (-1, 1), (1.5, 1), ("2", 1)])
def test_invalid_sizes(sizes: Any) -> None:
    with pytest.raises(ValueError, match="a layer's sizes must be whole numbers, at least 1, not"):
        Linear(*sizes, seed=0)


def test_an_initialiser_gives_the_right_shape() -> None:
    with pytest.raises(ValueError, match=r"of shape \(fan_out, fan_in\), \(3, 2\), not \(2, 3\)"):
        Linear(2, 3, initialiser=lambda i, o, rng: np.zeros((i, o)), seed=0)


def test_an_invalid_dtype() -> None:
    with pytest.raises(TypeError, match="float32 or float64, not int64"):
        Linear(2, 3, dtype=np.int64, seed=0)


@pytest.mark.parametrize(
    ("module", "function"),
    [
        (Identity(), lambda x: x),
        (Tanh(), np.tanh),
        (ReLU(), relu),
        (Sigmoid(), sigmoid),
        (Softplus(), softplus),
        (Softmax(), lambda x: np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)),
        (Softmax(axis=0), lambda x: np.exp(x) / np.exp(x).sum(axis=0, keepdims=True)),
    ],
)
def test_activations(module: Module, function: Any) -> None:
    x = np.array([[-1.5, 0.0, 2.0], [0.25, 3.0, -0.5]])
    np.testing.assert_allclose(module(x), function(x), rtol=1e-12)
    np.testing.assert_allclose(module(Tensor(x)).data, function(x), rtol=1e-12)
    np.testing.assert_allclose(data(module(values(x))), function(x), rtol=1e-12)
    assert module.parameters() == []


def test_a_chain() -> None:
    first, second = Linear(2, 3, seed=1), Linear(3, 1, seed=2)
    chain = Sequential(first, np.tanh, second)
    x = np.array([[0.5, -1.0]])
    np.testing.assert_array_equal(chain(x).data, second(np.tanh(first(x))).data)
    assert len(chain) == 3
    assert list(chain) == [first, np.tanh, second]
    assert chain[0] is first
    assert chain[-1] is second
    shorter = chain[:2]
    assert isinstance(shorter, Sequential)
    assert list(shorter) == [first, np.tanh]
    np.testing.assert_array_equal(shorter(x).data, np.tanh(first(x)).data)
    assert Sequential()(x) is x
    with pytest.raises(IndexError):
        chain[3]


def test_a_chain_of_something_else() -> None:
    with pytest.raises(TypeError, match="layer 1 of a Sequential must be a module or a function, not 'tanh'"):
        Sequential(Tanh(), "tanh")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="layer 0 of a Sequential is the method 'forward' of a module"):
        Sequential(Linear(2, 3, seed=0).forward)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_dropout_keeps_the_mean(p: float) -> None:
    layer = Dropout(p, seed=0)
    y = layer(np.ones((100, 200)))
    assert set(np.unique(y)) == {0.0, 1 / (1 - p)}
    # Of 20,000 elements, the fraction kept has the deviation sqrt(p (1 - p) / 20,000).
    assert np.mean(y == 0) == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / y.size))


def test_each_call_draws_again_and_a_seed_repeats_the_draws() -> None:
    x = np.ones(50)
    first, again, other = Dropout(0.5, seed=3), Dropout(0.5, seed=3), Dropout(0.5, seed=4)
    y = first(x)
    np.testing.assert_array_equal(y, again(x))
    assert (y != other(x)).any()
    assert (y != first(x)).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_gradient_passes_where_elements_were_kept(dtype: Any) -> None:
    x = Tensor(np.ones(40), dtype=dtype)
    y = Dropout(0.25, seed=1)(x)
    assert y.dtype == dtype
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, y.data)
    assert 0 < np.count_nonzero(y.data) < 40


def test_dropout_is_off_in_evaluation() -> None:
    layer, x = Dropout(0.5, seed=1), Tensor(np.ones(10))
    before = layer.extra_state()
    assert layer.eval()(x) is x
    assert layer.extra_state() == before
    assert Dropout(0.0, seed=1)(x) is x
    assert (layer.train()(x).data != 1).all()
    assert set(layer([1, 1, 1, 1])) <= {0.0, 2.0}


@pytest.mark.parametrize("p", [-0.1, 1, 1.5, float("nan"), "half", None])
def test_an_invalid_probability(p: Any) -> None:
    with pytest.raises(ValueError, match="the probability of being dropped must be from 0 to below 1, not"):
        Dropout(p, seed=1)


def test_dropout_of_values_records_only_a_product_each() -> None:
    x = values(np.ones(3))
    y = Dropout(0.5, seed=1)(x)
    assert all(len(Graph(v)) == 3 for v in y)  # x, its factor and their product


def test_one_feature_in_one_axis() -> None:
    with pytest.raises(
        ValueError, match=r"takes 1 inputs, not 5 .*: give x\[:, None\], one feature for each"
    ):
        MLP([1, 3])(np.ones(5))
    with pytest.raises(ValueError, match=r"takes 1 inputs, not 2 \(in the shape \(5, 2\)\)$"):
        MLP([1, 3])(np.ones((5, 2)))
