"""The errors that this package raises, by name. Each also subclasses the matching built-in exception."""

__all__ = ["BudgetError", "ControlFlowError", "CycleError", "GraphError", "MutatedError"]


class GraphError(ValueError):
    """The graph cannot be differentiated in the way requested."""


class CycleError(GraphError):
    """A value depends on itself within one evaluation, so there is no order to compute it in."""


class ControlFlowError(GraphError):
    """A function being compiled reads a concrete value: another input could take another path."""


class MutatedError(GraphError):
    """The data of a leaf was replaced after a result was computed from it."""


class BudgetError(GraphError):
    """The exact number of operations `predicted` exceeds the `budget`; nothing was run."""

    def __init__(self, message: str, *, predicted: int = 0, budget: int = 0) -> None:
        super().__init__(message)
        self.predicted = predicted
        self.budget = budget
