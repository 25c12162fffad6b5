"""whygrad: a graph recorded once, and differentiated in every way that has a name.

Names load their modules when first used (PEP 562), so that ``import autograd`` costs little more than
NumPy's own import.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd.compiler.compiled import Compiled, compile  # noqa: A004
    from autograd.compiler.saved import load
    from autograd.costs.cost import Cost
    from autograd.costs.gradient import Gradient, gradient
    from autograd.costs.hessians import hessian_by
    from autograd.costs.jacobians import jacobian_by
    from autograd.costs.predict import predict
    from autograd.costs.steps import Step
    from autograd.costs.walk import Walk, walk
    from autograd.differentiation.graph import Graph
    from autograd.differentiation.linearization import Linearization
    from autograd.differentiation.methods import METHODS
    from autograd.differentiation.sampling import standard_errors
    from autograd.errors import BudgetError, ControlFlowError, CycleError, GraphError, MutatedError
    from autograd.numbers.counted import Counted, Ledger
    from autograd.numbers.dual import Dual
    from autograd.numbers.hyper_dual import HyperDual
    from autograd.numbers.native import native
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
    from autograd.recording.modes import Origin, no_grad, source_lines
    from autograd.recording.node import Node
    from autograd.recording.symbol import Symbol
    from autograd.recording.taking import take
    from autograd.recording.tensor import Tensor
    from autograd.recording.value import Value
    from autograd.rules.extension import primitive
    from autograd.rules.primitive import Primitive, apply
    from autograd.transforms.derivatives import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
    from autograd.transforms.gradcheck import GradientError, gradcheck

    __version__: str

# The public names, by the module that defines them.
_MODULES = {
    "compiler.compiled": ("Compiled", "compile"),
    "compiler.saved": ("load",),
    "costs.cost": ("Cost",),
    "costs.gradient": ("Gradient", "gradient"),
    "costs.hessians": ("hessian_by",),
    "costs.jacobians": ("jacobian_by",),
    "costs.predict": ("predict",),
    "costs.steps": ("Step",),
    "costs.walk": ("Walk", "walk"),
    "differentiation.graph": ("Graph",),
    "differentiation.linearization": ("Linearization",),
    "differentiation.methods": ("METHODS",),
    "differentiation.sampling": ("standard_errors",),
    "errors": ("BudgetError", "ControlFlowError", "CycleError", "GraphError", "MutatedError"),
    "numbers.counted": ("Counted", "Ledger"),
    "numbers.dual": ("Dual",),
    "numbers.hyper_dual": ("HyperDual",),
    "numbers.native": ("native",),
    "recording.functions": (
        *("log_softmax", "logsumexp", "neuron", "relu", "sigmoid", "softmax", "softmax_cross_entropy"),
        *("softplus", "values"),
    ),
    "recording.modes": ("Origin", "no_grad", "source_lines"),
    "recording.node": ("Node",),
    "recording.symbol": ("Symbol",),
    "recording.taking": ("take",),
    "recording.tensor": ("Tensor",),
    "recording.value": ("Value",),
    "rules.extension": ("primitive",),
    "rules.primitive": ("Primitive", "apply"),
    "transforms.derivatives": ("grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"),
    "transforms.gradcheck": ("GradientError", "gradcheck"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

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
    "HyperDual",
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
    "hessian_by",
    "hvp",
    "jacobian",
    "jacobian_by",
    "jvp",
    "load",
    "log_softmax",
    "logsumexp",
    "native",
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
    "standard_errors",
    "take",
    "value_and_grad",
    "values",
    "vjp",
    "walk",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # deferred: the metadata loads the e-mail parser

        found: Any = version("whygrad")
    elif name in _HOMES:
        found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
