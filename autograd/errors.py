"""What can go wrong, by name. All are also of the built-in kind one would expect to catch."""

__all__ = ["BudgetError", "ControlFlowError", "CycleError", "GraphError", "MutatedError"]


class GraphError(ValueError):
    """A graph that cannot be differentiated as asked."""


class CycleError(GraphError):
    """A value depends on itself within one evaluation: there is no order to compute it in."""


class ControlFlowError(GraphError):
    """A function that is being compiled looks at its numbers, and so might go another way with others."""


class MutatedError(GraphError):
    """The data of a leaf was replaced after a result was computed from it."""


class BudgetError(GraphError):
    """The predicted number of operations is over the budget; nothing was run.

    Attributes:
        predicted: the exact number of multiplications and additions it would take.
        budget: how many were allowed.
    """

    def __init__(self, message: str, *, predicted: int, budget: int) -> None:
        super().__init__(message)
        self.predicted = predicted
        self.budget = budget
