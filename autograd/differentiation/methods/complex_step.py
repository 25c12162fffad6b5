"""Complex step: move one leaf by ``ih``, evaluate once, and divide the imaginary part by h.

W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40,
1998. Nothing is subtracted, so h may be far below rounding, and the result is right to the last digits. The
cost is one complex forward pass for each leaf, in which an operation on complex numbers counts as one.
"""

from __future__ import annotations

from typing import Any

from autograd.differentiation.linearization import Linearization, is_array
from autograd.differentiation.methods.options import shift
from autograd.errors import GraphError
from autograd.numbers.complex_number import Complex
from autograd.numbers.number import unwrap
from autograd.recording.node import Node

__all__ = ["complex_step"]


def complex_step(linearization: Linearization, step: float = 1e-20) -> list[Any]:
    """Differentiate by complex forward passes.

    Args:
        linearization: of a graph of scalars.
        step: the imaginary part h; the error is of the order h².

    Raises:
        GraphError: the graph is of tensors, or the derivatives are to be recorded.
        ValueError: the step is not positive, or an operation has no value at a complex number.
    """
    if is_array(linearization.node(linearization.root)):
        raise GraphError("complex steps are taken on graphs of Values: run the program on values(array)")
    if any(isinstance(x, Node) for x in linearization.point):
        raise GraphError("a complex step is not recorded: use another method with create_graph=True")
    step = shift(step, "1e-20", most=1)
    slopes = []
    for x, node in zip(linearization.point, linearization.asked, strict=True):
        result = unwrap(linearization.evaluate({node: Complex(complex(unwrap(x), step))}))
        imaginary = result.data.imag if isinstance(result, Complex) else 0.0
        slopes.append(linearization.assemble([linearization.number(imaginary) / step], node))
    return slopes
