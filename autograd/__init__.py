"""whygrad: a graph recorded once, and differentiated in every way that has a name."""

from autograd.cost import Cost
from autograd.errors import BudgetError, CycleError, GraphError, MutatedError
from autograd.gradient import Gradient, gradient
from autograd.graph import Graph, Linearization
from autograd.methods import METHODS
from autograd.numbers import Counted, Dual, Ledger
from autograd.predict import predict
from autograd.primitives import Primitive, apply, primitive
from autograd.value import Value, neuron, softmax, softmax_cross_entropy

__all__ = [
    "METHODS",
    "BudgetError",
    "Cost",
    "Counted",
    "CycleError",
    "Dual",
    "Gradient",
    "Graph",
    "GraphError",
    "Ledger",
    "Linearization",
    "MutatedError",
    "Primitive",
    "Value",
    "apply",
    "gradient",
    "neuron",
    "predict",
    "primitive",
    "softmax",
    "softmax_cross_entropy",
]
