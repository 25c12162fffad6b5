"""Python's protocols on a Tensor: conversion, comparison, iteration, copying, pickling, formatting."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

from autograd import (
    Graph,
    Tensor,
    Value,
)


def test_item():
    assert Tensor([[2.5]]).item() == 2.5
    assert type(Tensor([[2.5]], dtype=np.float32).item()) is float
    with pytest.raises(ValueError, match=r"shape \(2,\)"):
        Tensor([1.0, 2.0]).item()
    with pytest.raises(ValueError, match=r"shape \(0,\)"):
        Tensor([]).item()


@pytest.mark.parametrize("convert", [float, complex, np.asarray, np.array, lambda x: np.array([x, x])])
def test_a_tensor_is_not_converted_silently(convert):
    with pytest.raises(TypeError, match=r"x\.data|t\.data"):
        convert(Tensor(1.0))
    for other in (int, round):
        with pytest.raises(TypeError):
            other(Tensor(1.0))


def test_elements_are_not_assigned():
    x = Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match=r"np.where"):
        x[0] = 3.0
    y = x * 2
    with pytest.raises(TypeError, match=r"np.where"):
        y[0] += 3.0
    with pytest.raises((TypeError, AttributeError)):
        del x[0]


def test_in_place_operators_make_new_tensors():
    x = y = Tensor([1.0, 2.0])
    y += 1
    y *= x
    y -= 1
    y /= 2
    y **= 2
    assert y is not x
    np.testing.assert_array_equal(x.data, [1, 2])
    np.testing.assert_array_equal(y.data, [0.25, 6.25])


def test_comparisons_are_plain_arrays():
    x = Tensor([1.0, 2.0, 3.0])
    for other in (2.0, [2, 2, 2], np.full(3, 2.0), Tensor([2.0, 2.0, 2.0]), np.float64(2)):
        for answer, wanted in [
            (x == other, [False, True, False]),
            (x != other, [True, False, True]),
            (x < other, [True, False, False]),
            (x <= other, [True, True, False]),
            (x > other, [False, False, True]),
            (x >= other, [False, True, True]),
            (other == x, [False, True, False]),
            (other != x, [True, False, True]),
            (other < x, [False, False, True]),
            (other >= x, [True, True, False]),
        ]:
            assert isinstance(answer, np.ndarray)
            np.testing.assert_array_equal(answer, wanted, strict=True)
    with pytest.raises(ValueError, match="shape"):
        x < np.ones(2)  # noqa: B015 - it raises


def test_comparisons_of_values_give_booleans():
    assert (Value(1.0) != 1.0) is False
    assert (Value(1.0) != Value(2.0)) is True
    assert (Value(1.0) == "one") is False
    assert (Value(1.0) != "one") is True


def test_truth_length_iteration_membership():
    assert bool(Tensor([[1.0]]))
    assert not bool(Tensor(0.0))
    with pytest.raises(ValueError, match=r"true.*np\.any"):
        bool(Tensor([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"true.*np\.any"):
        bool(Tensor([]))
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    rows = list(x)
    assert [row.shape for row in rows] == [(2,), (2,)]
    sum(row[0] for row in rows).backward()
    np.testing.assert_array_equal(x.grad, [[1, 0], [1, 0]])
    _, b = x
    np.testing.assert_array_equal(b.data, [3, 4])
    assert 3.0 in x
    assert 5.0 not in x
    for none in (len, iter, list):
        with pytest.raises(TypeError, match="0-dimensional"):
            none(Tensor(1.0))


def test_membership_of_a_tensor():
    x = Tensor([1.0, 2.0])
    assert x[1] in x
    assert Tensor(5.0) not in x


def test_sets_and_dictionaries_compare_tensors_by_identity():
    x, y = Tensor([1.0]), Tensor([1.0])
    assert len({x, y, x}) == 2
    assert {x: "x", y: "y"}[y] == "y"


def test_repr():
    x = Tensor([1.0, 2.0], name="x")
    assert repr(x) == "Tensor([1., 2.], name='x')"
    assert repr(x * x) == "Tensor([1., 4.], op='*')"
    assert repr(Tensor(1, dtype="f4")) == "Tensor(1., dtype=float32)"
    assert len(repr(Tensor(np.zeros((300, 300)), name="n" * 1000))) < 700
    assert repr(Tensor([])) == "Tensor([])"


def test_format():
    assert f"{Tensor([1.0])}" == "Tensor([1.])"


def test_leaves_are_pickled_by_their_data():
    x = Tensor([1.0, 2.0], name="x")
    x.grad = np.array([3.0, 4.0])
    for source, copied in ((x, pickle.loads(pickle.dumps(x))), (x, copy.deepcopy(x)), (x, copy.copy(x))):
        assert copied.name == "x"
        assert not np.shares_memory(copied.data, source.data)
        assert not np.shares_memory(copied.grad, source.grad)
        np.testing.assert_array_equal(copied.grad, [3.0, 4.0])
    assert pickle.loads(pickle.dumps(Value(2.0, name="v"))).name == "v"


def test_a_leaf_from_another_process_can_be_used(tmp_path):
    program = "import pickle, sys; from autograd import Tensor; [Tensor(0.0) for _ in range(100_000)]; "
    program += "pickle.dump(Tensor([1.0, 2.0]), open(sys.argv[1], 'wb'))"
    subprocess.run([sys.executable, "-c", program, tmp_path / "leaf"], check=True)
    w = pickle.loads((tmp_path / "leaf").read_bytes())
    (w * w).sum().backward()
    np.testing.assert_array_equal(w.grad, [2.0, 4.0])


def test_a_copied_result_can_be_differentiated():
    x = Tensor([1.0, 2.0])
    y = copy.deepcopy((x * x).sum())
    y.backward()
    (leaf,) = Graph(y).leaves
    np.testing.assert_array_equal(leaf.grad, [2.0, 4.0])
    assert x.grad is None


def test_a_subclass_is_a_tensor():
    class Special(Tensor):
        __slots__ = ()

    x = Special([1.0, 2.0])
    (x * 2 + 1).sum().backward()
    np.testing.assert_array_equal(x.grad, [2.0, 2.0])
    assert type(copy.copy(x)) is Special


def test_a_number_can_be_formatted():
    assert f"{Tensor([1.23456]):.3f}" == "1.235"
    assert f"{Value(1.23456):.2f} {Value(2.0)}" == "1.23 Value(data=2.0, grad=0)"
    with pytest.raises(ValueError, match="one element"):
        f"{Tensor([1.0, 2.0]):.3f}"
