import numpy as np
import pytest

from autograd import Graph, Tensor, Value, gradient, logsumexp
from viz.edge_labels import edge_labels, key, local_derivatives, pulled


def labels(node):
    return edge_labels(node, local_derivatives(node))


def matrix(shape=(4, 6), name=None):
    return Tensor(np.random.default_rng(0).normal(size=shape), name=name)


@pytest.mark.parametrize(
    ("operation", "label"),
    [
        (lambda a: a.T, "Gᵀ"),
        (lambda a: a.sum(axis=0), "G copied"),
        (lambda a: a.max(axis=1), "G to the max"),
        (lambda a: a.min(), "G to the min"),
        (lambda a: a[1:], "G put back"),
        (lambda a: a.reshape(24), "G reshaped"),
        (lambda a: a.astype(np.float32), "linear"),
        (lambda a: np.broadcast_to(a, (2, 4, 6)), "Σ G"),
        (lambda a: logsumexp(a), "G ⊙ softmax"),
        (lambda a: a.tanh(), "G ⊙ (4, 6)"),
        (lambda a: -a, "-1"),
    ],
)
def test_a_map_shows_how_it_transforms_the_gradient(operation, label):
    assert labels(operation(matrix())) == [label]


def test_every_input_has_its_own_label():
    a, b = matrix((4, 6)), matrix((6, 2))
    assert labels(a @ b) == ["G @ Bᵀ", "Aᵀ @ G"]
    assert labels(np.concatenate([a, a, a])) == ["a part of G"] * 3
    assert labels(np.einsum("ij,jk->ik", a, b)) == ["linear", "linear"]


def test_a_broadcast_input_has_its_gradient_summed():
    a, b = matrix((2, 3)), Tensor([1.0, 2.0, 3.0])
    assert labels(a + b) == ["1", "Σ G"]
    assert labels(a - b) == ["1", "-Σ G"]
    assert labels(a * b) == [[["G ⊙", "1", "2", "3"]], "Σ G ⊙ (2, 3)"]
    assert labels(a * Tensor(2.0))[0] == "2"
    c = np.ones((2, 3)) * Tensor(0.5)
    assert labels(c)[1] == "Σ G ⊙ (2, 3)"
    assert labels(np.maximum(Tensor(1.0), Tensor([1.0, 2.0])))[0] == "Σ G ⊙ (2,)"


def test_a_scalar_factor_precedes_the_sum():
    x = Tensor(2.0)
    half = np.broadcast_to(x, (2,))
    assert edge_labels(half, [0.5]) == ["0.5 Σ G"]


def test_a_small_matrix_of_factors_is_shown():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    assert labels(x.square()) == [[["G ⊙", "2", "4"], ["", "6", "8"]]]


def test_a_leaf_has_no_local_derivatives():
    assert local_derivatives(Value(1.0)) == ()
    assert local_derivatives(Tensor([1.0])) == ()


def test_the_key_explains_only_notation_in_use():
    x = matrix((2, 3))
    assert key(Graph(Value(1.0) * 2.0)) == []
    assert key(Graph(Tensor(1.0) * 2.0)) == []
    assert len(key(Graph(x.sum()))) == 1
    assert len(key(Graph((x @ x.T).sum()))) == 2


def test_an_adjoint_pulled_over_one_edge_is_the_derivative():
    x = matrix((2, 3))
    for y in (x.T, x.tanh(), x.sum(axis=0), x + np.ones((4, 2, 3))):
        (place,) = [k for k, source in enumerate(y.inputs) if source is x]
        derivative = local_derivatives(y)[place]
        (expected,) = gradient(y.sum(), [x]).values
        np.testing.assert_allclose(pulled(np.ones(y.shape), derivative, x, y), expected)
    v = Value(3.0)
    assert pulled(2.0, 5.0, v, v * v) == 10.0
