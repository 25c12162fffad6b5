"""relu, sigmoid, softplus and the softmax family agree on every number type."""

import math

import numpy as np
import pytest

from autograd import (
    Tensor,
    Value,
    gradient,
    log_softmax,
    logsumexp,
    neuron,
    relu,
    sigmoid,
    softmax,
    softmax_cross_entropy,
    softplus,
    values,
)

MATRIX = np.array([[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]])
ROW = MATRIX[0]
SHARES = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.5]])

# Functions of a matrix or a row: (function, input, the result in plain NumPy).
exps, sums = np.exp(MATRIX), np.exp(MATRIX).sum(-1)
CASES = {
    "relu": (relu, MATRIX, np.maximum(MATRIX, 0)),
    "sigmoid": (sigmoid, MATRIX, 1 / (1 + np.exp(-MATRIX))),
    "softplus": (softplus, MATRIX, np.log1p(np.exp(MATRIX))),
    "logsumexp": (logsumexp, MATRIX, np.log(sums)),
    "logsumexp, columns kept": (
        lambda x: logsumexp(x, 0, keepdims=True),
        MATRIX,
        np.log(exps.sum(0, keepdims=True)),
    ),
    "logsumexp, both axes kept": (lambda x: logsumexp(x, (0, 1), True), MATRIX, np.log([[exps.sum()]])),
    "softmax": (softmax, MATRIX, exps / sums[:, None]),
    "softmax, columns": (lambda x: softmax(x, axis=0), MATRIX, exps / exps.sum(0)),
    "log_softmax": (log_softmax, MATRIX, MATRIX - np.log(sums)[:, None]),
    "log_softmax, columns": (lambda x: log_softmax(x, 0), MATRIX, MATRIX - np.log(exps.sum(0))),
    "cross-entropy": (
        lambda x: softmax_cross_entropy(x, [2, 1], "none"),
        MATRIX,
        np.log(sums) - MATRIX[[0, 1], [2, 1]],
    ),
    "cross-entropy, soft": (
        lambda x: softmax_cross_entropy(x, SHARES, "none"),
        MATRIX,
        SHARES.sum(-1) * np.log(sums) - (SHARES * MATRIX).sum(-1),
    ),
    "cross-entropy, mean": (
        lambda x: softmax_cross_entropy(x, [2, 1]),
        MATRIX,
        np.mean(np.log(sums) - MATRIX[[0, 1], [2, 1]]),
    ),
    "cross-entropy, sum of soft": (
        lambda x: softmax_cross_entropy(x, SHARES, "sum"),
        MATRIX,
        np.sum(SHARES.sum(-1) * np.log(sums) - (SHARES * MATRIX).sum(-1)),
    ),
    "row logsumexp": (logsumexp, ROW, np.log(sums[0])),
    "row softmax": (softmax, ROW, exps[0] / sums[0]),
    "row log_softmax": (log_softmax, ROW, ROW - np.log(sums[0])),
    "row cross-entropy": (lambda x: softmax_cross_entropy(x, 1), ROW, np.log(sums[0]) - ROW[1]),
    "row cross-entropy, soft": (
        lambda x: softmax_cross_entropy(x, SHARES[0]),
        ROW,
        np.log(sums[0]) - SHARES[0] @ ROW,
    ),
}
every_case = pytest.mark.parametrize("name", CASES)


def data_of(x):
    """Unwrap a result of any type to an array of numbers."""
    if isinstance(x, (Tensor, Value)):
        return np.asarray(x.data)
    return np.vectorize(lambda v: v.data if isinstance(v, Value) else v, otypes=[float])(
        np.asarray(x, dtype=object)
    )


@every_case
def test_on_tensors_and_plain_arrays(name):
    function, data, wanted = CASES[name]
    plain = function(data)
    assert not isinstance(plain, Tensor)
    np.testing.assert_allclose(plain, wanted, rtol=1e-12, atol=1e-14)
    assert np.shape(plain) == np.shape(wanted)
    tensor = function(Tensor(data))
    assert isinstance(tensor, Tensor)
    np.testing.assert_allclose(tensor.data, wanted, rtol=1e-12, atol=1e-14)
    assert tensor.shape == np.shape(wanted)


@every_case
def test_values_and_gradients_on_an_array_of_values(name):
    function, data, wanted = CASES[name]
    tensor, array = Tensor(data), values(data)
    matrix, scalars = function(tensor), function(array)

    assert isinstance(scalars, Value) if np.ndim(wanted) == 0 else np.shape(scalars) == np.shape(wanted)
    np.testing.assert_allclose(data_of(scalars), wanted, rtol=1e-12, atol=1e-14)
    weights = np.random.default_rng(0).standard_normal(np.shape(wanted))
    matrix.backward(weights)
    sum(
        w * v for w, v in zip(np.ravel(weights), np.ravel(np.asarray(scalars, dtype=object)), strict=True)
    ).backward()
    grads = [0.0 if v.grad is None else v.grad for v in array.flat]
    np.testing.assert_allclose(np.ravel(tensor.grad), grads, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("row")])
def test_on_lists(name):
    function, data, wanted = CASES[name]
    np.testing.assert_allclose(data_of(function(list(data))), wanted, rtol=1e-12)
    array = values(data)
    result = function(list(array))
    np.testing.assert_allclose(data_of(result), wanted, rtol=1e-12)
    mixed = function([array[0], *data[1:]])
    np.testing.assert_allclose(data_of(mixed), wanted, rtol=1e-12)


@pytest.mark.parametrize("function", [relu, sigmoid, softplus])
@pytest.mark.parametrize("x", [-1000.0, -1.5, 0.0, 2.0, 1000.0])
def test_elementwise_functions_on_numbers(function, x):
    value, tensor = function(Value(x)), function(Tensor(x))
    assert function(x) == pytest.approx(value.data, rel=1e-12)
    assert function(np.array([x]))[0] == pytest.approx(value.data, rel=1e-12)
    assert tensor.item() == pytest.approx(value.data, rel=1e-12)
    v, t = Value(x), Tensor(x)
    (slope,) = gradient(function(v), [v]).values
    (same,) = gradient(function(t), [t]).values
    assert slope == pytest.approx(same.item(), rel=1e-12)


@pytest.mark.parametrize("kind", [Tensor, values, lambda x: x], ids=["Tensor", "Values", "array"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_extreme_logits(kind, dtype):

    logits = np.array([[1000.0, -1000.0, 0.0], [-1000.0, -1000.0, -1000.0], [1000.0, 1000.0, -1000.0]], dtype)
    third, half = math.log(3), math.log(2)
    cases = [
        (logsumexp, [1000, -1000 + third, 1000 + half]),
        (softmax, [[1, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0.5, 0.5, 0]]),
        (log_softmax, [[0, -2000, -1000], [-third] * 3, [-half, -half, -2000 - half]]),
        (lambda x: softmax_cross_entropy(x, [1, 0, 2], "none"), [2000, third, 2000 + half]),
        (lambda x: softmax_cross_entropy(x, np.eye(3)[[1, 0, 2]], "none"), [2000, third, 2000 + half]),
    ]
    for function, wanted in cases:
        x = kind(logits)
        result = function(x)
        np.testing.assert_allclose(data_of(result), wanted, rtol=1e-6 if dtype is np.float32 else 1e-12)
        if kind is Tensor:
            result.sum().backward()
            assert np.isfinite(x.grad).all()


def test_a_small_loss_keeps_its_precision():
    for kind in (Tensor, values):
        loss = softmax_cross_entropy(kind([[40.0, 0.0]]), [0])
        assert loss.data == pytest.approx(math.exp(-40), rel=1e-12)


def test_logsumexp_of_infinities():
    assert logsumexp(Tensor([-np.inf, -np.inf])).item() == -np.inf
    assert logsumexp(np.array([-np.inf, 1.0])) == 1.0
    assert logsumexp(Tensor([-np.inf, 1.0])).item() == 1.0
    x = Tensor([-np.inf, 0.0, 0.0])
    logsumexp(x).backward()
    np.testing.assert_allclose(x.grad, [0, 0.5, 0.5])
    # An impossible class has the logit -inf, as in masked sequences.
    x = Tensor([[-np.inf, 0.0, 0.0]])
    softmax_cross_entropy(x, [1]).backward()
    np.testing.assert_allclose(x.grad, [[0, -0.5, 0.5]])


@pytest.mark.parametrize("targets", [[2, 0], SHARES])
def test_the_three_reductions(targets):
    for kind in (Tensor, values, np.asarray):
        each = data_of(softmax_cross_entropy(kind(MATRIX), targets, "none"))
        assert data_of(softmax_cross_entropy(kind(MATRIX), targets, "sum")) == pytest.approx(
            each.sum(), rel=1e-12
        )
        assert data_of(softmax_cross_entropy(kind(MATRIX), targets)) == pytest.approx(each.mean(), rel=1e-12)


def test_logits_with_several_batch_axes():
    logits = np.random.default_rng(0).standard_normal((2, 3, 4))
    targets = np.arange(6).reshape(2, 3) % 4
    flat = softmax_cross_entropy(Tensor(logits.reshape(6, 4)), targets.ravel(), "none")
    for kind in (Tensor, values, np.asarray):
        deep = softmax_cross_entropy(kind(logits), targets, "none")
        assert deep.shape == (2, 3)
        np.testing.assert_allclose(data_of(deep).ravel(), flat.data, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "targets", [[2, 0], np.eye(3)[[2, 0]], np.eye(3, dtype=np.float32)[[2, 0]], np.eye(3, dtype=int)[[2, 0]]]
)
def test_the_loss_has_the_precision_of_the_logits(dtype, targets):

    x = Tensor(MATRIX, dtype=dtype)
    for reduction in ("mean", "sum", "none"):
        assert softmax_cross_entropy(x, targets, reduction).dtype == dtype


def test_class_numbers_of_any_integer_type():
    wanted = softmax_cross_entropy(Tensor(MATRIX), [2, 0]).item()
    for dtype in (np.uint8, np.int16, np.int64):
        assert softmax_cross_entropy(Tensor(MATRIX), np.array([2, 0], dtype)).item() == wanted


@pytest.mark.parametrize("kind", [Tensor, values, np.asarray], ids=["Tensor", "Values", "array"])
@pytest.mark.parametrize(
    ("logits", "targets", "reduction", "message"),
    [
        (MATRIX, [0, 3], "mean", "3 is not one of the classes 0 … 2"),
        (MATRIX, [0, -1], "mean", "-1 is not one of the classes"),
        (MATRIX, [0, 1, 2], "mean", r"\(2,\)"),
        (MATRIX, 1, "mean", r"\(2,\)"),
        (MATRIX, [0.0, 1.0], "mean", "whole numbers"),
        (MATRIX, [[0], [1]], "mean", r"\(2, 1\)"),
        (MATRIX, -SHARES, "mean", "negative"),
        (MATRIX, SHARES * np.nan, "mean", "NaN"),
        (MATRIX, ["a", "b"], "mean", "whole numbers"),
        (MATRIX, [0, 1], "average", "'average'"),
        (np.zeros((2, 0)), [0, 1], "mean", "no logits"),
        (np.zeros((0, 3)), np.zeros(0, int), "mean", "no logits"),
        (np.zeros(0), 0, "mean", "no logits"),
        (ROW, [0], "mean", "targets"),
    ],
)
def test_bad_targets_are_refused_in_one_sentence(kind, logits, targets, reduction, message):
    with pytest.raises(ValueError, match=message) as caught:
        softmax_cross_entropy(kind(logits), targets, reduction)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("function", [softmax, lambda x: softmax_cross_entropy(x, 0)])
@pytest.mark.parametrize(
    "data", [Tensor(1.0), np.array(1.0), 1.0, Value(1.0)], ids=["Tensor", "array", "float", "Value"]
)
def test_a_scalar_has_no_classes(function, data):

    with pytest.raises((ValueError, TypeError)) as caught:
        function(data)
    assert "len()" not in str(caught.value)
    assert "unsized" not in str(caught.value)


@pytest.mark.parametrize("function", [softmax, log_softmax, logsumexp])
@pytest.mark.parametrize(
    "kind", [Tensor, values, np.asarray, list], ids=["Tensor", "Values", "array", "list"]
)
def test_empty_logits_are_refused(function, kind):
    with pytest.raises(ValueError, match=r"no logits|zero-size"):
        function(kind([]))


def test_neuron_on_tensors():
    b, w, x = Tensor(0.5), [Tensor(1.0), Tensor(-2.0)], [0.25, 0.3]
    y = neuron(b, w, x, "tanh")
    assert y.item() == pytest.approx(math.tanh(0.5 + 0.25 - 0.6))
    y.backward()
    assert w[1].grad == pytest.approx(0.3 * (1 - y.item() ** 2))


def test_values_are_named_by_their_place():
    assert [v.name for v in values([[1.0, 2.0]], "W").flat] == ["W[0,0]", "W[0,1]"]
    assert values(3.0, "b")[()].name == "b"
    assert values([1.0])[0].name is None
    assert values(np.zeros((0, 2))).shape == (0, 2)
    assert values(np.array([1, 2], np.float32))[0].data == 1.0


@pytest.mark.parametrize("numbers", [Tensor([1.0]), ["a"], [[1], [1, 2]], None, 1j])
def test_values_are_made_of_plain_numbers(numbers):
    with pytest.raises((TypeError, ValueError)):
        values(numbers)


def test_targets_are_copied_at_the_call():
    z, labels = Tensor(np.zeros((2, 3))), np.array([0, 1])
    loss = softmax_cross_entropy(z, labels)
    labels[:] = 2
    loss.backward()
    assert (z.grad[:, 2] > 0).all()


def test_lists_are_taken_as_arrays():
    np.testing.assert_allclose(softmax([[1.0, 1.0], [0.0, 0.0]]), 0.5)
    assert logsumexp(values([[0.0, 0.0]]).tolist(), axis=1)[0].data == pytest.approx(math.log(2))
    np.testing.assert_array_equal(relu([1.0, -2.0]), [1.0, 0.0])
    assert relu([Value(1.0), Value(-2.0)])[1].data == 0.0
    with pytest.raises(ValueError, match="no axis 7"):
        softmax([1.0, 2.0], axis=7)
    np.testing.assert_allclose(logsumexp(np.zeros((2, 2)), axis=[0]), math.log(2))
    np.testing.assert_allclose(softmax(np.zeros((2, 2)), axis=np.int64(0)), 0.5)


WHOLE = ["bool", "int8", "int64", "uint8", "uint16", "uint32", "uint64"]


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("function", [relu, sigmoid, softplus, softmax, log_softmax, logsumexp])
def test_whole_numbers_are_computed_in_double_precision(function, kind):
    whole = np.array([[0, 1], [1, 1], [1, 0]], kind)
    found, right = function(whole), function(whole.astype(float))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, right)
    if function in (relu, sigmoid, softplus):
        assert function(whole[0, 1]) == function(1.0)
        assert type(function(True)) is type(function(1)) is float
    if function is softmax:
        np.testing.assert_array_equal(function(list(whole[0])), function([0.0, 1.0]))


@pytest.mark.parametrize("kind", WHOLE)
def test_cross_entropy_of_whole_numbers(kind):
    logits = np.array([[0, 1], [1, 1]], kind)
    for targets in ([1, 0], [[0.5, 0.5], [0, 1]]):
        assert softmax_cross_entropy(logits, targets) == softmax_cross_entropy(logits.astype(float), targets)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("targets", [[1], [[0, 1]], [[0.0, 1.0]], Tensor([[0.0, 1.0]])])
@pytest.mark.parametrize("kind", [np.asarray, Tensor, values])
def test_an_impossible_class_that_is_not_the_target_adds_nothing(kind, targets):
    logits = kind([[-np.inf, 0.0]])
    loss = softmax_cross_entropy(logits, targets)
    assert loss.item() == 0.0
    if kind is not np.asarray:
        loss.backward()
        slopes = logits.grad if kind is Tensor else [x.grad for x in logits.flat]
        np.testing.assert_array_equal(np.ravel(slopes), [0, 0])


def test_an_impossible_class_that_is_the_target_costs_infinity():
    assert softmax_cross_entropy(np.array([-np.inf, 0.0]), [0.5, 0.5]) == np.inf


@pytest.mark.parametrize("function", [softmax, log_softmax, logsumexp])
@pytest.mark.parametrize("shape", [(0, 3), (5, 0, 0), (0, 0)])
def test_where_there_are_no_rows_no_logits_are_needed(function, shape):
    for x in (np.zeros(shape), Tensor(np.zeros(shape))):
        assert function(x).shape == (shape[:-1] if function is logsumexp else shape)
    with pytest.raises(ValueError, match=r"no logits in the shape \(3, 0\): give at least one"):
        function(np.zeros((3, 0)))
