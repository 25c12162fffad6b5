"""The passes that an operation goes through before it becomes an instruction.

Each takes an operation and gives a variable that already holds its result, or None to leave it to the next.
The order is `fold_constants`, `mask`, `simplify`, `expand`; what remains is shared with an equal
instruction, if there is one. See Aho, Lam, Sethi and Ullman, *Compilers*, 2nd ed., 2006, section 8.5,
"Optimization of basic blocks".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.conditions import select
from autograd.compiler.variable import Variable
from autograd.rules import scalars as p
from autograd.rules.arrays import broadcast_of, swapped, transpose_of
from autograd.rules.identities import IDENTITIES, place_of
from autograd.rules.linear_algebra import matmul_row
from autograd.rules.primitive import Primitive
from autograd.rules.selection import Mask

__all__ = ["Application", "expand", "fold_constants", "mask", "simplify", "unbroadcast"]

# What a rule raises that does not run on variables: it tests them, calls their methods, and so on.
_UNSUITED = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


class Application(NamedTuple):
    """A row of the table applied to variables of a program.

    Attributes:
        primitive: its row.
        inputs: the operands.
        data: its result when the function was traced.
        has_constants: whether an operand is a constant.
    """

    primitive: Primitive
    inputs: tuple[Variable, ...]
    data: Any
    has_constants: bool


Rewrite = Callable[[Application], Variable | None]


def fold_constants(operation: Application) -> Variable | None:
    """Compute an operation on constants now."""
    if all(x.is_constant for x in operation.inputs):
        return operation.inputs[0].program.constant(operation.data)
    return None


def mask(operation: Application) -> Variable | None:
    """Write a product with a constant `Mask` as a selection: its zeros are exact, even beside infinity."""
    if operation.primitive is not p.mul:
        return None
    masks = [x for x in operation.inputs if x.is_constant and isinstance(x.data, Mask)]
    if not masks:
        return None
    a, b = operation.inputs
    other, weights = (b if a is masks[0] else a), masks[0].data.view(np.ndarray)
    program = other.program
    product = other if weights.dtype == bool else _entered(p.mul, other, program.constant(weights))
    return _entered(select, program.constant(weights != 0), product, program.constant(0.0))


def simplify(operation: Application) -> Variable | None:
    """Replace an operation by one of its operands, or by simpler operations."""
    rewrites = _REWRITES if operation.has_constants else _REWRITES_OF_VARIABLES
    for rewrite in rewrites.get(operation.primitive, ()):
        if (found := rewrite(operation)) is not None:
            return found
    return None


def expand(operation: Application) -> Variable | None:
    """Run the rule of a row on variables, which enters the operations that the row is made of."""
    try:
        result = operation.primitive.forward(*operation.inputs)
    except _UNSUITED:
        return None
    return result if isinstance(result, Variable) and result.is_like(operation.data) else None


def unbroadcast(operation: Application) -> Application:
    """Undo the broadcast of operands, which NumPy repeats by itself in an elementwise operation."""
    if not operation.primitive.elementwise or not isinstance(operation.data, np.ndarray):
        return operation
    inputs = list(operation.inputs)
    for place, variable in enumerate(inputs):
        others = [x.shape for i, x in enumerate(inputs) if i != place]
        source = _broadcast_source(variable)
        if source is not None and np.broadcast_shapes(source.shape, *others) == operation.data.shape:
            inputs[place] = source
    return operation._replace(inputs=tuple(inputs))


def _broadcast_source(variable: Variable) -> Variable | None:
    """The operand before it was broadcast, if it was."""
    if variable.primitive is broadcast_of(variable.shape):
        return variable.inputs[0]
    if variable.is_constant and np.size(variable.data) > 1 and variable.is_all(variable.data.flat[0]):
        return variable.program.constant(variable.data.flat[0])
    return None


# ---- rewrites


def _neutral(operation: Application) -> Variable | None:
    """Drop a neutral operand: x + 0 = x, 1 · x = x."""
    place = place_of(IDENTITIES[operation.primitive].neutral, operation.inputs, Variable.is_all)
    if place is None:
        return None
    other = operation.inputs[1 - place]
    return other if other.is_like(operation.data) else None


def _doubled(operation: Application) -> Variable | None:
    """Write x + x as 2 x, a product with a constant."""
    a, b = operation.inputs
    return _entered(p.mul, 2, a) if a is b else None


def _signs(operation: Application) -> Variable | None:
    """Move minuses outwards: a + (-b) = a - b, (-a) b = -(a b)."""
    a, b = operation.inputs
    minus_a, minus_b = a.primitive is p.neg, b.primitive is p.neg
    if not (minus_a or minus_b):
        return None
    row, identities = operation.primitive, IDENTITIES[operation.primitive]
    if identities.odd:
        result = _entered(row, a.inputs[0] if minus_a else a, b.inputs[0] if minus_b else b)
        return result if minus_a and minus_b else -result
    if minus_b and identities.opposite is not None:
        return _entered(identities.opposite, a, b.inputs[0])
    return _entered(p.sub, b, a.inputs[0]) if row is p.add else -_entered(p.add, a.inputs[0], b)


def _constant_first(operation: Application) -> Variable | None:
    """Put a constant factor first, where other rewrites look for it."""
    a, b = operation.inputs
    return _entered(p.mul, b, a) if b.is_constant else None


def _known_product(operation: Application) -> Variable | None:
    """Write a · (x y) as (a x) · y if a x is computed already, as in a chain rule multiplied out in part."""
    a, b = operation.inputs
    if b.primitive is p.mul:
        for x, y in (b.inputs, b.inputs[::-1]):
            if (known := a.program.known(p.mul, a, x)) is not None:
                return _entered(p.mul, known, y)
    return None


def _constant_factor(operation: Application) -> Variable | None:
    """Write -1 · x as -x, 2 · (3 x) as 6 x, and 1 · a truth value as a selection of 1 or 0."""
    a, b = operation.inputs
    if not a.is_constant:
        return None
    if a.is_all(-1) and b.is_like(operation.data):
        return -b
    if a.is_all(1) and not b.primitive.differentiable and operation.data.__class__ is float:
        return _entered(select, b, 1.0, 0.0)
    if b.primitive is p.mul and b.inputs[0].is_constant:
        return _entered(p.mul, b.inputs[0] * a, b.inputs[1])
    return None


def _double_negation(operation: Application) -> Variable | None:
    """Write -(-x) as x."""
    (a,) = operation.inputs
    return a.inputs[0] if a.primitive is p.neg else None


def _transposed(operation: Application) -> Variable | None:
    """Write (Aᵀ)ᵀ as A, and (A B)ᵀ as Bᵀ Aᵀ, whose result is contiguous in the order of reading."""
    (a,) = operation.inputs
    if a.primitive is operation.primitive:
        return a.inputs[0]
    if a.primitive is matmul_row:
        left, right = a.inputs
        return _entered(matmul_row, swapped(right), swapped(left))
    return None


def _entered(primitive: Primitive, *inputs: Any) -> Variable:
    result: Variable = Variable._apply(primitive, inputs)
    return result


_REWRITES: dict[Primitive, tuple[Rewrite, ...]] = {
    p.add: (_neutral, _doubled, _signs),
    p.sub: (_neutral, _signs),
    p.mul: (_neutral, _signs, _constant_first, _known_product, _constant_factor),
    p.div: (_neutral, _signs),
    p.neg: (_double_negation,),
    transpose_of((1, 0)): (_transposed,),
}
# Without those that look for a constant operand.
_REWRITES_OF_VARIABLES: dict[Primitive, tuple[Rewrite, ...]] = {
    row: tuple(x for x in rewrites if x not in (_neutral, _constant_first, _constant_factor))
    for row, rewrites in _REWRITES.items()
}
