"""`Cost`: its total, immutability and readable counts."""

import sys

import numpy as np
import pytest

from autograd import Cost, Tensor, gradient
from autograd.costs.cost import readable


def test_the_total_counts_operations_and_no_storage() -> None:
    cost = Cost(multiplications=5, additions=3, partials=2, forward=7, stored=1000)
    assert cost.total == 17
    assert Cost(2**200, 1, 0, 0).total == 2**200 + 1


def test_the_total_counts_a_multiply_add_of_a_matrix_product_as_one_operation() -> None:
    cost = Cost(5, 3, 2, 7, stored=1000, multiply_adds=40, forward_multiply_adds=300)
    assert cost.total == 17 + 40 + 300
    weight, x = Tensor(np.ones((2, 3))), Tensor(np.ones(3))
    found = gradient(np.sum(weight @ x), [weight, x]).cost
    assert (found.multiply_adds, found.forward_multiply_adds) == (12, 6)
    assert found.total == sum(n for n in found._replace(stored=0) if n)


def test_a_cost_is_immutable() -> None:
    cost = Cost(1, 2, 3, 4)
    assert cost.stored is None
    with pytest.raises(AttributeError):
        cost.forward = 0  # type: ignore[misc]
    assert cost == Cost(1, 2, 3, 4)


def test_counts_are_written_exactly_while_readable() -> None:
    assert readable(1234567) == "1,234,567"
    assert readable(10**21 - 1) == "999,999,999,999,999,999,999"
    assert readable(12_345 * 10**20) == "≈ 1.23×10^24"
    assert readable(10**22 - 1) == "≈ 9.99×10^21"
    assert readable(10**22) == "≈ 1.00×10^22"
    assert readable(10**23 - 10**20) == "≈ 9.99×10^22"
    assert readable(2**100_000) == "≈ 9.99×10^30102"
    assert len(hex(2**100_000)) > sys.get_int_max_str_digits()


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_the_sum_of_an_empty_array_costs_nothing(axis: int | None) -> None:
    x = Tensor(np.zeros((0, 3)))
    result = np.sum(x, axis=axis).sum()
    cost = gradient(result, [x]).cost
    assert cost.additions == 0
    assert cost.forward == (2 if axis == 0 else 0)  # the second sum adds three zeros
