"""Every way of differentiating, one file each.

A method takes a `Linearization` and returns one derivative per value of ``wrt``. It multiplies and
adds whatever numbers it is given: the same function computes on floats, is exact on fractions,
records itself on values, and counts itself on counting numbers.
"""

from collections.abc import Callable
from typing import Any

from autograd.differentiation.linearization import Linearization
from autograd.differentiation.methods.backprop import backprop
from autograd.differentiation.methods.finite_difference import central_difference, finite_difference
from autograd.differentiation.methods.forward import forward
from autograd.differentiation.methods.paths import paths
from autograd.differentiation.methods.restart import restart
from autograd.differentiation.methods.tree import tree

__all__ = ["METHODS", "Method"]

Method = Callable[[Linearization], list[Any]]

METHODS: dict[str, Method] = {
    "backprop": backprop,
    "paths": paths,
    "tree": tree,
    "forward": forward,
    "restart": restart,
    "finite_difference": finite_difference,
    "central_difference": central_difference,
}
