"""Every array rule: checked against differences and its transpose, and run by every method."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import (
    Graph,
    Tensor,
    gradient,
    log_softmax,
    logsumexp,
    softmax,
    softmax_cross_entropy,
    values,
)
from autograd.rules import arrays
from tests.cases import ARRAY_CASES as CASES
from tests.cases import ARRAY_METHODS, numbers


def loss_of(name: str):
    """A nonlinear function of the whole result, so that second derivatives are not zero."""
    function, *shapes = CASES[name]
    rng = np.random.default_rng(1)
    leaves = [Tensor(x) for x in numbers(tuple(shapes))]
    weights = rng.standard_normal(function(*leaves).shape)

    def loss(*tensors: Tensor) -> Tensor:
        return np.sum(weights * np.sin(function(*tensors)))

    return loss, leaves


def along(function, leaves, directions, step):
    """The derivative along a direction, by central differences."""
    above = function([Tensor(x.data + step * d) for x, d in zip(leaves, directions, strict=True)])
    below = function([Tensor(x.data - step * d) for x, d in zip(leaves, directions, strict=True)])
    return [(a - b) / (2 * step) for a, b in zip(above, below, strict=True)]


@pytest.mark.parametrize("name", CASES)
def test_reverse_equals_central_differences_and_forward_equals_reverse(name):
    loss, leaves = loss_of(name)
    result = loss(*leaves)
    result.backward()
    for i, leaf in enumerate(leaves):
        assert leaf.grad.shape == leaf.shape
        assert leaf.grad.dtype == leaf.dtype
        for place in np.ndindex(leaf.shape):
            directions = [np.zeros(x.shape) for x in leaves]
            directions[i][place] = 1.0
            (slope,) = along(lambda xs: [loss(*xs).item()], leaves, directions, 1e-5)
            assert leaf.grad[place] == pytest.approx(slope, rel=1e-7, abs=1e-8)
    for method in ARRAY_METHODS:
        tolerance = {"finite_difference": 2e-6, "central_difference": 1e-8}.get(method, 1e-12)
        for value, leaf in zip(gradient(result, leaves, method).values, leaves, strict=True):
            assert isinstance(value, np.ndarray)
            assert value.shape == leaf.shape
            np.testing.assert_allclose(value, leaf.grad, rtol=tolerance, atol=tolerance, err_msg=method)


@pytest.mark.parametrize("name", CASES)
def test_second_derivatives_equal_differences_of_the_first(name):
    loss, leaves = loss_of(name)
    rng = np.random.default_rng(2)
    directions = [rng.standard_normal(x.shape) for x in leaves]
    wanted = along(
        lambda xs: gradient(loss(*xs), xs).values,
        leaves,
        directions,
        1e-5,
    )
    for method in ("backprop", "forward", "tree"):
        first = gradient(loss(*leaves), leaves, method, create_graph=True).values
        assert all(isinstance(g, Tensor) and g.shape == x.shape for g, x in zip(first, leaves, strict=True))
        slope = sum(np.sum(d * g) for d, g in zip(directions, first, strict=True))
        for second_method in ("backprop", "forward"):
            second = gradient(slope, leaves, second_method).values
            for got, want in zip(second, wanted, strict=True):
                np.testing.assert_allclose(
                    got, want, rtol=1e-5, atol=1e-6, err_msg=f"{method} {second_method}"
                )


@pytest.mark.parametrize("name", CASES)
def test_single_precision_is_kept(name):
    function, *shapes = CASES[name]
    if any(word in name for word in ("array", "list", "clip, to")):
        pytest.skip("a plain double array makes the result double, as in NumPy")
    inputs = numbers(tuple(shapes))
    doubles = [Tensor(x) for x in inputs]
    singles = [Tensor(x, dtype=np.float32) for x in inputs]
    wanted, got = function(*doubles), function(*singles)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got.data, wanted.data, rtol=1e-5)
    wanted.backward(np.ones(wanted.shape))
    got.backward(np.ones(got.shape))
    for single, double in zip(singles, doubles, strict=True):
        assert single.grad.dtype == np.float32
        np.testing.assert_allclose(single.grad, double.grad, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_push_and_pull_of_each_local_derivative_are_transposes(name):
    """⟨u, J t⟩ = ⟨Jᵀ u, t⟩ for every edge, free of the error of a difference quotient."""
    loss, leaves = loss_of(name)
    graph = Graph(loss(*leaves))
    rng = np.random.default_rng(3)
    for v in graph.nodes:
        if not v.inputs:
            continue
        partials = v.primitive.partials(v.data, *[i.data for i in v.inputs])
        for source, derivative in zip(v.inputs, partials, strict=True):
            linear = arrays.local_map(derivative, source.data, v.data)
            tangent, adjoint = rng.standard_normal(source.shape), rng.standard_normal(v.shape)
            pushed, pulled = linear * tangent, adjoint * linear
            assert (np.shape(pushed), np.shape(pulled)) == (v.shape, source.shape)
            assert np.sum(adjoint * pushed) == pytest.approx(np.sum(pulled * tangent), rel=1e-10, abs=1e-12)


# All but empty arrays, and functions that NumPy's object arrays lack or name differently.
ON_VALUES = [
    name
    for name in CASES
    if not any(word in name for word in ("empty", "nothing", "no elements", "square", "index, True"))
    and name.split(",")[0] not in ("power", "array to the power", "clip")
]


@pytest.mark.parametrize("name", ON_VALUES)
def test_an_array_of_values_gives_the_same_as_a_tensor(name):
    function, *shapes = CASES[name]
    inputs = numbers(tuple(shapes))
    tensors = [Tensor(x) for x in inputs]
    scalars = [values(x) for x in inputs]
    matrix = np.sum(np.sin(function(*tensors)))
    scalar = sum(np.sin(v) for v in np.asarray(function(*scalars), dtype=object).flat)
    assert scalar.data == pytest.approx(matrix.item(), rel=1e-12)
    matrix.backward()
    scalar.backward()
    for tensor, array in zip(tensors, scalars, strict=True):
        grads = [0.0 if v.grad is None else v.grad for v in array.flat]
        np.testing.assert_allclose(tensor.grad.ravel(), grads, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("method", ["backprop", "forward", "tree", "paths", "restart"])
@pytest.mark.parametrize("extremum", [np.max, np.min])
def test_ties_of_an_extremum_share_the_derivative(extremum, method):
    x = Tensor([[1.0, 1.0, 1.0, 0.0 if extremum is np.max else 2.0]])
    (slopes,) = gradient(extremum(x, axis=1).sum(), [x], method).values
    np.testing.assert_allclose(slopes, [[1 / 3, 1 / 3, 1 / 3, 0]])
    same = Tensor(np.ones((2, 2)))
    (slopes,) = gradient(extremum(same), [same], method).values
    np.testing.assert_array_equal(slopes, np.full((2, 2), 0.25))


@pytest.mark.parametrize(
    "program",
    [
        lambda a: a.sum(1),
        lambda a: a.max(1),
        lambda a: np.min(a, axis=-1, keepdims=True),
        softmax,
        log_softmax,
        logsumexp,
        lambda a: softmax_cross_entropy(a, np.arange(len(a)) % 3, "none"),
        lambda a: softmax_cross_entropy(a, np.full(a.shape, [0.5, 0.25, 0.25]), "none"),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_many_short_rows_equal_their_parts(program, dtype):
    rows = np.random.default_rng(0).normal(size=(60, 3)).astype(dtype)
    whole, parts = Tensor(rows), [Tensor(rows[i : i + 3]) for i in range(0, 60, 3)]
    result, results = program(whole), [program(part) for part in parts]
    np.testing.assert_allclose(result.data, np.concatenate([r.data for r in results]), rtol=1e-6)
    for root in (result, *results):
        (root * root).sum().backward()
    slopes = np.concatenate([part.grad for part in parts])
    np.testing.assert_allclose(whole.grad, slopes, rtol=1e-5, atol=1e-6)
    assert whole.grad.dtype == dtype


@pytest.mark.parametrize("weights", [lambda w: w.T, lambda w: w.reshape(3, 4)], ids=["W.T", "W"])
def test_the_gradient_of_weights_has_their_memory_layout(weights):
    w = Tensor(np.arange(12.0).reshape(4, 3))
    x = np.random.default_rng(0).normal(size=(5, 3))
    (x @ weights(w)).sum().backward()
    assert w.grad.flags.c_contiguous
    assert w.grad.flags.owndata
    expected = np.repeat(x.sum(0)[:, None], 4, axis=1)
    np.testing.assert_allclose(weights(Tensor(w.grad)).data, expected)


def test_max_of_infinities_and_nan():
    x = Tensor([-np.inf, -np.inf])
    x.max().backward()
    np.testing.assert_array_equal(x.grad, [0.5, 0.5])
    assert np.isnan(Tensor([1.0, np.nan]).max().data)


shapes = st.lists(st.integers(1, 3), max_size=3).map(tuple)


@st.composite
def broadcastable(draw):
    """Two shapes that broadcast."""
    common = draw(shapes)
    pair = []
    for _ in range(2):
        shape = [draw(st.sampled_from([1, size])) for size in common]
        pair.append(tuple(shape[draw(st.integers(0, len(shape))) :]))
    return pair


@given(broadcastable(), st.sampled_from([np.add, np.multiply, np.subtract, np.divide, np.power, np.maximum]))
def test_the_transpose_of_broadcasting_sums(pair, operation):
    a, b = map(Tensor, numbers(tuple(pair)))
    result = operation(a, b)
    assert result.shape == np.broadcast_shapes(*pair)
    result.sum().backward()
    # With a leaf for every copy, nothing broadcasts.
    wide = [Tensor(np.broadcast_to(x.data, result.shape)) for x in (a, b)]
    operation(*wide).sum().backward()
    for x, copy in zip((a, b), wide, strict=True):
        total = np.zeros(result.shape)
        for place in np.ndindex(result.shape):
            total[place] = copy.grad[place]
        padded = (1,) * (len(result.shape) - x.ndim) + x.shape
        axes = tuple(i for i, size in enumerate(padded) if size == 1)
        np.testing.assert_allclose(x.grad, total.sum(axes, keepdims=True).reshape(x.shape), rtol=1e-12)


@given(st.data())
def test_the_transpose_of_an_index_sums_repeats(data):
    shape = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple))
    index = tuple(
        data.draw(
            st.one_of(
                st.integers(-size, size - 1),
                st.lists(st.integers(-size, size - 1), min_size=2, max_size=2),
                st.slices(size),
                st.just(slice(None)),
            )
        )
        for size in shape[: data.draw(st.integers(0, len(shape)))]
    )
    index = data.draw(st.sampled_from([index, (*index, ...), (None, *index)]))
    x = Tensor(np.arange(np.prod(shape), dtype=float).reshape(shape))
    picked = x[index]
    np.testing.assert_array_equal(picked.data, x.data[index])
    adjoint = np.random.default_rng(0).standard_normal(picked.shape)
    picked.backward(adjoint)
    wanted = np.zeros(x.size)
    for place, g in zip(picked.data.ravel().astype(int), adjoint.ravel(), strict=True):
        wanted[place] += g
    np.testing.assert_allclose(x.grad.ravel(), wanted, atol=1e-14)


def test_an_index_is_copied():
    x, index = Tensor([1.0, 2.0, 3.0]), np.array([0, 0])
    picked = x[index]
    index[:] = 2
    picked.sum().backward()
    np.testing.assert_array_equal(x.grad, [2.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("program", "error", "message"),
    [
        (lambda a: a @ a, ValueError, "matmul of shape"),
        (lambda a: a @ 2.0, ValueError, "write \\*"),
        (lambda a: 2.0 @ a, ValueError, "write \\*"),
        (lambda a: a @ Tensor(2.0), ValueError, "write \\*"),
        (lambda a: a + np.ones(4), ValueError, "add of shape"),
        (lambda a: a.sum(2), ValueError, "axis 2"),
        (lambda a: a.max((0, 5)), ValueError, "axis 5"),
        (lambda a: a.sum((0, 0)), ValueError, "axis"),
        (lambda a: a.sum(0.5), TypeError, "axis|integer"),
        (lambda a: logsumexp(a, 4), ValueError, "axis 4"),
        (lambda a: softmax(a, 4), ValueError, "axis 4"),
        (lambda a: a.reshape(4, 2), ValueError, "reshape of shape"),
        (lambda a: a.reshape(-1, -1), ValueError, "unknown"),
        (lambda a: a.transpose(0, 0), ValueError, "axes"),
        (lambda a: a.transpose(0), ValueError, "axes"),
        (lambda a: a.transpose(4, 5), ValueError, "ax[ei]s"),
        (lambda a: a[2], IndexError, "out of bounds"),
        (lambda a: a[0, 0, 0], IndexError, "too many"),
        (lambda a: a[0.5], IndexError, "index"),
        (lambda a: a[np.array([True])], IndexError, "boolean"),
        (lambda a: a[Tensor(0.0)], TypeError, "not a Tensor"),
        (lambda a: np.concatenate([a, np.ones((2, 2))]), ValueError, "concatenate of shape"),
        (lambda a: np.concatenate([a, a], axis=2), ValueError, "axis 2"),
        (lambda a: np.concatenate([a, a], axis=-3), ValueError, "axis -3"),
        (lambda a: np.stack([a, a], axis=3), ValueError, "axis 3"),
        (lambda a: np.stack([a, np.ones(3)]), ValueError, "shape"),
        (lambda a: np.broadcast_to(a, (2, 2)), ValueError, "broadcast"),
        (lambda a: np.einsum("ij,jk", a, a), ValueError, "einsum"),
        (lambda a: np.einsum("ii", a), ValueError, "diagonal"),
        (lambda a: np.einsum("...i->i", a), ValueError, "ellipsis"),
        (lambda a: np.einsum("ij,jk->ik", a), ValueError, "names 2 operands"),
        (lambda a: np.einsum("i", a), ValueError, "does not fit"),
        (lambda a: np.einsum("ij->k", a), ValueError, "output"),
        (lambda a: np.einsum("ij->i->j", a), ValueError, "einsum"),
        (lambda a: a[:, :0].max(), ValueError, "zero-size"),
    ],
)
def test_meaningless_operations_are_refused_in_one_sentence(program, error, message):
    with pytest.raises(error, match=message) as caught:
        program(Tensor(np.ones((2, 3))))
    assert len(str(caught.value)) < 300


def test_truth_values_of_numpy_do_not_enter_the_cached_rows() -> None:
    t = Tensor(np.ones((2, 1, 3, 1)))  # of axes that no other test sums over
    assert np.sum(t, axis=(1, 2), keepdims=np.True_).shape == (2, 1, 1, 1)
    assert np.sum(t._data, axis=(1, 2), keepdims=True).shape == arrays.sum_over(t._data, (1, 2), True).shape
    assert np.var(t, axis=(1, 2)).shape == (2, 1)
