"""Each error also subclasses the matching built-in exception."""

import pytest

from autograd import BudgetError, CycleError, GraphError, MutatedError


@pytest.mark.parametrize("error", [GraphError, CycleError, MutatedError, BudgetError])
def test_graph_errors_are_value_errors(error: type[Exception]) -> None:
    assert issubclass(error, GraphError)
    assert issubclass(error, ValueError)


def test_a_budget_error_carries_its_numbers() -> None:
    error = BudgetError("too much", predicted=2**100, budget=10)
    assert (str(error), error.predicted, error.budget) == ("too much", 2**100, 10)
