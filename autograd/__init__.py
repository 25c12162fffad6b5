"""whygrad: a graph recorded once, and differentiated in every way that has a name."""

from autograd.compiler.compiled import Compiled, compile  # noqa: A004
from autograd.costs.cost import Cost
from autograd.costs.gradient import Gradient, gradient
from autograd.costs.predict import predict
from autograd.costs.walk import Step, Walk, walk
from autograd.differentiation.graph import Graph, Linearization
from autograd.differentiation.methods import METHODS
from autograd.errors import BudgetError, ControlFlowError, CycleError, GraphError, MutatedError
from autograd.numbers.number import Counted, Dual, Ledger
from autograd.recording.functions import (
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
from autograd.recording.node import Node, Origin, no_grad, source_lines
from autograd.recording.symbol import Symbol
from autograd.recording.tensor import Tensor
from autograd.recording.value import Value
from autograd.rules.scalars import Primitive, apply, primitive
from autograd.transforms.derivatives import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.transforms.gradcheck import GradientError, gradcheck

__all__ = [
    "METHODS",
    "BudgetError",
    "Compiled",
    "ControlFlowError",
    "Cost",
    "Counted",
    "CycleError",
    "Dual",
    "Gradient",
    "GradientError",
    "Graph",
    "GraphError",
    "Ledger",
    "Linearization",
    "MutatedError",
    "Node",
    "Origin",
    "Primitive",
    "Step",
    "Symbol",
    "Tensor",
    "Value",
    "Walk",
    "apply",
    "compile",
    "grad",
    "gradcheck",
    "gradient",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "log_softmax",
    "logsumexp",
    "neuron",
    "no_grad",
    "predict",
    "primitive",
    "relu",
    "sigmoid",
    "softmax",
    "softmax_cross_entropy",
    "softplus",
    "source_lines",
    "value_and_grad",
    "values",
    "vjp",
    "walk",
]
